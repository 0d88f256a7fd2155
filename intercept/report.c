/*
 * Reports to policyd. Called by judge.c, ends.c and main. Trusts its callers.
 */
#include <event2/event.h>

#include "conntrack.h"
#include "decide_client.h"
#include "flow.h"
#include "grant.h"
#include "kernel.h"
#include "lent.h"
#include "live.h"
#include "queue.h"
#include "report.h"
#include "sandbox.h"
#include "subject.h"
#include "who_client.h"

#define LATER_MS	80
#define FULL_TICKS	5	/* seconds between looks at whether the kernel's table was full */

struct judge_counters		 judge_counters;

static struct event		*later;
static struct decide_uses	 uses;
static struct decide_ends	 ends;

void
report_flush(void)
{
	if (uses.count > 0 || uses.shed > 0) {
		if (decide_client_uses(&uses) == -1)
			uses.shed += uses.count;
		else
			uses.shed = 0;
		uses.count = 0;
	}
	if (ends.count > 0 || ends.shed > 0) {
		if (decide_client_ends(&ends) == -1)
			ends.shed += ends.count;
		else
			ends.shed = 0;
		ends.count = 0;
	}
}

static void
on_later(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	report_flush();
}

void
report_start(struct event_base *base)
{
	if ((later = event_new(base, -1, 0, on_later, NULL)) == NULL)
		fatalx("no event for reports");
}

static void
flush_later(bool full)
{
	const struct timeval wait = { .tv_usec = LATER_MS * 1000 };

	if (full)
		report_flush();
	else if (!event_pending(later, EV_TIMEOUT, NULL))
		(void)event_add(later, &wait);
}

void
report_use(const struct decide_use *u)
{
	uses.use[uses.count++] = *u;
	flush_later(uses.count == DECIDE_BATCH);
}

void
report_shed(uint32_t n)
{
	uses.shed += n;
	flush_later(false);
}

void
report_end(const struct decide_end *e)
{
	ends.end[ends.count++] = *e;
	flush_later(ends.count == DECIDE_BATCH);
}

void
report_stats(void)
{
	const struct queue_counters	*q = queue_counters();
	const struct who_stats		*w = who_client_stats();
	struct decide_stats		 s = {
		.waiting = flow_count(),
		.live = live_count(),
		.grants = grant_count() + lent_count(),
		.packets = q->packets,
		.overruns = q->overruns,
		.denied_repeat = judge_counters.denied_repeat + kernel_refused(),
		.shed_waiting = judge_counters.shed_waiting,
		.malformed = judge_counters.malformed,
		.socket_uids = subject_count(),
		.processes = w->processes,
		.events = w->events,
		.kernel = kernel_path(),
	};
	static unsigned			 ticks;
	static bool			 full;
	unsigned			 i;

	if (ticks++ % FULL_TICKS == 0)
		full = conntrack_was_full();
	s.conntrack_full = full;
	for (i = 0; i < w->queues; i++) {
		s.queue_dropped += w->queue[i].dropped;
		s.queue_user_dropped += w->queue[i].user_dropped;
	}
	(void)decide_client_stats(&s);
}
