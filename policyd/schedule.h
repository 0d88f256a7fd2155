/*
 * When verdicts change by time alone: all moments at which a rule of a policy
 * begins or ends to hold. For policy.c and current.c.
 */
#ifndef POLICYD_SCHEDULE_H
#define POLICYD_SCHEDULE_H

#include "rules.h"

struct schedule {
	size_t		 untils_count, untils_size;
	int64_t		*untils;	/* sorted by schedule_finish(); owned by the schedule */
	bool		 days;		/* midnight counts: some rule is by day */
	uint64_t	 minutes[(DAY_MINUTES + 63) / 64];	/* of the day: some rule begins or ends */
};

/* Adds the rules of a set. -1: no memory. */
int		 schedule_add(struct schedule *, const struct ruleset *);
void		 schedule_finish(struct schedule *);
void		 schedule_free(struct schedule *);
/*
 * A number that is the same for two moments if between them no boundary lies: while it stays, so does each
 * verdict. It does not matter by which way the clock came there.
 */
uint64_t	 schedule_state(const struct schedule *, const struct moment *);

#endif
