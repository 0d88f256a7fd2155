/*
 * See grants.h. Called by policy.c, which trusts policyd. Addresses and ports are the
 * choice of programs, so the hash has a key.
 */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "grants.h"

#define BUCKETS	4096	/* a power of two */

LIST_HEAD(grant_list, grant);
TAILQ_HEAD(grant_queue, grant);

static struct grant_list	buckets[BUCKETS];
static struct grant_queue	by_age = TAILQ_HEAD_INITIALIZER(by_age);
static unsigned			count;
static uint8_t			key[crypto_shorthash_KEYBYTES];

void
grants_init(void)
{
	crypto_shorthash_keygen(key);
}

/* Two ends of one socket: where it came to does not matter. */
static bool
same_client(const struct tuple *a, const struct tuple *b)
{
	return a->family == b->family && a->proto == b->proto && a->sport == b->sport &&
	    memcmp(a->src, b->src, sizeof(a->src)) == 0;
}

static struct grant_list *
bucket(const struct tuple *t)
{
	uint8_t		client[20] = { t->family, t->proto, (uint8_t)(t->sport >> 8), (uint8_t)t->sport };
	uint64_t	hash;

	memcpy(client + 4, t->src, sizeof(t->src));
	(void)crypto_shorthash((uint8_t *)&hash, client, sizeof(client), key);
	return &buckets[hash & (BUCKETS - 1)];
}

struct grant *
grants_find(const struct tuple *t)
{
	struct grant	*g;

	LIST_FOREACH(g, bucket(t), by_client)
		if (same_client(&g->tuple, t))
			return g;
	return NULL;
}

static void
drop(struct grant *g)
{
	LIST_REMOVE(g, by_client);
	TAILQ_REMOVE(&by_age, g, by_age);
	count--;
	free(g);
}

void
grants_drop(const struct tuple *t)
{
	struct grant	*g = grants_find(t);

	if (g != NULL)
		drop(g);
}

void
grants_keep(const struct tuple *t, const struct who *who)
{
	struct grant	*g;

	grants_drop(t);
	if (count >= GRANTS_MOST)
		drop(TAILQ_FIRST(&by_age));
	if ((g = calloc(1, sizeof(*g))) == NULL)
		return;
	g->tuple = *t;
	g->who = *who;
	LIST_INSERT_HEAD(bucket(t), g, by_client);
	TAILQ_INSERT_TAIL(&by_age, g, by_age);
	count++;
}

void
grants_drop_all(void)
{
	struct grant	*g, *next;

	for (g = TAILQ_FIRST(&by_age); g != NULL; g = next) {
		next = TAILQ_NEXT(g, by_age);
		drop(g);
	}
}
