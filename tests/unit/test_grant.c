/*
 * What intercept remembers: grants, refusals, packets accepted one by one. Each
 * answers exactly for what it was given.
 */
/* links: intercept/grant.c intercept/denied.c intercept/once.c intercept/packet.c */
#include <criterion/criterion.h>

#include <string.h>

#include "denied.h"
#include "grant.h"
#include "once.h"
#include "packet.h"

#define SECOND	1000000000ll

static const struct tuple base = {
	.family = 4, .proto = 6, .sport = 40000, .dport = 443,
	.src = { 192, 0, 2, 1 }, .dst = { 198, 51, 100, 2 },
};

static struct grant
grant_for(const struct tuple *t, uint8_t direction, uint64_t process)
{
	struct grant g;

	cr_assert(grant_key(t, direction, &g));
	g.process = process;
	g.action = ACTION_ACCEPT;
	g.reason = 9;
	return g;
}

Test(grant, answers_for_its_key_only)
{
	struct grant	 g = grant_for(&base, DIRECTION_OUT, 5), k;
	struct tuple	 t = base;
	const struct grant *found;

	grant_add(&g);
	cr_assert_eq(grant_count(), 1);
	t.sport = 40001;	/* another connection of the same kind */
	k = grant_for(&t, DIRECTION_OUT, 5);
	found = grant_find(&k);
	cr_assert_not_null(found);
	cr_assert_eq(found->reason, 9);
	k.process = 6;
	cr_assert_null(grant_find(&k));
	k = grant_for(&base, DIRECTION_IN, 5);
	cr_assert_null(grant_find(&k));
	t = base;
	t.dport = 444;
	k = grant_for(&t, DIRECTION_OUT, 5);
	cr_assert_null(grant_find(&k));
	t = base;
	t.dst[3]++;
	k = grant_for(&t, DIRECTION_OUT, 5);
	cr_assert_null(grant_find(&k));
	t = base;
	t.proto = 17;
	k = grant_for(&t, DIRECTION_OUT, 5);
	cr_assert_null(grant_find(&k));
}

Test(grant, incoming_is_by_source_and_local_port)
{
	struct grant	g = grant_for(&base, DIRECTION_IN, 5), k;
	struct tuple	t = base;

	grant_add(&g);
	t.sport = 1;
	k = grant_for(&t, DIRECTION_IN, 5);
	cr_assert_not_null(grant_find(&k));
	t.src[3]++;
	k = grant_for(&t, DIRECTION_IN, 5);
	cr_assert_null(grant_find(&k));
}

Test(grant, none_where_none_can_be)
{
	struct grant	g;
	struct tuple	t = base;

	cr_assert(!grant_key(&base, DIRECTION_FORWARD, &g));
	t.proto = 1;
	cr_assert(!grant_key(&t, DIRECTION_OUT, &g));
}

Test(grant, ends)
{
	struct grant g = grant_for(&base, DIRECTION_OUT, 5), h = grant_for(&base, DIRECTION_OUT, 6);

	grant_add(&g);
	grant_add(&h);
	grant_end_process(5);
	cr_assert_null(grant_find(&g));
	cr_assert_not_null(grant_find(&h));
	grant_end_all();
	cr_assert_null(grant_find(&h));
	cr_assert_eq(grant_count(), 0);
}

Test(grant, is_bounded_and_forgets_the_unused)
{
	struct grant	g, first = grant_for(&base, DIRECTION_OUT, 1);
	unsigned	i;

	grant_add(&first);
	for (i = 2; i < 50000; i++) {
		g = grant_for(&base, DIRECTION_OUT, i);
		grant_add(&g);
		cr_assert_not_null(grant_find(&g));
		cr_assert_not_null(grant_find(&first), "used all the time, at %u", i);
	}
	cr_assert_leq(grant_count(), 4096);
}

Test(denied, repeats_for_the_same_socket)
{
	struct tuple t = base;

	denied_add(&base, DIRECTION_OUT, 77, NIBBLE_BLOCK, 0);
	cr_assert_eq(denied_find(&base, DIRECTION_OUT, 77, SECOND), NIBBLE_BLOCK);
	cr_assert_eq(denied_find(&base, DIRECTION_OUT, 78, SECOND), -1, "another socket");
	cr_assert_eq(denied_find(&base, DIRECTION_IN, 77, SECOND), -1);
	cr_assert_eq(denied_find(&base, DIRECTION_OUT, 77, 3 * SECOND), -1, "too old");
	t.dport++;
	cr_assert_eq(denied_find(&t, DIRECTION_OUT, 77, SECOND), -1);
	denied_forget();
	cr_assert_eq(denied_find(&base, DIRECTION_OUT, 77, SECOND), -1);
}

Test(once, answers)
{
	struct tuple	r;
	uint64_t	cookie = 0;

	once_accepted(&base, 3, SECOND);
	tuple_turn(&base, &r);
	cr_assert(once_answers(&r, 2 * SECOND, &cookie));
	cr_assert_eq(cookie, 3);
	cr_assert(!once_answers(&base, 2 * SECOND, &cookie), "not the same direction again");
	cr_assert(!once_answers(&r, 60 * SECOND, &cookie));
	cr_assert(once_same(&base, SECOND + 1));
	cr_assert(!once_same(&base, 3 * SECOND));
	r.sport++;
	cr_assert(!once_answers(&r, 2 * SECOND, &cookie));
}

Test(once, icmp_answers_its_question)
{
	struct tuple	echo = base, answer;
	uint64_t	cookie;

	echo.proto = 1;
	echo.sport = 99;
	echo.dport = 8 << 8;
	once_accepted(&echo, 0, SECOND);
	tuple_turn(&echo, &answer);
	answer.sport = echo.sport;
	answer.dport = 0;
	cr_assert(once_answers(&answer, SECOND, &cookie));
	answer.sport = 98;
	cr_assert(!once_answers(&answer, SECOND, &cookie));
	/* A question from there answers nothing. */
	answer.sport = 99;
	answer.dport = 8 << 8;
	cr_assert(!once_answers(&answer, SECOND, &cookie));
}
