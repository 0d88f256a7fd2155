/*
 * Rules: finding one by the index of a long set gives what a look at each rule in order gives.
 */
/* links: policyd/arena.c policyd/rules.c policyd/scope.c */
#include <criterion/criterion.h>
#include <string.h>
#include <time.h>

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

static void
rnd_rule(struct arena *arena, struct rule *r)
{
	struct net *nets = arena_get(arena, 4 * sizeof *nets);
	struct keys *keys = arena_get(arena, 4 * sizeof *keys);

	*r = (struct rule){ .action = RULE_DENY, .directions = rnd(3) ? 0xff : (uint8_t)(rnd(8) << 1),
		.scopes = rnd(3) ? 0xff : (uint8_t)rnd(256), .up_to = rnd(3) ? LEVEL_MAX : (uint8_t)(1 + rnd(3)),
		.nets_count = rnd(4), .nets = nets, .keys = keys };
	for (unsigned i = 0; i < r->nets_count; i++)
		nets[i] = rnd_net();
	r->keys_count = rnd_key_list(keys);
}

static struct rule_query
rnd_query(uint8_t address[16])
{
	struct rule_query q = { .direction = (uint8_t)(1 + rnd(3)), .scope = (uint8_t)(1u << rnd(8)),
		.level = (uint8_t)(1 + rnd(3)), .family = rnd(2) ? 4 : 6, .address = address };

	rnd_address(q.family, address);
	q.key = rnd(2) ? rnd_keys().low : rnd_keys().high;
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
			struct rule_query q = rnd_query(address);
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
		struct rule_query q = { DIRECTION_OUT, SCOPE_INTERNET, LEVEL_DYNAMIC, 4, 6, address };

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
		struct rule_query q = { DIRECTION_OUT, SCOPE_INTERNET, LEVEL_DYNAMIC, 4, KEY(6, i % 7), address };

		cr_assert_eq(ruleset_match(&set, &q), &set.rules[i]);
		q.key = KEY(6, 7);
		cr_assert_eq(ruleset_match(&set, &q), &set.rules[RULES_MOST - 1]);
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
		struct rule_query q = rnd_query(address);

		q.key = rnd(RULES_MOST + 10);
		cr_assert_eq(ruleset_match(&set, &q), linear(&set, &q));
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
