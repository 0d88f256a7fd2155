/*
 * See name_index.h. A hash table of the ends of names: exact names and zones
 * stand below themselves, a glob below the labels after its last '*'. A name is
 * hashed from its end, so that each of its zones is a step on the way.
 */
#include <string.h>

#include "name_index.h"

struct glob {
	const struct glob *next;
	struct name_value  value;
};

struct key {				/* the end of a name; none: "". Small: there may be a million */
	const char	*text;
	const struct glob *globs;
	uint32_t	 exact, zone;	/* value + 1; 0: none */
	uint16_t	 len, globs_count;
};

struct name_index {
	size_t		 mask;
	struct key	**table;
	const struct key *root;		/* globs that may end in anything, or NULL */
	unsigned	 labels;	/* of the longest key */
};

#define HASH_START	0xcbf29ce484222325u
#define HASH_STEP(h, c)	(((h) ^ (uint8_t)(c)) * 0x100000001b3u)

static size_t
hash_end(uint64_t h)
{
	h *= 0xff51afd7ed558ccdu;
	return (size_t)(h ^ h >> 32);
}

static struct key *
find(const struct name_index *x, size_t hash, const char *text, size_t len)
{
	struct key *k;

	for (size_t at = hash & x->mask; (k = x->table[at]) != NULL; at = (at + 1) & x->mask)
		if (k->len == len && memcmp(k->text, text, len) == 0)
			return k;
	return NULL;
}

static struct key *
key_of(struct name_index *x, struct arena *arena, const char *text, size_t len)
{
	uint64_t h = HASH_START;
	unsigned labels = len > 0;
	size_t at;
	struct key *k;

	for (size_t i = len; i > 0; i--) {
		h = HASH_STEP(h, text[i - 1]);
		labels += text[i - 1] == '.';
	}
	if ((k = find(x, hash_end(h), text, len)) != NULL)
		return k;
	for (at = hash_end(h) & x->mask; x->table[at] != NULL; at = (at + 1) & x->mask)
		;
	x->table[at] = k = arena_get(arena, sizeof *k);
	k->text = text;
	k->len = (uint16_t)len;	/* DOMAIN_MOST at most */
	if (len == 0)
		x->root = k;
	if (labels > x->labels)
		x->labels = labels;
	return k;
}

static int
add(struct name_index *x, struct arena *arena, const struct name_value *v)
{
	size_t len;
	const char *text = name_tail(&v->name, &len);
	struct key *k = key_of(x, arena, text, len);
	struct glob *glob;

	if (v->name.kind == NAME_EXACT)
		k->exact = v->value + 1;
	else if (v->name.kind == NAME_ZONE)
		k->zone = v->value + 1;
	else {
		if (k->globs_count++ == GLOBS_MOST)
			return -1;
		glob = arena_get(arena, sizeof *glob);
		*glob = (struct glob){ k->globs, *v };
		k->globs = glob;
	}
	return 0;
}

const struct name_index *
name_index_make(struct arena *arena, const struct name_value *values, size_t count)
{
	struct name_index *x = arena_get(arena, sizeof *x);
	size_t size = 4;

	while (size < count * 2)
		size *= 2;
	x->mask = size - 1;
	x->table = arena_get(arena, size * sizeof(struct key *));
	for (size_t i = 0; i < count; i++)
		if (add(x, arena, &values[i]) == -1)
			return NULL;
	return x;
}

static void
try_globs(const struct key *k, const char *name, size_t len, void (*on)(void *, uint32_t), void *ctx)
{
	for (const struct glob *g = k->globs; g != NULL; g = g->next)
		if (name_matches(&g->value.name, name, len))
			on(ctx, g->value.value);
}

void
name_index_find(const struct name_index *x, const char *name, size_t len, void (*on)(void *, uint32_t),
    void *ctx)
{
	uint64_t h = HASH_START;
	unsigned labels = 0;

	if (x->root != NULL)
		try_globs(x->root, name, len, on, ctx);
	for (size_t i = len; i > 0 && labels < x->labels; i--) {
		const struct key *k;

		h = HASH_STEP(h, name[i - 1]);
		if (i > 1 && name[i - 2] != '.')
			continue;
		labels++;		/* here begins a label */
		if ((k = find(x, hash_end(h), name + i - 1, len - (i - 1))) == NULL)
			continue;
		if (i == 1 && k->exact != 0)
			on(ctx, k->exact - 1);
		if (k->zone != 0)
			on(ctx, k->zone - 1);
		try_globs(k, name, len, on, ctx);
	}
}
