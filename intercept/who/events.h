/*
 * Fork, exec, exit and changes of rights as the kernel tells them, by a proc
 * connector socket that bulwarkd opened: it speaks only in the initial network
 * namespace. Without it everything is found by looking. Where the suite's part in the
 * kernel tells of exec and exit, the connector tells only of changes of rights.
 */
#ifndef WHO_EVENTS_H
#define WHO_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;

/* Before narrowing; fd may be closed. rest: what else there is tells of exec and exit (kernel_events.h). */
void	events_init(struct event_base *, int fd, bool rest);
/* Takes what came since: before each batch of questions. */
void	events_drain(void);
/* Did this process exec since then (monotonic microseconds), as far as is known? */
bool	events_exec_since(uint32_t pid, int64_t us);
/* This process began another program (monotonic microseconds); its last thread ends; who knows what happened. */
void	events_exec(uint32_t pid, int64_t us);
void	events_exit(uint32_t pid);
void	events_lost(void);
/* One message as it came; for tests and fuzzing. */
void	events_read(const void *, size_t);

#endif
