/*
 * The table of grants: bounded, in sets of eight; the longest unused entry of a
 * set makes room. Called by judge.c. Losing an entry costs a question.
 */
#include <string.h>

#include "grant.h"
#include "packet.h"

#define SETS	512
#define WAYS	8

static struct entry {
	struct grant	grant;		/* process 0: free */
	uint32_t	used;
} table[SETS][WAYS];

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
	if (e->grant.process == 0)
		count++;
	e->grant = *g;
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
	struct entry *e;

	if (count == 0)
		return;
	for (e = &table[0][0]; e < &table[0][0] + (size_t)SETS * WAYS; e++)
		if (e->grant.process == process) {
			e->grant.process = 0;
			count--;
		}
}

void
grant_end_all(void)
{
	memset(table, 0, sizeof(table));
	count = 0;
}

uint32_t
grant_count(void)
{
	return count;
}
