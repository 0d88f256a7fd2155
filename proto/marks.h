/*
 * What intercept/rules have in numbers (docs/rules.md), for all who must agree with them: the nibble in packet and
 * conntrack marks that carries a verdict, and the doors of the suite's own servers.
 */
#ifndef PROTO_MARKS_H
#define PROTO_MARKS_H

#include <string.h>

#include "types.h"

/* All other bits belong to others. */
#define MARK_SHIFT	24
#define MARK_MASK	0x0f000000u

/* NIBBLE_DROP_NOW stands for a drop without any trace. */
enum nibble {
	NIBBLE_DROP_NOW		= 0,
	NIBBLE_ACCEPT		= 1,
	NIBBLE_BLOCK		= 2,
	NIBBLE_DROP		= 3,
	NIBBLE_NAMESERVER	= 4,
	NIBBLE_TUNNEL		= 5,
	NIBBLE_ACCEPT_ONCE	= 6,
	NIBBLE_BLOCK_ONCE	= 7,
	NIBBLE_FORWARD		= 8,	/* accepted, of what passes through */
	NIBBLE_ONCE_PASSED	= 9,	/* ACCEPT_ONCE behind security: the rules' own */
};

/* Where the servers listen, as initializers of an address; ports for UDP and TCP. */
#define DOOR4		{ 127, 0, 0, 17 }
#define DOOR6		{ [15] = 1 }
#define DOOR_NAMES	53
#define DOOR_TUNNEL	1117

/* Those servers answer only to flows that were noted one by one. */
static inline bool
is_door(const struct tuple *t)
{
	static const uint8_t	door4[16] = DOOR4, door6[16] = DOOR6;

	return (t->dport == DOOR_NAMES || t->dport == DOOR_TUNNEL) &&
	    memcmp(t->dst, t->family == 4 ? door4 : door6, sizeof(door4)) == 0;
}

#endif
