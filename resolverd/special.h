/*
 * Names that are answered here, or by the network's own servers alone, and never go to
 * a public one (RFC 6761, 6762, 7686, 8375, 9476, and IANA's list of special names).
 */
#ifndef RESOLVERD_SPECIAL_H
#define RESOLVERD_SPECIAL_H

#include "dname.h"

enum special {
	SPECIAL_NONE,
	SPECIAL_LOCALHOST,	/* 127.0.0.1 and ::1 */
	SPECIAL_NOTHING,	/* there is no such name */
	SPECIAL_EMPTY,		/* there is, without any record */
	SPECIAL_SCOPED,		/* there is none, but where a server has a scope for it */
	SPECIAL_LOCAL,		/* for servers of this network only */
};

/* In lower case. A single label is one of the local network, but for what is asked of top-level domains. */
enum special special_name(const struct dname *, uint16_t type);
/*
 * The zone of multicast DNS (RFC 6762, 3 and 4) that a name in lower case is below: local, or that of
 * link-local addresses backwards. NULL: none.
 */
const struct dname *special_multicast(const struct dname *);
/* Once, at start. */
void	special_init(void);

#endif
