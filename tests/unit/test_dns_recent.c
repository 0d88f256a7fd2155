/* What was noted is found, until four that are younger met it. */
/* links: resolverd/recent.c */
#include <criterion/criterion.h>

#include <sodium.h>

#include "recent.h"

static struct recent	recent;

static uint64_t
meeting(unsigned i)
{
	return 7 + (uint64_t)i * RECENT_SETS;
}

Test(recent, those_that_meet_live_side_by_side)
{
	for (unsigned i = 0; i < RECENT_WAYS; i++)
		recent_note(&recent, meeting(i), i);
	for (unsigned i = 0; i < RECENT_WAYS; i++) {
		cr_assert_not_null(recent_find(&recent, meeting(i)));
		cr_expect_eq(*recent_find(&recent, meeting(i)), i);
	}
	cr_expect_null(recent_find(&recent, meeting(RECENT_WAYS)));
}

Test(recent, the_oldest_goes)
{
	for (unsigned i = 0; i <= RECENT_WAYS; i++)
		recent_note(&recent, meeting(i), i);
	cr_expect_null(recent_find(&recent, meeting(0)));
	for (unsigned i = 1; i <= RECENT_WAYS; i++)
		cr_expect_not_null(recent_find(&recent, meeting(i)));
}

Test(recent, a_word_is_replaced_where_it_is)
{
	for (unsigned i = 0; i < RECENT_WAYS; i++)
		recent_note(&recent, meeting(i), i);
	recent_note(&recent, meeting(0), 9);
	for (unsigned i = 0; i < RECENT_WAYS; i++)
		cr_assert_not_null(recent_find(&recent, meeting(i)));
	cr_expect_eq(*recent_find(&recent, meeting(0)), 9);
}

/* Where two that meet push each other out, one of sixteen is told and held back each time anew. */
Test(recent, a_thousand_live_side_by_side)
{
	static const uint8_t	seed[randombytes_SEEDBYTES] = "the same each time";
	uint64_t		key[1000];

	randombytes_buf_deterministic(key, sizeof(key), seed);
	for (unsigned i = 0; i < 1000; i++)
		recent_note(&recent, key[i], i);
	for (unsigned i = 0; i < 1000; i++)
		cr_expect_not_null(recent_find(&recent, key[i]), "%u", i);
}
