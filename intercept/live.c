/*
 * The table of live flows. Called by all that has to do with flows that live.
 * Memory comes in slabs that stay, so that places do not move.
 */
#include <sys/mman.h>

#include <stdlib.h>
#include <string.h>

#include "live.h"
#include "packet.h"
#include "ports.h"

#define SLAB		1024
#define SLABS		(LIVE_MAX / SLAB)
#define BUCKETS_FIRST	4096
#define HUGE_PAGE	(2u << 20)
#define BUCKETS_EACH	4	/* a flow that is only passed by is a cache miss */

enum end { COOKIE, LISTENER };

static struct live	*slabs[SLABS];
static uint32_t		*by_tuple, *by[2];	/* place + 1 */
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

static uint64_t
key_of(const struct live *l, enum end which)
{
	return which == COOKIE ? l->cookie : l->listener;
}

static void
chain_end(uint32_t i, enum end which)
{
	struct live	*l = live_at(i);
	uint32_t	*head = &by[which][cookie_bucket(key_of(l, which))];

	if (key_of(l, which) == 0)
		return;
	if (*head != 0)
		live_at(*head - 1)->of[which].before = i + 1;
	l->of[which].next = *head;
	l->of[which].before = 0;
	*head = i + 1;
}

static void
unchain_end(const struct live *l, enum end which)
{
	uint32_t	next = l->of[which].next, before = l->of[which].before;

	if (key_of(l, which) == 0)
		return;
	if (next != 0)
		live_at(next - 1)->of[which].before = before;
	if (before != 0)
		live_at(before - 1)->of[which].next = next;
	else
		by[which][cookie_bucket(key_of(l, which))] = next;
}

static void
chain(uint32_t i)
{
	struct live	*l = live_at(i);
	uint32_t	*head = &by_tuple[tuple_bucket(&l->tuple)];

	l->next_tuple = *head;
	*head = i + 1;
	chain_end(i, COOKIE);
	chain_end(i, LISTENER);
}

/* n of each kind, all 0. Where they are many, each one looked at is a miss of the processor's table of pages as well: huge ones. */
static uint32_t *
heads_for(uint32_t n)
{
	size_t	 bytes = 3 * n * sizeof(uint32_t);
	void	*heads;

	if (bytes < HUGE_PAGE)
		return calloc(1, bytes);
	bytes = (bytes + HUGE_PAGE - 1) & ~(size_t)(HUGE_PAGE - 1);
	if ((heads = aligned_alloc(HUGE_PAGE, bytes)) == NULL)
		return NULL;
	(void)madvise(heads, bytes, MADV_HUGEPAGE);
	memset(heads, 0, bytes);
	return heads;
}

/* Doubles the hash; without memory for it the old one serves on. */
static bool
grow_hash(void)
{
	uint32_t	*heads, i, n = buckets == 0 ? BUCKETS_FIRST : buckets * 2;

	if ((heads = heads_for(n)) == NULL)
		return buckets != 0;
	free(by_tuple);
	by_tuple = heads;
	by[COOKIE] = heads + n;
	by[LISTENER] = heads + 2 * (size_t)n;
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

	if (count * BUCKETS_EACH >= buckets && !grow_hash())
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

/* Of its ends, those that are here. */
static void
each_end(const struct live *l, void (*port)(uint16_t), void (*socket)(uint64_t))
{
	if (l->hook == DIRECTION_OUT)
		port(l->tuple.sport);
	if (l->hook == DIRECTION_IN || l->listener != 0)
		port(l->tuple.dport);
	if (l->cookie != 0)
		socket(l->cookie);
	if (l->listener != 0)
		socket(l->listener);
}

void
live_watch(uint32_t i)
{
	live_at(i)->watched = true;
	watched++;
	each_end(live_at(i), ports_watch, ports_watch_socket);
}

static void
unwatch(struct live *l)
{
	watched--;
	each_end(l, ports_forget, ports_forget_socket);
}

void
live_remove(uint32_t i)
{
	struct live	*l = live_at(i);
	uint32_t	*head = &by_tuple[tuple_bucket(&l->tuple)];

	while (*head != i + 1)
		head = &live_at(*head - 1)->next_tuple;
	*head = l->next_tuple;
	unchain_end(l, COOKIE);
	unchain_end(l, LISTENER);
	if (l->watched)
		unwatch(l);
	l->id = 0;
	l->next_tuple = spare;
	spare = i;
	count--;
}

/* First where each is found, then, as that is there, the flow: it may be in two lines. */
void
live_soon(const struct tuple *first, size_t step, unsigned n)
{
	const uint32_t	*head[LIVE_SOON];
	const char	*at = (const char *)first;
	unsigned	 i;

	if (buckets == 0)
		return;
	for (i = 0; i < n && i < LIVE_SOON; i++) {
		head[i] = &by_tuple[tuple_bucket((const void *)(at + i * step))];
		__builtin_prefetch(head[i]);
	}
	while (i-- > 0)
		if (*head[i] != 0) {
			__builtin_prefetch(live_at(*head[i] - 1));
			__builtin_prefetch((const char *)live_at(*head[i] - 1) + 64);
		}
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

static uint32_t
next_of(enum end which, uint64_t key, uint32_t after)
{
	uint32_t i;

	if (buckets == 0 || key == 0)
		return LIVE_NONE;
	i = after == LIVE_NONE ? by[which][cookie_bucket(key)] : live_at(after)->of[which].next;
	for (; i != 0; i = live_at(i - 1)->of[which].next)
		if (key_of(live_at(i - 1), which) == key)
			return i - 1;
	return LIVE_NONE;
}

uint32_t
live_of_cookie(uint64_t cookie, uint32_t after)
{
	return next_of(COOKIE, cookie, after);
}

uint32_t
live_of_listener(uint64_t cookie, uint32_t after)
{
	return next_of(LISTENER, cookie, after);
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

uint32_t
live_watched(void)
{
	return watched;
}
