/*
 * Rules: finding one by the index of a long set gives what a look at each rule in order gives.
 */
/* links: policyd/arena.c policyd/rules.c policyd/net_index.c policyd/condition.c policyd/place_index.c policyd/country.c policyd/name.c policyd/name_index.c policyd/scope.c */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "name_index.h"
#include "rules.h"
#include "scope.h"

static uint64_t seed = 0x9e3779b97f4a7c15u;

static uint32_t
rnd(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 32) % below;
}

/* Few different bits, so that nets overlap and addresses fall into them. */
static void
rnd_address(uint8_t family, uint8_t *address)
{
	memset(address, 0, 16);
	for (unsigned i = 0; i < 3; i++)
		address[i * (family == 4 ? 1 : 5)] = (uint8_t)(rnd(4) << 6 | rnd(2));
}

static struct net
rnd_net(void)
{
	static const uint8_t lengths4[] = { 0, 1, 2, 8, 9, 16, 17, 24, 31, 32 },
	    lengths6[] = { 0, 1, 7, 8, 41, 64, 81, 82, 127, 128 };
	struct net n;

	memset(&n, 0, sizeof n);
	n.family = rnd(2) ? 4 : 6;
	n.prefix = n.family == 4 ? lengths4[rnd(10)] : lengths6[rnd(10)];
	rnd_address(n.family, n.address);
	for (unsigned bit = n.prefix; bit < 128; bit++)
		n.address[bit / 8] &= (uint8_t)~(0x80 >> bit % 8);
	return n;
}

static struct keys
rnd_keys(void)
{
	static const uint8_t protos[] = { 0, 1, 6, 17, 58, 255 };
	uint32_t a = KEY(protos[rnd(6)], rnd(3) ? rnd(8) : 65528 + rnd(8)), b = KEY(protos[rnd(6)], rnd(8));

	if (rnd(6) == 0)
		a = 0;
	if (rnd(6) == 0)
		b = KEY_MOST;
	return a < b ? (struct keys){ a, b } : (struct keys){ b, a };
}

/* Keys as value_build.c makes them: sorted, without overlap. */
static unsigned
rnd_key_list(struct keys *keys)
{
	unsigned count = 0;

	for (unsigned tries = rnd(4); tries > 0; tries--) {
		struct keys k = rnd_keys();
		bool free = true;

		for (unsigned i = 0; i < count; i++)
			free &= k.high < keys[i].low || k.low > keys[i].high;
		if (free)
			keys[count++] = k;
	}
	return count;
}

/* Few labels, so that zones, names and patterns meet. Each pattern once, as rule_build.c makes them. */
static const struct name_pattern patterns[] = {
	{ NAME_EXACT, 5, "a.b.c" }, { NAME_EXACT, 3, "b.c" }, { NAME_EXACT, 1, "c" }, { NAME_EXACT, 7, "a.a.b.c" },
	{ NAME_ZONE, 3, "b.c" }, { NAME_ZONE, 1, "c" }, { NAME_ZONE, 5, "a.b.c" }, { NAME_ZONE, 3, "a.b" },
	{ NAME_GLOB, 1, "*" }, { NAME_GLOB, 4, "a*.c" }, { NAME_GLOB, 5, "*.b.c" }, { NAME_GLOB, 2, "a*" },
	{ NAME_GLOB, 3, "*a*" }, { NAME_GLOB, 5, "a*b.c" },
};
#define PATTERNS	(sizeof patterns / sizeof patterns[0])

static unsigned
rnd_names(struct name_pattern *names)
{
	unsigned count = 0, first = rnd(PATTERNS);

	if (rnd(3) != 0)
		return 0;
	do
		names[count] = patterns[(first + count * 3) % PATTERNS];
	while (++count < 4 && rnd(3) == 0);
	return count;
}

static const char *
rnd_name(char out[16])
{
	unsigned labels = rnd(5);

	out[0] = '\0';
	for (unsigned i = 0; i < labels; i++)
		snprintf(out + strlen(out), 16 - strlen(out), "%s%c", i == 0 ? "" : ".", 'a' + (char)rnd(3));
	return labels == 0 ? NULL : out;
}

/* Databases with few places: an address's first two bits give its country, the others its AS; 0: not known. */
uint16_t
geo_country(const struct geo *geo, uint8_t family, const uint8_t address[16], struct whereabouts *w)
{
	(void)geo;
	(void)family;
	(void)w;
	return address[0] >> 6;
}

uint32_t
geo_as(const struct geo *geo, uint8_t family, const uint8_t address[16], struct whereabouts *w)
{
	(void)geo;
	(void)w;
	return address[family == 4 ? 1 : 5] >> 6;
}

/* Now and then one, of a few kinds at once. */
static const struct condition *
rnd_condition(struct arena *arena)
{
	static const uint32_t numbers[] = { 1, 2, 3 };
	static const struct uids uids[] = { { 0, 0 }, { 1000, 1001 } };
	struct condition *c = arena_get(arena, sizeof *c);

	if (rnd(2))
		return NULL;
	*c = (struct condition){ .until = rnd(5) ? INT64_MAX : 100 + rnd(3), .by_country = rnd(2), .direct = rnd(8) == 0,
		.days = rnd(8) ? 0 : (uint8_t)rnd(128), .as_count = rnd(3) ? 0 : 1 + rnd(2), .uids_count = rnd(6) == 0,
		.uids = uids + rnd(2) };
	c->as = numbers + rnd(2);
	for (uint16_t country = 1; c->by_country && country <= 3; country++)
		if (rnd(2))
			countries_add(&c->countries, country);
	c->timely = c->until != INT64_MAX || c->days != 0 || c->uids_count > 0;
	c->only_place = !c->timely && !c->direct && c->by_country == (c->as_count == 0);
	return c;
}

static const struct circumstances *
rnd_circumstances(void)
{
	static struct circumstances with;
	static struct whereabouts whereabouts;
	static struct moment now;

	now = (struct moment){ .unix_s = rnd(9) != 0, .local = 99 + rnd(4), .weekday = (uint8_t)rnd(7) };
	with = (struct circumstances){ .now = &now, .uid = rnd(2) ? 0 : 1000 + rnd(3), .has_uid = rnd(9) != 0,
		.direct = rnd(2), .whereabouts = &whereabouts };
	return rnd(20) ? &with : NULL;
}

static void
rnd_rule(struct arena *arena, struct rule *r)
{
	struct net *nets = arena_get(arena, 4 * sizeof *nets);
	struct keys *keys = arena_get(arena, 4 * sizeof *keys);
	struct name_pattern *names = arena_get(arena, 4 * sizeof *names);

	*r = (struct rule){ .action = RULE_ALLOW + rnd(RULE_TUNNEL), .directions = rnd(3) ? 0xff : (uint8_t)(rnd(8) << 1),
		.scopes = rnd(3) ? 0xff : (uint8_t)rnd(256), .up_to = rnd(3) ? LEVEL_MAX : (uint8_t)(1 + rnd(3)),
		.nets_count = rnd(2) ? rnd(4) : 0, .nets = nets,
		.keys = keys, .names_count = rnd_names(names), .names = names };
	r->condition = rnd_condition(arena);
	for (unsigned i = 0; i < r->nets_count; i++)
		nets[i] = rnd_net();
	r->keys_count = rnd(2) ? rnd_key_list(keys) : 0;
}

static struct rule_query
rnd_query(uint8_t address[16], char name[16])
{
	struct rule_query q = { .direction = (uint8_t)(1 + rnd(3)),
		.scope = rnd(2) ? SCOPE_INTERNET : (uint8_t)(1u << rnd(8)), .with = rnd_circumstances(),
		.level = (uint8_t)(1 + rnd(3)), .family = rnd(2) ? 4 : 6, .address = address };

	rnd_address(q.family, address);
	q.key = rnd(2) ? rnd_keys().low : rnd_keys().high;
	q.name = rnd_name(name);
	q.name_len = q.name == NULL ? 0 : (uint8_t)strlen(q.name);
	q.question = rnd(3) == 0;
	q.any_key = rnd(2) == 0;
	return q;
}

static const struct rule *
linear(const struct ruleset *set, const struct rule_query *q)
{
	for (unsigned i = 0; i < set->count; i++)
		if (rule_matches(&set->rules[i], q))
			return &set->rules[i];
	return NULL;
}

Test(rules, index_equals_linear)
{
	unsigned hits = 0, queries = 0;

	for (unsigned round = 0; round < 400; round++) {
		unsigned count = 1 + rnd(round % 8 == 0 ? 300 : 20);
		struct arena arena = { 0 };
		struct rule *rules = arena_get(&arena, count * sizeof *rules);
		struct ruleset set = { .count = count, .rules = rules };

		for (unsigned i = 0; i < count; i++)
			rnd_rule(&arena, &rules[i]);
		cr_assert_eq(ruleset_index(&set, &arena), 0);
		cr_assert_eq(set.index != NULL, count > 8);
		for (unsigned i = 0; i < 500; i++, queries++) {
			uint8_t address[16];
			char name[16];
			struct rule_query q = rnd_query(address, name);
			const struct rule *r = linear(&set, &q);

			cr_assert_eq(ruleset_match(&set, &q), r, "round %u query %u", round, i);
			hits += r != NULL;
		}
		arena_free(&arena);
	}
	cr_assert(hits > queries / 10 && hits < queries, "%u of %u match", hits, queries);
}

/* One rule each for one address and port, then one for all: the costs of a look-up don't grow with them. */
static void
make_long(struct arena *arena, struct ruleset *set, unsigned count)
{
	struct rule *rules = arena_get(arena, count * sizeof *rules);
	struct net *nets = arena_get(arena, count * sizeof *nets);
	struct keys *keys = arena_get(arena, count * sizeof *keys);

	for (unsigned i = 0; i < count; i++) {
		nets[i] = (struct net){ .family = 4, .prefix = 32, .address = { 192, (uint8_t)(i >> 8), (uint8_t)i } };
		keys[i] = (struct keys){ KEY(6, i % 7), KEY(6, i % 7) };
		rules[i] = (struct rule){ .action = RULE_ALLOW, .directions = 0xff, .scopes = 0xff,
			.up_to = LEVEL_MAX, .nets_count = i + 1 < count, .keys_count = i + 1 < count, .nets = &nets[i],
			.keys = &keys[i] };
	}
	*set = (struct ruleset){ .count = count, .rules = rules };
	cr_assert_eq(ruleset_index(set, arena), 0);
}

/* One rule that names many nets or ports is no short set. */
Test(rules, long_rules)
{
	struct rule r = { .action = RULE_DENY, .directions = 0xff, .scopes = 0xff, .up_to = LEVEL_MAX };
	struct arena arena = { 0 };
	struct net *nets = arena_get(&arena, 50000 * sizeof *nets);
	struct keys *keys = arena_get(&arena, 500 * sizeof *keys);

	for (unsigned i = 0; i < 50000; i++)
		nets[i] = (struct net){ .family = 4, .prefix = 24, .address = { 9, (uint8_t)(i >> 8), (uint8_t)i } };
	for (unsigned i = 0; i < 500; i++)
		keys[i] = (struct keys){ 2 * i, 2 * i };
	r.nets = nets;
	r.keys = keys;
	for (unsigned i = 0; i < 4; i++) {
		struct ruleset set = { .count = 1, .rules = &r };
		uint8_t address[16] = { 9, 3, 4, 5 };
		struct rule_query q = { DIRECTION_OUT, SCOPE_INTERNET, LEVEL_DYNAMIC, 4, 6, address, NULL, 0, false, false, NULL };

		r.nets_count = i & 1 ? 50000 : 1;
		r.keys_count = i & 2 ? 10 : 0;
		cr_assert_eq(ruleset_index(&set, &arena), 0);
		cr_assert_eq(set.index != NULL, i & 1);
		cr_assert_eq(ruleset_match(&set, &q) != NULL, i & 1);
		address[0] = 10;
		cr_assert_null(ruleset_match(&set, &q));
	}
	r.nets_count = 1;
	r.keys_count = 500;
	cr_assert_eq(ruleset_index(&(struct ruleset){ .count = 1, .rules = &r }, &arena), 0);
	arena_free(&arena);
}

Test(rules, as_many_as_may_be)
{
	struct arena arena = { 0 };
	struct ruleset set;

	make_long(&arena, &set, RULES_MOST);
	for (unsigned i = 0; i < RULES_MOST; i++) {
		uint8_t address[16] = { 192, (uint8_t)(i >> 8), (uint8_t)i };
		struct rule_query q = { DIRECTION_OUT, SCOPE_INTERNET, LEVEL_DYNAMIC, 4, KEY(6, i % 7), address,
			NULL, 0, false, false, NULL };

		cr_assert_eq(ruleset_match(&set, &q), &set.rules[i]);
		q.key = KEY(6, 7);
		cr_assert_eq(ruleset_match(&set, &q), &set.rules[RULES_MOST - 1]);
		q.any_key = true;
		cr_assert_eq(ruleset_match(&set, &q), &set.rules[i]);
	}
	arena_free(&arena);
}

/* Rules that all overlap but differ in direction, scope and level: each place keeps few of them. */
Test(rules, all_overlap)
{
	struct arena arena = { 0 };
	struct rule *rules = arena_get(&arena, RULES_MOST * sizeof *rules);
	struct keys *keys = arena_get(&arena, RULES_MOST * sizeof *keys);
	struct ruleset set = { .count = RULES_MOST, .rules = rules };

	for (unsigned i = 0; i < RULES_MOST; i++) {
		keys[i] = (struct keys){ i, KEY_MOST - i };
		rules[i] = (struct rule){ .action = RULE_DENY, .directions = (uint8_t)(2u << i % 3),
			.scopes = (uint8_t)(1u << i % 8), .up_to = (uint8_t)(1 + i % 3), .keys_count = 1,
			.keys = &keys[i] };
	}
	cr_assert_eq(ruleset_index(&set, &arena), 0);
	for (unsigned i = 0; i < 20000; i++) {
		uint8_t address[16];
		char name[16];
		struct rule_query q = rnd_query(address, name);

		q.key = rnd(RULES_MOST + 10);
		cr_assert_eq(ruleset_match(&set, &q), linear(&set, &q));
	}
	arena_free(&arena);
}

/* What a rule means for a question: its limits by address, port and scope make it say nothing, or less. */
Test(rules, questions)
{
	static const struct { uint8_t action; bool named, net, key, scope; uint8_t directions; bool matches; } rows[] = {
		{ RULE_DENY, true, false, false, false, 0xff, true },
		{ RULE_DENY, false, false, false, false, 0xff, true },
		{ RULE_DENY, true, true, false, false, 0xff, false },
		{ RULE_BLOCK, true, false, true, false, 0xff, false },
		{ RULE_DROP, true, false, false, true, 0xff, false },
		{ RULE_DROP, false, false, true, false, 0xff, false },
		{ RULE_ASK, true, false, false, false, 0xff, true },
		{ RULE_ASK, true, false, true, false, 0xff, false },
		{ RULE_ALLOW, true, false, true, false, 0xff, true },
		{ RULE_ALLOW, false, true, true, true, 0xff, true },
		{ RULE_TUNNEL, true, false, true, false, 0xff, true },
		{ RULE_TUNNEL, false, false, true, false, 0xff, false },
		{ RULE_TUNNEL, false, false, false, false, 0xff, true },
		{ RULE_ALLOW, true, false, false, false, 1u << DIRECTION_IN, false },
		{ RULE_DENY, true, false, false, false, 1u << DIRECTION_FORWARD, false },
		{ RULE_DENY, true, false, false, false, 1u << DIRECTION_OUT, true },
	};
	static const struct net net = { 4, 8, { 10 } };
	static const struct keys key = { KEY(6, 443), KEY(6, 443) };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct rule r = { .action = rows[i].action, .directions = rows[i].directions, .up_to = LEVEL_SECURE,
			.scopes = rows[i].scope ? SCOPE_INTERNET : 0xff, .nets = &net, .nets_count = rows[i].net,
			.keys = &key, .keys_count = rows[i].key, .names = &patterns[4], .names_count = rows[i].named };
		struct rule_query q = { .direction = DIRECTION_OUT, .level = LEVEL_SECURE, .name = "x.b.c",
			.name_len = 5, .question = true };

		cr_expect_eq(rule_matches(&r, &q), rows[i].matches, "row %zu", i);
		q.level = LEVEL_FORTRESS;
		cr_expect(!rule_matches(&r, &q), "row %zu", i);
		q.level = LEVEL_DYNAMIC;
		q.name = "x.bb.c";
		q.name_len = 6;
		cr_expect_eq(rule_matches(&r, &q), rows[i].matches && !rows[i].named, "row %zu", i);
		q.name = NULL;
		cr_expect_eq(rule_matches(&r, &q), rows[i].matches && !rows[i].named, "row %zu", i);
	}
}

/* Of an address, whatever the protocol and port: what denies some of them does not deny it. */
Test(rules, addresses)
{
	static const struct { uint8_t action; bool net, key, matches; } rows[] = {
		{ RULE_DENY, false, false, true }, { RULE_DENY, true, false, true }, { RULE_DENY, true, true, false },
		{ RULE_BLOCK, false, true, false }, { RULE_DROP, true, false, true }, { RULE_DROP, true, true, false },
		{ RULE_ALLOW, true, false, true }, { RULE_ALLOW, true, true, true }, { RULE_ASK, true, true, true },
		{ RULE_ASK, false, false, true }, { RULE_TUNNEL, true, true, true },
	};
	static const struct net net = { 4, 8, { 10 } };
	static const struct keys key = { KEY(6, 25), KEY(6, 25) };
	static const uint8_t in[16] = { 10, 1, 2, 3 }, other[16] = { 11, 1, 2, 3 };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct rule r = { .action = rows[i].action, .directions = 0xff, .up_to = LEVEL_SECURE, .scopes = SCOPE_SITE,
			.nets = &net, .nets_count = rows[i].net, .keys = &key, .keys_count = rows[i].key };
		struct rule_query q = { .direction = DIRECTION_OUT, .level = LEVEL_SECURE, .family = 4, .address = in,
			.scope = SCOPE_SITE, .any_key = true };

		cr_expect_eq(rule_matches(&r, &q), rows[i].matches, "row %zu", i);
		q.scope = SCOPE_LINK;
		cr_expect(!rule_matches(&r, &q), "row %zu", i);
		q.scope = SCOPE_SITE;
		q.address = other;
		cr_expect_eq(rule_matches(&r, &q), rows[i].matches && !rows[i].net, "row %zu", i);
	}
}

/* What a set notes of its rules. */
Test(rules, by_address)
{
	static const struct net net = { 4, 8, { 10 } };
	static const struct keys key = { KEY(6, 25), KEY(6, 25) };
	static const struct { struct rule rule; bool by_address; } rows[] = {
		{ { .directions = 0xff, .scopes = 0xff }, false },
		{ { .directions = 0xff, .scopes = 0xff, .keys = &key, .keys_count = 1 }, false },
		{ { .directions = 0xff, .scopes = 0xff, .nets = &net, .nets_count = 1 }, true },
		{ { .directions = 0xff, .scopes = SCOPE_LAN }, true },
		{ { .directions = 1u << DIRECTION_IN, .scopes = SCOPE_LAN }, false },
		{ { .directions = 0xff, .scopes = 0xff, .names = &patterns[4], .names_count = 1 }, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ruleset set = { .count = 1, .rules = &rows[i].rule };
		struct arena arena = { 0 };

		cr_assert_eq(ruleset_index(&set, &arena), 0);
		cr_expect_eq(set.by_address, rows[i].by_address, "row %zu", i);
		arena_free(&arena);
	}
}

/* Ten thousand rules by domain, then one for all names: a look-up stays within a part of 5 us. */
Test(rules, as_many_domains_as_may_be)
{
	struct arena arena = { 0 };
	struct rule *rules = arena_get(&arena, RULES_MOST * sizeof *rules);
	struct name_pattern *names = arena_get(&arena, RULES_MOST * sizeof *names);
	struct ruleset set = { .count = RULES_MOST, .rules = rules };
	struct timespec from, to;
	uint8_t address[16] = { 192, 0, 2, 1 };
	double us;

	for (unsigned i = 0; i < RULES_MOST; i++) {
		char text[40];

		names[i].len = (uint8_t)snprintf(text, sizeof text, "n%u.example.org", i);
		names[i].text = arena_text(&arena, text, names[i].len);
		names[i].kind = i % 2 ? NAME_EXACT : NAME_ZONE;
		rules[i] = (struct rule){ .action = RULE_DENY, .directions = 0xff, .scopes = 0xff, .up_to = LEVEL_MAX,
			.names_count = i + 1 < RULES_MOST, .names = &names[i] };
	}
	cr_assert_eq(ruleset_index(&set, &arena), 0);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	for (unsigned i = 0; i < 10 * RULES_MOST; i++) {
		char name[40];
		unsigned n = i % RULES_MOST;
		struct rule_query q = { DIRECTION_OUT, SCOPE_INTERNET, LEVEL_DYNAMIC, 4, KEY(6, 443), address, name,
			(uint8_t)snprintf(name, sizeof name, "www.n%u.example.org", n), i % 3 == 0, i % 2 == 0, NULL };

		cr_assert_eq(ruleset_match(&set, &q), &rules[n % 2 ? RULES_MOST - 1 : n]);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	us = ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / 1e3 /
	    (10 * RULES_MOST);
#ifdef BULWARK_ASAN
	us /= 10;
#endif
	cr_expect_lt(us, 3, "%.2f us a look-up", us);
	arena_free(&arena);
}

/* Groups: rules of one name that differ by net and port have an index of their own. */
Test(rules, many_rules_of_one_domain)
{
	struct arena arena = { 0 };
	struct rule *rules = arena_get(&arena, 2000 * sizeof *rules);
	struct keys *keys = arena_get(&arena, 2000 * sizeof *keys);
	struct ruleset set = { .count = 2000, .rules = rules };

	for (unsigned i = 0; i < 2000; i++) {
		keys[i] = (struct keys){ KEY(6, i), KEY(6, i) };
		rules[i] = (struct rule){ .action = RULE_DENY, .directions = 0xff, .scopes = 0xff, .up_to = LEVEL_MAX,
			.keys = &keys[i], .keys_count = 1, .names = &patterns[i % 2 ? 0 : 4], .names_count = 1 };
	}
	cr_assert_eq(ruleset_index(&set, &arena), 0);
	for (unsigned i = 0; i < 4000; i++) {
		uint8_t address[16] = { 9 };
		struct rule_query q = { DIRECTION_OUT, SCOPE_INTERNET, LEVEL_DYNAMIC, 4, KEY(6, i / 2), address,
			i % 2 ? "a.b.c" : "b.c", i % 2 ? 5 : 3, false, i % 4 == 0, NULL };

		cr_assert_eq(ruleset_match(&set, &q), linear(&set, &q));
	}
	arena_free(&arena);
}

Test(rules, too_many_patterns_that_end_alike)
{
	struct name_pattern names[GLOBS_MOST + 1];
	struct rule r = { .action = RULE_DENY, .directions = 0xff, .scopes = 0xff, .up_to = LEVEL_MAX, .names = names };
	char text[GLOBS_MOST + 1][8];
	struct arena arena = { 0 };

	for (unsigned i = 0; i <= GLOBS_MOST; i++)
		names[i] = (struct name_pattern){ NAME_GLOB, (uint8_t)snprintf(text[i], sizeof text[i], "a%u*.b", i),
			text[i] };
	for (unsigned more = 0; more < 2; more++) {
		struct ruleset set = { .count = 1, .rules = &r };

		r.names_count = GLOBS_MOST + more;
		cr_assert_eq(ruleset_index(&set, &arena), 0 - (int)more);
	}
	arena_free(&arena);
}

Test(rules, ports)
{
	static const struct keys keys[] = { { KEY(6, 80), KEY(6, 80) }, { KEY(6, 443), KEY(6, 445) },
		{ KEY(17, 0), KEY(17, 65535) } };
	static const struct ports ports = { .count = 3, .keys = keys }, empty = { .stated = true };
	static const struct { uint32_t key; bool in; } rows[] = {
		{ KEY(6, 79), false }, { KEY(6, 80), true }, { KEY(6, 81), false }, { KEY(6, 442), false },
		{ KEY(6, 443), true }, { KEY(6, 444), true }, { KEY(6, 445), true }, { KEY(6, 446), false },
		{ KEY(16, 65535), false }, { KEY(17, 0), true }, { KEY(17, 65535), true }, { KEY(18, 0), false },
		{ 0, false }, { KEY_MOST, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_expect_eq(ports_have(&ports, rows[i].key), rows[i].in, "%x", rows[i].key);
		cr_expect(!ports_have(&empty, rows[i].key));
	}
}

/* Rules by country and AS, all that may be: finding one does not cost more than a few looks. */
Test(rules, as_many_places_as_may_be)
{
	struct arena arena = { 0 };
	struct rule *rules = arena_get(&arena, RULES_MOST * sizeof *rules);
	struct condition *conditions = arena_get(&arena, RULES_MOST * sizeof *conditions);
	uint32_t *numbers = arena_get(&arena, RULES_MOST * sizeof *numbers);
	struct ruleset set = { .count = RULES_MOST, .rules = rules };
	struct timespec from, to;
	double us;

	for (unsigned i = 0; i < RULES_MOST; i++) {
		numbers[i] = i < 9000 ? 4 + i : 2;
		conditions[i] = (struct condition){ .until = INT64_MAX, .as_count = i % 2, .as = &numbers[i],
			.by_country = i % 2 == 0, .only_place = true };
		countries_add(&conditions[i].countries, (uint16_t)(i < 9000 ? 4 + i % 600 : 2));
		rules[i] = (struct rule){ .action = RULE_ALLOW, .directions = 0xff, .scopes = 0xff, .up_to = LEVEL_MAX,
			.condition = &conditions[i] };
	}
	cr_assert_eq(ruleset_index(&set, &arena), 0);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	for (unsigned i = 0; i < 100000; i++) {
		uint8_t address[16] = { i % 2 ? 0x80 : 0x40, i % 3 ? 0x80 : 0x40 };
		struct whereabouts w = { .of = NULL };
		struct circumstances with = { .whereabouts = &w };
		struct rule_query q = { .direction = DIRECTION_OUT, .scope = SCOPE_INTERNET, .level = LEVEL_DYNAMIC,
			.family = 4, .key = KEY(6, 443), .address = address, .with = &with };

		cr_assert_eq(ruleset_match(&set, &q), i % 2 ? &rules[9000] : i % 3 ? &rules[9001] : NULL, "%u", i);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	us = ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / 1e3 / 100000;
#ifdef BULWARK_ASAN
	us /= 10;
#endif
	cr_expect_lt(us, 2, "%.2f us", us);
	arena_free(&arena);
}

/* Rules that end, one after the other: a question finds the first that has not at once. */
Test(rules, as_many_ends_as_may_be)
{
	struct arena arena = { 0 };
	struct rule *rules = arena_get(&arena, RULES_MOST * sizeof *rules);
	struct condition *conditions = arena_get(&arena, RULES_MOST * sizeof *conditions);
	struct net *nets = arena_get(&arena, RULES_MOST * sizeof *nets);
	struct ruleset set = { .count = RULES_MOST, .rules = rules };
	struct timespec from, to;
	double us;

	for (unsigned i = 0; i < RULES_MOST; i++) {
		conditions[i] = (struct condition){ .until = 100 + i, .timely = true };
		nets[i] = (struct net){ .family = 4, .prefix = 32, .address = { 9, (uint8_t)(i >> 8), (uint8_t)i } };
		rules[i] = (struct rule){ .action = i % 2 ? RULE_ALLOW : RULE_TUNNEL, .directions = 0xff, .scopes = 0xff,
			.up_to = LEVEL_MAX, .nets_count = 1, .nets = &nets[i], .condition = &conditions[i] };
	}
	for (unsigned i = 0; i < RULES_MOST; i += 2)
		rules[i].directions = 1u << DIRECTION_IN;
	cr_assert_eq(ruleset_index(&set, &arena), 0);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	for (unsigned i = 0; i < 50000; i++) {
		struct moment now = { .unix_s = 1, .local = 99 + i % (RULES_MOST + 1) };
		struct circumstances with = { .now = &now };
		struct rule_query q = { .direction = DIRECTION_OUT, .level = LEVEL_SECURE, .question = true, .with = &with };
		unsigned first = now.local < 100 ? 1 : (unsigned)(now.local - 99) | 1;

		cr_assert_eq(ruleset_match(&set, &q), first < RULES_MOST ? &rules[first] : NULL, "%u", i);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	us = ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / 1e3 / 50000;
#ifdef BULWARK_ASAN
	us /= 10;
#endif
	cr_expect_lt(us, 2, "%.2f us", us);
	arena_free(&arena);
}

/* More conditions for one place than are looked at one by one are refused; what no other hides is not. */
Test(rules, too_many_conditions)
{
	struct arena arena = { 0 };
	struct rule *rules = arena_get(&arena, 502 * sizeof *rules);
	struct condition *conditions = arena_get(&arena, 502 * sizeof *conditions);

	for (unsigned i = 0; i < 502; i++) {
		conditions[i] = (struct condition){ .until = 100 + i, .days = 1, .timely = true };
		rules[i] = (struct rule){ .action = RULE_DENY, .directions = 0xff, .scopes = 0xff, .up_to = LEVEL_MAX,
			.condition = &conditions[i] };
	}
	cr_expect_eq(ruleset_index(&(struct ruleset){ .count = 500, .rules = rules }, &arena), 0);
	cr_expect_eq(ruleset_index(&(struct ruleset){ .count = 501, .rules = rules }, &arena), -1);
	rules[499].condition = NULL;
	cr_expect_eq(ruleset_index(&(struct ruleset){ .count = 502, .rules = rules }, &arena), 0);
	arena_free(&arena);
}
