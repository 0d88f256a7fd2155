/*
 * UDP sockets that were closed, as the kernel tells it: what conntrack still
 * holds for them must not serve the next owner of the port.
 */
#ifndef INTERCEPT_CLOSED_H
#define INTERCEPT_CLOSED_H

#include <stdbool.h>
#include <stdint.h>

struct event_base;

/* False where the kernel does not tell (said in the log, once). */
bool	closed_open(void);
/*
 * closed() for each cookie, burst_end() after those of one wake-up, lost() when some were not told. They are read at once
 * while live_watched() flows are there and ports.h tells nothing, else some milliseconds later, many at a time.
 */
void	closed_start(struct event_base *, void (*closed)(uint64_t cookie),
	    void (*burst_end)(void), void (*lost)(void));
/* A flow is watched from now on. */
void	closed_hurry(void);

#endif
