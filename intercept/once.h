/*
 * Flows of which a single packet was accepted lately. The kernel forgets such a
 * verdict after the packet, so the answer to it, and the same packet arriving at
 * the other end of the loopback device, are known from here.
 */
#ifndef INTERCEPT_ONCE_H
#define INTERCEPT_ONCE_H

#include "types.h"

/* cookie: of the socket that sent or received it, 0 without one. */
void	once_accepted(const struct tuple *, uint64_t cookie, int64_t now_ns);
/* The tuple itself was accepted a moment ago (loopback: the same packet comes in). */
bool	once_same(const struct tuple *, int64_t now_ns);
/* What this tuple answers was accepted in the last half minute, for the socket with *cookie. */
bool	once_answers(const struct tuple *, int64_t now_ns, uint64_t *cookie);
void	once_forget(void);

#endif
