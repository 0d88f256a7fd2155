/*
 * No server answers: told when it has been so for a second, and when one answers again.
 */
/* links: resolverd/silence.c resolverd/servers.c resolverd/dname.c resolverd/address.c */
#include <criterion/criterion.h>

#include "clock_ahead.h"
#include "policy.h"
#include "servers.h"
#include "silence.h"

static struct event_base	*base;
static unsigned			 told;

void
policy_servers(void)
{
	told++;
}

/* Two for all names, and one of the network for its own. */
static void
start(void)
{
	static struct server	list[3] = { { .text = "a" }, { .text = "b" }, { .text = "c", .aside = true } };

	base = event_base_new();
	silence_init(base);
	servers_set(list, 3);
}

TestSuite(silence, .init = start);

Test(silence, told_once_and_when_it_ends)
{
	servers_failed(0, "away", 1);
	later(base, 2000);
	cr_expect_eq(told, 0, "the other one may answer");
	servers_failed(1, "away", 2);
	cr_expect(servers_silent());
	later(base, 500);
	cr_expect_eq(told, 0, "not at once");
	later(base, 600);
	cr_expect_eq(told, 1);
	servers_failed(0, "away", 3);
	servers_answered(0, 100);
	servers_failed(0, "away", 4);
	later(base, 2000);
	cr_expect_eq(told, 2, "still so, after a change: %u", told);
	servers_answered(1, 100);
	later(base, 2000);
	cr_expect_not(servers_silent());
	cr_expect_eq(told, 3, "%u", told);
}

Test(silence, a_lost_question_is_none)
{
	for (unsigned i = 0; i < 10; i++) {
		servers_failed(0, "away", 1);
		servers_failed(1, "away", 1);
		later(base, 50);
		servers_answered(0, 100);
	}
	later(base, 2000);
	cr_expect_eq(told, 0, "%u", told);
}

Test(silence, other_servers)
{
	static const struct server	one = { .text = "d" };

	servers_failed(0, "away", 1);
	servers_failed(1, "away", 1);
	later(base, 1100);
	cr_expect_eq(told, 1);
	servers_set(&one, 1);
	later(base, 1100);
	cr_expect_eq(told, 2, "of them nothing is known");
	servers_failed(0, "away", 1);
	later(base, 1100);
	servers_set(&one, 1);
	servers_failed(0, "refused", 2);
	later(base, 1100);
	cr_expect_eq(told, 4, "the next one's error: %u", told);
}
