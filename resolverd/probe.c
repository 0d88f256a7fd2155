/*
 * See probe.h. Called by lookup.c. What a server says here is believed as far as it can
 * make answers unproved, which who sits on the way can do anyway where that is allowed.
 */
#include <event2/event.h>

#include "probe.h"
#include "resolve.h"
#include "sandbox.h"

#define AGAIN_S	60

enum signatures { UNKNOWN, STRIPPED, THERE };

static struct event	*again, *news;
static void		(*on_found)(bool);
static bool		 running;
static enum signatures	 found, told;
static uint64_t		 asked;

static void
probe_again(void)
{
	const struct timeval	wait = { .tv_sec = AGAIN_S };

	(void)event_add(again, &wait);
}

static bool
has_signature(const struct cached *c)
{
	for (unsigned i = 0; i < c->ttls; i++) {
		const uint8_t	*type = c->message + c->ttl_at[i] - 4;

		if ((type[0] << 8 | type[1]) == QTYPE_RRSIG)
			return true;
	}
	return false;
}

static void
on_answer(void *ctx, const struct outcome *o)
{
	(void)ctx;
	asked = 0;
	if (o->answer != NULL)
		found = has_signature(o->answer) ? THERE : STRIPPED;
	if (found != THERE)
		probe_again();
	/* Others may wait for the same answer: what follows may empty the cache. */
	if (found != told)
		event_active(news, 0, 0);
}

static void
on_news(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	if (!running || found == told)
		return;
	told = found;
	on_found(found == THERE);
}

static void
ask(void)
{
	struct dname	root = { .len = 1, .wire = { 0 } };

	asked = resolve(&root, QTYPE_DNSKEY, CACHE_DO | CACHE_CD, on_answer, NULL);
}

static void
on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	ask();
}

void
probe_init(struct event_base *base, void (*op)(bool))
{
	on_found = op;
	again = evtimer_new(base, on_again, NULL);
	news = event_new(base, -1, 0, on_news, NULL);
	if (again == NULL || news == NULL)
		fatalx("no event for probes");
}

void
probe_end(void)
{
	running = false;
	(void)event_del(again);
	resolve_forget(asked);
	asked = 0;
}

void
probe_begin(void)
{
	probe_end();
	running = true;
	found = told = UNKNOWN;
	ask();
}
