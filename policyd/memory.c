/*
 * See memory.h.
 */
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "memory.h"

/* Of whom something is remembered: one process, or all of a path and user. */
struct whose {
	const struct one_process *process;
	const char	*path;
	size_t		 len;
	uint32_t	 uid;
};

static const struct one_process all = { .id = 0 };

static struct whose
whose_choice(const struct choice *c)
{
	return (struct whose){ &c->process, c->path, strlen(c->path), c->uid };
}

static struct whose
whose_program(const struct program *p, const struct one_process *process)
{
	return (struct whose){ process, p->path, p->path_len, p->uid };
}

static bool
same_program(const struct remembered *r, const struct whose *w)
{
	return r->uid == w->uid && r->path_len == w->len && memcmp(r->path, w->path, w->len) == 0;
}

static unsigned
bucket_of(const struct whose *w)
{
	uint64_t h = w->process->id != 0 ? hash_with(hash_with(0, w->process->start), w->process->pid) :
		    hash_with(hash_bytes(w->path, w->len), w->uid);

	return (unsigned)(h % MEMORY_BUCKETS);
}

static bool
is_of(const struct remembered *r, const struct whose *w)
{
	return is_same_process(&r->process, w->process) && same_program(r, w);
}

static uint16_t *
bound_of(struct memory *m, const struct remembered *r)
{
	const struct whose w = { &all, r->path, r->path_len, r->uid };

	return &m->bound[bucket_of(&w)];
}

static void
drop(struct memory *m, struct remembered **at)
{
	struct remembered *r = *at;

	*at = r->next;
	if (r->process.id != 0)
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
cover(struct memory *m, const struct choice *new)
{
	const struct whose w = whose_choice(new);
	unsigned count = 0;
	struct remembered **at = &m->buckets[bucket_of(&w)];
	struct choice old;

	while (*at != NULL) {
		if ((*at)->root == new->root && is_of(*at, &w) &&
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
	const struct whose w = whose_choice(new);
	unsigned count = 0;
	struct choice old;

	for (unsigned i = 0; i < MEMORY_BUCKETS; i++)
		for (struct remembered **at = &m->buckets[i]; *at != NULL;) {
			if ((*at)->process.id != 0 && (*at)->root == new->root && same_program(*at, &w) &&
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
	unsigned count = cover(m, new);

	return new->process.id == 0 ? count + cover_processes(m, new) : count;
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
	const struct whose w = whose_choice(c);
	unsigned user = 0, program = 0;

	for (unsigned i = 0; i < MEMORY_BUCKETS; i++)
		for (const struct remembered *r = m->buckets[i]; r != NULL; r = r->next) {
			user += r->uid == c->uid;
			program += is_of(r, &w);
		}
	return m->count == MEMORY_MOST || user >= MEMORY_USER || program >= MEMORY_PROGRAM;
}

int
memory_add(struct memory *m, const struct choice *c, int64_t now_ms, int64_t until_ms)
{
	const struct whose w = whose_choice(c);
	struct remembered *r, **at;

	(void)memory_cover(m, c);
	if (is_full(m, c) || (r = calloc(1, sizeof *r + w.len + 1)) == NULL)
		return -1;
	choice_rule(c, &r->choice);
	r->process = c->process;
	r->until_ms = c->life == LIFE_ONCE ? now_ms + ONCE_MS : until_ms;
	r->uid = c->uid;
	r->life = c->life;
	r->root = c->root;
	r->path_len = w.len;
	memcpy(r->path, c->path, w.len + 1);
	at = &m->buckets[bucket_of(&w)];
	r->next = *at;
	*at = r;
	m->count++;
	if (r->process.id != 0)
		(*bound_of(m, r))++;
	return 0;
}

static bool
allows(const struct remembered *r)
{
	return r->choice.rule.action == RULE_ALLOW;
}

/* What allows only under the same id. */
static bool
counts(const struct remembered *r, const struct whose *w)
{
	return is_of(r, w) && (r->process.id == w->process->id || !allows(r));
}

static const struct remembered *
find(const struct memory *m, const struct whose *w, const struct rule_query *q, bool root)
{
	const struct remembered *r = m->buckets[bucket_of(w)];

	while (r != NULL && (r->root != root || !counts(r, w) || !choice_fits(&r->choice.rule, q)))
		r = r->next;
	return r;
}

const struct remembered *
memory_find(const struct memory *m, const struct program *p, const struct rule_query *q, bool root, bool by_path)
{
	const struct one_process one = one_process_of(p);
	const struct whose its = whose_program(p, &one), anys = whose_program(p, &all);
	const struct remembered *r;

	if (m->count == 0)
		return NULL;
	r = find(m, &its, q, root);
	return r != NULL || !by_path ? r : find(m, &anys, q, root);
}

static bool
has_named(const struct memory *m, const struct whose *w)
{
	const struct remembered *r = m->buckets[bucket_of(w)];

	while (r != NULL && (!counts(r, w) || r->choice.rule.names_count == 0))
		r = r->next;
	return r != NULL;
}

bool
memory_is_named(const struct memory *m, const struct program *p)
{
	const struct one_process one = one_process_of(p);
	const struct whose its = whose_program(p, &one), anys = whose_program(p, &all);

	return m->count > 0 && (has_named(m, &its) || has_named(m, &anys));
}

bool
memory_is_bound(const struct memory *m, const struct program *p)
{
	const struct whose anys = whose_program(p, &all);

	return m->count > 0 && m->bound[bucket_of(&anys)] > 0;
}

void
memory_gone(struct memory *m, const struct program *p, bool ended)
{
	const struct one_process one = one_process_of(p);
	const struct whose its = whose_program(p, &one);
	struct remembered **at = &m->buckets[bucket_of(&its)];

	while (*at != NULL) {
		if (is_same_process(&(*at)->process, &one) &&
		    (ended || ((*at)->process.id == one.id && allows(*at))))
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
memory_forget_allowed(struct memory *m)
{
	for (unsigned i = 0; i < MEMORY_BUCKETS; i++)
		for (struct remembered **at = &m->buckets[i]; *at != NULL;) {
			if ((*at)->process.id != 0 && allows(*at))
				drop(m, at);
			else
				at = &(*at)->next;
		}
}
