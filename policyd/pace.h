/*
 * How fast users may answer: each answer has what waits decided anew, and one that
 * lasts has the policy built. Pure but for the table it is given.
 */
#ifndef POLICYD_PACE_H
#define POLICYD_PACE_H

#include <stdbool.h>
#include <stdint.h>

#define PACE_USERS	32
#define PACE_COST_MS	500	/* of one answer */
#define PACE_CREDIT_MS	10000	/* what a user may have saved up: so many at once */

struct pace {
	struct {
		uint32_t	uid;
		int64_t		free_ms;	/* from then on all is saved up again; 0: nobody's place */
	} user[PACE_USERS];
};

/* Takes one, unless the user is too fast. */
bool	pace_take(struct pace *, uint32_t uid, int64_t now_ms);

#endif
