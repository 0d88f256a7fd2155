/*
 * See prompts.h. Which prompts there are is the choice of hostile programs: the
 * hash has a key, and each program and user a share.
 */
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "prompts.h"
#include "scope.h"

#define BUCKETS	1024u

LIST_HEAD(same_list, prompt);

static struct prompt_list	 all = TAILQ_HEAD_INITIALIZER(all);
static struct same_list		 buckets[BUCKETS];
static unsigned			 count, waits;
static uint64_t			 last_id;
static void			(*on_gone)(const struct prompt *);

/* Which program and user: a file that is not known for certain is told by its process. */
static uint64_t
hash_of(const struct choice *c, bool vouched)
{
	uint64_t h = hash_with(hash_bytes(c->path, strlen(c->path)), c->uid);

	if (!vouched)
		h = hash_with(h, c->process.id);
	h = hash_with(h, hash_bytes(c->name, strlen(c->name)));
	return hash_with(h, hash_bytes(c->net.address, sizeof c->net.address));
}

/* What is answered of a file says nothing of what took its place. */
static bool
same_program(const struct prompt *p, const struct choice *c, bool vouched)
{
	return p->vouched == vouched && p->about.uid == c->uid && strcmp(p->about.path, c->path) == 0 &&
	    (vouched ? file_is_same(&p->about.file, &c->file) : p->about.process.id == c->process.id);
}

static bool
same_destination(const struct choice *a, const struct choice *b)
{
	return a->target == b->target && a->directions == b->directions && strcmp(a->name, b->name) == 0 &&
	    memcmp(&a->net, &b->net, sizeof a->net) == 0 && a->scopes == b->scopes &&
	    a->keyed == b->keyed && a->keys.low == b->keys.low && a->keys.high == b->keys.high;
}

void
prompts_start(void (*gone)(const struct prompt *))
{
	on_gone = gone;
}

/* What comes in is about the port that listens, not about each of those who come. */
static void
set_scope(const struct facts *f, const struct place *place, struct choice *c)
{
	const struct tuple *t = &f->tuple;

	c->target = TARGET_SCOPE;
	c->scopes = (uint8_t)place->scope;
	c->keyed = true;
	c->keys.low = KEY(t->proto, has_ports(t->proto) ? t->dport : 0);
	c->keys.high = has_ports(t->proto) ? c->keys.low : KEY(t->proto, 0xffff);
}

/* The destination by its name, else by its address. */
static bool
set_target(const struct facts *f, const struct decision *d, const struct place *place, struct choice *c)
{
	if (f->name != NULL && d->ask_direction == DIRECTION_OUT) {
		if (f->name_len > DOMAIN_MOST)
			return false;
		c->target = TARGET_NAME;
		memcpy(c->name, f->name, f->name_len);
	} else if (f->question)
		return false;		/* the root */
	else if (d->ask_direction == DIRECTION_OUT) {
		c->target = TARGET_NET;
		c->net.family = f->tuple.family;
		c->net.prefix = f->tuple.family == 4 ? 32 : 128;
		memcpy(c->net.address, f->tuple.dst, sizeof c->net.address);
	} else
		set_scope(f, place, c);
	c->directions = (uint8_t)(1u << d->ask_direction);
	return true;
}

static bool
set_about(const struct facts *f, const struct decision *d, const struct place *place, struct choice *c)
{
	const struct program *p = d->asker;

	memset(c, 0, sizeof *c);
	if (p->path_len >= sizeof c->path || memchr(p->path, '\0', p->path_len) != NULL)
		return false;
	memcpy(c->path, p->path, p->path_len);
	c->uid = p->uid;
	c->process = one_process_of(p);
	c->file = program_file(p);
	return set_target(f, d, place, c);
}

static struct prompt *
find(const struct choice *c, bool vouched)
{
	struct prompt *p;

	LIST_FOREACH(p, &buckets[hash_of(c, vouched) % BUCKETS], same)
		if (same_program(p, c, vouched) && same_destination(&p->about, c))
			return p;
	return NULL;
}

void
prompts_drop(struct prompt *p)
{
	TAILQ_REMOVE(&all, p, entry);
	LIST_REMOVE(p, same);
	count--;
	on_gone(p);
	free(p);
}

/* The oldest that does not wait, of this program, this user or (NULL) of all makes room. */
static bool
make_room(const struct choice *c, bool same_path, bool vouched)
{
	struct prompt *p;

	TAILQ_FOREACH(p, &all, entry)
		if (!p->waiting && (c == NULL || (p->about.uid == c->uid &&
		    (!same_path || same_program(p, c, vouched))))) {
			prompts_drop(p);
			return true;
		}
	return false;
}

static bool
has_room(const struct choice *c, bool vouched)
{
	unsigned user = 0, program = 0;

	for (const struct prompt *p = TAILQ_FIRST(&all); p != NULL; p = TAILQ_NEXT(p, entry)) {
		user += p->about.uid == c->uid;
		program += same_program(p, c, vouched);
	}
	if (program >= PROMPTS_PROGRAM)
		return make_room(c, true, vouched);
	if (user >= PROMPTS_USER)
		return make_room(c, false, vouched);
	return count < PROMPTS_MOST || make_room(NULL, false, vouched);
}

static struct prompt *
prompt_new(const struct choice *c, bool vouched)
{
	struct prompt *p = has_room(c, vouched) ? calloc(1, sizeof *p) : NULL;

	if (p == NULL)
		return NULL;
	p->id = ++last_id;
	p->about = *c;
	p->vouched = vouched;
	TAILQ_INIT(&p->list);
	TAILQ_INSERT_TAIL(&all, p, entry);
	LIST_INSERT_HEAD(&buckets[hash_of(c, vouched) % BUCKETS], p, same);
	count++;
	return p;
}

/* As whod saw it when it looked at the program: its number may be another's by now. */
static void
keep_parent(struct prompt *p, const struct hints *h)
{
	p->parent_len = 0;
	if (h == NULL || h->parents == 0 || !(h->parent[0].flags & PROCESS_PROVEN) || h->parent[0].len > PARENT_BYTES)
		return;
	p->parent_len = h->parent[0].len;
	memcpy(p->parent, h->parent[0].path, p->parent_len);
}

static void
describe(struct prompt *p, const struct facts *f, const struct decision *d, const struct place *place)
{
	const struct program *program = d->asker;

	p->about.process = one_process_of(program);
	p->pid = program->pid;
	p->direction = d->ask_direction;
	p->tuple = f->tuple;
	if (f->question)
		memset(&p->tuple, 0, sizeof p->tuple);
	p->scope = f->question ? 0 : (uint8_t)place->scope;
	p->qtype = f->qtype;
	p->check = decision_reason(d)->check;
	say_reason(decision_reason(d), p->reason, sizeof p->reason);
	p->command_len = program->command_len < PROMPT_COMMAND ? program->command_len : PROMPT_COMMAND;
	memcpy(p->command, program->command, p->command_len);
	keep_parent(p, program->hints);
}

struct prompt *
prompts_ask(const struct facts *f, const struct decision *d, const struct prompt_time *now)
{
	const uint8_t *remote = d->ask_direction == DIRECTION_IN ? f->tuple.src : f->tuple.dst;
	struct place place = { .scope = 0 };
	struct choice about;
	struct prompt *p;

	if (!f->question)
		place = place_of(f->links, f->tuple.family, remote);
	if (!set_about(f, d, &place, &about))
		return NULL;
	if ((p = find(&about, d->vouched)) == NULL && (p = prompt_new(&about, d->vouched)) == NULL)
		return NULL;
	describe(p, f, d, &place);
	p->times++;
	p->since_us = now->wall_us;
	return p;
}

struct wait *
prompts_wait(struct prompt *p)
{
	unsigned user = 0, program = 0;
	struct wait *w;

	for (const struct prompt *other = TAILQ_FIRST(&all); other != NULL; other = TAILQ_NEXT(other, entry)) {
		user += other->about.uid == p->about.uid ? other->waits : 0;
		program += same_program(other, &p->about, p->vouched) ? other->waits : 0;
	}
	if (waits >= WAITS_MOST || user >= WAITS_USER || program >= WAITS_PROGRAM ||
	    (w = calloc(1, sizeof *w)) == NULL)
		return NULL;
	w->prompt = p;
	TAILQ_INSERT_TAIL(&p->list, w, entry);
	p->waits++;
	waits++;
	return w;
}

void
prompts_release(struct wait *w)
{
	TAILQ_REMOVE(&w->prompt->list, w, entry);
	w->prompt->waits--;
	waits--;
	free(w);
}

struct prompt *
prompts_find(uint64_t id)
{
	struct prompt *p;

	TAILQ_FOREACH(p, &all, entry)
		if (p->id == id)
			return p;
	return NULL;
}

struct prompt *
prompts_first(void)
{
	return TAILQ_FIRST(&all);
}

unsigned
prompts_count(void)
{
	return count;
}
