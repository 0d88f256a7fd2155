/*
 * The index of a group of rules, by net, protocol and port: finding the first
 * that matches costs the same whether the group has ten rules or ten thousand.
 * Names are not looked at. For rules.c.
 */
#ifndef POLICYD_NET_INDEX_H
#define POLICYD_NET_INDEX_H

#include "rules.h"

struct net_index;

#define CONDITIONS_MOST	500	/* rules with conditions for the same net, protocol and port */

/* Direction, scope, level and conditions: what is left to be compared rule by rule. */
static inline bool
rule_residual(const struct rule *r, const struct rule_query *q)
{
	return (r->directions & 1u << q->direction) && (r->scopes & q->scope) && q->level <= r->up_to &&
	    (r->condition == NULL || condition_holds(r, q));
}

/* The number of the group's first rule that matches, if it is below best; else best. */
unsigned	 net_index_match(const struct ruleset *, const struct net_index *,
		    const struct rule_query *, unsigned best);

/* Builds the indices of one set, which share a bound; what is made lives in the arena. NULL: no memory. */
struct net_builder	*net_builder_new(const struct ruleset *, struct arena *);
void		 net_builder_free(struct net_builder *);
/*
 * numbers: of the group's rules, in order; any_key: each counts for all protocols and ports; placed: the
 * group is one country's or AS's. NULL: they overlap in too many ways, or more than CONDITIONS_MOST with
 * conditions would have to be looked at one by one.
 */
const struct net_index	*net_index_make(struct net_builder *, const uint16_t *numbers, unsigned count, bool any_key,
		    bool placed);

#endif
