/*
 * The table of processes. Used by all of whod. Trusts the kernel's list; the
 * descriptors it keeps are bounded, the longest unused are closed first.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parse.h"
#include "processes.h"
#include "procfs.h"
#include "sandbox.h"

#define BUCKETS		8192u
#define RELIST_MS	1000	/* pids cannot wrap around unseen in this time */
#define PID_MAX		32768	/* what most kernels begin with */
#define STAT_BYTES	65536
#define LIST_BYTES	16384

static struct proc_list		buckets[BUCKETS];
static struct proc_queue	all = TAILQ_HEAD_INITIALIZER(all);
static struct proc_queue	hot = TAILQ_HEAD_INITIALIZER(hot);
static struct proc_queue	fresh = TAILQ_HEAD_INITIALIZER(fresh);
static processes_end_fn	*on_removed, *on_freed;
static unsigned			count;
static int			loadavg = -1, forks_fd = -1;
static bool			cut;		/* somebody who exists had to be forgotten */
static bool			unwrapped;	/* since the last list no number can have been used twice */
static bool			pids_match;	/* our pid namespace is that of /proc */
static uint32_t			last_pid, own_pid, parent_pid, pid_max = PID_MAX;
static uint64_t			forks;		/* since boot, at listed_ms */
static int64_t			listed_ms = INT64_MIN / 2;	/* until then no number was used twice unseen */
static off_t			list_offset = -1;	/* position of pid N in the list is N + this */
static uint32_t			list_pass;

static struct proc_list *
bucket(uint32_t pid)
{
	return &buckets[pid % BUCKETS];
}

struct proc *
processes_find(uint32_t pid)
{
	struct proc	*p;

	for (p = LIST_FIRST(bucket(pid)); p != NULL; p = LIST_NEXT(p, by_pid))
		if (p->pid == pid)
			return p;
	return NULL;
}

unsigned
processes_count(void)
{
	return count;
}

bool
processes_complete(void)
{
	return !cut;
}

bool
processes_same_pids(void)
{
	return pids_match;
}

struct proc_queue *
processes_all(void)
{
	return &all;
}

struct proc_queue *
processes_hot(void)
{
	return &hot;
}

struct proc_queue *
processes_fresh(void)
{
	return &fresh;
}

void
proc_seen(struct proc *p)
{
	if (p->fresh)
		TAILQ_REMOVE(&fresh, p, by_age);
	p->fresh = false;
}

/* What loadavg says is of use only if "self" is this process: the same pid namespace. */
static bool
same_pid_namespace(void)
{
	char		link[16];
	ssize_t		len = readlinkat(procfs_root(), "self", link, sizeof(link));
	uint32_t	pid;

	return len > 0 && parse_pid(link, (size_t)len, &pid) == 0 && pid == (uint32_t)getpid();
}

static void
read_pid_max(void)
{
	char		buf[24];
	int		fd = openat(procfs_root(), "sys/kernel/pid_max", O_RDONLY | O_CLOEXEC);
	ssize_t		len = fd == -1 ? -1 : procfs_reread(fd, buf, sizeof(buf));

	if (fd != -1)
		close(fd);
	if (len > 0)
		(void)parse_pid(buf, (size_t)len - 1, &pid_max);
}

static bool
read_forks(void)
{
	static char	buf[STAT_BYTES];
	ssize_t		len = procfs_reread(forks_fd, buf, sizeof(buf));

	return len > 0 && parse_forks(buf, (size_t)len, &forks) == 0;
}

void
processes_init(processes_end_fn *removed, processes_end_fn *freed)
{
	on_removed = removed;
	on_freed = freed;
	own_pid = (uint32_t)getpid();
	parent_pid = (uint32_t)getppid();
	loadavg = openat(procfs_root(), "loadavg", O_RDONLY | O_CLOEXEC);
	forks_fd = openat(procfs_root(), "stat", O_RDONLY | O_CLOEXEC);
	(void)read_forks();
	read_pid_max();
	pids_match = loadavg != -1 && same_pid_namespace();
}

void
proc_adopt(struct proc *p, uint32_t ppid)
{
	struct proc	*parent = processes_find(ppid);

	if (p->parent != NULL)
		LIST_REMOVE(p, sibling);
	p->ppid = ppid;
	p->parent = parent;
	if (parent != NULL)
		LIST_INSERT_HEAD(&parent->children, p, sibling);
}

static void
proc_free(struct proc *p)
{
	proc_close(p);
	if (on_freed != NULL)
		on_freed(p);
	free(p);
}

void
proc_pin(struct proc *p)
{
	p->pins++;
}

void
proc_unpin(struct proc *p)
{
	if (--p->pins == 0 && p->dead)
		proc_free(p);
}

void
proc_remove(struct proc *p)
{
	struct proc	*child;

	if (p->dead)
		return;
	if (on_removed != NULL)
		on_removed(p);
	while ((child = LIST_FIRST(&p->children)) != NULL) {
		LIST_REMOVE(child, sibling);
		child->parent = NULL;
	}
	if (p->parent != NULL)
		LIST_REMOVE(p, sibling);
	p->parent = NULL;
	LIST_REMOVE(p, by_pid);
	TAILQ_REMOVE(&all, p, by_use);
	if (p->hot)
		TAILQ_REMOVE(&hot, p, by_hit);
	proc_seen(p);
	count--;
	p->dead = true;
	proc_close(p);
	if (p->pins == 0)
		proc_free(p);
}

struct proc *
proc_past(uint32_t pid)
{
	struct proc	*p = calloc(1, sizeof(*p));

	if (p == NULL)
		fatal("memory for a process");
	p->pid = pid;
	p->dir = p->mm = -1;
	p->last_fd = -1;
	p->dead = true;
	p->pins = 1;
	LIST_INIT(&p->children);
	LIST_INIT(&p->holds);
	return p;
}

/* The table is full: forgets the longest unused that nobody needs. */
static void
forget_one(void)
{
	static struct log_rate	 rate;
	struct proc		*p;

	for (p = TAILQ_LAST(&all, proc_queue); p != NULL;
	    p = TAILQ_PREV(p, proc_queue, by_use))
		if (p->pins == 0 && p->id == 0)
			break;
	if (p == NULL)
		p = TAILQ_LAST(&all, proc_queue);
	if (log_rate_ok(&rate, 1))
		log_warnx("more than %u processes: what is not found is unknown", PROCESSES_MAX);
	cut = true;
	proc_remove(p);
}

static struct proc *
proc_add(uint32_t pid)
{
	struct proc	*p;

	if (count >= PROCESSES_MAX)
		forget_one();
	if ((p = calloc(1, sizeof(*p))) == NULL)
		fatal("memory for a process");
	p->pid = pid;
	p->dir = p->mm = -1;
	p->last_fd = -1;
	p->looked_ms = INT64_MIN / 2;
	LIST_INIT(&p->children);
	LIST_INIT(&p->holds);
	LIST_INSERT_HEAD(bucket(pid), p, by_pid);
	TAILQ_INSERT_HEAD(&all, p, by_use);
	TAILQ_INSERT_HEAD(&fresh, p, by_age);
	p->fresh = true;
	count++;
	if (!proc_open(p)) {
		proc_remove(p);
		return NULL;
	}
	p->own = pid == own_pid;
	p->suite = pid == parent_pid || p->ppid == parent_pid;
	if (p->kthread || p->zombie || p->own)
		proc_seen(p);
	return p;
}

/*
 * One pid of the list. An entry of the same pid whose process has ended makes room for
 * the new one; numbers are used again only after the highest was given out.
 */
static void
list_pid(uint32_t pid)
{
	struct proc	*p = processes_find(pid);

	if (p != NULL && p->pass != list_pass && !(unwrapped && pid <= last_pid) && !proc_alive(p)) {
		proc_remove(p);
		p = NULL;
	}
	if (p == NULL)
		p = proc_add(pid);
	if (p != NULL)
		p->pass = list_pass;
}

static void
list_entries(const char *buf, ssize_t len, off_t *previous)
{
	for (ssize_t at = 0; at < len;) {
		const struct dirent64	*e = (const struct dirent64 *)(const void *)(buf + at);
		uint32_t		 pid;

		at += e->d_reclen;
		if (parse_pid(e->d_name, strlen(e->d_name), &pid) == 0) {
			/* An entry's offset is where the next one is looked for. */
			if (*previous > 0 && *previous > (off_t)pid)
				list_offset = *previous - (off_t)pid;
			list_pid(pid);
			*previous = e->d_off;
		}
	}
}

/* Goes through the list from this pid on. */
static void
list_from(uint32_t pid)
{
	static char	buf[LIST_BYTES] __attribute__((aligned(16)));
	off_t		previous = -1;
	ssize_t		len;

	if (lseek(procfs_list(), pid == 0 ? 0 : (off_t)pid + list_offset, SEEK_SET) == -1)
		fatal("/proc: lseek");
	while ((len = getdents64(procfs_list(), buf, sizeof(buf))) > 0)
		list_entries(buf, len, &previous);
	if (len == -1)
		fatal("/proc: getdents");
}

static bool
read_last_pid(uint32_t *pid)
{
	char	buf[128];
	ssize_t	len;

	if (!pids_match)
		return false;
	len = pread(loadavg, buf, sizeof(buf), 0);
	return len > 0 && parse_last_pid(buf, (size_t)len, pid) == 0;
}

/* So few tasks began since the last look that the numbers cannot have gone around. */
static bool
unused_twice(void)
{
	int64_t		now = clock_ms();
	uint64_t	before = forks;

	if (now - listed_ms < RELIST_MS)
		return true;
	if (!read_forks() || before == 0 || forks - before >= pid_max / 2)
		return false;
	listed_ms = now;
	return true;
}

static void
list_whole(void)
{
	struct proc	*p, *next;

	list_pass++;
	cut = false;
	list_from(0);
	for (p = TAILQ_FIRST(&all); p != NULL; p = next) {
		next = TAILQ_NEXT(p, by_use);
		if (p->pass != list_pass)
			proc_remove(p);
	}
	listed_ms = clock_ms();
}

void
processes_relist(void)
{
	uint32_t	newest = 0;
	bool		known = read_last_pid(&newest);

	unwrapped = known && last_pid > 0 && newest >= last_pid && unused_twice();
	list_whole();
	unwrapped = false;
	if (known)
		last_pid = newest;
}

void
processes_refresh(void)
{
	uint32_t	newest = 0;
	bool		known = read_last_pid(&newest);

	if (known && newest >= last_pid && list_offset > 0 && unused_twice()) {
		if (newest == last_pid)
			return;
		list_from(last_pid + 1);
	} else
		list_whole();
	if (known)
		last_pid = newest;
}

static void
proc_used(struct proc *p)
{
	if (TAILQ_FIRST(&all) == p)
		return;
	TAILQ_REMOVE(&all, p, by_use);
	TAILQ_INSERT_HEAD(&all, p, by_use);
}

void
proc_hit(struct proc *p, int fd)
{
	p->last_fd = fd;
	proc_used(p);
	if (TAILQ_FIRST(&hot) == p)
		return;
	if (p->hot)
		TAILQ_REMOVE(&hot, p, by_hit);
	TAILQ_INSERT_HEAD(&hot, p, by_hit);
	p->hot = true;
}
