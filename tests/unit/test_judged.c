/* Live flows judged anew: each that ends is told with what ended it. */
/* links: policyd/judged.c */
#include <criterion/criterion.h>

#include "../../policyd/judged.h"
#include "../../policyd/reasons.h"

#define UNJUDGED	77	/* its number */

uint32_t
reasons_number(const struct step *s)
{
	cr_expect_eq(s->say, SAY_UNJUDGED);
	return UNJUDGED;
}

static void
keep(uint64_t flow, uint8_t action, uint32_t reason)
{
	const struct ui_event e = { .flow = flow, .action = action, .reason = reason, .permanent = true, .source = UI_AGAIN,
				    .process = flow + 1 };

	judged_keep(&e);
}

/* The reason told of; 0: none is known. */
static uint32_t
ended(uint64_t flow, uint8_t is, uint32_t reason)
{
	const struct decide_judged_anew	j = { .flow = flow, .was = ACTION_ACCEPT, .is = is, .reason = reason };
	struct ui_event			e;

	if (!judged_ended(&j, &e))
		return 0;
	cr_expect_eq(e.flow, flow);
	cr_expect_eq(e.process, flow + 1);
	cr_expect_eq(e.source, UI_AGAIN);
	cr_expect_eq(e.action, is);
	cr_expect(e.permanent);
	return e.reason;
}

/* A socket of as many flows as may be asked about at a time got another holder: all are told. */
Test(judged, as_many_as_are_asked_about)
{
	for (uint64_t flow = 1; flow <= DECIDE_AGAIN_MAX; flow++)
		keep(flow, ACTION_BLOCK, 5);
	for (uint64_t flow = 1; flow <= DECIDE_AGAIN_MAX; flow++)
		cr_expect_eq(ended(flow, ACTION_BLOCK, 5), 5);
	keep(5000, ACTION_BLOCK, 6);
	cr_expect_eq(ended(1, ACTION_BLOCK, 5), 0, "it made room");
	cr_expect_eq(ended(2, ACTION_BLOCK, 5), 5);
	cr_expect_eq(ended(5000, ACTION_BLOCK, 6), 6);
}

Test(judged, the_newest_counts)
{
	keep(1, ACTION_ACCEPT, 4);
	keep(2, ACTION_DROP, 6);
	keep(1, ACTION_BLOCK, 5);
	cr_expect_eq(ended(1, ACTION_BLOCK, 5), 5);
}

Test(judged, a_fresh_intercept_has_other_flows)
{
	keep(1, ACTION_BLOCK, 5);
	judged_forget();
	cr_expect_eq(ended(1, ACTION_BLOCK, 5), 0);
}

/* Ended because nobody said whose it is, or judged it: not by what was said of it before. */
Test(judged, ended_without_a_verdict)
{
	keep(1, ACTION_ACCEPT, 4);
	cr_expect_eq(ended(1, ACTION_DROP, 0), UNJUDGED);
	cr_expect_eq(ended(2, ACTION_DROP, 0), 0);
}
