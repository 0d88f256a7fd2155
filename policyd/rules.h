/*
 * Rules: allow, deny, ask or tunnel, by domain, address, port, protocol, scope,
 * direction and conditions (condition.h). Top to bottom, the first that matches wins. A rule set is built
 * once and then only read; finding the rule costs the same whether a set has
 * ten rules or ten thousand.
 */
#ifndef POLICYD_RULES_H
#define POLICYD_RULES_H

#include "arena.h"
#include "condition.h"
#include "name.h"
#include "words.h"

#define RULES_MOST	10000	/* of one profile, or of the global rules */

struct net {
	uint8_t		family;		/* 4 or 6 */
	uint8_t		prefix;
	uint8_t		address[16];	/* bits beyond prefix are zero */
};

/* Protocol << 16 | port; for ICMP the port is type << 8 | code, as in a tuple. */
struct keys {
	uint32_t	low, high;
};
#define KEY(proto, port)	((uint32_t)(proto) << 16 | (port))
#define KEY_MOST		0xffffffu

/* TCP, UDP, SCTP and DCCP. */
static inline bool
has_ports(uint8_t proto)
{
	return proto == PROTO_TCP || proto == PROTO_UDP || proto == PROTO_SCTP || proto == PROTO_DCCP;
}

struct file;

struct where {			/* a line of a file; no file: built in */
	const struct file *file;
	uint32_t	 line;
};

/* By which way through the tunnel. */
struct route {
	struct countries exit;
	bool		 by_exit;
	uint8_t		 hops;		/* HOPS_LEAST to HOPS_MOST; 0: not stated */
};
#define HOPS_LEAST	2
#define HOPS_MOST	8

struct rule {
	enum rule_action action;
	uint8_t		directions;	/* 1 << enum direction */
	uint8_t		scopes;		/* enum scope */
	uint8_t		up_to;		/* enum level: does not match above */
	uint8_t		exact_server;	/* one address and port each, nothing wider */
	struct where	 where;
	unsigned	 nets_count;	/* 0: any address */
	unsigned	 keys_count;	/* 0: any protocol and port */
	unsigned	 names_count;	/* 0: any name, and none */
	const struct net *nets;
	const struct keys *keys;
	const struct name_pattern *names;
	const struct condition *condition;	/* or NULL: it demands nothing more */
	const struct route *route;	/* or NULL; of rules that tunnel */
};

struct rule_index;
struct ruleset {
	unsigned	 count;
	bool		 named;		/* some rule is by domain, or direct; set by ruleset_index(), as are: */
	bool		 by_address;	/* some rule for outgoing links is by address, scope or place */
	bool		 timely;	/* some rule has a condition that time changes */
	bool		 tunnels;	/* some rule sends through the tunnel */
	bool		 by_country, by_as;	/* some rule has such a condition */
	const struct rule *rules;
	const struct rule_index *index;	/* NULL for short sets of short rules */
};

struct rule_query {
	uint8_t		direction, scope, level, family;
	uint32_t	key;
	const uint8_t	*address;
	const char	*name;		/* lower case; NULL: none is known, so no rule by domain matches */
	uint16_t	name_len;
	/*
	 * A question for the name is judged: of the above only direction and level are looked at. A rule
	 * that allows matches if it could match some link to that name, any other only if it matches all.
	 */
	bool		question;
	/*
	 * An address is judged, whatever the protocol and port: key is not looked at. A rule that denies
	 * matches if it does for all of them, any other if it does for some.
	 */
	bool		any_key;
	/* For conditions; NULL: nothing of all that is known. */
	const struct circumstances *with;
};

/* NULL when no rule matches. */
const struct rule *ruleset_match(const struct ruleset *, const struct rule_query *);
bool		 rule_matches(const struct rule *, const struct rule_query *);

/*
 * Makes the index, in arena, if the set is long. -1: the rules overlap in too many ways, or more than
 * GLOBS_MOST patterns of names end alike.
 */
int		 ruleset_index(struct ruleset *, struct arena *);

/* Port lists of profiles: sorted, disjoint key ranges. */
struct ports {
	bool		 stated;
	struct where	 where;
	unsigned	 count;
	const struct keys *keys;
};
bool		 ports_have(const struct ports *, uint32_t key);

#endif
