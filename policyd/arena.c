/*
 * Memory that is freed all at once; see arena.h.
 */
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox.h"
#include "arena.h"

#define CHUNK_FIRST	1024
#define CHUNK_MOST	(32u << 10)

struct chunk {
	struct chunk	*next;
	size_t		 used, size;
	alignas(max_align_t) unsigned char data[];
};

void	(*build_pause)(void);

static struct chunk *
chunk_new(struct arena *a, size_t n)
{
	size_t size = a->bytes / 4;	/* what stays unused is a fifth at most */
	struct chunk *c;

	if (size < CHUNK_FIRST)
		size = CHUNK_FIRST;
	if (size > CHUNK_MOST)
		size = CHUNK_MOST;
	if (size < n)
		size = n;
	if ((c = calloc(1, sizeof *c + size)) == NULL)
		fatal("policy memory");
	c->size = size;
	c->next = a->chunks;
	a->chunks = c;
	a->bytes += sizeof *c + size;
	return c;
}

void *
arena_get(struct arena *a, size_t n)
{
	struct chunk *c = a->chunks;
	void *p;

	build_may_pause();
	n = (n + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (c == NULL || c->size - c->used < n)
		c = chunk_new(a, n);
	p = c->data + c->used;
	c->used += n;
	return p;
}

void *
arena_copy(struct arena *a, const void *from, size_t n)
{
	void *p = arena_get(a, n == 0 ? 1 : n);

	if (n > 0)
		memcpy(p, from, n);
	return p;
}

char *
arena_text(struct arena *a, const char *text, size_t n)
{
	char *p = arena_get(a, n + 1);

	memcpy(p, text, n);
	return p;
}

void
arena_free(struct arena *a)
{
	struct chunk *c = a->chunks, *next;

	*a = (struct arena){ 0 };
	for (; c != NULL; c = next) {
		next = c->next;
		free(c);
		build_may_pause();
	}
}
