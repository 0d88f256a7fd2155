/*
 * Programs by id; see programs.h. What is kept came through its validator, but
 * paths, cgroups and commands are bytes that hostile programs chose.
 */
#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>

#include "known_names.h"
#include "programs.h"
#include "sandbox.h"

#define BUCKETS	16384u

TAILQ_HEAD(entry_queue, entry);

struct entry {
	struct program		 program;	/* first: handed out */
	struct entry		*next;		/* in its bucket */
	TAILQ_ENTRY(entry)	 order;		/* running ones by age, or ended ones by their end */
	bool			 gone;
	int64_t			 gone_s;
	uint32_t		 told;
	uint8_t			 told_part;	/* found.part_of then */
	struct hints		 hints;
	struct found		 found;
	char			 bytes[];	/* path, cgroup, command and the hints' texts, each with a NUL */
};

static struct entry		*buckets[BUCKETS];
static struct entry_queue	 running = TAILQ_HEAD_INITIALIZER(running);
static struct entry_queue	 ended = TAILQ_HEAD_INITIALIZER(ended);
static unsigned			 count;
static uint64_t			 channel;	/* the upper half of whod's ids */
static programs_keep_fn		*keep_found;

void
programs_kept_by(programs_keep_fn *keep)
{
	keep_found = keep;
}

static struct entry **
bucket(uint64_t id)
{
	return &buckets[(id ^ id >> 32) * UINT64_C(0x9e3779b97f4a7c15) >> 50];
}

static struct entry *
find(uint64_t id)
{
	struct entry *e = *bucket(id);

	while (e != NULL && e->program.id != id)
		e = e->next;
	return e;
}

static void
forget(struct entry *e)
{
	struct entry **at = bucket(e->program.id);

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	TAILQ_REMOVE(e->gone ? &ended : &running, e, order);
	count--;
	free(e);
}

static const char *
keep(char **at, const char *bytes, size_t len)
{
	char *copy = *at;

	memcpy(copy, bytes, len);
	copy[len] = '\0';
	*at += len + 1;
	return copy;
}

static size_t
hints_size(const struct process_hints *h)
{
	size_t size = h->cwd_len + 1u + h->arguments_len + 1u;

	for (unsigned i = 0; i < h->scripts; i++)
		size += h->script[i].path_len + 1u;
	for (unsigned i = 0; i < h->parents; i++)
		size += h->parent[i].path_len + 1u;
	return size;
}

static void
keep_hints(const struct process_hints *from, struct hints *to, char **at)
{
	*to = (struct hints){ .cwd_len = from->cwd_len, .arguments_len = from->arguments_len,
		.scripts = from->scripts, .parents = from->parents, .read = from->read };
	to->cwd = keep(at, from->cwd, from->cwd_len);
	to->arguments = keep(at, from->arguments, from->arguments_len);
	for (unsigned i = 0; i < from->scripts; i++) {
		to->script[i].argument = from->script[i].argument;
		to->script[i].flags = from->script[i].flags;
		to->script[i].len = from->script[i].path_len;
		to->script[i].path = keep(at, from->script[i].path, from->script[i].path_len);
	}
	for (unsigned i = 0; i < from->parents; i++) {
		to->parent[i].pid = from->parent[i].pid;
		to->parent[i].flags = from->parent[i].flags;
		to->parent[i].start = from->parent[i].start;
		to->parent[i].len = from->parent[i].path_len;
		to->parent[i].path = keep(at, from->parent[i].path, from->parent[i].path_len);
	}
}

static struct entry *
entry_new(const struct process *p)
{
	struct entry	*e = malloc(sizeof *e + p->path_len + p->cgroup_len + p->command_len + 3u +
			    hints_size(&p->hints));
	char		*at;

	if (e == NULL)
		fatal("memory for a program");
	memset(e, 0, sizeof *e);
	at = e->bytes;
	e->program = (struct program){ .id = p->id, .pid = p->pid, .ppid = p->ppid, .uid = p->uid,
		.flags = p->flags, .file_uid = p->file_uid, .start = p->start, .dev = p->dev,
		.ino = p->ino, .ctime_ns = p->ctime_ns, .path_len = p->path_len,
		.cgroup_len = p->cgroup_len, .command_len = p->command_len,
		.cgroup_root = p->cgroup_root, .netns = p->netns };
	e->program.path = keep(&at, p->path, p->path_len);
	e->program.cgroup = keep(&at, p->cgroup, p->cgroup_len);
	e->program.command = keep(&at, p->command, p->command_len);
	keep_hints(&p->hints, &e->hints, &at);
	e->program.hints = &e->hints;
	e->program.found = &e->found;
	return e;
}

/* With what it knew of names. */
static void
forget_whole(struct entry *e)
{
	names_gone(e->program.id);
	forget(e);
}

static uint64_t
channel_of(uint64_t id)
{
	return id >> 32;
}

bool
programs_add(const struct process *p)
{
	struct entry *old = find(p->id), *e, **at;
	bool fresh = channel_of(p->id) != channel;

	if (old != NULL)
		forget(old);
	else if (count == PROGRAMS_MOST)
		forget_whole(TAILQ_EMPTY(&ended) ? TAILQ_FIRST(&running) : TAILQ_FIRST(&ended));
	e = entry_new(p);
	at = bucket(p->id);
	e->next = *at;
	*at = e;
	TAILQ_INSERT_TAIL(&running, e, order);
	count++;
	names_began(&e->program);
	if (fresh)
		channel = channel_of(p->id);
	return fresh;
}

void
programs_gone(const struct who_gone *gone, int64_t now_s)
{
	for (unsigned i = 0; i < gone->count; i++) {
		struct entry *e = find(gone->id[i]);

		if (e == NULL || e->gone)
			continue;
		TAILQ_REMOVE(&running, e, order);
		TAILQ_INSERT_TAIL(&ended, e, order);
		e->gone = true;
		e->gone_s = now_s;
	}
}

void
programs_tick(int64_t now_s)
{
	struct entry *e;

	while ((e = TAILQ_FIRST(&ended)) != NULL && e->gone_s + PROGRAM_STAYS_S < now_s)
		forget_whole(e);
}

void
programs_forget_all(void)
{
	names_forget_all();
	/* The analyzer does not see that forget() takes the entry off its list. */
	while (!TAILQ_EMPTY(&running))
		forget(TAILQ_FIRST(&running));		/* NOLINT(clang-analyzer-unix.Malloc) */
	while (!TAILQ_EMPTY(&ended))
		forget(TAILQ_FIRST(&ended));		/* NOLINT(clang-analyzer-unix.Malloc) */
}

static const struct program *
hand_out(struct entry *e)
{
	if (e == NULL)
		return NULL;
	if (keep_found != NULL)
		keep_found(&e->program, &e->found);
	return &e->program;
}

const struct program *
programs_find(uint64_t id)
{
	return hand_out(find(id));
}

/* For questions that people ask: the list is walked. */
const struct program *
programs_by_pid(uint32_t pid)
{
	for (struct entry *e = TAILQ_LAST(&running, entry_queue); e != NULL;
	    e = TAILQ_PREV(e, entry_queue, order))
		if (e->program.pid == pid)
			return hand_out(e);
	return NULL;
}

const struct program *
programs_by_path(const char *path, size_t len)
{
	for (struct entry *e = TAILQ_LAST(&running, entry_queue); e != NULL;
	    e = TAILQ_PREV(e, entry_queue, order))
		if (e->program.path_len == len && memcmp(e->program.path, path, len) == 0)
			return hand_out(e);
	return NULL;
}

/* A program that is handed out is the first member of its entry. */
static struct entry *
entry_of(const struct program *p)
{
	return (struct entry *)(uintptr_t)p;
}

bool
program_is_past(const struct program *p)
{
	return entry_of(p)->gone || channel_of(p->id) != channel;
}

uint32_t
program_told(const struct program *p)
{
	const struct entry *e = entry_of(p);

	return e->told_part == e->found.part_of ? e->told : 0;
}

void
program_set_told(const struct program *p, uint32_t told)
{
	struct entry *e = entry_of(p);

	e->told = told;
	e->told_part = e->found.part_of;
}

static void
put_part(const struct program *p, struct process_hints *out)
{
	unsigned level = p->found->part_of;
	struct process_parent *to = &out->parent[0];

	if (level == 0)
		return;
	out->read = true;
	out->parents = 1;
	to->pid = p->hints->parent[level - 1].pid;
	to->flags = p->hints->parent[level - 1].flags;
	to->start = p->hints->parent[level - 1].start;
	to->path_len = p->hints->parent[level - 1].len;
	memcpy(to->path, p->hints->parent[level - 1].path, to->path_len);
}

void
program_process(const struct program *p, struct process *out)
{
	*out = (struct process){ .id = p->id, .pid = p->pid, .ppid = p->ppid, .uid = p->uid,
		.flags = p->flags, .file_uid = p->file_uid, .start = p->start, .dev = p->dev,
		.ino = p->ino, .ctime_ns = p->ctime_ns, .path_len = p->path_len,
		.cgroup_len = p->cgroup_len, .command_len = p->command_len,
		.cgroup_root = p->cgroup_root, .netns = p->netns };
	memcpy(out->path, p->path, p->path_len);
	memcpy(out->cgroup, p->cgroup, p->cgroup_len);
	memcpy(out->command, p->command, p->command_len);
	put_part(p, &out->hints);
}
