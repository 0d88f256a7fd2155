/*
 * Long work in slices. Reading ten thousand profiles takes half a second, and nobody's packets wait that
 * long: the work runs on a stack of its own, is left after some milliseconds where it says that it may be
 * (build_may_pause() in arena.h), and goes on at the next turn of the event loop. One work at a time, in the
 * one thread there is: between two slices anything else may run, within one nothing does.
 */
#ifndef POLICYD_SLICE_H
#define POLICYD_SLICE_H

#include <stdbool.h>
#include <stdint.h>

struct event_base;

#define SLICE_US	2000

/*
 * Does work() and then calls done(), which runs as any other event. The first slice is done at once, so that
 * short work is over when this returns. base NULL: all of it is. Not while slice_busy().
 */
void	slice_start(struct event_base *, void (*work)(void), void (*done)(void));
bool	slice_busy(void);
/* How long a slice takes, in microseconds; for tests. */
void	slice_set(int64_t us);

#endif
