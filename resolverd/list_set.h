/*
 * The rules of all lists in one area of memory: keyed hashes of names in an open
 * table, 16 bytes a rule. A set is built whole, then only read. The names are not
 * kept: two that have the same 64 bits would be one, and the key is secret.
 */
#ifndef RESOLVERD_LIST_SET_H
#define RESOLVERD_LIST_SET_H

#include "list_line.h"

struct list_entry {
	uint64_t	hash;		/* 0: a free place */
	uint32_t	line;
	uint8_t		list;		/* its number */
	uint8_t		kind;		/* enum list_kind */
};

/* Zeroed: the empty set. */
struct list_set {
	struct list_entry	*place;
	size_t			 places, count;
};

/* The key, once, at start. */
void		list_hash_init(void);
/* Of a name in lower case, or of what is left of one when labels are taken off at the front. */
uint64_t	list_hash(const uint8_t *wire, size_t len);

/*
 * A new set: old's entries without those of one list, and count others, of which each
 * list's first for a name and kind counts. old stays as it is. 0, or -1: no memory.
 */
int		list_set_build(struct list_set *, const struct list_set *old, unsigned without,
		    const struct list_entry *, size_t count);
void		list_set_free(struct list_set *);
/*
 * Of the entries for this name the one that counts: by kind, then the first list's.
 * whole: the name itself is asked for, not one below. counts: 1 << number of each list whose
 * entries are looked at. NULL: none.
 */
const struct list_entry *list_set_find(const struct list_set *, uint64_t hash, bool whole, uint64_t counts);
/* The lists that block it: 1 << number of each. False: some list excepts it. */
bool		list_set_having(const struct list_set *, uint64_t hash, bool whole, uint64_t *lists);
size_t		list_set_bytes(const struct list_set *);

#endif
