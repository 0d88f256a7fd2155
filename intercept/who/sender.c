/*
 * See sender.h. Called by question.c. The kernel's note and what it told of processes
 * are believed; what /proc says now is believed only if it is about the same execution:
 * nothing was told of another one, and file and user are those of the note.
 */
#include <sys/sysmacros.h>

#include <string.h>

#include "events.h"
#include "identity.h"
#include "origin.h"
#include "procfs.h"
#include "runs.h"
#include "sender.h"
#include "wanted.h"

#define TRIES_MAX	8
#define UNTOLD_MAX	3	/* times that the reader may have no time for one question */
#define DELETED		" (deleted)"	/* as /proc has it */

static uint64_t
stat_dev(uint32_t kernel_dev)
{
	return makedev(kernel_dev >> 20, kernel_dev & 0xfffff);
}

/* The process, if it is there and nothing was told of another program in it. */
static struct proc *
living(const struct who_sender *s)
{
	const struct run	*now = runs_current(s->pid);
	struct proc		*p;

	if (now != NULL && (now->process.start_ns != s->start_ns || now->process.exec != s->exec))
		return NULL;
	p = processes_find(s->pid);
	return p != NULL && p->start == ticks(s->start_ns) ? p : NULL;
}

/* File systems may show stat(2) another device than their own; then the mount says the same. */
static bool
fits(const struct proc *p, const struct who_sender *s)
{
	return !s->traced && p->uid == s->uid && p->exe_ino == s->ino &&
	    (p->exe_dev == stat_dev(s->dev) || (p->exe_mount != 0 && p->exe_mount == s->mount));
}

bool
sender_runs(const struct who_sender *s, const struct proc *p)
{
	const struct proc	*now = living(s);

	return now != NULL && now == p && now->seen && !s->traced && now->uid == s->uid && now->exe_ino == s->ino;
}

static bool
same_file(const struct kernel_program *p, const struct who_sender *s)
{
	return p->ino == s->ino && p->dev == s->dev && p->mount == s->mount;
}

static bool
own_user_namespace(const struct who_sender *s)
{
	return origin_user_namespace() != 0 && s->user_ns != origin_user_namespace();
}

static uint32_t
flags_of(const struct image *i, const struct who_sender *s)
{
	uint32_t	flags = s->traced ? PROCESS_TRACED : 0;

	if (i->deleted)
		flags |= PROCESS_DELETED;
	if (s->uid == 0 || s->euid == 0 || i->admin ||
	    (identity_admin_caps(s->caps) && !own_user_namespace(s)))
		flags |= PROCESS_ADMIN;
	if (origin_mount_namespace() != 0 && s->mount_ns != origin_mount_namespace())
		flags |= PROCESS_OWN_MOUNTS;
	return flags;
}

/* False: its name is not known, or too long. */
static bool
set_cgroup(struct process *f, const struct who_sender *s)
{
	struct cgroup_facts	c = { 0 };
	bool			unified;

	c.unified_len = runs_cgroup(s->cgroup, &c.unified);
	if (c.unified_len == 0)
		return false;
	if (c.unified_len == 1 && origin_named_cgroups())	/* the other hierarchy has the names */
		return true;
	f->cgroup_len = (uint16_t)origin_cgroup_name(&c, f->cgroup, sizeof(f->cgroup), &unified);
	origin_rate_cgroup(f, unified);
	return f->cgroup_len > 0;
}

static bool
set_path(struct process *f, const struct image *i)
{
	size_t	end = i->deleted ? sizeof(DELETED) - 1 : 0;

	if (i->path_len == 0 || i->path_len + end >= sizeof(f->path))
		return false;
	memcpy(f->path, i->text, i->path_len);
	memcpy(f->path + i->path_len, DELETED, end);
	f->path_len = (uint16_t)(i->path_len + end);
	f->path[f->path_len] = '\0';
	return true;
}

/*
 * False: not all that a rule may be about is known of it. Of one whose memory is said to run another file by now, which
 * the kernel tells as traced, it is what it began as.
 */
static bool
facts_of(const struct run *r, const struct who_sender *s, struct process *f)
{
	const struct image	*i = r->image;
	bool			 same = same_file(&i->program, s);

	memset(f, 0, sizeof(*f));
	/* What it was given to run can't be read any more, and may tighten. */
	if ((!same && !s->traced) || !set_path(f, i) || wanted_path(f->path, f->path_len))
		return false;
	f->pid = s->pid;
	f->ppid = r->parent;
	f->uid = s->uid;
	f->start = ticks(s->start_ns);
	f->dev = stat_dev(i->program.dev);
	f->ino = i->program.ino;
	f->ctime_ns = same ? s->ctime_ns : i->program.ctime_ns;
	f->file_uid = i->file_uid;
	f->flags = flags_of(i, s);
	return set_cgroup(f, s);
}

/* All that changes what an id stands for. */
static bool
same_facts(const struct who_sender *a, const struct who_sender *b)
{
	return a->uid == b->uid && a->euid == b->euid && a->traced == b->traced && a->cgroup == b->cgroup &&
	    a->user_ns == b->user_ns && a->mount_ns == b->mount_ns && a->ctime_ns == b->ctime_ns &&
	    identity_admin_caps(a->caps) == identity_admin_caps(b->caps) && same_file(
	    &(struct kernel_program){ .ino = a->ino, .dev = a->dev, .mount = a->mount }, b);
}

/* One that could not be proven in time is tried again. */
static bool
still_counts(const struct proc *p)
{
	return p->draft != NULL || (p->id != 0 && p->retry_us == 0);
}

/* What it was, by what was told; pinned by its run. */
static struct proc *
gone_by(struct run *r, const struct who_sender *s)
{
	static struct process	f;
	bool			provable = !r->image->fresh && !r->image->deleted && !own_user_namespace(s) &&
				    same_file(&r->image->program, s);

	if (r->named != NULL && same_facts(&r->as, s) && still_counts(r->named))
		return r->named;
	if (!facts_of(r, s, &f))
		return NULL;
	run_unname(r);
	r->named = identity_past(&f, s->mount, provable);
	r->as = *s;
	return r->named;
}

/* Sets proc, pinned. NULL: nobody. */
static void
choose(struct sending *q)
{
	struct run	*r;

	if (!q->past && (q->proc = living(&q->s)) != NULL) {
		proc_pin(q->proc);
		return;
	}
	q->past = true;
	r = runs_find(q->s.pid, q->s.start_ns, q->s.exec);
	if (r != NULL && (q->proc = gone_by(r, &q->s)) != NULL)
		proc_pin(q->proc);
}

/* The facts are there: are they about what was noted? Of a living process its run keeps the name. */
static bool
counts(struct sending *q)
{
	struct run	*r;

	/* There will be no other time. */
	if (q->proc->dead && q->proc->retry_us != 0 && q->untold++ < UNTOLD_MAX)
		return false;
	if (q->past)
		return true;
	events_drain();
	/* It ended, or called exec, while it was looked at: a path alone proves nothing. */
	if (!q->proc->seen)
		return false;
	if ((!q->proc->dead && living(&q->s) != q->proc) || !fits(q->proc, &q->s))
		return false;
	if ((r = runs_find(q->s.pid, q->s.start_ns, q->s.exec)) == NULL)
		return true;
	if (r->image->program.ino != q->s.ino || r->image->program.dev != q->s.dev)
		return false;
	r->live_id = q->proc->id;
	if (r->named == NULL)
		r->as = q->s;
	return true;
}

bool
sender_known(struct sending *q)
{
	uint64_t	stale;

	while (q->tries++ < TRIES_MAX) {
		if (q->proc == NULL)
			choose(q);
		if (q->proc == NULL)
			return true;
		switch (identity_check(q->proc, &stale)) {
		case IDENTITY_WAIT:
			q->tries--;
			return false;
		case IDENTITY_KNOWN:
			if (counts(q))
				return true;
			break;
		case IDENTITY_GONE:
			if (q->past)
				q->tries = TRIES_MAX;
			break;
		}
		sender_end(q);
		q->past = true;
	}
	sender_end(q);
	return true;
}

void
sender_end(struct sending *q)
{
	if (q->proc != NULL)
		proc_unpin(q->proc);
	q->proc = NULL;
}
