/*
 * The level that people set by command. One holds until another, or until
 * bulwark.conf names another level than it did then; one for a time lies over it,
 * and what was before comes back when the time is over. Both hold over restarts.
 * Called by level.c.
 */
#ifndef POLICYD_LEVEL_HAND_H
#define POLICYD_LEVEL_HAND_H

#include <stdbool.h>
#include <stdint.h>

#include "types.h"

#define LEVEL_FOR_MOST	(366u * 86400)	/* seconds */

struct level_hand {
	uint8_t		level;		/* enum level; 0: none */
	uint8_t		below;		/* bulwark.conf's level when it was set */
	uint32_t	uid;		/* who set it */
	int64_t		until_s;	/* since the epoch; 0: for good */
};

/* Reads what was written down. folder: the state's; it is kept, not copied. */
void		 level_hand_start(const char *folder);
/*
 * for_s seconds, at most LEVEL_FOR_MOST; 0: for good, which ends one for a time.
 * 0, or -1: it holds, but could not be written down.
 */
int		 level_hand_set(enum level, uint32_t for_s, uint32_t uid, enum level below);
/* No command counts any more. */
void		 level_hand_forget(void);
/* Once a second: a time may be over. Sleep of the machine counts, a clock that is set does not. */
void		 level_hand_tick(void);
/* The one that counts, or NULL. */
const struct level_hand *level_hand(void);

#endif
