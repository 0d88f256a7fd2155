/*
 * See runs.h. Called by kernel_events.c, sender.c, identity.c and main. Trusts the kernel's facts; how
 * many there are, and what names files have, programs choose.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "digest.h"
#include "lanes.h"
#include "origin.h"
#include "processes.h"
#include "runs.h"
#include "sandbox.h"

#define BUCKETS		16384u
#define CGROUPS		1024u
#define FRESH_NS	INT64_C(20000000)	/* two changes of a file so close may have one time */

LIST_HEAD(run_list, run);
TAILQ_HEAD(run_queue, run);

static struct run_list	keys[BUCKETS], pids[BUCKETS];
static struct run_queue	ended = TAILQ_HEAD_INITIALIZER(ended);
static struct lane {
	struct run_queue	runs;	/* oldest first */
	size_t			bytes;
	bool			begun;
} lanes[LANES];
static struct image	*cgroups[CGROUPS];	/* one that began there last, by the cgroup's id */
static unsigned		 count;
static size_t		 image_bytes;

/* Programs choose how often they exec, and must not choose where that is kept. */
static struct run_list *
by_key(uint32_t pid, uint64_t start_ns, uint64_t exec)
{
	struct digest	h;

	digest_begin(&h);
	digest_add(&h, &pid, sizeof(pid));
	digest_add(&h, &start_ns, sizeof(start_ns));
	digest_add(&h, &exec, sizeof(exec));
	return &keys[digest_end(&h) % BUCKETS];
}

struct run *
runs_find(uint32_t pid, uint64_t start_ns, uint64_t exec)
{
	struct run	*r;

	for (r = LIST_FIRST(by_key(pid, start_ns, exec)); r != NULL; r = LIST_NEXT(r, by_key))
		if (r->process.tgid == pid && r->process.start_ns == start_ns && r->process.exec == exec)
			return r;
	return NULL;
}

struct run *
runs_current(uint32_t pid)
{
	struct run	*r;

	for (r = LIST_FIRST(&pids[pid % BUCKETS]); r != NULL; r = LIST_NEXT(r, by_pid))
		if (r->process.tgid == pid)
			return r;
	return NULL;
}

size_t
runs_cgroup(uint64_t id, const char **name)
{
	const struct image	*i = cgroups[id % CGROUPS];

	if (i == NULL || i->program.cgroup != id)
		return 0;
	*name = i->text + i->path_len;
	return i->cgroup_len;
}

static size_t
image_size(const struct image *i)
{
	return sizeof(*i) + i->path_len + i->cgroup_len;
}

static void
image_unref(struct image *i)
{
	if (i == NULL || --i->refs > 0)
		return;
	image_bytes -= image_size(i);
	lanes[lanes_of(i->program.uid)].bytes -= image_size(i);
	free(i);
}

/* text: path_len and then cgroup_len bytes. With one reference, the caller's. */
static struct image *
image_new(const struct kernel_program *p, const char *text, uint16_t path_len, uint16_t cgroup_len)
{
	struct image	*i = calloc(1, sizeof(*i) + path_len + cgroup_len);

	if (i == NULL)
		fatal("memory for a program");
	i->refs = 1;
	i->program = *p;
	i->path_len = path_len;
	i->cgroup_len = cgroup_len;
	memcpy(i->text, text, (size_t)path_len + cgroup_len);
	image_bytes += image_size(i);
	lanes[lanes_of(p->uid)].bytes += image_size(i);
	return i;
}

void
run_unname(struct run *r)
{
	if (r->named != NULL)
		proc_unpin(r->named);
	r->named = NULL;
}

static void
run_free(struct run *r)
{
	run_unname(r);
	LIST_REMOVE(r, by_key);
	if (r->current)
		LIST_REMOVE(r, by_pid);
	if (r->ended)
		TAILQ_REMOVE(&ended, r, by_end);
	TAILQ_REMOVE(&lanes[r->lane].runs, r, by_age);
	lanes[r->lane].bytes -= sizeof(*r);
	count--;
	image_unref(r->image);
	free(r);
}

/* The oldest of those who have most. */
static bool
forget_one(void)
{
	struct lane	*most = NULL;

	for (unsigned i = 0; i < LANES; i++)
		if (lanes[i].begun && !TAILQ_EMPTY(&lanes[i].runs) &&
		    (most == NULL || lanes[i].bytes > most->bytes))
			most = &lanes[i];
	if (most == NULL)
		return false;
	run_free(TAILQ_FIRST(&most->runs));
	return true;
}

static void
run_end(struct run *r, int64_t now_ms)
{
	if (r->current)
		LIST_REMOVE(r, by_pid);
	r->current = false;
	if (r->ended)
		return;
	r->ended = true;
	r->ended_ms = now_ms;
	TAILQ_INSERT_TAIL(&ended, r, by_end);
}

/* Takes over a reference of the image. */
static void
run_new(const struct kernel_event *e, struct image *image, int64_t now_ms)
{
	const struct kernel_process	*p = &e->sender.process;
	struct run			*r = runs_current(p->tgid);
	struct lane			*l;

	if (r != NULL)
		run_end(r, now_ms);
	while ((count >= RUNS_MAX || image_bytes > IMAGES_BYTES) && forget_one())
		continue;
	if ((r = calloc(1, sizeof(*r))) == NULL)
		fatal("memory for a program");
	r->process = *p;
	r->parent = e->parent;
	r->image = image;
	r->lane = lanes_of(e->sender.program.uid);
	r->current = true;
	l = &lanes[r->lane];
	if (!l->begun)
		TAILQ_INIT(&l->runs);
	l->begun = true;
	l->bytes += sizeof(*r);
	TAILQ_INSERT_TAIL(&l->runs, r, by_age);
	LIST_INSERT_HEAD(by_key(p->tgid, p->start_ns, p->exec), r, by_key);
	LIST_INSERT_HEAD(&pids[p->tgid % BUCKETS], r, by_pid);
	count++;
}

/* The mount is that of the file which the parent's memory is said to run by now. */
static bool
same_file(const struct kernel_program *a, const struct kernel_program *b)
{
	return a->ino == b->ino && a->dev == b->dev;
}

void
runs_fork(const struct kernel_event *e, int64_t now_ms)
{
	const struct run	*parent = runs_current(e->parent);
	struct image		*i;

	if (e->sender.program.ino == 0)
		return;		/* a thread of the kernel */
	if (parent != NULL && parent->process.exec == e->sender.process.exec &&
	    same_file(&parent->image->program, &e->sender.program)) {
		i = parent->image;
		i->refs++;
	} else		/* begun before anybody told: its name is not known */
		i = image_new(&e->sender.program, "", 0, 0);
	run_new(e, i, now_ms);
}

/* Monotonic nanoseconds to those of the wall clock. */
static uint64_t
wall_ns(uint64_t at_ns)
{
	struct timespec	real, mono;

	(void)clock_gettime(CLOCK_REALTIME, &real);
	(void)clock_gettime(CLOCK_MONOTONIC, &mono);
	return at_ns + (uint64_t)(real.tv_sec - mono.tv_sec) * 1000000000 + (uint64_t)(real.tv_nsec - mono.tv_nsec);
}

static bool
in_admin_groups(const struct kernel_exec *e)
{
	const struct gid_list	*admins = origin_admin_groups();

	for (unsigned i = 0; i < e->groups; i++)
		for (unsigned k = 0; k < admins->count; k++)
			if (e->gid[i] == admins->gid[k])
				return true;
	return false;
}

void
runs_exec(const struct kernel_exec *e, int64_t now_ms)
{
	const struct kernel_program	*p = &e->event.sender.program;
	struct image			*i = image_new(p, e->text, e->path_len, e->cgroup_len);
	struct image			**there = &cgroups[p->cgroup % CGROUPS];

	i->file_uid = e->file_uid;
	i->deleted = e->links == 0;
	i->fresh = (int64_t)(wall_ns(e->event.at_ns) - (uint64_t)p->ctime_ns) < FRESH_NS;
	i->admin = in_admin_groups(e);
	if (i->cgroup_len > 0 && (*there == NULL || (*there)->program.cgroup != p->cgroup)) {
		image_unref(*there);
		*there = i;
		i->refs++;
	}
	run_new(&e->event, i, now_ms);
}

void
runs_exit(const struct kernel_event *e, int64_t now_ms)
{
	struct run	*r = runs_current(e->sender.process.tgid);

	if (r != NULL)
		run_end(r, now_ms);
}

void
runs_unsure(int64_t now_ms)
{
	struct run	*r;

	for (unsigned i = 0; i < BUCKETS; i++)
		while ((r = LIST_FIRST(&pids[i])) != NULL)
			run_end(r, now_ms);
}

void
runs_expire(int64_t now_ms)
{
	struct run	*r, *next;

	for (r = TAILQ_FIRST(&ended); r != NULL && now_ms - r->ended_ms > RUNS_KEEP_MS; r = next) {
		next = TAILQ_NEXT(r, by_end);
		run_free(r);
	}
}

void
runs_removed(struct proc *p)
{
	struct run	*r = p->id != 0 ? runs_current(p->pid) : NULL;

	if (r == NULL || r->live_id != p->id || r->named != NULL)
		return;
	r->named = p;
	proc_pin(p);
}

void
runs_forget_names(void)
{
	struct run	*r;

	for (unsigned i = 0; i < LANES; i++) {
		if (!lanes[i].begun)
			continue;
		for (r = TAILQ_FIRST(&lanes[i].runs); r != NULL; r = TAILQ_NEXT(r, by_age)) {
			r->live_id = 0;
			if (r->named != NULL)
				r->named->id = r->named->last_id = 0;
			run_unname(r);
		}
	}
}
