/*
 * The table of grants that the kernel has: bounded, in sets of eight; the longest unused one
 * of a set makes room. Called by judge.c, uses.c, who_client.c and main; trusts them. Losing a
 * grant costs a question. One that ended keeps its place until another takes it, because its
 * last uses may come later.
 */
#include <string.h>

#include "bpf/map.h"
#include "lent.h"
#include "packet.h"
#include "sandbox.h"

#define SETS		1024
#define WAYS		8
#define PLACE_BITS	13	/* of an id; the rest counts */

_Static_assert(SETS * WAYS == 1 << PLACE_BITS, "a place fits into an id");

static struct lent	table[SETS * WAYS];
static uint16_t		by_process[SETS];	/* place + 1 */
static uint64_t		serial;
static uint32_t		clock_hand, count;

void
lent_open(void)
{
	struct kernel_grant_key	key;
	unsigned		left;

	serial = (uint64_t)kernel_generation() << 32;
	for (left = KERNEL_GRANTS; left > 0 && kernel_map_next(FD_INTERCEPT_GRANTS, NULL, &key) == 0; left--)
		if (kernel_map_delete(FD_INTERCEPT_GRANTS, &key) == -1)
			return;
}

static struct lent *
set_of(const struct kernel_grant_key *k)
{
	struct tuple	t = { .family = k->family, .proto = k->proto, .dport = k->port };
	uint64_t	who = k->program.ino ^ k->process.start_ns ^ k->process.exec;

	memcpy(t.src, &who, sizeof(who));
	memcpy(t.dst, k->remote, sizeof(t.dst));
	return &table[tuple_hash(&t) % SETS * WAYS];
}

static uint16_t *
chain_of(uint64_t process)
{
	return &by_process[process % SETS];
}

static uint16_t
place_of(const struct lent *l)
{
	return (uint16_t)(l - table + 1);
}

/* Its number still answers. */
static void
end(struct lent *l)
{
	uint16_t	*at = chain_of(l->process);

	if (l->id == 0 || l->ended)
		return;
	(void)kernel_map_delete(FD_INTERCEPT_GRANTS, &l->key);
	while (*at != place_of(l))
		at = &table[*at - 1].next;
	*at = l->next;
	l->ended = true;
	count--;
}

static bool
is_free(const struct lent *l)
{
	return l->id == 0 || l->ended;
}

static uint32_t
age(const struct lent *l)
{
	return clock_hand - l->used;
}

/* The same, else a free one that was so for longest, else the longest unused. */
static struct lent *
place_for(const struct kernel_grant_key *key)
{
	struct lent	*set = set_of(key), *best = &set[0];
	unsigned	 i;

	for (i = 0; i < WAYS; i++)
		if (!is_free(&set[i]) && memcmp(&set[i].key, key, sizeof(*key)) == 0)
			return &set[i];
	for (i = 1; i < WAYS; i++)
		if (is_free(&set[i]) != is_free(best) ? is_free(&set[i]) : age(&set[i]) > age(best))
			best = &set[i];
	return best;
}

void
lent_add(const struct kernel_grant_key *key, uint64_t process, uint32_t reason)
{
	struct lent		*l = place_for(key);
	uint16_t		*chain = chain_of(process);
	struct kernel_grant	 g;

	end(l);
	*l = (struct lent){ .key = *key, .process = process, .reason = reason,
	    .id = ++serial << PLACE_BITS | (uint64_t)(l - table), .generation = kernel_generation(),
	    .used = ++clock_hand, .next = *chain };
	*chain = place_of(l);
	count++;
	g = (struct kernel_grant){ .id = l->id, .generation = l->generation };
	if (kernel_map_set(FD_INTERCEPT_GRANTS, key, &g) == -1)
		end(l);
}

const struct lent *
lent_used(uint64_t id)
{
	struct lent *l = &table[id & (SETS * WAYS - 1)];

	if (id == 0 || l->id != id)
		return NULL;
	l->used = ++clock_hand;
	return l;
}

bool
lent_counts(const struct lent *l)
{
	return !l->ended && l->generation == kernel_generation();
}

bool
lent_to_program(const struct lent *l)
{
	return l->key.process.tgid == 0;
}

void
lent_end(uint64_t id)
{
	struct lent *l = &table[id & (SETS * WAYS - 1)];

	if (l->id == id)
		end(l);
}

/* What was lent to a program does not end with the process that it was asked for. */
void
lent_end_process(uint64_t process)
{
	uint16_t	 at = *chain_of(process), next;
	struct lent	*l;

	for (; at != 0; at = next) {
		l = &table[at - 1];
		next = l->next;
		if (l->process == process && !lent_to_program(l))
			end(l);
	}
}

void
lent_end_all(void)
{
	unsigned i;

	kernel_void();
	for (i = 0; count > 0 && i < SETS * WAYS; i++)
		end(&table[i]);
}

uint32_t
lent_count(void)
{
	return count;
}
