/*
 * See bogus.h. Called by lookup.c; trusts it.
 */
#include <stdio.h>
#include <string.h>

#include "bogus.h"

struct bogus {
	int64_t		until_s;	/* monotonic; 0: free */
	uint32_t	took_us;
	uint16_t	type;
	struct dname	name;
	char		why[BOGUS_TEXT];
};

static struct bogus	all[BOGUS_PLACES];

static struct bogus *
place(const struct dname *name, uint16_t type)
{
	return &all[(dname_hash(name) + type) % BOGUS_PLACES];
}

void
bogus_add(const struct dname *name, uint16_t type, const char *why, uint32_t took_us, int64_t now_s)
{
	struct bogus	*b = place(name, type);

	b->name = *name;
	b->type = type;
	b->took_us = took_us;
	b->until_s = now_s + BOGUS_S;
	(void)snprintf(b->why, sizeof(b->why), "%s", why);
}

void
bogus_forget(void)
{
	memset(all, 0, sizeof(all));
}

const char *
bogus_why(const struct dname *name, uint16_t type, int64_t now_s, uint32_t *took_us)
{
	const struct bogus	*b = place(name, type);

	if (now_s >= b->until_s || b->type != type || !dname_equal(&b->name, name))
		return NULL;
	*took_us = b->took_us;
	return b->why;
}
