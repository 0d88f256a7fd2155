/*
 * What policyd lends with a verdict: the same for the next flows of its process, or program, to the same place. Kept here
 * (grant.h), and by the kernel itself (lent.h, refusals.h) where sender and destination say all.
 */
#ifndef INTERCEPT_LEND_H
#define INTERCEPT_LEND_H

#include "decide.h"
#include "flow.h"
#include "grant.h"

/* Can a grant speak of this flow? Then all of its key is filled. */
bool	lend_key(const struct flow *, struct grant *key);
/* On a flow that waits, and before it is answered. */
void	lend(const struct flow *, const struct decide_verdict *);

#endif
