/*
 * Zones that are not signed: what is in them goes past the validator once that is proved, and nothing
 * else does.
 */
/* links: @front */
#include <unistd.h>

#include "dns_validated.h"

TestSuite(insecure, .init = start, .fini = signed_finish, .timeout = 60);

static bool
covered(const char *text, uint16_t type)
{
	struct dname	n;

	cr_assert_eq(dname_parse(text, strlen(text), &n), 0);
	return insecure_covers(&n, type, now_s());
}

/* Asks for names of a zone until its proof would have been looked for. */
static void
ask_much(const char *zone)
{
	char	name[64];

	for (unsigned i = 0; i < INSECURE_AFTER; i++) {
		cr_assert_not(covered(zone, QTYPE_A), "%s, %u", zone, i);
		snprintf(name, sizeof(name), "n%u.%s", i, zone);
		look(name);
		cr_assert_eq(last.validation, VALID_INSECURE, "%s", name);
	}
	while (validate_waiting() > 0)
		event_base_loop(base, EVLOOP_ONCE);
}

/* It comes without the validator. */
static void
is_direct(const char *text, const char *address)
{
	static struct query	q;
	struct dname		n;

	q = (struct query){ .id = 77, .type = QTYPE_A };
	cr_assert_eq(dname_parse(text, strlen(text), &n), 0);
	q.name = n;
	answered = 0;
	lookup(&n, QTYPE_A, 0, now_s(), on_done, &q);
	cr_assert_eq(validate_waiting(), 0, "%s", text);
	while (answered == 0)
		event_base_loop(base, EVLOOP_ONCE);
	cr_assert(last.had_answer && last.validation == VALID_INSECURE, "%s", text);
	cr_assert_arr_eq(last.address, address, 4, "%s", text);
}

Test(insecure, below_a_signed_zone)
{
	ask_much("plain.example");
	cr_assert(covered("plain.example", QTYPE_A) && covered("a.b.plain.example", QTYPE_A));
	cr_assert_not(covered("plain.example", QTYPE_DS), "that is the zone above's");
	cr_assert_not(covered("example", QTYPE_A) || covered("xplain.example", QTYPE_A));
	is_direct("www.plain.example", "\300\0\2\1");
	is_direct("any.wild.plain.example", "\300\0\2\2");
	is_denied("none.plain.example", REPLY_NXDOMAIN, VALID_INSECURE);
	is_denied("plain.example", REPLY_NODATA, VALID_INSECURE);
}

Test(insecure, by_nsec3)
{
	ask_much("plain.nsec3.example");
	is_direct("www.plain.nsec3.example", "\300\0\2\1");
	is_address("www.nsec3.example", VALID_SECURE, "\300\0\2\1");
	cr_assert_not(covered("nsec3.example", QTYPE_A));
}

Test(insecure, by_opt_out)
{
	ask_much("plain.optout.example");
	is_direct("www.plain.optout.example", "\300\0\2\1");
	is_address("www.optout.example", VALID_SECURE, "\300\0\2\1");
}

/* Where names may be hidden, that they are not there is not proved: nor is that they would not be signed. */
Test(insecure, denied_by_opt_out)
{
	ask_much("optout.example");
	cr_assert_not(covered("optout.example", QTYPE_A));
	cr_assert_not(covered("www.optout.example", QTYPE_A));
	is_address("www.optout.example", VALID_SECURE, "\300\0\2\1");
}

/* What leads out of it is proved where that can be. */
Test(insecure, aliases)
{
	ask_much("plain.example");
	is_address("to-good.plain.example", VALID_INSECURE, "\300\0\2\1");
	is_address("alias.plain.example", VALID_INSECURE, "\300\0\2\1");
	is_bogus("to-changed.plain.example");
}

/* What it took to see that it leads out counts, too: else it could be told who asked first. */
Test(insecure, time_of_aliases)
{
	static struct query	q;

	ask_much("plain.example");
	q = (struct query){ .id = 77, .type = QTYPE_A };
	cr_assert_eq(dname_parse("to-good.plain.example", 21, &q.name), 0);
	answered = 0;
	lookup(&q.name, QTYPE_A, 0, now_s(), on_done, &q);
	usleep(100000);
	while (answered == 0)
		event_base_loop(base, EVLOOP_ONCE);
	cr_assert(last.had_answer);
	cr_assert_geq(last.took_us, 100000);
	look("to-good.plain.example");
	cr_assert(last.from_cache);
	cr_assert_geq(last.kept_us, 100000);
}

/* Nor has it longer than others. */
Test(insecure, aliases_are_late)
{
	static struct query	q;

	ask_much("plain.example");
	q = (struct query){ .id = 77, .type = QTYPE_A };
	cr_assert_eq(dname_parse("to-good.plain.example", 21, &q.name), 0);
	answered = 0;
	lookup(&q.name, QTYPE_A, 0, now_s(), on_done, &q);
	usleep(LOOKUP_MS * 1000);
	while (answered == 0)
		event_base_loop(base, EVLOOP_ONCE);
	cr_assert(!last.had_answer && last.ede == EDE_NETWORK);
}

Test(insecure, is_forgotten)
{
	ask_much("plain.example");
	lookup_flush();
	cr_assert_not(covered("www.plain.example", QTYPE_A));
	is_address("www.plain.example", VALID_INSECURE, "\300\0\2\1");
}

/* Of servers before it says nothing of those that there are now. */
Test(insecure, found_of_servers_before)
{
	struct dname	n;

	cr_assert_eq(dname_parse("www.plain.example", 17, &n), 0);
	for (unsigned i = 0; i < INSECURE_AFTER; i++)
		insecure_saw(&n, now_s());
	cr_assert_gt(validate_waiting(), 0);
	resolve_anew();
	while (validate_waiting() > 0)
		event_base_loop(base, EVLOOP_ONCE);
	cr_assert_not(covered("www.plain.example", QTYPE_A));
}

/* Its time is that of the denial: a minute here. */
Test(insecure, ends)
{
	struct dname	n;

	ask_much("plain.example");
	cr_assert_eq(dname_parse("www.plain.example", 17, &n), 0);
	cr_assert(insecure_covers(&n, QTYPE_A, now_s() + 50));
	cr_assert_not(insecure_covers(&n, QTYPE_A, now_s() + 61));
}

/* An answer that is late is asked for again the same way. */
Test(insecure, asked_for_again)
{
	struct dname	 n;
	struct cached	*c;
	int64_t		 until_s;

	ask_much("plain.example");
	is_direct("www.plain.example", "\300\0\2\1");
	cr_assert_eq(dname_parse("www.plain.example", 17, &n), 0);
	c = (struct cached *)cache_find(&n, QTYPE_A, 0, false, now_s());
	c->stored_s -= 100 * (c->until_s - c->stored_s);
	until_s = c->until_s -= 2;
	lookup_again(&n, QTYPE_A, 0, now_s());
	cr_assert(validate_waiting() == 0 && resolve_waiting() == 1);
	while (resolve_waiting() > 0)
		event_base_loop(base, EVLOOP_ONCE);
	c = (struct cached *)cache_find(&n, QTYPE_A, 0, false, now_s());
	cr_assert(c != NULL && c->until_s > until_s && c->origin.validation == VALID_INSECURE);
}

/* An anchor of the administrator's for a zone in there: it goes on to be proved. */
static void
start_with_island(void)
{
	FILE	*f;

	signed_start();
	f = fopen(place("anchors"), "a");
	cr_assert_not_null(f);
	fprintf(f, "island.plain.example. IN DS 1 13 2 %064d\n", 1);
	fclose(f);
	start_looking();
}

TestSuite(island, .init = start_with_island, .fini = signed_finish, .timeout = 60);

Test(island, is_proved)
{
	struct dname	n;

	ask_much("plain.example");
	cr_assert_not(covered("www.plain.example", QTYPE_A));
	is_bogus("www.island.plain.example");
	cr_assert_eq(dname_parse("plain.example", 13, &n), 0);
	cr_assert(validate_trusts_within(&n));
	cr_assert_eq(dname_parse("good.example", 12, &n), 0);
	cr_assert_not(validate_trusts_within(&n));
}
