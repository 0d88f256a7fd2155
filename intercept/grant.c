/*
 * The table of grants: bounded, in sets of eight; the longest unused entry of a
 * set makes room. Called by judge.c. Losing an entry costs a question.
 */
#include <string.h>

#include "grant.h"
#include "packet.h"

#define SETS	512
#define WAYS	8

_Static_assert(SETS * WAYS < UINT16_MAX, "a place fits");

static struct entry {
	struct grant	grant;		/* process 0: free */
	uint32_t	used;
	uint16_t	before, next;	/* of a process with the same remainder; place + 1 */
} table[SETS][WAYS];

static uint16_t	by_process[SETS];	/* place + 1 */
static uint32_t	clock_hand, count;

bool
grant_key(const struct tuple *judged, uint8_t direction, struct grant *g)
{
	memset(g, 0, sizeof(*g));
	if (!tuple_can_stay(judged) || direction == DIRECTION_FORWARD)
		return false;
	g->direction = direction;
	g->family = judged->family;
	g->proto = judged->proto;
	g->port = judged->dport;
	memcpy(g->remote, direction == DIRECTION_OUT ? judged->dst : judged->src,
	    sizeof(g->remote));
	return true;
}

static struct entry *
set_of(const struct grant *g)
{
	struct tuple key = { .family = g->family, .proto = g->proto, .dport = g->port,
			     .sport = g->direction };

	memcpy(key.src, g->remote, sizeof(key.src));
	memcpy(key.dst, &g->process, sizeof(g->process));
	return table[tuple_hash(&key) % SETS];
}

static bool
same(const struct grant *a, const struct grant *b)
{
	return a->process == b->process && a->direction == b->direction &&
	    a->family == b->family && a->proto == b->proto && a->port == b->port &&
	    memcmp(a->remote, b->remote, sizeof(a->remote)) == 0;
}

static uint16_t *
chain_of(uint64_t process)
{
	return &by_process[process % SETS];
}

static uint16_t
place_of(const struct entry *e)
{
	return (uint16_t)(e - &table[0][0] + 1);
}

static struct entry *
entry_at(uint16_t place)
{
	return &(&table[0][0])[place - 1];
}

static void
entry_clear(struct entry *e)
{
	*(e->before != 0 ? &entry_at(e->before)->next : chain_of(e->grant.process)) = e->next;
	if (e->next != 0)
		entry_at(e->next)->before = e->before;
	e->grant.process = 0;
	count--;
}

static void
entry_set(struct entry *e, const struct grant *g)
{
	uint16_t *chain = chain_of(g->process);

	e->grant = *g;
	e->before = 0;
	e->next = *chain;
	if (e->next != 0)
		entry_at(e->next)->before = place_of(e);
	*chain = place_of(e);
	count++;
}

void
grant_add(const struct grant *g)
{
	struct entry	*set = set_of(g), *e = &set[0];
	unsigned	 i;

	for (i = 0; i < WAYS; i++) {
		if (same(&set[i].grant, g)) {
			e = &set[i];
			break;
		}
		if (set[i].grant.process == 0 ||
		    (e->grant.process != 0 && clock_hand - set[i].used > clock_hand - e->used))
			e = &set[i];
	}
	if (e->grant.process != 0)
		entry_clear(e);
	entry_set(e, g);
	e->used = ++clock_hand;
}

const struct grant *
grant_find(const struct grant *key)
{
	struct entry	*set = set_of(key);
	unsigned	 i;

	for (i = 0; i < WAYS; i++)
		if (same(&set[i].grant, key)) {
			set[i].used = ++clock_hand;
			return &set[i].grant;
		}
	return NULL;
}

void
grant_end_process(uint64_t process)
{
	uint16_t	 at = *chain_of(process), next;
	struct entry	*e;

	for (; at != 0; at = next) {
		e = entry_at(at);
		next = e->next;
		if (e->grant.process == process)
			entry_clear(e);
	}
}

void
grant_end_all(void)
{
	if (count == 0)		/* no page is touched for nothing */
		return;
	memset(table, 0, sizeof(table));
	memset(by_process, 0, sizeof(by_process));
	count = 0;
}

uint32_t
grant_count(void)
{
	return count;
}
