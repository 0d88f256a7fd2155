/*
 * What was there before the suite: flows and sockets that bulwark-setup noted
 * before it loaded the rules (proto/existing.h). They go on, after policyd
 * has been told so.
 */
#ifndef INTERCEPT_BEFORE_H
#define INTERCEPT_BEFORE_H

#include "types.h"

/* Reads the list from its memory file; fd -1 or a list that makes no sense: none. */
void	before_load(int fd);
/*
 * True when the flow was there: the tuple (either way round) stands in the list,
 * with this very socket, or without one when it was known from conntrack alone.
 */
bool	before_has(const struct tuple *, uint64_t cookie);
/* The flow ended: without a socket to tell them apart, a later one is a new one. */
void	before_end(const struct tuple *);

#endif
