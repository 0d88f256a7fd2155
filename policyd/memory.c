/*
 * See memory.h.
 */
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "memory.h"

static unsigned
bucket_of(uint64_t process, uint32_t uid, const char *path, size_t len)
{
	uint64_t h = process != 0 ? hash_with(0, process) : hash_with(hash_bytes(path, len), uid);

	return (unsigned)(h % MEMORY_BUCKETS);
}

static bool
is_of(const struct remembered *r, uint64_t process, uint32_t uid, const char *path, size_t len)
{
	if (r->process != process)
		return false;
	return process != 0 || (r->uid == uid && r->path_len == len && memcmp(r->path, path, len) == 0);
}

static uint16_t *
bound_of(struct memory *m, const struct remembered *r)
{
	return &m->bound[bucket_of(0, r->uid, r->path, r->path_len)];
}

static void
drop(struct memory *m, struct remembered **at)
{
	struct remembered *r = *at;

	*at = r->next;
	if (r->process != 0)
		(*bound_of(m, r))--;
	m->count--;
	free(r);
}

/* One of a choice that a file has, too, and will count from there. */
static bool
is_copy(const struct remembered *r)
{
	return r->life == LIFE_ALWAYS && r->until_ms != 0;
}

static unsigned
cover(struct memory *m, const struct choice *new, uint64_t process)
{
	size_t len = strlen(new->path);
	unsigned count = 0;
	struct remembered **at = &m->buckets[bucket_of(process, new->uid, new->path, len)];
	struct choice old;

	while (*at != NULL) {
		if ((*at)->root == new->root && is_of(*at, process, new->uid, new->path, len) &&
		    choice_of_rule(&(*at)->choice.rule, &old) && choice_covers(new, &old)) {
			count += !is_copy(*at);
			drop(m, at);
		} else
			at = &(*at)->next;
	}
	return count;
}

/* A choice by path speaks of all processes; which have some of their own is not known by path. */
static unsigned
cover_processes(struct memory *m, const struct choice *new)
{
	size_t len = strlen(new->path);
	unsigned count = 0;
	struct choice old;

	for (unsigned i = 0; i < MEMORY_BUCKETS; i++)
		for (struct remembered **at = &m->buckets[i]; *at != NULL;) {
			if ((*at)->process != 0 && (*at)->root == new->root && (*at)->uid == new->uid &&
			    (*at)->path_len == len && memcmp((*at)->path, new->path, len) == 0 &&
			    choice_of_rule(&(*at)->choice.rule, &old) && choice_covers(new, &old)) {
				count++;
				drop(m, at);
			} else
				at = &(*at)->next;
		}
	return count;
}

unsigned
memory_cover(struct memory *m, const struct choice *new)
{
	unsigned count = cover(m, new, new->process);

	return new->process == 0 ? count + cover_processes(m, new) : count;
}

void
memory_each(const struct memory *m, void (*told)(void *ctx, const struct remembered *), void *ctx)
{
	for (unsigned i = 0; i < MEMORY_BUCKETS; i++)
		for (const struct remembered *r = m->buckets[i]; r != NULL; r = r->next)
			if (!is_copy(r))
				told(ctx, r);
}

/* Has the user, or the program, as many as one may have? */
static bool
is_full(const struct memory *m, const struct choice *c)
{
	size_t len = strlen(c->path);
	unsigned user = 0, program = 0;

	for (unsigned i = 0; i < MEMORY_BUCKETS; i++)
		for (const struct remembered *r = m->buckets[i]; r != NULL; r = r->next) {
			user += r->uid == c->uid;
			program += is_of(r, c->process, c->uid, c->path, len);
		}
	return m->count == MEMORY_MOST || user >= MEMORY_USER || program >= MEMORY_PROGRAM;
}

int
memory_add(struct memory *m, const struct choice *c, int64_t now_ms, int64_t until_ms)
{
	size_t len = strlen(c->path);
	struct remembered *r, **at;

	(void)memory_cover(m, c);
	if (is_full(m, c) || (r = calloc(1, sizeof *r + len + 1)) == NULL)
		return -1;
	choice_rule(c, &r->choice);
	r->process = c->process;
	r->until_ms = c->life == LIFE_ONCE ? now_ms + ONCE_MS : until_ms;
	r->uid = c->uid;
	r->life = c->life;
	r->root = c->root;
	r->path_len = len;
	memcpy(r->path, c->path, len + 1);
	at = &m->buckets[bucket_of(c->process, c->uid, c->path, len)];
	r->next = *at;
	*at = r;
	m->count++;
	if (r->process != 0)
		(*bound_of(m, r))++;
	return 0;
}

static const struct remembered *
find(const struct memory *m, const struct program *p, uint64_t process, const struct rule_query *q, bool root)
{
	const struct remembered *r = m->buckets[bucket_of(process, p->uid, p->path, p->path_len)];

	while (r != NULL && (r->root != root || !is_of(r, process, p->uid, p->path, p->path_len) ||
	    !choice_fits(&r->choice.rule, q)))
		r = r->next;
	return r;
}

const struct remembered *
memory_find(const struct memory *m, const struct program *p, const struct rule_query *q, bool root, bool by_path)
{
	const struct remembered *r;

	if (m->count == 0)
		return NULL;
	r = find(m, p, p->id, q, root);
	return r != NULL || !by_path ? r : find(m, p, 0, q, root);
}

static bool
has_named(const struct memory *m, const struct program *p, uint64_t process)
{
	const struct remembered *r = m->buckets[bucket_of(process, p->uid, p->path, p->path_len)];

	while (r != NULL && (!is_of(r, process, p->uid, p->path, p->path_len) || r->choice.rule.names_count == 0))
		r = r->next;
	return r != NULL;
}

bool
memory_is_named(const struct memory *m, const struct program *p)
{
	return m->count > 0 && (has_named(m, p, p->id) || has_named(m, p, 0));
}

bool
memory_is_bound(const struct memory *m, const struct program *p)
{
	return m->count > 0 && m->bound[bucket_of(0, p->uid, p->path, p->path_len)] > 0;
}

void
memory_process_gone(struct memory *m, uint64_t process)
{
	struct remembered **at = &m->buckets[bucket_of(process, 0, "", 0)];

	while (*at != NULL && process != 0) {
		if ((*at)->process == process)
			drop(m, at);
		else
			at = &(*at)->next;
	}
}

bool
memory_tick(struct memory *m, int64_t now_ms)
{
	bool ended = false;

	for (unsigned i = 0; i < MEMORY_BUCKETS; i++)
		for (struct remembered **at = &m->buckets[i]; *at != NULL;) {
			if ((*at)->until_ms == 0 || (*at)->until_ms > now_ms) {
				at = &(*at)->next;
				continue;
			}
			ended |= (*at)->life == LIFE_TIME;
			drop(m, at);
		}
	return ended;
}

void
memory_forget_processes(struct memory *m)
{
	for (unsigned i = 0; i < MEMORY_BUCKETS; i++)
		for (struct remembered **at = &m->buckets[i]; *at != NULL;) {
			if ((*at)->process != 0)
				drop(m, at);
			else
				at = &(*at)->next;
		}
}
