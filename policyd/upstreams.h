/*
 * Servers that the suite's name server may ask, as bulwark.conf and the machine's
 * resolv.conf write them.
 */
#ifndef POLICYD_UPSTREAMS_H
#define POLICYD_UPSTREAMS_H

#include "control.h"
#include "upstream.h"

#define UPSTREAMS_MOST	(2 * NAMES_SERVERS)	/* of bulwark.conf and of the network */

struct upstreams {
	unsigned	count;
	bool		offers;		/* those in clear may be asked over what they offer themselves (RFC 9462) */
	struct upstream	server[UPSTREAMS_MOST];
	unsigned	multicasts;
	struct names_net multicast[NAMES_NETS];	/* where all neighbours may be asked (RFC 6762) */
};

/* Is there one without a scope? */
bool	upstreams_for_all_names(const struct upstreams *);

/* What a resolv.conf says: at most NAMES_SERVERS servers, and the machine's search domains. */
struct resolv_conf {
	struct upstreams servers;
	unsigned	searches;
	char		search[NAMES_SEARCHES][NAMES_SEARCH_BYTES];	/* lower case, no dot at the end */
};

/*
 * Reads a resolv.conf: its nameserver lines, in order, without those that lead back to
 * us (doors: the addresses where the suite's own name server listens); of its search and
 * domain lines the last (resolv.conf(5)). A search domain of one label would be a
 * top-level domain with all that is below, and is left out.
 */
void	upstreams_read(const struct control_resolvers *, struct resolv_conf *);

#endif
