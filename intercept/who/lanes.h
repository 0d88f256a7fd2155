/*
 * Questions that wait, by the user whose socket they are about: each user's turn
 * comes after at most one turn of every other, however many one asks.
 */
#ifndef WHO_LANES_H
#define WHO_LANES_H

#include <stdbool.h>
#include <stdint.h>

#include "who.h"

#define LANES_QUESTIONS	8192	/* of one struct lanes */
#define LANES		256	/* two users that meet in one share it */

struct asked {
	struct who_question	q;
	int64_t			at_us;	/* when it came */
};

struct lanes {
	unsigned	count;
	uint16_t	spare;		/* places that were used, linked */
	uint16_t	fresh;		/* from here on none ever was: their memory is not touched */
	uint8_t		turn;		/* lane; wraps around by itself */
	struct { uint16_t head, tail; } lane[LANES];
	struct { struct asked a; uint16_t next; } place[LANES_QUESTIONS];
};

/* How many of each lane's questions are at work; from a share on its others wait. */
struct lanes_work {
	uint16_t	lane[LANES];
	uint16_t	share;
};

/* A user's lane, in runs.c as well. */
uint8_t	lanes_of(uint32_t uid);
/* Before the first use, and to forget all. */
void	lanes_clear(struct lanes *);
/* False: no place left. */
bool	lanes_put(struct lanes *, const struct who_question *, int64_t now_us);
/* Is there one that may be taken? */
bool	lanes_ready(const struct lanes *, const struct lanes_work *);
/* The next question of the lane whose turn it is, but for those that have their share; false: there is none. */
bool	lanes_take(struct lanes *, const struct lanes_work *, struct asked *);
/* The turn goes to the next user that waits. */
void	lanes_next(struct lanes *);

#endif
