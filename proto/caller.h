/*
 * One who asks for names over a Unix socket has no address and no port. It is written
 * as a tuple all the same, so that a client is one kind of thing everywhere: IPv6,
 * protocol 0, which no packet for a door has, its number as the source, nothing else.
 */
#ifndef PROTO_CALLER_H
#define PROTO_CALLER_H

#include "types.h"

/* number: not 0. */
void		caller_tuple(uint64_t number, struct tuple *);
/* 0: the tuple is no caller's. */
uint64_t	caller_number(const struct tuple *);

#endif
