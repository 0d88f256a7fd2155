/*
 * Questions over the Unix door, at which programs ask systemd-resolved otherwise: one
 * call after the other on a connection (varlink_call.h). Each becomes one or two
 * questions like those of other clients, so that all that is done about them is done.
 */
#ifndef RESOLVERD_FRONT_VARLINK_H
#define RESOLVERD_FRONT_VARLINK_H

#include "front.h"

#define CALLERS_MOST	256	/* connections at a time; a newer one takes the place of the longest idle */
#define CALLER_IDLE_S	10	/* without a call that waits */

struct event_base;

/* fd: a listening Unix socket; it stays the caller's, as long as all runs. Once. 0, or -1. */
int		front_varlink_add(struct event_base *, int fd, take_fn *);
/* The program behind it ended, or is another: its connection is closed, whatever waits. */
void		front_varlink_ended(uint64_t caller);
unsigned	front_varlink_count(void);

#endif
