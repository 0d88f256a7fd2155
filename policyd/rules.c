/*
 * Matching of rules; see rules.h.
 *
 * In the index of a long set the rules stand in groups: one of those that name no
 * domain, and one for each list of rules that some pattern of names is named by.
 * A name leads to the groups of all patterns that fit it, and of what matches in
 * them the lowest number counts. Within a group net_index.c finds the rule, but of
 * those by country or AS, which stand in groups of their own within it: the place
 * of the address leads to them (place_index.c). For a question the rule is known
 * beforehand but for conditions, since nothing else but the level is left to compare.
 */
#include <stdlib.h>
#include <string.h>

#include "name_index.h"
#include "net_index.h"
#include "place_index.h"
#include "scope.h"

#define LINEAR_MOST	8		/* up to here, a look at each rule is the fastest, */
#define LINEAR_VALUES	64		/* unless they name more nets, ports and names than these */
#define PLACES_MOST	(4u << 20)	/* countries and AS of one group's rules, each counted for each rule */

/*
 * Rules that may match a question, in order: those of which nothing but the end (until) is left to compare, of
 * which each ends later than the one before, since no other can be the first that matches; of two kinds, for if the time
 * is not known one does and the other does not. And all others, up to the first that matches for certain.
 */
enum { QUESTION_STRICT, QUESTION_LAX, QUESTION_OTHER, QUESTION_LISTS };
struct numbers {
	const uint16_t	*rules;
	unsigned	 count;
};

struct group {
	const uint16_t	*rules;		/* their numbers, in order; without those in placed */
	unsigned	 count;
	const struct net_index *nets;	/* NULL: they are few */
	const struct net_index *any_key;	/* the same for whatever protocol and port; NULL: likewise */
	struct numbers	 question[LEVEL_MAX + 1][QUESTION_LISTS];
	const struct place_index *places;	/* to places in placed; NULL: no rule is by country or AS */
	const struct group *placed;
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
 * Of names that are for the tunnel the question is, too, whatever the port. Conditions that a question
 * can be compared with are left out here.
 */
static bool
may_fit_question(const struct rule *r, unsigned level)
{
	bool all = r->nets_count == 0 && r->keys_count == 0 && r->scopes == 0xff && !condition_by_place(r->condition);

	if (r->condition != NULL && r->condition->direct)
		return false;		/* there is a name */
	return (r->directions & 1u << DIRECTION_OUT) && level <= r->up_to &&
	    (all || r->action == RULE_ALLOW || (r->action == RULE_TUNNEL && r->names_count > 0));
}

static bool
fits_question(const struct rule *r, const struct rule_query *q)
{
	return may_fit_question(r, q->level) && (r->condition == NULL || condition_holds(r, q));
}

static bool
fits(const struct rule *r, const struct rule_query *q)
{
	return q->question ? fits_question(r, q) : fits_link(r, q);
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
links_match(const struct ruleset *set, const struct group *g, const struct rule_query *q, unsigned best)
{
	if (g->nets != NULL)
		return net_index_match(set, q->any_key ? g->any_key : g->nets, q, best);
	for (unsigned i = 0; i < g->count && g->rules[i] < best; i++)
		if (fits_link(&set->rules[g->rules[i]], q))
			return g->rules[i];
	return best;
}

/* The first that has not ended: all after it have not, either. */
static unsigned
lasting_match(const struct ruleset *set, const struct numbers *n, const struct rule_query *q, unsigned best)
{
	unsigned low = 0, high = n->count;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (fits_question(&set->rules[n->rules[middle]], q))
			high = middle;
		else
			low = middle + 1;
	}
	return low < n->count && n->rules[low] < best ? n->rules[low] : best;
}

static unsigned
question_match(const struct ruleset *set, const struct group *g, const struct rule_query *q, unsigned best)
{
	const struct numbers *lists = g->question[q->level], *others = &lists[QUESTION_OTHER];

	best = lasting_match(set, &lists[QUESTION_STRICT], q, best);
	best = lasting_match(set, &lists[QUESTION_LAX], q, best);
	for (unsigned i = 0; i < others->count && others->rules[i] < best; i++)
		if (fits_question(&set->rules[others->rules[i]], q))
			return others->rules[i];
	return best;
}

struct search {
	const struct ruleset *set;
	const struct rule_query *q;
	const struct group *placed;	/* of the group at hand */
	unsigned	 best;
};

static void
on_place(void *ctx, uint32_t group)
{
	struct search *s = ctx;

	s->best = links_match(s->set, &s->placed[group], s->q, s->best);
}

static void
group_match(struct search *s, const struct group *g)
{
	if (s->q->question) {
		s->best = question_match(s->set, g, s->q, s->best);
		return;
	}
	s->best = links_match(s->set, g, s->q, s->best);
	s->placed = g->placed;
	if (g->places != NULL)
		place_index_find(g->places, s->q, on_place, s);
}

static void
on_group(void *ctx, uint32_t group)
{
	struct search *s = ctx;

	group_match(s, &s->set->index->groups[group]);
}

const struct rule *
ruleset_match(const struct ruleset *set, const struct rule_query *q)
{
	struct search s = { .set = set, .q = q, .best = set->count };

	if (set->index == NULL) {
		for (unsigned i = 0; i < set->count; i++)
			if (rule_matches(&set->rules[i], q))
				return &set->rules[i];
		return NULL;
	}
	group_match(&s, &set->index->nameless);
	if (set->index->names != NULL && q->name != NULL)
		name_index_find(set->index->names, q->name, q->name_len, on_group, &s);
	return s.best < set->count ? &set->rules[s.best] : NULL;
}

/* --- building the index --- */

/* A pattern of names, or a place, and in the end the rules that name it. */
struct named {
	struct name_pattern name;
	uint64_t	 place;
	uint32_t	 first, count;	/* in numbers; at the beginning first is the rule */
};

struct list {
	struct named	*named;
	size_t		 count;
	uint16_t	*numbers;
	struct group	*groups;
	unsigned	 groups_count;
};

struct builder {
	struct ruleset	*set;
	struct arena	*arena;
	struct net_builder *nets;
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
make_any_key(struct builder *b, const uint16_t *numbers, unsigned count, bool placed, struct group *g)
{
	uint16_t fit[RULES_MOST];
	unsigned fits = 0, keys = 0;

	for (unsigned i = 0; i < count; i++) {
		keys += b->set->rules[numbers[i]].keys_count;
		if (fits_any_key(&b->set->rules[numbers[i]]))
			fit[fits++] = numbers[i];
	}
	g->any_key = keys == 0 ? g->nets : net_index_make(b->nets, fit, fits, true, placed);
	return g->any_key == NULL ? -1 : 0;
}

/* Those to be found by address, protocol and port. */
static int
make_links(struct builder *b, const uint16_t *numbers, unsigned count, bool placed, struct group *g)
{
	g->count = count;
	g->rules = arena_copy(b->arena, numbers, count * sizeof *numbers);
	if (is_short(b->set, numbers, count))
		return 0;
	if ((g->nets = net_index_make(b->nets, numbers, count, false, placed)) == NULL)
		return -1;
	return make_any_key(b, numbers, count, placed, g);
}

/* Is its end all that a question is compared with? */
static bool
only_ends(const struct condition *c)
{
	return c != NULL && c->until != INT64_MAX && c->days == 0 && c->spans_count == 0 && c->uids_count == 0 &&
	    c->networks_count == 0 && !c->by_file;
}

static int
make_question(struct builder *b, const uint16_t *numbers, unsigned count, unsigned level, struct group *g)
{
	uint16_t fit[QUESTION_LISTS][RULES_MOST];
	unsigned fits[QUESTION_LISTS] = { 0 };
	int64_t ends[QUESTION_LISTS] = { INT64_MIN, INT64_MIN };

	for (unsigned i = 0; i < count; i++) {
		const struct rule *r = &b->set->rules[numbers[i]];
		unsigned list = !only_ends(r->condition) ? QUESTION_OTHER : condition_is_strict(r) ? QUESTION_STRICT :
		    QUESTION_LAX;

		if (!may_fit_question(r, level) || (list != QUESTION_OTHER && r->condition->until <= ends[list]))
			continue;
		if (list == QUESTION_OTHER && fits[list] > CONDITIONS_MOST)
			return -1;
		fit[list][fits[list]++] = numbers[i];
		if (list != QUESTION_OTHER)
			ends[list] = r->condition->until;
		else if (r->condition == NULL || !r->condition->timely)
			break;
	}
	for (unsigned list = 0; list < QUESTION_LISTS; list++)
		g->question[level][list] = (struct numbers){ arena_copy(b->arena, fit[list],
		    fits[list] * sizeof fit[list][0]), fits[list] };
	return 0;
}

static int
named_compare(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int c = x->place != y->place ? (x->place < y->place ? -1 : 1) : name_compare(&x->name, &y->name);

	build_may_pause();
	return c != 0 ? c : (x->first > y->first) - (x->first < y->first);
}

/* Each pattern or place once, with its rules. */
static void
join_named(struct list *l)
{
	size_t kept = 0;

	qsort(l->named, l->count, sizeof *l->named, named_compare);
	for (size_t i = 0; i < l->count; i++) {
		const struct named *n = &l->named[i], *last = &l->named[kept == 0 ? 0 : kept - 1];

		build_may_pause();
		l->numbers[i] = (uint16_t)n->first;
		if (kept == 0 || n->place != last->place || name_compare(&n->name, &last->name) != 0)
			l->named[kept++] = (struct named){ n->name, n->place, (uint32_t)i, 0 };
		l->named[kept - 1].count++;
	}
	l->count = kept;
}

/* By the list of rules, so that patterns with the same one are neighbours. */
static int
list_compare(const void *a, const void *b, void *ctx)
{
	const struct named *x = a, *y = b;
	const uint16_t *numbers = ctx;

	build_may_pause();
	if (x->count != y->count)
		return x->count < y->count ? -1 : 1;
	return memcmp(numbers + x->first, numbers + y->first, x->count * sizeof *numbers);
}

static int
list_start(struct list *l, size_t most)
{
	*l = (struct list){ .named = calloc(most, sizeof *l->named), .numbers = calloc(most, sizeof *l->numbers) };
	return l->named == NULL || l->numbers == NULL ? -1 : 0;
}

static void
list_free(struct list *l)
{
	free(l->named);
	free(l->numbers);
	free(l->groups);
}

typedef int make_fn(struct builder *, const uint16_t *numbers, unsigned count, struct group *);

/* One group for each list of rules; of what is named, first becomes the number of its group. */
static int
make_groups(struct builder *b, struct list *l, make_fn *make)
{
	uint32_t before = 0;

	join_named(l);
	if ((l->groups = calloc(l->count + 1, sizeof *l->groups)) == NULL)
		return -1;
	qsort_r(l->named, l->count, sizeof *l->named, list_compare, l->numbers);
	for (size_t i = 0; i < l->count; i++) {
		struct named *n = &l->named[i];
		bool same = i > 0 && n->count == n[-1].count &&
		    memcmp(l->numbers + n->first, l->numbers + before, n->count * sizeof *l->numbers) == 0;

		before = n->first;
		if (!same && make(b, l->numbers + n->first, n->count, &l->groups[l->groups_count++]) == -1)
			return -1;
		n->first = l->groups_count - 1;
	}
	return 0;
}

static int
make_placed(struct builder *b, const uint16_t *numbers, unsigned count, struct group *g)
{
	return make_links(b, numbers, count, true, g);
}

struct filing {
	struct list	*list;
	uint16_t	 rule;
};

static void
file_place(void *ctx, uint64_t place)
{
	const struct filing *f = ctx;

	f->list->named[f->list->count++] = (struct named){ .name = { .text = "" }, .place = place, .first = f->rule };
}

static int
index_places(struct builder *b, struct list *l, struct group *g)
{
	struct place_value *values = calloc(l->count, sizeof *values);

	if (values == NULL)
		return -1;
	for (size_t i = 0; i < l->count; i++)
		values[i] = (struct place_value){ l->named[i].place, l->named[i].first };
	g->places = place_index_make(b->arena, values, l->count);
	g->placed = arena_copy(b->arena, l->groups, l->groups_count * sizeof *l->groups);
	free(values);
	return 0;
}

static int
make_places(struct builder *b, const uint16_t *numbers, unsigned count, struct group *g)
{
	struct list l = { NULL };
	size_t most = 0;
	int result = -1;

	for (unsigned i = 0; i < count; i++) {
		build_may_pause();
		most += place_each(&b->set->rules[numbers[i]], NULL, NULL);
	}
	if (count == 0)
		return 0;
	if (most <= PLACES_MOST && list_start(&l, most) == 0) {
		for (unsigned i = 0; i < count; i++) {
			build_may_pause();
			(void)place_each(&b->set->rules[numbers[i]], file_place,
			    &(struct filing){ &l, numbers[i] });
		}
		if (make_groups(b, &l, make_placed) == 0)
			result = index_places(b, &l, g);
	}
	list_free(&l);
	return result;
}

static int
make_group(struct builder *b, const uint16_t *numbers, unsigned count, struct group *g)
{
	uint16_t plain[RULES_MOST], placed[RULES_MOST];
	unsigned plains = 0, places = 0;

	*g = (struct group){ .count = 0 };
	for (unsigned level = LEVEL_DYNAMIC; level <= LEVEL_MAX; level++)
		if (make_question(b, numbers, count, level, g) == -1)
			return -1;
	if (is_short(b->set, numbers, count))
		return make_links(b, numbers, count, false, g);
	for (unsigned i = 0; i < count; i++)
		if (condition_by_place(b->set->rules[numbers[i]].condition))
			placed[places++] = numbers[i];
		else
			plain[plains++] = numbers[i];
	return make_links(b, plain, plains, false, g) == -1 ? -1 : make_places(b, placed, places, g);
}

static int
index_names(struct builder *b, struct list *l, struct rule_index *x)
{
	struct name_value *values = calloc(l->count, sizeof *values);

	if (values == NULL)
		return -1;
	for (size_t i = 0; i < l->count; i++)
		values[i] = (struct name_value){ l->named[i].name, l->named[i].first };
	x->groups = arena_copy(b->arena, l->groups, l->groups_count * sizeof *l->groups);
	x->names = name_index_make(b->arena, values, l->count);
	free(values);
	return x->names == NULL ? -1 : 0;
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
	struct list l = { NULL };
	size_t most = 0;
	int result = -1;

	for (unsigned i = 0; i < b->set->count; i++)
		most += b->set->rules[i].names_count;
	if (most == 0)
		return 0;
	if (list_start(&l, most) == 0) {
		for (unsigned i = 0; i < b->set->count; i++)
			for (unsigned k = 0; k < b->set->rules[i].names_count; k++)
				l.named[l.count++] = (struct named){ b->set->rules[i].names[k], 0, i, 0 };
		if (make_groups(b, &l, make_group) == 0)
			result = index_names(b, &l, x);
	}
	list_free(&l);
	return result;
}

static void
note_kind(struct ruleset *set, const struct rule *r)
{
	const struct condition *c = r->condition;

	set->named |= r->names_count > 0 || (c != NULL && c->direct);
	set->by_address |= (r->directions & 1u << DIRECTION_OUT) != 0 && (r->nets_count > 0 || r->scopes != 0xff ||
	    condition_by_place(c));
	set->timely |= c != NULL && c->timely;
	set->tunnels |= r->action == RULE_TUNNEL;
	set->by_country |= c != NULL && c->by_country;
	set->by_as |= c != NULL && c->as_count > 0;
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
	return result;
}
