/*
 * Questions in datagrams.
 */
#ifndef RESOLVERD_FRONT_UDP_H
#define RESOLVERD_FRONT_UDP_H

#include "front.h"

struct event_base;

/*
 * fd: a bound UDP socket; it stays the caller's. before() is called when datagrams were read, before
 * the first of them is taken; NULL: nothing is. 0, or -1.
 */
int	front_udp_add(struct event_base *, int fd, void (*before)(void), take_fn *);

#endif
