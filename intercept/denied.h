/*
 * Refusals of a moment ago. A refused first packet leaves nothing in the kernel,
 * so its repeats come to the queue: they are answered from here. The key holds
 * the socket's cookie, which no other socket ever has, so another program that
 * takes the same port is asked for; without socket (incoming, forwarded) the
 * tuple says all. A refusal can only be repeated, never turn into more.
 */
#ifndef INTERCEPT_DENIED_H
#define INTERCEPT_DENIED_H

#include "queue.h"

void	denied_add(const struct tuple *, uint8_t hook, uint64_t cookie, enum nibble,
	    int64_t now_ns);
/* The nibble to repeat, or -1. */
int	denied_find(const struct tuple *, uint8_t hook, uint64_t cookie, int64_t now_ns);
void	denied_forget(void);

#endif
