/*
 * Identity of processes. Called by search.c (each answer), sweep.c and
 * events.c. Facts come from the kernel; names within them are the program's
 * choice and are passed on as bytes.
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "digest.h"
#include "identity.h"
#include "origin.h"
#include "procfs.h"
#include "reader.h"
#include "runs.h"
#include "sandbox.h"
#include "wanted.h"

#define FRESH_US	5000	/* tracer, real uid, rights and cgroup are at most this old */
#define RETRY_US	1000000	/* until a program that could not be proven in time is tried again */

/* Capabilities that administer the machine, not just one service's needs. */
#define CAP(n)		(UINT64_C(1) << (n))
#define ADMIN_CAPS	(CAP(0) | CAP(1) | CAP(2) | CAP(3) | CAP(6) | CAP(7) | CAP(8) | CAP(12) | CAP(16) | \
			 CAP(17) | CAP(19) | CAP(21) | CAP(27) | CAP(31) | CAP(32) | CAP(33) | CAP(38) | \
			 CAP(39) | CAP(40))

/* Facts on their way to an id. */
struct draft {
	TAILQ_ENTRY(draft)	entry;
	struct proc		*proc;		/* pinned */
	uint64_t		 seq;
	uint64_t		 changing;
	bool			 same_file;
	uint32_t		 wanted;	/* wanted_serial() when the reader was asked */
	struct process		 facts;
};

TAILQ_HEAD(draft_list, draft);

static struct draft_list		drafts = TAILQ_HEAD_INITIALIZER(drafts);
static const struct identity_ops	*ops;
static uint32_t				generation, counter;

uint64_t
identity_admin_caps(uint64_t caps)
{
	return caps & ADMIN_CAPS;
}

void
identity_init(const struct identity_ops *o)
{
	ops = o;
	digest_key();
}

/* A pagemap read at an odd place: EINVAL while the memory is in use, the file's end after. */
bool
memory_alive(int pagemap)
{
	char	byte;

	return pread(pagemap, &byte, 1, 0) == -1;
}

/* That a process without an id has ended is told by the last that it had. */
static void
retire(struct proc *p)
{
	bool	ended = p->dead && (p->id != 0 || p->last_id != 0) && !proc_lives(p);

	if (p->id != 0)
		p->last_id = p->id;
	else if (!ended)
		return;
	ops->gone(p->last_id, ended);
	p->id = 0;
}

void
identity_generation(uint32_t g)
{
	struct proc	*p;

	runs_forget_names();
	generation = g;
	counter = 0;
	for (p = TAILQ_FIRST(processes_all()); p != NULL; p = TAILQ_NEXT(p, by_use))
		p->id = p->last_id = 0;
}

void
identity_end(struct proc *p)
{
	retire(p);
}

void
identity_doubt(struct proc *p)
{
	p->checked_us = INT64_MIN / 2;
}

void
identity_left(struct proc *p)
{
	if (p->mm == -1)	/* else its memory shows it */
		p->exe_dev = p->exe_ino = p->exe_mount = 0;
}

bool
identity_same_file(const struct proc *p)
{
	return p->draft == NULL || p->draft->same_file;
}

bool
identity_cgroup(struct proc *p, char cgroup[CGROUP_BYTES], uint16_t *cgroup_len, bool *unified)
{
	char			name[40], buf[8192];
	struct cgroup_facts	c;
	int			dir = proc_dir(p);
	ssize_t			len;

	*unified = false;
	*cgroup_len = 0;
	if (dir == -1)
		return false;
	len = procfs_read(dir, proc_path(p, "cgroup", name, sizeof(name)), buf, sizeof(buf));
	if (len == -1)
		return errno == ENOENT && proc_alive(p);
	if (parse_cgroup(buf, (size_t)len, &c) == 0)
		*cgroup_len = (uint16_t)origin_cgroup_name(&c, cgroup, CGROUP_BYTES, unified);
	return true;
}

/* Programs choose how many groups the kernel lists, up to 65,536. */
bool
identity_status(struct proc *p, struct status_facts *s)
{
	static char	buf[1u << 20];
	char		name[40];
	int		dir = proc_dir(p);
	ssize_t		len = dir == -1 ? -1 : procfs_read(dir, proc_path(p, "status", name, sizeof(name)), buf, sizeof(buf));

	return len > 0 && parse_status(buf, (size_t)len, origin_admin_groups(), s) == 0;
}

/* In a user namespace of its own a process has every right, and none that matters here. */
static bool
other_user_namespace(struct proc *p)
{
	uint64_t	inode = proc_namespace(p, "user");

	return origin_user_namespace() != 0 && inode != 0 && inode != origin_user_namespace();
}

/* What may change without exec. unified: of the cgroup. False: the process ended. */
static bool
read_changing(struct proc *p, struct process *f, uint64_t *hash, bool *unified)
{
	struct status_facts	s;
	struct digest		h;

	if (!identity_status(p, &s) || !identity_cgroup(p, f->cgroup, &f->cgroup_len, unified))
		return false;
	f->uid = s.uid;
	f->flags = s.tracer != 0 ? PROCESS_TRACED : 0;
	if (s.uid == 0 || s.euid == 0 || s.in_groups)
		f->flags |= PROCESS_ADMIN;
	s.caps = identity_admin_caps(s.caps);
	digest_begin(&h);
	digest_add(&h, &f->uid, sizeof(f->uid));
	digest_add(&h, &f->flags, sizeof(f->flags));
	digest_add(&h, &s.caps, sizeof(s.caps));
	digest_add(&h, f->cgroup, f->cgroup_len);
	*hash = digest_end(&h);
	if (s.caps != 0 && !other_user_namespace(p))
		f->flags |= PROCESS_ADMIN;
	return true;
}

static bool
ends_deleted(const struct process *f)
{
	static const char	end[] = " (deleted)";
	size_t			len = sizeof(end) - 1;

	return f->path_len >= len && memcmp(f->path + f->path_len - len, end, len) == 0;
}

/* Its file. False: it has none (any more). */
static bool
read_file(struct proc *p, int dir, struct process *f)
{
	char		name[40];
	const char	*exe = proc_path(p, "exe", name, sizeof(name));
	struct statx	sx;
	ssize_t		len;

	if (procfs_stat(dir, exe, true, &sx) == -1)
		return false;
	len = readlinkat(dir, exe, f->path, sizeof(f->path) - 1);
	f->path_len = len > 0 ? (uint16_t)len : 0;	/* longer than the kernel can say: no path */
	f->path[f->path_len] = '\0';
	f->dev = procfs_dev(&sx);
	f->ino = sx.stx_ino;
	f->ctime_ns = sx.stx_ctime.tv_sec * INT64_C(1000000000) + sx.stx_ctime.tv_nsec;
	f->file_uid = sx.stx_uid;
	if (sx.stx_nlink == 0)
		f->flags |= PROCESS_DELETED;
	return true;
}

static void
ask_reader(struct draft *d)
{
	static struct reader_question	q;
	const struct process		*f = &d->facts;

	q.pid = f->pid;
	q.stand_in = d->proc->stand_in;
	q.uid = f->uid;
	q.start = f->start;
	q.dev = f->dev;
	q.ino = f->ino;
	q.hints = d->facts.hints.read = wanted_path(f->path, f->path_len);
	d->wanted = wanted_serial();
	q.deleted = (f->flags & PROCESS_DELETED) != 0 || ends_deleted(f) || f->path_len == 0;
	memset(q.path, 0, sizeof(q.path));
	memcpy(q.path, f->path, f->path_len);
	q.past = false;
	d->seq = reader_ask(&q);
}

/* Is this path still the file that was run? Of what is gone nothing else can be asked. */
static void
ask_reader_past(struct draft *d, uint32_t mount, bool provable)
{
	static struct reader_question	q;
	const struct process		*f = &d->facts;

	memset(&q, 0, sizeof(q));
	q.past = true;
	q.pid = f->pid;
	q.uid = f->uid;
	q.start = f->start;
	q.dev = f->dev;
	q.ino = f->ino;
	q.mount = mount;
	q.ctime_ns = f->ctime_ns;
	q.deleted = !provable;
	memcpy(q.path, f->path, f->path_len);
	d->wanted = wanted_serial();
	d->seq = reader_ask(&q);
}

static uint64_t
class_of(const struct process *f)
{
	uint32_t	flags = f->flags & ~(uint32_t)PROCESS_PRELOAD;
	struct digest	h;

	digest_begin(&h);
	digest_add(&h, &f->uid, sizeof(f->uid));
	digest_add(&h, &flags, sizeof(flags));
	digest_add(&h, &f->dev, sizeof(f->dev));
	digest_add(&h, &f->ino, sizeof(f->ino));
	digest_add(&h, &f->ctime_ns, sizeof(f->ctime_ns));
	digest_add(&h, &f->path_len, sizeof(f->path_len));
	digest_add(&h, f->path, f->path_len);
	digest_add(&h, f->cgroup, f->cgroup_len);
	/* Not all arguments: those of servers say what each process does just now. */
	for (unsigned i = 0; i < f->hints.scripts; i++)
		digest_add(&h, f->hints.script[i].path, f->hints.script[i].path_len);
	return digest_end(&h);
}

static uint64_t
path_digest(const struct process *f)
{
	struct digest	h;

	digest_begin(&h);
	digest_add(&h, f->path, f->path_len);
	return digest_end(&h);
}

/* The facts are whole: they get an id. */
static void
draft_end(struct draft *d)
{
	struct proc	*p = d->proc;

	d->facts.id = (uint64_t)generation << 32 | ++counter;
	p->id = d->facts.id;
	p->class = class_of(&d->facts);
	p->uid = d->facts.uid;
	p->changing = d->changing;
	p->hinted = d->facts.hints.read;
	p->wanted = d->wanted;
	p->path = path_digest(&d->facts);
	p->checked_us = clock_us();
	p->draft = NULL;
	TAILQ_REMOVE(&drafts, d, entry);
	ops->announce(&d->facts);
	free(d);
	ops->ready(p);
	proc_unpin(p);
}

static struct draft *
draft_gather(struct proc *p)
{
	struct draft	*d = calloc(1, sizeof(*d));
	uint64_t	 dev = p->exe_dev, ino = p->exe_ino;
	bool		 unified;
	int		 dir;

	if (d == NULL)
		fatal("memory for a process");
	if (!proc_restat(p) || (dir = proc_dir(p)) == -1 ||
	    !read_changing(p, &d->facts, &d->changing, &unified))
		goto gone;
	if (p->kthread)
		d->facts.flags |= PROCESS_KERNEL;
	else if (p->zombie || !read_file(p, dir, &d->facts))
		goto gone;
	d->facts.pid = p->pid;
	d->facts.ppid = p->ppid;
	d->facts.start = p->start;
	d->same_file = p->exe_dev == dev && p->exe_ino == ino && d->facts.dev == dev &&
	    d->facts.ino == ino;
	/* What is compared later is the file that the facts name, also if there was an exec just now. */
	if (p->exe_dev != d->facts.dev || p->exe_ino != d->facts.ino)
		p->exe_mount = 0;
	p->exe_dev = d->facts.dev;
	p->exe_ino = d->facts.ino;
	if (!unified)
		d->facts.flags |= PROCESS_NAMED_CGROUP;
	origin_rate_cgroup(&d->facts, unified);
	d->facts.netns = proc_namespace(p, "net");
	/* Here, too: it can keep the reader waiting. */
	if (origin_mount_namespace() != 0 && proc_namespace(p, "mnt") != origin_mount_namespace())
		d->facts.flags |= PROCESS_OWN_MOUNTS;
	return d;
gone:
	free(d);
	return NULL;
}

/* False: the process is gone. */
static bool
draft_begin(struct proc *p)
{
	struct draft	*d = draft_gather(p);

	if (d == NULL)
		return false;
	d->proc = p;
	p->draft = d;
	proc_pin(p);
	TAILQ_INSERT_TAIL(&drafts, d, entry);	/* mostly the oldest is answered first */
	if (p->kthread)
		draft_end(d);
	else
		ask_reader(d);
	return true;
}

struct proc *
identity_past(const struct process *f, uint32_t mount, bool provable)
{
	struct draft	*d = calloc(1, sizeof(*d));
	struct proc	*p = proc_past(f->pid);

	if (d == NULL)
		fatal("memory for a process");
	d->facts = *f;
	p->start = f->start;
	d->proc = p;
	p->draft = d;
	proc_pin(p);
	TAILQ_INSERT_TAIL(&drafts, d, entry);
	ask_reader_past(d, mount, provable);
	return p;
}

void
identity_answered(const struct reader_answer *a, const struct process_hints *hints, int mm)
{
	struct draft	*d;

	TAILQ_FOREACH(d, &drafts, entry)
		if (d->seq == a->seq)
			break;
	if (d == NULL) {
		if (mm != -1)
			close(mm);
		return;
	}
	d->facts.flags |= a->flags;
	if (a->file.ino != 0) {	/* of one that is past: as it stands there */
		d->facts.dev = a->file.dev;
		d->facts.ino = a->file.ino;
		d->facts.file_uid = a->file.uid;
	}
	d->facts.command_len = a->command_len;
	memcpy(d->facts.command, a->command, a->command_len);
	if (d->facts.hints.read) {
		d->facts.hints = *hints;
		d->facts.hints.read = true;
	}
	d->proc->retry_us = a->flags == 0 && mm == -1 && !a->changed ? clock_us() + RETRY_US : 0;
	d->proc->seen = !a->changed;
	if (d->proc->dead && mm != -1) {
		close(mm);
		mm = -1;
	}
	if (!d->proc->dead)
		proc_set_mm(d->proc, mm);
	draft_end(d);
}

/* It left the program behind that the id names: is there another, or did it end? */
static bool
another_runs(struct proc *p)
{
	return proc_restat(p) && !p->zombie && p->exe_ino != 0;
}

/*
 * Memory that lives on means no exec, but where a child forked by vfork() uses
 * its parent's; and where the kernel gives no pagemap there is only the file.
 */
bool
identity_runs(struct proc *p)
{
	struct statx	sx;
	char		name[40];
	int		dir;

	if (p->mm != -1 && !memory_alive(p->mm))
		return !another_runs(p);
	if (p->mm != -1 && !p->noexec)
		return true;
	dir = proc_dir(p);
	if (dir == -1 || procfs_stat(dir, proc_path(p, "exe", name, sizeof(name)), true, &sx) == -1)
		return p->kthread || !another_runs(p);
	return procfs_dev(&sx) == p->exe_dev && sx.stx_ino == p->exe_ino;
}

/* /proc/PID belongs to the effective user; one that ended, or is not kept open, has not changed. */
bool
identity_same_user(const struct proc *p)
{
	struct stat	st;

	return p->dir == -1 || fstat(p->dir, &st) == -1 ||
	    (st.st_uid == p->euid && st.st_gid == p->egid);
}

static bool
facts_same(struct proc *p)
{
	static struct process	f;
	struct stat		st;
	uint64_t		hash;
	bool			unified;
	int64_t			now = clock_us();

	if (now - p->checked_us <= FRESH_US && identity_same_user(p))
		return true;
	if (p->retry_us != 0 && now > p->retry_us)
		return false;
	if (!read_changing(p, &f, &hash, &unified))
		return !proc_restat(p) || p->zombie;
	if (fstat(p->dir, &st) == 0) {
		p->euid = st.st_uid;
		p->egid = st.st_gid;
	}
	p->checked_us = now;
	return hash == p->changing;
}

/*
 * It was told without hints, and by another list: are they wanted now? Where its file has another
 * name by now, what was told before can't be compared: true.
 */
static bool
lacks_hints(struct proc *p)
{
	static struct process	f;
	int			dir;

	if (p->hinted || p->kthread || p->wanted == wanted_serial())
		return false;
	if ((dir = proc_dir(p)) == -1 || !read_file(p, dir, &f))
		return false;
	if (path_digest(&f) != p->path || wanted_path(f.path, f.path_len))
		return true;
	p->wanted = wanted_serial();
	return false;
}

enum identity
identity_check(struct proc *p, uint64_t *stale)
{
	bool	same;

	*stale = 0;
	if (p->draft != NULL)
		return IDENTITY_WAIT;
	if (p->dead)
		return p->id != 0 ? IDENTITY_KNOWN : IDENTITY_GONE;
	if (p->id != 0) {
		same = identity_runs(p);
		if (same && facts_same(p) && !lacks_hints(p))
			return IDENTITY_KNOWN;
		if (!same)
			*stale = p->id;
		retire(p);
	}
	if (!draft_begin(p))
		return IDENTITY_GONE;
	return p->draft != NULL ? IDENTITY_WAIT : IDENTITY_KNOWN;
}
