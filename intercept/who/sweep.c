/*
 * The sweep. Driven by timers and answers.c; its share of a processor is
 * bounded by the time between passes, which grows with what a pass costs.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "answers.h"
#include "identity.h"
#include "kernel_events.h"
#include "parse.h"
#include "processes.h"
#include "procfs.h"
#include "sandbox.h"
#include "scan.h"
#include "sockets.h"
#include "sweep.h"
#include "who.h"

#define SLICE_US	250	/* one turn */
#define BETWEEN_US	4000	/* turns of one pass: a tick of the clock that libevent reads */
#define FIRST_US	100000
#define BUSY_US		300
#define BUSY_SLICE_US	60
#define SOON_US		4000	/* from an answer to the first look */
#define SHARE		20	/* a pass takes at most one part in this of the time */
#define GAP_US		60000	/* at least, between passes */
#define NOTED_US	1000000	/* the same where the kernel notes who sends: a socket may be another's by then */
#define NOTED_SHARE	100	/* and SHARE there */
#define LATE_US		40000	/* after the last answer: the last look begins then or later, */
#define LAST_US		120000	/* mostly here */
#define THOROUGH_US	5000000	/* between passes that read every table that may have changed */
#define RELIST_US	800000	/* before a question has to do it: RELIST_MS of processes.c */
#define DEAD_TICKS	16	/* between looks for who ended, where the kernel tells */

static struct event	*turn;
static uint32_t		 pids[PROCESSES_MAX];
static unsigned		 count, at;
static bool		 running, light, events;
static bool		 noted;			/* nobody asked whose a socket is, only who a sender is */
static int64_t		 answered_us, began_us, ended_us, thorough_us, cost_us, relisted_us;
static int		 queues = -1;
static uint8_t		 told[WHO_STATS_MAX];	/* the last WHO_STATS, as sent */
static size_t		 told_len;

static void
turn_in(int64_t us)
{
	struct timeval	t = { .tv_sec = us / 1000000, .tv_usec = us % 1000000 };

	(void)event_add(turn, &t);
}

static int64_t
gap(void)
{
	int64_t	share = cost_us * (noted ? NOTED_SHARE : SHARE), least = noted ? NOTED_US : GAP_US;

	return share > least ? share : least;
}

static void
look_in(int64_t least)
{
	int64_t	wait = ended_us + gap() - answered_us;

	turn_in(wait > least ? wait : least);
}

/* Not as late as the senders alone would have it. */
void
sweep_soon(void)
{
	bool	late = noted;

	noted = false;
	answered_us = clock_us();
	if (!running && (late || !event_pending(turn, EV_TIMEOUT, NULL) || ended_us + gap() - answered_us <= SOON_US))
		look_in(SOON_US);
}

/* So late that the first look is the last. */
void
sweep_later(void)
{
	answered_us = clock_us();
	if (running || event_pending(turn, EV_TIMEOUT, NULL))
		return;
	noted = true;
	look_in(LAST_US);
}

void
sweep_events(bool on)
{
	events = on;
}

static void
pass_begin(int64_t now)
{
	struct proc	*p;

	light = now - thorough_us < THOROUGH_US;
	if (!light) {
		processes_relist();
		thorough_us = relisted_us = now;
	} else if (now - relisted_us > RELIST_US) {
		processes_refresh();
		relisted_us = now;
	}
	count = at = 0;
	cost_us = 0;
	began_us = now;
	for (p = TAILQ_FIRST(processes_all()); p != NULL; p = TAILQ_NEXT(p, by_use))
		if (!p->kthread && !p->zombie && !p->own && !p->suite)
			pids[count++] = p->pid;
	running = true;
}

static void
pass_end(int64_t now)
{
	int64_t	wait;
	bool	settled;

	running = false;
	ended_us = now;
	settled = answers_recheck();
	answers_flush();	/* ends found meanwhile, in one message */
	/* One look well after the last question, and a few more if a process has no name yet. */
	if (began_us - answered_us >= LATE_US && (settled || began_us - answered_us >= 4 * LAST_US))
		return;
	wait = answered_us + LAST_US - now;
	turn_in(wait > gap() ? wait : gap());
}

/* False: a large table has more parts. */
static bool
look_at(struct proc *p)
{
	unsigned	budget = 64;
	uint64_t	ran;
	bool		known = proc_ran(p, &ran);

	if (known && ran == p->ran && p->scanned && !p->forgotten && p->part_fd == 0)
		return true;
	if (!known || !proc_alive(p)) {
		proc_remove(p);
		return true;
	}
	if (p->id != 0 && p->mm != -1 && !memory_alive(p->mm))
		answers_doubt(p);
	if (!scan_update(p, light))
		return false;
	if (p->threads > 1 && !light) {
		(void)scan_threads(p, 0, false, &budget);
		(void)scan_threads(p, 0, true, &budget);
	}
	return true;
}

/* One process, or a part of its table. */
static void
look_at_next(void)
{
	struct proc	*p = processes_find(pids[at]);

	if (p == NULL || look_at(p))
		at++;
}

static void
on_turn(evutil_socket_t fd, short what, void *ctx)
{
	int64_t	begin = clock_us(), now, slice = SLICE_US;

	(void)fd;
	(void)what;
	(void)ctx;
	if (!running)
		pass_begin(begin);
	/* While question follows question none shall wait long. */
	if (begin - answered_us < BUSY_US)
		slice = BUSY_SLICE_US;
	do {
		if (at < count)
			look_at_next();
		now = clock_us();
	} while (at < count && now - begin < slice);
	cost_us += now - begin;
	if (at < count)
		turn_in(BETWEEN_US);
	else
		pass_end(now);
}

void
sweep_first(void)
{
	int64_t		 end = clock_us() + FIRST_US;
	struct proc	*p, *next;

	for (p = TAILQ_FIRST(processes_all()); p != NULL && clock_us() < end; p = next) {
		next = TAILQ_NEXT(p, by_use);
		if (!p->suite)
			(void)scan_table(p, 0, 0, 0);
	}
	thorough_us = relisted_us = clock_us();
}

static bool
queue_line(const char *line, size_t len, void *ctx)
{
	struct who_stats	*s = ctx;
	struct queue_facts	 f;

	if (parse_queue_line(line, len, &f) == -1)
		return true;
	s->queue[s->queues++] = (struct who_queue){ f.number, f.waiting, f.dropped, f.user_dropped,
						    f.total };
	return s->queues < WHO_QUEUES;
}

static void
read_queues(struct who_stats *s)
{
	char	buf[4096];
	ssize_t	len;

	if (queues == -1)	/* the table comes with the first queue */
		queues = openat(procfs_root(), "net/netfilter/nfnetlink_queue",
		    O_RDONLY | O_CLOEXEC);
	if (queues == -1)
		return;
	len = procfs_reread(queues, buf, sizeof(buf));
	if (len > 0)
		parse_lines(buf, (size_t)len, queue_line, s);
}

static void
tell_stats(void)
{
	struct who_stats	s = { .processes = processes_count(), .sockets = sockets_count(),
				      .events = events };
	uint8_t			body[WHO_STATS_MAX];
	size_t			len;

	if (!answers_connected()) {
		told_len = 0;
		return;
	}
	read_queues(&s);
	len = who_stats_pack(&s, body, sizeof(body));
	if (len == told_len && memcmp(body, told, len) == 0)
		return;
	memcpy(told, body, len);
	told_len = len;
	answers_send(WHO_STATS, 0, body, len);
}

/* Ends of those that were named are told also when nobody asks. */
static void
drop_dead(void)
{
	static unsigned	 tick;
	struct proc	*p, *next;

	if (tick++ % (events ? DEAD_TICKS : 1) != 0)
		return;
	for (p = TAILQ_FIRST(processes_all()); p != NULL; p = next) {
		next = TAILQ_NEXT(p, by_use);
		if (p->id != 0 && p->mm != -1 && !memory_alive(p->mm) && p->pins == 0 &&
		    (!proc_restat(p) || p->zombie))
			proc_remove(p);
	}
	answers_flush();
}

void
sweep_tick(void)
{
	kernel_events_drain();
	drop_dead();
	tell_stats();
}

void
sweep_init(struct event_base *base)
{
	turn = evtimer_new(base, on_turn, NULL);
	if (turn == NULL)
		fatalx("event");
	turn_in(0);
}
