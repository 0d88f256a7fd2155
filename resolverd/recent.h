/*
 * A map of bounded size from hashes to words. What was noted long ago may be gone; what
 * is there is what was noted.
 */
#ifndef RESOLVERD_RECENT_H
#define RESOLVERD_RECENT_H

#include <stdint.h>

#define RECENT_SETS	8192	/* a power of two */
#define RECENT_WAYS	4	/* as many that meet in a set live side by side */

/* All zero: empty. */
struct recent {
	struct {
		uint64_t	key, word;
	} set[RECENT_SETS][RECENT_WAYS];
};

/* key: a keyed hash, so that nobody chooses what meets. The word, to be read or changed; NULL: not there. */
uint64_t *recent_find(struct recent *, uint64_t key);
/* In place of the word of this key, or of what is oldest in its set. */
void	recent_note(struct recent *, uint64_t key, uint64_t word);

#endif
