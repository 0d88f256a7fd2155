/*
 * For tests: the clocks that run by themselves, ours and libevent's, goes ahead as it is told, so that nobody
 * waits for what takes long.
 */
#ifndef TESTS_CLOCK_AHEAD_H
#define TESTS_CLOCK_AHEAD_H

#include <sys/syscall.h>

#include <event2/event.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

static int64_t	ahead_ms;

/* Instead of the C library's. */
int
clock_gettime(clockid_t clock, struct timespec *t)
{
	int	r = (int)syscall(SYS_clock_gettime, clock, t);

	if (clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE || clock == CLOCK_BOOTTIME) {
		t->tv_nsec += ahead_ms % 1000 * 1000000;
		t->tv_sec += ahead_ms / 1000 + t->tv_nsec / 1000000000;
		t->tv_nsec %= 1000000000;
	}
	return r;
}

/* The clock goes ahead, and what is due happens. */
static inline void
later(struct event_base *base, int64_t ms)
{
	ahead_ms += ms;
	for (unsigned i = 0; i < 20; i++) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		usleep(1000);
	}
}

#endif
