/*
 * See kernel_events.h. Called by main.c, sweep.c, and by events.c before each batch of questions.
 * Trusts the kernel's records, but not their lengths.
 */
#include <sys/mman.h>

#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "../bpf/maps.h"
#include "../bpf/ring.h"
#include "answers.h"
#include "events.h"
#include "kernel_events.h"
#include "procfs.h"
#include "runs.h"
#include "sandbox.h"
#include "sweep.h"

#define TOGETHER_US	100000	/* from the first event of many until they are taken, unless somebody asks */

static struct ring			*ring;
static const struct kernel_lost	*lost;
static struct event			*readable, *soon;
static uint64_t				 lost_known;

/* Names hold no NUL, and a path begins at a root. */
static bool
exec_whole(const struct kernel_exec *e, size_t len)
{
	return e->groups <= KERNEL_GROUPS && e->path_len < KERNEL_PATH && e->cgroup_len < KERNEL_CGROUP &&
	    len - sizeof(*e) == (size_t)e->path_len + e->cgroup_len && (e->path_len == 0 || e->text[0] == '/') &&
	    (e->cgroup_len == 0 || e->text[e->path_len] == '/') && memchr(e->text, '\0', len - sizeof(*e)) == NULL;
}

void
kernel_events_read(const void *record, size_t len)
{
	const struct kernel_event	*e = record;

	if (len < KERNEL_EXIT_BYTES || (e->kind != EVENT_EXIT && len < sizeof(*e)) || e->sender.process.tgid == 0)
		return;
	switch (e->kind) {
	case EVENT_EXEC:
		if (len < sizeof(struct kernel_exec) || !exec_whole(record, len))
			return;
		runs_exec(record, clock_ms());
		events_exec(e->sender.process.tgid, (int64_t)(e->at_ns / 1000));
		break;
	case EVENT_FORK:
		runs_fork(e, clock_ms());
		break;
	case EVENT_EXIT:
		events_exit(e->sender.process.tgid);	/* first: a name stays with what it ran */
		runs_exit(e, clock_ms());
		break;
	default:
		break;
	}
}

/* What was not told may be any program's end. */
static void
note_lost(void)
{
	static struct log_rate	rate;
	uint64_t		now = __atomic_load_n(&lost->events, __ATOMIC_ACQUIRE);

	if (now == lost_known)
		return;
	if (log_rate_ok(&rate, 1))
		log_warnx("%llu events of processes were lost: who ended since may be unknown",
		    (unsigned long long)(now - lost_known));
	lost_known = now;
	runs_unsure(clock_ms());
	events_lost();
}

/* True: there was something. */
static bool
take_all(void)
{
	const void	*record;
	size_t		 len;
	bool		 any = false;

	while ((record = ring_next(ring, &len)) != NULL) {
		kernel_events_read(record, len);
		ring_done(ring);
		any = true;
	}
	return any;
}

void
kernel_events_drain(void)
{
	if (ring == NULL)
		return;
	(void)take_all();
	note_lost();
	runs_expire(clock_ms());
}

static void
take_in(long us)
{
	struct timeval	t = { .tv_usec = us };

	(void)event_add(soon, &t);
}

/*
 * Many come together, and are taken together. The kernel wakes us with the first one, and with each when
 * half of the room is taken.
 */
static void
on_readable(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	(void)ctx;
	if (ring_is_half_full(ring))
		take_in(0);
	else if (!event_pending(soon, EV_TIMEOUT, NULL))
		take_in(TOGETHER_US);
}

/* Once nothing came meanwhile the kernel wakes us again (ring.h). */
static void
on_soon(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	(void)ctx;
	if (take_all())
		take_in(TOGETHER_US);
	note_lost();
	runs_expire(clock_ms());
	answers_flush();
}

bool
kernel_events_init(struct event_base *base, int ring_fd, int lost_fd)
{
	void	*page = mmap(NULL, sizeof(*lost), PROT_READ, MAP_SHARED, lost_fd, 0);

	if (page == MAP_FAILED)
		return false;
	ring = ring_open(ring_fd, KERNEL_EVENTS);
	if (ring == NULL) {
		(void)munmap(page, sizeof(*lost));
		return false;
	}
	lost = page;
	readable = event_new(base, ring_fd, EV_READ | EV_PERSIST | EV_ET, on_readable, NULL);
	soon = evtimer_new(base, on_soon, NULL);
	if (readable == NULL || soon == NULL || event_add(readable, NULL) == -1)
		fatalx("event");
	/* What one before us did not take is about programs that began before us, as all others are. */
	(void)take_all();
	lost_known = __atomic_load_n(&lost->events, __ATOMIC_ACQUIRE);
	sweep_events(true);
	return true;
}
