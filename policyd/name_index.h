/*
 * Many patterns of names, each with a number; which of them fit a name costs
 * one look-up a label of it, however many they are. Built once, then only read;
 * owned by the arena.
 */
#ifndef POLICYD_NAME_INDEX_H
#define POLICYD_NAME_INDEX_H

#include "arena.h"
#include "name.h"

#define GLOBS_MOST	64	/* that end in the same labels: each is tried */

struct name_value {
	struct name_pattern name;	/* its text must live as long as the index */
	uint32_t	 value;
};

struct name_index;

/* No pattern may stand twice. NULL: more than GLOBS_MOST end alike. */
const struct name_index	*name_index_make(struct arena *, const struct name_value *, size_t count);
/* Calls on() for each pattern that fits, in no order. */
void	name_index_find(const struct name_index *, const char *name, size_t len,
	    void (*on)(void *ctx, uint32_t value), void *ctx);

#endif
