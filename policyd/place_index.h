/*
 * Places (countries and AS) that rules name, and which group of rules each one
 * leads to. For rules.c; made once, in an arena, then only read.
 */
#ifndef POLICYD_PLACE_INDEX_H
#define POLICYD_PLACE_INDEX_H

#include "rules.h"

/* A country's number, or an AS's above PLACE_AS; each kind's 0 is an address of which it is not known. */
#define PLACE_AS	(UINT64_C(1) << 32)

struct place_value {
	uint64_t	place;
	uint32_t	value;
};

struct place_index {
	bool		 countries, numbers;	/* kinds that are there at all */
	size_t		 count;
	const struct place_value *values;	/* sorted by place */
};

/*
 * Calls on() for each place under which a rule with by-place conditions is filed: where it matches the place is
 * among them. A rule by both kinds is filed by AS. Returns how many; on may be NULL.
 */
size_t	place_each(const struct rule *, void (*on)(void *ctx, uint64_t place), void *ctx);
/* Sorts values. */
const struct place_index *place_index_make(struct arena *, struct place_value *, size_t count);
/* Calls on() with the value of the query's country, and of its AS, if there is one. */
void	place_index_find(const struct place_index *, const struct rule_query *, void (*on)(void *ctx, uint32_t value),
	    void *ctx);

#endif
