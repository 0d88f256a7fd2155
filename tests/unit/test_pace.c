/*
 * How fast users may answer.
 */
/* links: policyd/pace.c */
#include <criterion/criterion.h>

#include "pace.h"

Test(pace, some_at_once_then_slowly)
{
	struct pace p = { 0 };
	unsigned n = 0;

	while (pace_take(&p, 1000, 5000))
		n++;
	cr_expect_eq(n, PACE_CREDIT_MS / PACE_COST_MS);
	cr_expect(!pace_take(&p, 1000, 5000 + PACE_COST_MS - 1));
	cr_expect(pace_take(&p, 1000, 5000 + PACE_COST_MS) && !pace_take(&p, 1000, 5000 + PACE_COST_MS));
	cr_expect(pace_take(&p, 1001, 5000), "others are not slowed down");
	for (n = 0; pace_take(&p, 1000, 1000000); n++)
		continue;
	cr_expect_eq(n, PACE_CREDIT_MS / PACE_COST_MS, "no more is saved up");
}

/* With more users than places the one who answered longest ago gives his away. */
Test(pace, many_users)
{
	struct pace p = { 0 };
	unsigned n = 0;

	for (uint32_t uid = 0; uid < 10 * PACE_USERS; uid++)
		cr_expect(pace_take(&p, uid, 1000 + uid));
	while (pace_take(&p, 10 * PACE_USERS - 1, 1000 + 10 * PACE_USERS))
		n++;
	cr_expect_eq(n, PACE_CREDIT_MS / PACE_COST_MS - 1);
}
