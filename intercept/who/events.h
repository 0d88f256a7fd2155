/*
 * Fork, exec, exit and changes of rights as the kernel tells them, by a proc
 * connector socket that bulwarkd opened: it speaks only in the initial network
 * namespace. Without it everything is found by looking.
 */
#ifndef WHO_EVENTS_H
#define WHO_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;

/* Before narrowing; fd may be closed. */
void	events_init(struct event_base *, int fd);
/* Takes what came since: before each batch of questions. */
void	events_drain(void);
/* Did this process exec since then (monotonic microseconds), as far as is known? */
bool	events_exec_since(uint32_t pid, int64_t us);
/* One message as it came; for tests and fuzzing. */
void	events_read(const void *, size_t);

#endif
