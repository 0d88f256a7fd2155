/*
 * Exec, fork and exit of all processes, as the suite's part in the kernel tells them by a
 * ring (intercept/bpf/maps.h: events). Without it the proc connector tells some of that (events.h).
 */
#ifndef WHO_KERNEL_EVENTS_H
#define WHO_KERNEL_EVENTS_H

#include <stdbool.h>
#include <stddef.h>

struct event_base;

/* Before narrowing: the maps `events` and `lost`; either may be no map. True: events come. */
bool	kernel_events_init(struct event_base *, int ring, int lost);
/* Takes what came since: before anything is answered that depends on it. */
void	kernel_events_drain(void);
/* One record as it came; for tests and fuzzing. */
void	kernel_events_read(const void *, size_t);

#endif
