/*
 * See net_index.h. Rules are filed under each net they name (tuple space: one
 * hash look-up for each prefix length in use), and below a net by elementary
 * intervals of protocol and port. What is left in an interval differs by
 * direction, scope and level only, of which there are few combinations: a rule
 * that can't win for any of them is not filed at all. One with a condition
 * takes nothing from those after it, as it may not hold: of such there are few.
 */
#include <stdlib.h>
#include <string.h>

#include "net_index.h"

#define FILED_MOST	(4u << 20)	/* of all indices of one set */
#define ENTRIES_MOST	(8u << 20)	/* of both indices of each group */

struct interval {
	uint32_t	low;		/* up to the next one's low */
	uint32_t	first, count;	/* in filed[] */
};

struct bucket {				/* one net */
	struct net	 net;
	unsigned	 count;
	const struct interval *intervals;
};

struct net_index {
	const uint16_t	*filed;		/* rule numbers, in order within an interval */
	unsigned	 lengths4, lengths6;
	uint8_t		 length4[33], length6[129];	/* prefix lengths in use */
	unsigned	 mask;		/* of the hash table */
	const struct bucket **table;
};

static uint32_t
net_hash(const struct net *n)
{
	uint64_t a, b;

	memcpy(&a, n->address, 8);
	memcpy(&b, n->address + 8, 8);
	a = (a ^ (b * 0x9e3779b97f4a7c15u) ^ n->prefix ^ (uint64_t)n->family << 8) * 0xff51afd7ed558ccdu;
	return (uint32_t)(a >> 32);
}

static void
net_mask(struct net *n, const uint8_t *address, uint8_t family, unsigned prefix)
{
	unsigned whole = prefix / 8;

	memset(n, 0, sizeof *n);
	n->family = family;
	n->prefix = (uint8_t)prefix;
	memcpy(n->address, address, whole);
	if (prefix % 8 != 0)
		n->address[whole] = (uint8_t)(address[whole] & (0xff00 >> (prefix % 8)));
}

/* The first rule filed under this net that matches, by number; else best. */
static unsigned
bucket_match(const struct ruleset *set, const struct net_index *x, const struct bucket *b,
    const struct rule_query *q, unsigned best)
{
	unsigned low = 0, high = b->count;

	while (high - low > 1) {		/* intervals[0].low is 0 */
		unsigned middle = (low + high) / 2;

		if (b->intervals[middle].low <= q->key)
			low = middle;
		else
			high = middle;
	}
	for (uint32_t i = 0; i < b->intervals[low].count; i++) {
		unsigned number = x->filed[b->intervals[low].first + i];

		if (number >= best)
			break;
		if (rule_residual(&set->rules[number], q))
			return number;
	}
	return best;
}

unsigned
net_index_match(const struct ruleset *set, const struct net_index *x, const struct rule_query *q,
    unsigned best)
{
	const uint8_t *lengths = q->family == 4 ? x->length4 : x->length6;
	unsigned count = q->family == 4 ? x->lengths4 : x->lengths6;

	for (unsigned i = 0; i < count; i++) {
		struct net key;
		uint32_t at;

		net_mask(&key, q->address, q->family, lengths[i]);
		for (at = net_hash(&key) & x->mask; x->table[at] != NULL; at = (at + 1) & x->mask)
			if (memcmp(&x->table[at]->net, &key, sizeof key) == 0) {
				best = bucket_match(set, x, x->table[at], q, best);
				break;
			}
	}
	return best;
}

/* --- building the index --- */

struct entry {				/* a rule below a net */
	struct net	net;
	uint32_t	rule;
};

/* Combinations of direction, scope and level that match: 3 x 8 x 3 bits of two words. */
struct cover { uint64_t bits[2]; };

struct net_builder {
	const struct ruleset *set;
	struct arena	*arena;
	struct cover	*covers;	/* of each rule */
	size_t		 entries_total, filed_total;
	/* Of the index at hand: */
	bool		 any_key, placed;
	struct entry	*entries;
	size_t		 entries_count;
	uint16_t	*filed;
	size_t		 filed_count, filed_size;
	struct bucket	*buckets;
	size_t		 buckets_count;
};

static int
entry_compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int c = memcmp(&x->net, &y->net, sizeof x->net);

	build_may_pause();
	return c != 0 ? c : (x->rule > y->rule) - (x->rule < y->rule);
}

static struct cover
cover_of(const struct rule *r)
{
	struct cover c = { { 0, 0 } };

	for (unsigned d = 0; d < 3; d++)
		for (unsigned s = 0; s < 8; s++)
			for (unsigned l = 0; l < r->up_to; l++) {
				unsigned bit = (d * 8 + s) * 3 + l;

				if ((r->directions & 2u << d) && (r->scopes & 1u << s))
					c.bits[bit / 64] |= 1ull << bit % 64;
			}
	return c;
}

static bool
cover_lacks(const struct cover *in, const struct cover *c)
{
	return (c->bits[0] & ~in->bits[0]) != 0 || (c->bits[1] & ~in->bits[1]) != 0;
}

static void
cover_add(struct cover *to, const struct cover *c)
{
	to->bits[0] |= c->bits[0];
	to->bits[1] |= c->bits[1];
}

/* Does the rule match whenever direction, scope and level do? In a group by place that condition holds. */
static bool
is_certain(const struct net_builder *b, const struct rule *r)
{
	return r->condition == NULL || (b->placed && r->condition->only_place);
}

static int
file_rule(struct net_builder *b, uint32_t rule)
{
	if (b->filed_total++ == FILED_MOST)
		return -1;
	if (b->filed_count == b->filed_size) {
		size_t size = b->filed_size == 0 ? 256 : b->filed_size * 2;
		uint16_t *grown = reallocarray(b->filed, size, sizeof *grown);

		if (grown == NULL)
			return -1;
		b->filed = grown;
		b->filed_size = size;
	}
	b->filed[b->filed_count++] = (uint16_t)rule;
	return 0;
}

/* A rule begins or ends to match at a key. */
struct event {
	uint32_t	key;
	uint16_t	rule;
	bool		begins;
};

static int
event_compare(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	build_may_pause();
	return (x->key > y->key) - (x->key < y->key);
}

/* Where the rules of e[0..n) begin and end, by key. NULL without memory. */
static struct event *
list_events(const struct net_builder *b, const struct entry *e, size_t n, size_t *count)
{
	const struct rule *rules = b->set->rules;
	size_t most = 1;
	struct event *events;

	for (size_t i = 0; i < n; i++)
		most += 2 * ((size_t)rules[e[i].rule].keys_count + 1);
	if ((events = calloc(most, sizeof *events)) == NULL)
		return NULL;
	*count = 0;
	for (size_t i = 0; i < n; i++) {
		static const struct keys all = { 0, KEY_MOST };
		const struct rule *r = &rules[e[i].rule];
		bool every = r->keys_count == 0 || b->any_key;
		const struct keys *keys = every ? &all : r->keys;

		for (unsigned k = 0; k < (every ? 1 : r->keys_count); k++) {
			build_may_pause();
			events[(*count)++] = (struct event){ keys[k].low, (uint16_t)e[i].rule, true };
			if (keys[k].high < KEY_MOST)
				events[(*count)++] = (struct event){ keys[k].high + 1,
					(uint16_t)e[i].rule, false };
		}
	}
	qsort(events, *count, sizeof *events, event_compare);
	return events;
}

/* The rules that match at the key at hand, in order. */
struct active {
	uint16_t	rules[RULES_MOST];
	unsigned	count;
};

static void
active_change(struct active *a, const struct event *e)
{
	unsigned low = 0, high = a->count;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (a->rules[middle] < e->rule)
			low = middle + 1;
		else
			high = middle;
	}
	if (e->begins) {
		memmove(a->rules + low + 1, a->rules + low, (a->count - low) * sizeof a->rules[0]);
		a->rules[low] = e->rule;
		a->count++;
	} else {
		memmove(a->rules + low, a->rules + low + 1, (a->count - low - 1) * sizeof a->rules[0]);
		a->count--;
	}
}

/* all: what the rules of this bucket cover together; the search ends when that is reached. */
static int
file_interval(struct net_builder *b, struct interval *at, uint32_t low, const struct active *a,
    const struct cover *all)
{
	struct cover covered = { { 0, 0 } };
	unsigned uncertain = 0;

	build_may_pause();
	at->low = low;
	at->first = (uint32_t)b->filed_count;
	for (unsigned i = 0; i < a->count && memcmp(&covered, all, sizeof covered) != 0; i++) {
		const struct cover *c = &b->covers[a->rules[i]];

		if (!cover_lacks(&covered, c))
			continue;
		if (is_certain(b, &b->set->rules[a->rules[i]]))
			cover_add(&covered, c);
		else if (++uncertain > CONDITIONS_MOST)
			return -1;
		if (file_rule(b, a->rules[i]) == -1)
			return -1;
	}
	at->count = (uint32_t)b->filed_count - at->first;
	return 0;
}

/* One bucket: entries e[0..n) have the same net. Ends come before beginnings at no harm. */
static int
make_bucket(struct net_builder *b, const struct entry *e, size_t n)
{
	struct bucket *bucket = &b->buckets[b->buckets_count++];
	struct active *active = calloc(1, sizeof *active);
	struct cover all = { { 0, 0 } };
	size_t count = 0;
	struct event *events = list_events(b, e, n, &count);
	struct interval *intervals = calloc(count + 1, sizeof *intervals);
	int result = active == NULL || events == NULL || intervals == NULL ? -1 : 0;

	bucket->net = e[0].net;
	for (size_t i = 0; i < n; i++)
		cover_add(&all, &b->covers[e[i].rule]);
	for (size_t i = 0; i < count && result == 0;) {
		uint32_t key = events[i].key;

		if (i == 0 && key != 0)		/* intervals[0].low is 0 */
			bucket->count++;
		for (; i < count && events[i].key == key; i++)
			active_change(active, &events[i]);
		result = file_interval(b, &intervals[bucket->count++], key, active, &all);
	}
	if (result == 0)
		bucket->intervals = arena_copy(b->arena, intervals, bucket->count * sizeof *intervals);
	free(active);
	free(events);
	free(intervals);
	return result;
}

static void
add_length(struct net_index *x, const struct net *n)
{
	uint8_t *lengths = n->family == 4 ? x->length4 : x->length6;
	unsigned *count = n->family == 4 ? &x->lengths4 : &x->lengths6;

	for (unsigned i = 0; i < *count; i++)
		if (lengths[i] == n->prefix)
			return;
	lengths[(*count)++] = n->prefix;
}

static struct net_index *
make_table(const struct net_builder *b)
{
	struct net_index *x = arena_get(b->arena, sizeof *x);
	size_t size = 16;

	while (size < b->buckets_count * 2)
		size *= 2;
	x->mask = (unsigned)(size - 1);
	x->table = arena_get(b->arena, size * sizeof(struct bucket *));
	for (size_t i = 0; i < b->buckets_count; i++) {
		uint32_t at = net_hash(&b->buckets[i].net) & x->mask;

		build_may_pause();
		while (x->table[at] != NULL)
			at = (at + 1) & x->mask;
		x->table[at] = &b->buckets[i];
		add_length(x, &b->buckets[i].net);
	}
	x->filed = arena_copy(b->arena, b->filed, b->filed_count * sizeof *b->filed);
	return x;
}

/* A rule without nets stands below both families' net of length 0. */
static int
list_entries(struct net_builder *b, const uint16_t *numbers, unsigned rules)
{
	const struct ruleset *set = b->set;
	size_t most = 0;

	for (unsigned i = 0; i < rules; i++) {
		const struct rule *r = &set->rules[numbers[i]];

		most += r->nets_count == 0 ? 2 : r->nets_count;
	}
	b->entries_total += most;
	if (b->entries_total > ENTRIES_MOST || (b->entries = calloc(most + 1, sizeof *b->entries)) == NULL)
		return -1;
	for (unsigned i = 0; i < rules; i++) {
		const struct rule *r = &set->rules[numbers[i]];

		for (unsigned k = 0; k < (r->nets_count == 0 ? 2 : r->nets_count); k++) {
			struct entry *e = &b->entries[b->entries_count++];

			build_may_pause();
			e->rule = numbers[i];
			if (r->nets_count == 0)
				e->net.family = k == 0 ? 4 : 6;
			else
				e->net = r->nets[k];
		}
	}
	qsort(b->entries, b->entries_count, sizeof *b->entries, entry_compare);
	return 0;
}

struct net_builder *
net_builder_new(const struct ruleset *set, struct arena *arena)
{
	struct net_builder *b = calloc(1, sizeof *b);

	if (b == NULL)
		return NULL;
	b->set = set;
	b->arena = arena;
	if ((b->covers = calloc(set->count + 1, sizeof *b->covers)) == NULL) {
		free(b);
		return NULL;
	}
	for (unsigned i = 0; i < set->count; i++)
		b->covers[i] = cover_of(&set->rules[i]);
	return b;
}

void
net_builder_free(struct net_builder *b)
{
	if (b == NULL)
		return;
	free(b->covers);
	free(b);
}

const struct net_index *
net_index_make(struct net_builder *b, const uint16_t *numbers, unsigned count, bool any_key,
    bool placed)
{
	const struct net_index *x = NULL;
	int result = list_entries(b, numbers, count);

	b->any_key = any_key;
	b->placed = placed;
	if (result == 0)
		b->buckets = arena_get(b->arena, b->entries_count * sizeof *b->buckets);
	for (size_t i = 0, n; i < b->entries_count && result == 0; i += n) {
		for (n = 1; i + n < b->entries_count; n++)
			if (memcmp(&b->entries[i].net, &b->entries[i + n].net, sizeof(struct net)) != 0)
				break;
		result = make_bucket(b, b->entries + i, n);
	}
	if (result == 0)
		x = make_table(b);
	free(b->entries);
	free(b->filed);
	b->entries = NULL;
	b->filed = NULL;
	b->entries_count = b->filed_count = b->filed_size = b->buckets_count = 0;
	return x;
}
