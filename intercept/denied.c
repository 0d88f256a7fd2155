/*
 * The bounded cache of refusals. Called by settle.c and judge.c; emptied with every
 * generation. Entries live two seconds from the verdict, however often used.
 */
#include <string.h>

#include "denied.h"
#include "packet.h"

#define SETS	1024
#define WAYS	4
#define LIFE_NS	2000000000ll

static struct denied {
	struct tuple	tuple;
	uint64_t	cookie;
	int64_t		until_ns;	/* 0: free */
	uint8_t		hook, nibble;
} table[SETS][WAYS];
static bool	any;

static struct denied *
find(const struct tuple *t, uint8_t hook, uint64_t cookie)
{
	struct denied	*set = table[tuple_hash(t) % SETS];
	unsigned	 i;

	for (i = 0; i < WAYS; i++)
		if (set[i].until_ns != 0 && set[i].cookie == cookie && set[i].hook == hook &&
		    memcmp(&set[i].tuple, t, sizeof(*t)) == 0)
			return &set[i];
	return NULL;
}

void
denied_add(const struct tuple *t, uint8_t hook, uint64_t cookie, enum nibble nibble,
    int64_t now_ns)
{
	struct denied	*set = table[tuple_hash(t) % SETS], *d = find(t, hook, cookie);
	unsigned	 i;

	if (d == NULL)
		for (d = &set[0], i = 1; i < WAYS; i++)
			if (set[i].until_ns < d->until_ns)
				d = &set[i];
	d->tuple = *t;
	d->cookie = cookie;
	d->hook = hook;
	d->nibble = (uint8_t)nibble;
	d->until_ns = now_ns + LIFE_NS;
	any = true;
}

int
denied_find(const struct tuple *t, uint8_t hook, uint64_t cookie, int64_t now_ns)
{
	const struct denied *d = find(t, hook, cookie);

	return d != NULL && d->until_ns > now_ns ? d->nibble : -1;
}

void
denied_forget(void)
{
	if (any)	/* no page is touched for nothing */
		memset(table, 0, sizeof(table));
	any = false;
}
