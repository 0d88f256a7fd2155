/*
 * Questions over TCP: many on one connection, answered as they come (RFC 7766).
 */
#ifndef RESOLVERD_FRONT_TCP_H
#define RESOLVERD_FRONT_TCP_H

#include "front.h"

#define TCP_CONNECTIONS	512	/* of one door at a time; a newer one takes the place of the longest idle */
#define TCP_PIPELINE	64	/* questions of one connection that wait; beyond, it is not read */
#define TCP_IDLE_S	10	/* without a question that waits */
#define TCP_UNREAD	262144	/* bytes of answers that a client leaves unread; beyond, it is ended */

struct event_base;

/*
 * fd: a listening socket; it stays the caller's, as long as all runs. before() is called for each
 * connection, before anything is read of it; NULL: nothing is. 0, or -1.
 */
int		front_tcp_add(struct event_base *, int fd, void (*before)(void), take_fn *);
unsigned	front_tcp_count(void);

#endif
