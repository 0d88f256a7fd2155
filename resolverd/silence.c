/*
 * See silence.h. Called by servers.c, with what its servers did.
 */
#include <stdbool.h>
#include <stddef.h>

#include <event2/event.h>

#include "policy.h"
#include "sandbox.h"
#include "servers.h"
#include "silence.h"

static struct event	*later;
static bool		 told;

static void
on_later(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	if (!servers_silent() && !told)
		return;
	if (servers_silent() && !told)
		log_warnx("no DNS server answers");
	told = servers_silent();	/* other ones than before, it may be: told again */
	policy_servers();
}

static void
on_silent(void)
{
	static const struct timeval	second = { .tv_sec = 1 };

	if (!evtimer_pending(later, NULL))
		(void)event_add(later, &second);
}

void
silence_init(struct event_base *base)
{
	if ((later = evtimer_new(base, on_later, NULL)) == NULL)
		fatalx("no event for silence");
	servers_on_silent(on_silent);
}
