/* Looks into the resolver's cache: one at a time, each ended, and no words of resolverd's that nobody asked for. */
/* links: policyd/kept.c policyd/answer.c */
#include "answer_stub.h"

#include <unistd.h>

#include "kept.h"
#include "names_server.h"

static uint32_t	looks[8], kept_to;
static unsigned	look_count, kept_count;
static bool	runs = true, taken = true;

bool
names_server_look(uint32_t look)
{
	looks[look_count++] = look;
	return runs;
}

bool
tell_kept(uint32_t query, const struct names_kept *m)
{
	(void)m;
	kept_to = query;
	kept_count++;
	return taken;
}

static struct names_kept	some = { .count = NAMES_BATCH }, end = { .last = true };

TestSuite(kept, .init = heard_begin);

Test(kept, what_is_asked_is_passed_on_until_its_end)
{
	kept_query(7);
	cr_assert_eq(look_count, 1);
	cr_assert_eq(kept_told(looks[0] + 1, &some), 0);
	cr_assert_eq(kept_count, 0, "not what was asked");
	cr_assert_eq(kept_told(looks[0], &some), 0);
	cr_assert_eq(kept_told(looks[0], &end), 0);
	cr_assert_eq(kept_count, 2);
	cr_assert_eq(kept_to, 7);
	cr_assert_eq(kept_told(looks[0], &end), 0);
	cr_assert_eq(kept_count, 2, "after the end");
}

Test(kept, one_at_a_time)
{
	kept_query(7);
	kept_query(8);
	cr_assert_eq(look_count, 1);
	cr_assert(heard.error && heard.id == 8);
	cr_assert_eq(kept_told(looks[0], &end), 0);
	cr_assert_eq(kept_to, 7);
	heard_begin();
	kept_query(9);
	cr_assert_eq(look_count, 2);
	cr_assert_neq(looks[0], looks[1]);
}

Test(kept, no_resolver)
{
	runs = false;
	kept_query(7);
	cr_assert(heard.error && heard.id == 7);
	runs = true;
	heard_begin();
	kept_query(8);
	kept_lost();
	cr_assert(heard.error && heard.id == 8);
	heard_begin();
	kept_lost();
	cr_assert_eq(heard.messages, 0);
}

Test(kept, another_uid)
{
	kept_query(7);
	kept_forget();
	cr_assert_eq(kept_told(looks[0], &end), 0);
	cr_assert_eq(kept_count, 0);
}

Test(kept, endless_words)
{
	kept_query(7);
	for (unsigned i = 0; i < NAMES_LOOK_MOST / NAMES_BATCH; i++)
		cr_assert_eq(kept_told(looks[0], &some), 0);
	cr_assert_eq(kept_told(looks[0], &some), -1);
}

Test(kept, uid_takes_no_more)
{
	taken = false;
	kept_query(7);
	cr_assert_eq(kept_told(looks[0], &some), 0);
	taken = true;
	cr_assert_eq(kept_told(looks[0], &end), 0);
	cr_assert_eq(kept_count, 1);
}

Test(kept, silence_has_an_end, .timeout = 20)
{
	kept_query(7);
	kept_tick();
	cr_assert_eq(heard.messages, 0);
	sleep(5);
	kept_tick();
	cr_assert(heard.error && heard.id == 7);
	heard_begin();
	kept_tick();
	cr_assert_eq(heard.messages, 0);
	kept_query(8);
	cr_assert_eq(look_count, 2);
}
