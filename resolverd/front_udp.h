/*
 * Questions in datagrams.
 */
#ifndef RESOLVERD_FRONT_UDP_H
#define RESOLVERD_FRONT_UDP_H

#include "front.h"

struct event_base;

/* fd: a bound UDP socket; it stays the caller's. 0, or -1. */
int	front_udp_add(struct event_base *, int fd, take_fn *);

#endif
