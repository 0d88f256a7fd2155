/*
 * The nibble in the marks of conntrack entries. All other bits belong to
 * others and are left as they are, by masked updates.
 */
#ifndef SETUP_CONNTRACK_H
#define SETUP_CONNTRACK_H

#include <stddef.h>
#include <stdint.h>

#include "types.h"

/*
 * An entry: how its first packet goes, and how the answers to it go. For an
 * outgoing flow the first is what the local socket sees as its own addresses
 * and its peer's, for an incoming one the other.
 */
struct conntrack_entry {
	struct tuple	first;
	struct tuple	reply;
	uint32_t	mark;
};

/*
 * Calls choose() for each entry, which says what its nibble becomes, or -1: it
 * stays. Returns how many were changed, or -1 with errno. Entries that end
 * meanwhile are no error.
 */
long	conntrack_set_nibbles(int (*choose)(const struct conntrack_entry *, void *), void *arg);

#endif
