/*
 * See later.h. Called by those who read the kernel's news.
 */
#include <event2/event.h>

#include "later.h"
#include "sandbox.h"

static void
wait(struct event *e, unsigned ms)
{
	const struct timeval	t = { .tv_usec = ms * 1000 };

	(void)event_add(e, &t);
}

static void
on_again(evutil_socket_t fd, short what, void *arg)
{
	struct later	*l = arg;

	(void)fd;
	(void)what;
	if (l->read())
		wait(l->again, l->again_ms);
	else
		(void)event_add(l->readable, NULL);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct later	*l = arg;

	if (l->first_ms == 0 || (l->urgent != NULL && l->urgent()))
		on_again(fd, what, arg);
	else
		wait(l->again, l->first_ms);
}

/* Neither is persistent: one of them waits. */
void
later_start(struct later *l, struct event_base *base, int fd)
{
	l->readable = event_new(base, fd, EV_READ, on_readable, l);
	l->again = event_new(base, -1, 0, on_again, l);
	if (l->readable == NULL || l->again == NULL || event_add(l->readable, NULL) == -1)
		fatalx("no event for the kernel's news");
}

void
later_hurry(struct later *l)
{
	if (l->again != NULL && event_pending(l->again, EV_TIMEOUT, NULL))
		event_active(l->again, EV_TIMEOUT, 0);
}
