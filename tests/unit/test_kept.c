/* Looks into the resolver's cache: one at a time, each ended, and no words of resolverd's that nobody asked for. */
/* links: policyd/kept.c policyd/answer.c */
#include "answer_stub.h"

#include <time.h>

#include "explain.h"
#include "kept.h"
#include "names_server.h"

static uint32_t	looks[8], kept_to;
static unsigned	look_count, kept_count;
static uint32_t	servers_to, found_to;
static const struct names_found	*found;
static struct names_servers	told_servers;
static struct names_look	last_look;
static bool	runs = true, taken = true;

bool
names_server_look(uint32_t look, const struct names_look *l)
{
	last_look = *l;
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

bool
tell_servers(uint32_t query, const struct names_servers *m)
{
	servers_to = query;
	told_servers = *m;
	return taken;
}

void
explain_found(uint32_t query, const struct names_found *m)
{
	found_to = query;
	found = m;
}

static const struct names_look	cache = { .what = NAMES_LOOK_CACHE }, servers = { .what = NAMES_LOOK_SERVERS },
				a_name = { .what = NAMES_LOOK_NAME, .name = "a.example", .qtype = 1 };

static struct names_kept	some = { .count = NAMES_BATCH }, end = { .last = true };

TestSuite(kept, .init = heard_begin);

Test(kept, what_is_asked_is_passed_on_until_its_end)
{
	kept_query(7, &cache);
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
	kept_query(7, &cache);
	kept_query(8, &cache);
	cr_assert_eq(look_count, 1);
	cr_assert(heard.error && heard.id == 8);
	cr_assert_eq(kept_told(looks[0], &end), 0);
	cr_assert_eq(kept_to, 7);
	heard_begin();
	kept_query(9, &cache);
	cr_assert_eq(look_count, 2);
	cr_assert_neq(looks[0], looks[1]);
}

Test(kept, no_resolver)
{
	runs = false;
	kept_query(7, &cache);
	cr_assert(heard.error && heard.id == 7);
	runs = true;
	heard_begin();
	kept_query(8, &cache);
	kept_lost();
	cr_assert(heard.error && heard.id == 8);
	heard_begin();
	kept_lost();
	cr_assert_eq(heard.messages, 0);
}

Test(kept, another_uid)
{
	kept_query(7, &cache);
	kept_forget();
	cr_assert_eq(kept_told(looks[0], &end), 0);
	cr_assert_eq(kept_count, 0);
}

Test(kept, endless_words)
{
	kept_query(7, &cache);
	for (unsigned i = 0; i < NAMES_LOOK_MOST / NAMES_BATCH; i++)
		cr_assert_eq(kept_told(looks[0], &some), 0);
	cr_assert_eq(kept_told(looks[0], &some), -1);
}

Test(kept, uid_takes_no_more)
{
	taken = false;
	kept_query(7, &cache);
	cr_assert_eq(kept_told(looks[0], &some), 0);
	taken = true;
	cr_assert_eq(kept_told(looks[0], &end), 0);
	cr_assert_eq(kept_count, 1);
}

Test(kept, silence_has_an_end)
{
	struct timespec	now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	kept_query(7, &cache);
	kept_tick(now.tv_sec + 1);
	cr_assert_eq(heard.messages, 0);
	kept_tick(now.tv_sec + 6);
	cr_assert(heard.error && heard.id == 7);
	heard_begin();
	kept_tick(now.tv_sec + 12);
	cr_assert_eq(heard.messages, 0);
	kept_query(8, &cache);
	cr_assert_eq(look_count, 2);
}

Test(kept, servers)
{
	struct names_servers	m = { .count = 0 };

	kept_query(7, &servers);
	cr_assert_eq(last_look.what, NAMES_LOOK_SERVERS);
	cr_assert_eq(kept_told(looks[0], &end), 0);
	cr_assert_eq(kept_count, 0, "not what was asked");
	kept_servers(looks[0] + 1, &m, "f");
	cr_assert_eq(servers_to, 0);
	kept_servers(looks[0], &m, "bulwark.conf");
	cr_assert_eq(servers_to, 7);
	cr_assert_str_eq(told_servers.file, "bulwark.conf");
	cr_assert(kept_is_free());
}

Test(kept, a_name)
{
	struct names_found	m = { .special = NAMES_ORDINARY };

	cr_assert(kept_name(7, &a_name));
	cr_assert(!kept_is_free());
	cr_assert(!kept_name(8, &a_name));
	kept_found(looks[0], &m);
	cr_assert(found_to == 7 && found == &m);
	cr_assert(kept_is_free());
	cr_assert(kept_name(9, &a_name));
	kept_lost();
	cr_assert(found_to == 9 && found == NULL, "the checks are told all the same");
	cr_assert_eq(heard.messages, 0);
	runs = false;
	cr_assert(!kept_name(10, &a_name));
}
