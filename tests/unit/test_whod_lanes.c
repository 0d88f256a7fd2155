/* Questions that wait: users take turns, and nothing is lost. */
/* links: intercept/who/lanes.c */
#include <criterion/criterion.h>

#include "lanes.h"

static struct lanes lanes;
static struct lanes_work work = { .share = 10 };

static bool
put(uint32_t uid, uint32_t ask)
{
	return lanes_put(&lanes, &(struct who_question){ .uid = uid, .ask = ask }, 0);
}

static uint32_t
take(void)
{
	struct asked a;

	return lanes_take(&lanes, &work, &a) ? a.q.ask : 0;
}

TestSuite(whod_lanes, .timeout = 10);

Test(whod_lanes, one_user_in_order)
{
	lanes_clear(&lanes);
	for (uint32_t i = 1; i <= 100; i++)
		cr_assert(put(7, i));
	for (uint32_t i = 1; i <= 100; i++)
		cr_assert_eq(take(), i);
	cr_assert_eq(take(), 0);
}

Test(whod_lanes, a_flood_leaves_others_their_turn)
{
	unsigned turns = 0;

	lanes_clear(&lanes);
	for (uint32_t i = 1; i < 5000; i++)
		cr_assert(put(0, i));
	cr_assert(put(1000, 9000));
	cr_assert(put(1001, 9001));
	for (unsigned left = 2; left > 0; turns++) {
		left -= take() >= 9000;
		lanes_next(&lanes);
	}
	cr_assert_leq(turns, 4);
}

/* Whose questions are all at work waits, and holds up nobody. */
Test(whod_lanes, a_share_at_work)
{
	lanes_clear(&lanes);
	cr_assert_not(lanes_ready(&lanes, &work));
	cr_assert(put(0, 1));
	cr_assert(put(0, 2));
	work.lane[lanes_of(0)] = 9;
	cr_assert_eq(take(), 1);
	work.lane[lanes_of(0)] = 10;
	cr_assert_not(lanes_ready(&lanes, &work));
	cr_assert_eq(take(), 0);
	cr_assert(put(1000, 3));
	cr_assert(lanes_ready(&lanes, &work));
	cr_assert_eq(take(), 3);
	cr_assert_eq(take(), 0);
	work.lane[lanes_of(0)] = 0;
	cr_assert_eq(take(), 2);
	cr_assert_eq(lanes.count, 0);
}

Test(whod_lanes, full_and_used_again)
{
	for (int round = 0; round < 3; round++) {
		lanes_clear(&lanes);
		for (uint32_t i = 1; i <= LANES_QUESTIONS; i++)
			cr_assert(put(i * 977, i));
		cr_assert_not(put(1, 1));
		cr_assert_eq(lanes.count, LANES_QUESTIONS);
		cr_assert_neq(take(), 0);
		cr_assert(put(1, 1));
		for (uint32_t i = 1; i <= LANES_QUESTIONS; i++)
			cr_assert_neq(take(), 0);
		cr_assert_eq(take(), 0);
		cr_assert_eq(lanes.count, 0);
	}
}
