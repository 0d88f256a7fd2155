/*
 * An answer by multicast DNS (RFC 6762, 6.7), as anybody on the link may send it: what of it may be told
 * to programs. A pure function of the message's bytes.
 */
#ifndef RESOLVERD_HEARD_H
#define RESOLVERD_HEARD_H

#include "reply.h"

#define HEARD_TTL	10	/* seconds, at most, that any of it is kept (RFC 6762, 6.7) */

enum heard {
	HEARD_NOTHING,		/* of no use: a better one may follow */
	HEARD_ANSWER,
	HEARD_EMPTY,		/* the name is there, without a record of this type */
};

/*
 * Takes apart one that fits. HEARD_ANSWER: reply has what may be told, for HEARD_TTL at most; addresses
 * are private or link-local, none is of this machine, and aliases stay in the zones of multicast DNS.
 */
enum heard heard_take(const uint8_t *message, size_t len, const struct asked *, struct reply *);

#endif
