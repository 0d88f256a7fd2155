/*
 * Encrypted ways that a server in clear names itself (RFC 9462): it is asked for them,
 * and over the first one that answers it is asked from then on, until that one fails.
 *
 * Only at its own address, so that nobody's questions go to somebody else by an answer
 * in clear, and at the usual ports, which policyd permits there. Its certificate must
 * have that address (verified discovery, 4.2); in private networks, where there can be
 * no such certificate, none is asked for (opportunistic discovery, 4.3): who sits on
 * the way there could as well have said that there is no encryption.
 */
#ifndef RESOLVERD_DESIGNATE_H
#define RESOLVERD_DESIGNATE_H

#include "reply.h"
#include "servers.h"

#define DESIGNATE_WAYS	4	/* of one server that are tried */

struct event_base;

void	 designate_init(struct event_base *);
/* The servers are others: looks for ways to each that is asked in clear. False: looks for none. */
void	 designate_begin(bool);
/* Ways that this answer, taken apart as r, names to the server that gave it, the best first. How many. */
unsigned designate_ways(const uint8_t *message, const struct reply *r, const struct server *,
	    struct server way[static DESIGNATE_WAYS]);

#endif
