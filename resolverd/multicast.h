/*
 * One question to all neighbours at once (multicast DNS, RFC 6762): sent from a port of our own to the group, once
 * on each link and by each IP version, and answered to that port (5.1, 6.7). Nothing is heard but what is
 * so answered: no socket is open while no question is, and none is a member of the group.
 */
#ifndef RESOLVERD_MULTICAST_H
#define RESOLVERD_MULTICAST_H

#include "names.h"
#include "reply.h"

#define MULTICAST_MS	1000	/* then nobody has the name */

struct event_base;
struct multicast;

/*
 * What fits the question and came from port 5353 of an address of its link; asked is what it fits to. True:
 * it serves, and no other is awaited. NULL: there was none in time. Then, and after true, the question is gone.
 */
typedef bool	multicast_heard_fn(void *ctx, const uint8_t *message, size_t len, const struct asked *asked);

void	multicast_init(struct event_base *);
/* The nets whose devices are asked on, and whose addresses are believed to be neighbours'. None: at first. */
void	multicast_set(const struct names_net *, unsigned count);
/* NULL: it could be sent nowhere. heard is not called before this returns. */
struct multicast *multicast_new(const struct dname *name, uint16_t type, multicast_heard_fn *heard, void *ctx);
/* Without a call to heard. NULL is fine. */
void	multicast_cancel(struct multicast *);

#endif
