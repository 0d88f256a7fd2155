/*
 * From words to conditions of rules, one reader a kind; for rule_build.c. Each adds an error to b->diag.
 */
#ifndef POLICYD_CONDITION_BUILD_H
#define POLICYD_CONDITION_BUILD_H

#include "profile.h"

#define SPANS_MOST	16	/* of one rule's "at" */

/* What the words of one rule add up to; lists live in b->scratch. */
struct condition_draft {
	struct condition is;
	struct route	 route;
	struct span_of_day spans[SPANS_MOST];
	struct uids	*uids;
	const char	**networks;
	uint32_t	*as;
	unsigned	 uids_size, networks_size, as_size;
};

void	condition_start(struct condition_draft *);
/* One value of a match of that kind; another kind is not for this file. */
void	condition_read(struct build *, enum match_kind, const struct atom *, struct condition_draft *);
/* What is kept, in b->arena; NULL: nothing was demanded, or no way named. */
const struct condition	*condition_finish(struct build *, struct condition_draft *);
const struct route	*route_finish(struct build *, const struct condition_draft *);

#endif
