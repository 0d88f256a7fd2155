/*
 * See recent.h. Called by asked.c, insecure.c, sift.c and told.c.
 */
#include <string.h>

#include "recent.h"

uint64_t *
recent_find(struct recent *r, uint64_t key)
{
	size_t	set = key % RECENT_SETS;

	for (int i = 0; i < RECENT_WAYS; i++)
		if (r->set[set][i].key == key)
			return &r->set[set][i].word;
	return NULL;
}

void
recent_note(struct recent *r, uint64_t key, uint64_t word)
{
	size_t		 set = key % RECENT_SETS;
	uint64_t	*at = recent_find(r, key);

	if (at != NULL) {
		*at = word;
		return;
	}
	memmove(&r->set[set][1], &r->set[set][0], sizeof(r->set[set][0]) * (RECENT_WAYS - 1));
	r->set[set][0].key = key;
	r->set[set][0].word = word;
}
