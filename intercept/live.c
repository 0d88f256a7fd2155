/*
 * The table of live flows. Called by all that has to do with flows that live.
 * Memory comes in slabs that stay, so that places do not move.
 */
#include <stdlib.h>
#include <string.h>

#include "live.h"
#include "packet.h"

#define SLAB		1024
#define SLABS		(LIVE_MAX / SLAB)
#define BUCKETS_FIRST	1024

static struct live	*slabs[SLABS];
static uint32_t		*by_tuple, *by_cookie, *by_listener;	/* place + 1 */
static uint32_t		 buckets, end, spare = LIVE_NONE, count, watched;

struct live *
live_at(uint32_t i)
{
	return &slabs[i / SLAB][i % SLAB];
}

static uint32_t
cookie_bucket(uint64_t cookie)
{
	return (uint32_t)((cookie * 0x9e3779b97f4a7c15u >> 32) & (buckets - 1));
}

static uint32_t
tuple_bucket(const struct tuple *t)
{
	return (uint32_t)(tuple_hash(t) & (buckets - 1));
}

static void
chain_cookie(uint32_t i)
{
	struct live	*l = live_at(i);
	uint32_t	*head = &by_cookie[cookie_bucket(l->cookie)];

	if (*head != 0)
		live_at(*head - 1)->last_cookie = i + 1;
	l->next_cookie = *head;
	l->last_cookie = 0;
	*head = i + 1;
}

static void
chain_listener(uint32_t i)
{
	struct live	*l = live_at(i);
	uint32_t	*head = &by_listener[cookie_bucket(l->listener)];

	if (*head != 0)
		live_at(*head - 1)->last_listener = i + 1;
	l->next_listener = *head;
	l->last_listener = 0;
	*head = i + 1;
}

static void
chain(uint32_t i)
{
	struct live	*l = live_at(i);
	uint32_t	*head = &by_tuple[tuple_bucket(&l->tuple)];

	l->next_tuple = *head;
	*head = i + 1;
	if (l->cookie != 0)
		chain_cookie(i);
	if (l->listener != 0)
		chain_listener(i);
}

static void
unchain_cookie(const struct live *l)
{
	if (l->next_cookie != 0)
		live_at(l->next_cookie - 1)->last_cookie = l->last_cookie;
	if (l->last_cookie != 0)
		live_at(l->last_cookie - 1)->next_cookie = l->next_cookie;
	else
		by_cookie[cookie_bucket(l->cookie)] = l->next_cookie;
}

static void
unchain_listener(const struct live *l)
{
	if (l->next_listener != 0)
		live_at(l->next_listener - 1)->last_listener = l->last_listener;
	if (l->last_listener != 0)
		live_at(l->last_listener - 1)->next_listener = l->next_listener;
	else
		by_listener[cookie_bucket(l->listener)] = l->next_listener;
}

/* Doubles the hash; without memory for it the old one serves on. */
static bool
grow_hash(void)
{
	uint32_t	*heads, i, n = buckets == 0 ? BUCKETS_FIRST : buckets * 2;

	if ((heads = calloc(n, 3 * sizeof(*heads))) == NULL)
		return buckets != 0;
	free(by_tuple);
	by_tuple = heads;
	by_cookie = heads + n;
	by_listener = heads + 2 * (size_t)n;
	buckets = n;
	for (i = 0; i < end; i++)
		if (live_at(i)->id != 0)
			chain(i);
	return true;
}

static uint32_t
take(void)
{
	uint32_t i;

	if (spare != LIVE_NONE) {
		i = spare;
		spare = live_at(i)->next_tuple;
		return i;
	}
	if (end == LIVE_MAX)
		return LIVE_NONE;
	if (end % SLAB == 0 &&
	    (slabs[end / SLAB] = calloc(SLAB, sizeof(struct live))) == NULL)
		return LIVE_NONE;
	return end++;
}

uint32_t
live_add(uint64_t id, const struct tuple *t, uint64_t cookie, uint64_t listener)
{
	struct live	*l;
	uint32_t	 i;

	if (count >= buckets && !grow_hash())
		return LIVE_NONE;
	if ((i = take()) == LIVE_NONE)
		return LIVE_NONE;
	l = live_at(i);
	memset(l, 0, sizeof(*l));
	l->id = id;
	l->tuple = *t;
	l->cookie = cookie;
	l->listener = listener;
	chain(i);
	count++;
	return i;
}

void
live_remove(uint32_t i)
{
	struct live	*l = live_at(i);
	uint32_t	*head = &by_tuple[tuple_bucket(&l->tuple)];

	while (*head != i + 1)
		head = &live_at(*head - 1)->next_tuple;
	*head = l->next_tuple;
	if (l->cookie != 0)
		unchain_cookie(l);
	if (l->listener != 0)
		unchain_listener(l);
	watched -= l->watched;
	l->id = 0;
	l->next_tuple = spare;
	spare = i;
	count--;
}

uint32_t
live_find(const struct tuple *t)
{
	uint32_t i;

	if (buckets == 0)
		return LIVE_NONE;
	for (i = by_tuple[tuple_bucket(t)]; i != 0; i = live_at(i - 1)->next_tuple)
		if (memcmp(&live_at(i - 1)->tuple, t, sizeof(*t)) == 0)
			return i - 1;
	return LIVE_NONE;
}

uint32_t
live_of_cookie(uint64_t cookie, uint32_t after)
{
	uint32_t i;

	if (buckets == 0 || cookie == 0)
		return LIVE_NONE;
	i = after == LIVE_NONE ? by_cookie[cookie_bucket(cookie)] : live_at(after)->next_cookie;
	for (; i != 0; i = live_at(i - 1)->next_cookie)
		if (live_at(i - 1)->cookie == cookie)
			return i - 1;
	return LIVE_NONE;
}

uint32_t
live_of_listener(uint64_t cookie, uint32_t after)
{
	uint32_t i;

	if (buckets == 0 || cookie == 0)
		return LIVE_NONE;
	i = after == LIVE_NONE ? by_listener[cookie_bucket(cookie)] : live_at(after)->next_listener;
	for (; i != 0; i = live_at(i - 1)->next_listener)
		if (live_at(i - 1)->listener == cookie)
			return i - 1;
	return LIVE_NONE;
}

uint32_t
live_end(void)
{
	return end;
}

uint32_t
live_count(void)
{
	return count;
}

void
live_watch(uint32_t i)
{
	live_at(i)->watched = true;
	watched++;
}

uint32_t
live_watched(void)
{
	return watched;
}
