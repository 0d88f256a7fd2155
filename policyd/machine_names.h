/*
 * Names that a machine made: how many bytes leave in different such names, of one program below
 * one registrable domain. Tunnels through DNS (iodine, dnscat2) and malware that reports home
 * need many of them; the figures and their false alarms are in docs/dns.md.
 */
#ifndef POLICYD_MACHINE_NAMES_H
#define POLICYD_MACHINE_NAMES_H

#include "facts.h"

#define MACHINE_BYTES	4096	/* in names that are not yet forgotten: then it is a tunnel, if there are */
#define MACHINE_NAMES	32	/* as many different ones */
#define MACHINE_LEAK	10	/* bytes are forgotten a second */

struct machine_figure {
	unsigned	names, bytes;
};

/*
 * The program asks for f's name. True: by this one it has become a tunnel. The same name again
 * does not count.
 */
bool	machine_names_asked(const struct program *, const struct facts *, int64_t now_s);
/* Does it ask for too many below the domain of f's name? figure may be NULL. */
bool	machine_names_many(const struct program *, const struct facts *, int64_t now_s, struct machine_figure *);
/* Or below any domain? */
bool	machine_names_any(const struct program *, int64_t now_s);

#endif
