/*
 * What a clock shows. For all of policyd: CLOCK_REALTIME is for people and files, CLOCK_MONOTONIC for
 * times that pass here, CLOCK_BOOTTIME where the time in which the machine sleeps counts.
 */
#ifndef POLICYD_CLOCK_H
#define POLICYD_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Microseconds. */
static inline int64_t
clock_us(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static inline int64_t
clock_ms(clockid_t clock)
{
	return clock_us(clock) / 1000;
}

static inline int64_t
clock_s(clockid_t clock)
{
	return clock_us(clock) / 1000000;
}

#endif
