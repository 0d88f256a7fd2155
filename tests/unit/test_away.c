/* Decisions while uid is away: the newest are kept in order, ended ones are not, the rest is counted. */
/* links: policyd/away.c */
#include <criterion/criterion.h>

#include "away.h"

static uint64_t	told[AWAY_EVENTS];
static unsigned	count;

static void
take(const struct ui_event *e)
{
	told[count++] = e->flow;
}

static void
keep(uint64_t from, uint64_t to)
{
	for (; from <= to; from++)
		away_keep(&(struct ui_event){ .flow = from });
}

Test(away, in_order_and_once)
{
	keep(1, 3);
	cr_assert_eq(away_tell(take), 0);
	cr_assert_eq(count, 3);
	for (unsigned i = 0; i < 3; i++)
		cr_expect_eq(told[i], i + 1);
	cr_assert_eq(away_tell(take), 0);
	cr_assert_eq(count, 3);
}

Test(away, the_newest)
{
	keep(1, AWAY_EVENTS + 10);
	cr_assert_eq(away_tell(take), 10);
	cr_assert_eq(count, AWAY_EVENTS);
	cr_expect_eq(told[0], 11);
	cr_expect_eq(told[AWAY_EVENTS - 1], AWAY_EVENTS + 10);
}

Test(away, not_what_ended)
{
	keep(1, 3);
	away_end(2);
	away_end(7);
	cr_assert_eq(away_tell(take), 1);
	cr_assert_eq(count, 2);
	cr_expect_eq(told[0], 1);
	cr_expect_eq(told[1], 3);
}
