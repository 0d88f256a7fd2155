/*
 * The table of grants that the kernel has: bounded; the longest unused makes room. Called by
 * judge.c, uses.c, who_client.c and main; trusts them. Losing a grant costs a question.
 *
 * A place is in one of two lists: `counting`, the longest unused first, or `spare`, the longest
 * ended first. An ended one keeps its number for a while, because its last uses may come later.
 * When all end at once, the kernel is told by one write of the generation; that they are still
 * in its map does no harm, and is mended little by little.
 */
#include <string.h>

#include "bpf/map.h"
#include "lent.h"
#include "packet.h"
#include "sandbox.h"

#define PLACE_BITS	17	/* of an id; the rest counts */
#define PLACES		(1u << PLACE_BITS)
#define BUCKETS		65536
#define CHAINS		16384	/* of processes */
#define SPARE_MIN	4096	/* new places are taken until so many are spare */
#define SWEEP		1024	/* deleted from the kernel's map a second */

_Static_assert(PLACES == KERNEL_GRANTS, "the kernel's map has room for all");
_Static_assert(sizeof(struct kernel_grant_key) % sizeof(uint64_t) == 0, "it hashes by whole words");

struct list {
	uint32_t	first, last, count;	/* place + 1; 0: none */
};

static struct lent	table[PLACES];
static uint32_t		by_key[BUCKETS], by_process[CHAINS];	/* place + 1 */
static struct list	counting, spare;
static uint32_t		unswept;	/* from this one of `spare` on they may be in the kernel's map */
static uint32_t		end;		/* places that were ever taken */
static uint64_t		serial;

void
lent_open(void)
{
	struct kernel_grant_key	key;

	serial = (uint64_t)kernel_generation() << 32;
	kernel_map_clear(FD_INTERCEPT_GRANTS, &key, KERNEL_GRANTS);
}

static struct lent *
at(uint32_t place)
{
	return &table[place - 1];
}

static uint32_t
place_of(const struct lent *l)
{
	return (uint32_t)(l - table) + 1;
}

static uint32_t *
bucket_of(const struct kernel_grant_key *k)
{
	return &by_key[hash_words(k, sizeof(*k) / sizeof(uint64_t)) % BUCKETS];
}

static struct lent *
find(const struct kernel_grant_key *k)
{
	uint32_t	i;

	for (i = *bucket_of(k); i != 0; i = at(i)->next_key)
		if (memcmp(&at(i)->key, k, sizeof(*k)) == 0)
			return at(i);
	return NULL;
}

static void
list_append(struct list *list, struct lent *l)
{
	uint32_t	place = place_of(l);

	l->before = list->last;
	l->after = 0;
	*(list->last != 0 ? &at(list->last)->after : &list->first) = place;
	list->last = place;
	list->count++;
}

static void
list_remove(struct list *list, struct lent *l)
{
	*(l->before != 0 ? &at(l->before)->after : &list->first) = l->after;
	*(l->after != 0 ? &at(l->after)->before : &list->last) = l->before;
	list->count--;
}

static void
list_move_all(struct list *from, struct list *to)
{
	if (from->count == 0)
		return;
	at(from->first)->before = to->last;
	*(to->last != 0 ? &at(to->last)->after : &to->first) = from->first;
	to->last = from->last;
	to->count += from->count;
	memset(from, 0, sizeof(*from));
}

static uint32_t *
process_of(const struct lent *l)
{
	return &by_process[l->process % CHAINS];
}

/* A process chooses how many it has, and ends with the oldest: it is not looked for. */
static void
chain_process(struct lent *l)
{
	uint32_t	*first = process_of(l);

	l->next_process = *first;
	if (l->next_process != 0)
		at(l->next_process)->before_process = place_of(l);
	*first = place_of(l);
}

static void
unchain_process(const struct lent *l)
{
	*(l->before_process != 0 ? &at(l->before_process)->next_process : process_of(l)) = l->next_process;
	if (l->next_process != 0)
		at(l->next_process)->before_process = l->before_process;
}

/* What was lent to a program does not end with the process that it was asked for. */
static void
chain(struct lent *l)
{
	uint32_t	*bucket = bucket_of(&l->key);

	l->next_key = *bucket;
	*bucket = place_of(l);
	if (!lent_to_program(l))
		chain_process(l);
}

static void
unchain(const struct lent *l)
{
	uint32_t	*i;

	for (i = bucket_of(&l->key); *i != place_of(l);)
		i = &at(*i)->next_key;
	*i = l->next_key;
	if (!lent_to_program(l))
		unchain_process(l);
}

bool
lent_counts(const struct lent *l)
{
	return !l->ended && l->generation == kernel_generation();
}

/* The same may have been lent again since. */
static void
take_from_kernel(struct lent *l)
{
	if (l->in_kernel && find(&l->key) == NULL)
		(void)kernel_map_delete(FD_INTERCEPT_GRANTS, &l->key);
	l->in_kernel = false;
}

/* Its number still answers. */
static void
end_one(struct lent *l)
{
	if (!lent_counts(l))
		return;
	unchain(l);
	list_remove(&counting, l);
	take_from_kernel(l);
	l->ended = true;
	list_append(&spare, l);
}

static struct lent *
take_place(void)
{
	struct lent	*l;

	if (end < PLACES && spare.count < SPARE_MIN)
		return &table[end++];
	if (spare.count == 0)
		end_one(at(counting.first));
	l = at(spare.first);
	if (unswept == spare.first)
		unswept = l->after;
	list_remove(&spare, l);
	take_from_kernel(l);
	return l;
}

void
lent_add(const struct kernel_grant_key *key, uint64_t process, uint32_t reason)
{
	struct lent		*l = find(key);
	struct kernel_grant	 g;

	if (l != NULL)
		end_one(l);
	l = take_place();
	*l = (struct lent){ .key = *key, .process = process, .reason = reason,
	    .id = ++serial << PLACE_BITS | (uint64_t)(l - table), .generation = kernel_generation() };
	g = (struct kernel_grant){ .id = l->id, .generation = l->generation };
	l->in_kernel = kernel_map_set(FD_INTERCEPT_GRANTS, key, &g) == 0;
	chain(l);
	list_append(&counting, l);
	if (!l->in_kernel)
		end_one(l);
}

static struct lent *
by_id(uint64_t id)
{
	struct lent	*l = &table[id & (PLACES - 1)];

	return id != 0 && l->id == id ? l : NULL;
}

const struct lent *
lent_used(uint64_t id)
{
	struct lent	*l = by_id(id);

	if (l != NULL && lent_counts(l)) {
		list_remove(&counting, l);
		list_append(&counting, l);
	}
	return l;
}

bool
lent_to_program(const struct lent *l)
{
	return l->key.process.tgid == 0;
}

void
lent_end(uint64_t id)
{
	struct lent	*l = by_id(id);

	if (l != NULL)
		end_one(l);
}

void
lent_end_process(uint64_t process)
{
	uint32_t	 i = by_process[process % CHAINS];
	struct lent	*l;

	while (i != 0) {
		l = at(i);
		i = l->next_process;
		if (l->process == process)
			end_one(l);
	}
}

void
lent_end_all(void)
{
	kernel_void();
	if (counting.count == 0)	/* no page of theirs is touched for nothing */
		return;
	if (unswept == 0)
		unswept = counting.first;
	list_move_all(&counting, &spare);
	memset(by_key, 0, sizeof(by_key));
	memset(by_process, 0, sizeof(by_process));
}

void
lent_tick(void)
{
	unsigned	n;

	for (n = 0; unswept != 0 && n < SWEEP; n++) {
		take_from_kernel(at(unswept));
		unswept = at(unswept)->after;
	}
}

uint32_t
lent_count(void)
{
	return counting.count;
}
