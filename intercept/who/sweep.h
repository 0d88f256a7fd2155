/*
 * Later looks: while questions come, and a moment after, every table of
 * descriptors that may have changed is read again, a slice at a time, so that
 * a socket which was handed over is found in more hands. Once a second the
 * state of the queues is told and the dead are dropped, seldom where the kernel tells of each end.
 */
#ifndef WHO_SWEEP_H
#define WHO_SWEEP_H

#include <stdbool.h>

struct event_base;

/* Before narrowing. */
void	sweep_init(struct event_base *);
/* Reads every table, for at most a moment: at the start. */
void	sweep_first(void);
/* Once a second. */
void	sweep_tick(void);
/* Questions were answered: look around soon, or, where no socket was looked for, within a second and once. */
void	sweep_soon(void);
void	sweep_later(void);
/* Does the kernel tell of exec and exit, by its part or the proc connector? */
void	sweep_events(bool);

#endif
