/*
 * Matching of rules; see rules.h.
 *
 * In the index of a long set the rules stand in groups: one of those that name no
 * domain, and one for each list of rules that some pattern of names is named by.
 * A name leads to the groups of all patterns that fit it, and of what matches in
 * them the lowest number counts. Within a group net_index.c finds the rule; for a
 * question it is known beforehand, since nothing but the level is left to compare.
 */
#include <stdlib.h>
#include <string.h>

#include "name_index.h"
#include "net_index.h"
#include "scope.h"

#define LINEAR_MOST	8		/* up to here, a look at each rule is the fastest, */
#define LINEAR_VALUES	64		/* unless they name more nets, ports and names than these */
#define NO_RULE		UINT16_MAX

struct group {
	const uint16_t	*rules;		/* their numbers, in order */
	unsigned	 count;
	const struct net_index *nets;	/* NULL: they are few */
	const struct net_index *any_key;	/* the same for whatever protocol and port; NULL: likewise */
	uint16_t	 question[LEVEL_MAX + 1];	/* the first that matches one at that level */
};

struct rule_index {
	struct group	 nameless;
	const struct group *groups;
	const struct name_index *names;	/* to places in groups; NULL: no rule names any */
};

/* May it match where protocol and port are not known? What denies some of them only does not. */
static bool
fits_any_key(const struct rule *r)
{
	return r->keys_count == 0 || !rule_denies(r->action);
}

/* Address, protocol and port. */
static bool
fits_link(const struct rule *r, const struct rule_query *q)
{
	bool hit = r->nets_count == 0;

	if (!rule_residual(r, q))
		return false;
	for (unsigned i = 0; i < r->nets_count && !hit; i++)
		hit = r->nets[i].family == q->family &&
		    address_in(q->address, r->nets[i].address, r->nets[i].prefix);
	if (q->any_key)
		return hit && fits_any_key(r);
	if (!hit || r->keys_count == 0)
		return hit;
	for (unsigned i = 0; i < r->keys_count; i++)
		if (q->key >= r->keys[i].low && q->key <= r->keys[i].high)
			return true;
	return false;
}

/*
 * What allows some link to a name is enough for the question; what denies must mean all of them.
 * Of names that are for the tunnel the question is, too, whatever the port.
 */
static bool
fits_question(const struct rule *r, unsigned level)
{
	bool all = r->nets_count == 0 && r->keys_count == 0 && r->scopes == 0xff;

	return (r->directions & 1u << DIRECTION_OUT) && level <= r->up_to &&
	    (all || r->action == RULE_ALLOW || (r->action == RULE_TUNNEL && r->names_count > 0));
}

static bool
fits(const struct rule *r, const struct rule_query *q)
{
	return q->question ? fits_question(r, q->level) : fits_link(r, q);
}

static bool
names_match(const struct rule *r, const struct rule_query *q)
{
	if (r->names_count == 0)
		return true;
	for (unsigned i = 0; q->name != NULL && i < r->names_count; i++)
		if (name_matches(&r->names[i], q->name, q->name_len))
			return true;
	return false;
}

bool
rule_matches(const struct rule *r, const struct rule_query *q)
{
	return fits(r, q) && names_match(r, q);
}

bool
ports_have(const struct ports *p, uint32_t key)
{
	unsigned low = 0, high = p->count;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (p->keys[middle].high < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low < p->count && p->keys[low].low <= key;
}

static unsigned
group_match(const struct ruleset *set, const struct group *g, const struct rule_query *q, unsigned best)
{
	if (q->question)
		return g->question[q->level] < best ? g->question[q->level] : best;
	if (g->nets != NULL)
		return net_index_match(set, q->any_key ? g->any_key : g->nets, q, best);
	for (unsigned i = 0; i < g->count && g->rules[i] < best; i++)
		if (fits_link(&set->rules[g->rules[i]], q))
			return g->rules[i];
	return best;
}

struct search {
	const struct ruleset *set;
	const struct rule_query *q;
	unsigned	 best;
};

static void
on_group(void *ctx, uint32_t group)
{
	struct search *s = ctx;

	s->best = group_match(s->set, &s->set->index->groups[group], s->q, s->best);
}

const struct rule *
ruleset_match(const struct ruleset *set, const struct rule_query *q)
{
	struct search s = { set, q, set->count };

	if (set->index == NULL) {
		for (unsigned i = 0; i < set->count; i++)
			if (rule_matches(&set->rules[i], q))
				return &set->rules[i];
		return NULL;
	}
	s.best = group_match(set, &set->index->nameless, q, s.best);
	if (set->index->names != NULL && q->name != NULL)
		name_index_find(set->index->names, q->name, q->name_len, on_group, &s);
	return s.best < set->count ? &set->rules[s.best] : NULL;
}

/* --- building the index --- */

/* A pattern of names and, in the end, the rules that name it. */
struct named {
	struct name_pattern name;
	uint32_t	 first, count;	/* in numbers */
};

struct builder {
	struct ruleset	*set;
	struct arena	*arena;
	struct net_builder *nets;
	struct named	*named;
	size_t		 named_count;
	uint16_t	*numbers;
	struct group	*groups;
	struct name_value *values;
};

static bool
is_short(const struct ruleset *set, const uint16_t *numbers, unsigned count)
{
	size_t values = 0;

	for (unsigned i = 0; i < count && i < LINEAR_MOST; i++) {
		const struct rule *r = &set->rules[numbers == NULL ? i : numbers[i]];

		values += (size_t)r->nets_count + r->keys_count + (numbers == NULL ? r->names_count : 0);
	}
	return count <= LINEAR_MOST && values <= LINEAR_VALUES;
}

/* The one index serves for both, where no rule is by protocol or port. */
static int
make_any_key(struct builder *b, const uint16_t *numbers, unsigned count, struct group *g)
{
	uint16_t fit[RULES_MOST];
	unsigned fits = 0, keys = 0;

	for (unsigned i = 0; i < count; i++) {
		keys += b->set->rules[numbers[i]].keys_count;
		if (fits_any_key(&b->set->rules[numbers[i]]))
			fit[fits++] = numbers[i];
	}
	g->any_key = keys == 0 ? g->nets : net_index_make(b->nets, fit, fits, true);
	return g->any_key == NULL ? -1 : 0;
}

static int
make_group(struct builder *b, const uint16_t *numbers, unsigned count, struct group *g)
{
	*g = (struct group){ .count = count, .rules = arena_copy(b->arena, numbers, count * sizeof *numbers) };
	for (unsigned level = 0; level <= LEVEL_MAX; level++)
		g->question[level] = NO_RULE;
	for (unsigned i = count; i-- > 0;)
		for (unsigned level = 0; level <= LEVEL_MAX; level++)
			if (fits_question(&b->set->rules[numbers[i]], level))
				g->question[level] = numbers[i];
	if (is_short(b->set, numbers, count))
		return 0;
	if ((g->nets = net_index_make(b->nets, numbers, count, false)) == NULL)
		return -1;
	return make_any_key(b, numbers, count, g);
}

static int
named_compare(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int c = name_compare(&x->name, &y->name);

	return c != 0 ? c : (x->first > y->first) - (x->first < y->first);
}

/* Each pattern once, with its rules; before, first is the rule. */
static void
join_named(struct builder *b)
{
	size_t kept = 0;

	qsort(b->named, b->named_count, sizeof *b->named, named_compare);
	for (size_t i = 0; i < b->named_count; i++) {
		b->numbers[i] = (uint16_t)b->named[i].first;
		if (i == 0 || name_compare(&b->named[i].name, &b->named[kept - 1].name) != 0)
			b->named[kept++] = (struct named){ b->named[i].name, (uint32_t)i, 0 };
		b->named[kept - 1].count++;
	}
	b->named_count = kept;
}

/* By the list of rules, so that patterns with the same one are neighbours. */
static int
list_compare(const void *a, const void *b, void *ctx)
{
	const struct named *x = a, *y = b;
	const uint16_t *numbers = ctx;

	if (x->count != y->count)
		return x->count < y->count ? -1 : 1;
	return memcmp(numbers + x->first, numbers + y->first, x->count * sizeof *numbers);
}

static int
make_groups(struct builder *b, struct rule_index *x)
{
	unsigned count = 0;

	qsort_r(b->named, b->named_count, sizeof *b->named, list_compare, b->numbers);
	for (size_t i = 0; i < b->named_count; i++) {
		const struct named *n = &b->named[i];

		if ((i == 0 || list_compare(n, n - 1, b->numbers) != 0) &&
		    make_group(b, b->numbers + n->first, n->count, &b->groups[count++]) == -1)
			return -1;
		b->values[i] = (struct name_value){ n->name, count - 1 };
	}
	x->groups = arena_copy(b->arena, b->groups, count * sizeof *b->groups);
	return (x->names = name_index_make(b->arena, b->values, b->named_count)) == NULL ? -1 : 0;
}

static int
make_nameless(struct builder *b, struct rule_index *x)
{
	uint16_t numbers[RULES_MOST];
	unsigned count = 0;

	for (unsigned i = 0; i < b->set->count; i++)
		if (b->set->rules[i].names_count == 0)
			numbers[count++] = (uint16_t)i;
	return make_group(b, numbers, count, &x->nameless);
}

static int
make_named(struct builder *b, struct rule_index *x)
{
	size_t most = 0;

	for (unsigned i = 0; i < b->set->count; i++)
		most += b->set->rules[i].names_count;
	if (most == 0)
		return 0;
	b->named = calloc(most, sizeof *b->named);
	b->numbers = calloc(most, sizeof *b->numbers);
	b->groups = calloc(most, sizeof *b->groups);
	b->values = calloc(most, sizeof *b->values);
	if (b->named == NULL || b->numbers == NULL || b->groups == NULL || b->values == NULL)
		return -1;
	for (unsigned i = 0; i < b->set->count; i++)
		for (unsigned k = 0; k < b->set->rules[i].names_count; k++)
			b->named[b->named_count++] = (struct named){ b->set->rules[i].names[k], i, 0 };
	join_named(b);
	return make_groups(b, x);
}

static void
note_kind(struct ruleset *set, const struct rule *r)
{
	set->named |= r->names_count > 0;
	set->tunnels |= r->action == RULE_TUNNEL;
	set->by_address |= (r->directions & 1u << DIRECTION_OUT) != 0 && (r->nets_count > 0 || r->scopes != 0xff);
}

int
ruleset_index(struct ruleset *set, struct arena *arena)
{
	struct builder b = { .set = set, .arena = arena };
	struct rule_index *x;
	int result = -1;

	for (unsigned i = 0; i < set->count; i++)
		note_kind(set, &set->rules[i]);
	if (is_short(set, NULL, set->count))
		return 0;
	x = arena_get(arena, sizeof *x);
	if ((b.nets = net_builder_new(set, arena)) != NULL && make_nameless(&b, x) == 0)
		result = make_named(&b, x);
	if (result == 0)
		set->index = x;
	net_builder_free(b.nets);
	free(b.named);
	free(b.numbers);
	free(b.groups);
	free(b.values);
	return result;
}
