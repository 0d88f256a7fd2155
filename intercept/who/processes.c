/*
 * The table of processes. Used by all of whod. Trusts the kernel's list; the
 * descriptors it keeps are bounded, the longest unused are closed first.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parse.h"
#include "processes.h"
#include "procfs.h"
#include "sandbox.h"

#define BUCKETS		8192u
#define RELIST_MS	1000	/* pids cannot wrap around unseen in this time */
#define LIST_BYTES	16384

static struct proc_list		buckets[BUCKETS];
static struct proc_queue	all = TAILQ_HEAD_INITIALIZER(all);
static struct proc_queue	hot = TAILQ_HEAD_INITIALIZER(hot);
static struct proc_queue	fresh = TAILQ_HEAD_INITIALIZER(fresh);
static processes_end_fn	*on_removed, *on_freed;
static unsigned			count, open_fds, budget = 512;
static int			loadavg = -1;
static bool			pids_match;	/* loadavg counts in the same pid namespace as /proc */
static uint32_t			last_pid, own_pid;
static int64_t			listed_ms = INT64_MIN / 2;
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

	LIST_FOREACH(p, bucket(pid), by_pid)
		if (p->pid == pid)
			return p;
	return NULL;
}

unsigned
processes_count(void)
{
	return count;
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

void
processes_set_budget(unsigned n)
{
	budget = n;
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

void
processes_init(processes_end_fn *removed, processes_end_fn *freed)
{
	on_removed = removed;
	on_freed = freed;
	own_pid = (uint32_t)getpid();
	loadavg = openat(procfs_root(), "loadavg", O_RDONLY | O_CLOEXEC);
	pids_match = loadavg != -1 && same_pid_namespace();
}

static void
close_one(int *fd)
{
	if (*fd == -1)
		return;
	close(*fd);
	*fd = -1;
	open_fds--;
}

static void
proc_close(struct proc *p)
{
	close_one(&p->dir);
	close_one(&p->sched);
	close_one(&p->mm);
}

/* Room for one more descriptor: takes it from who was not used for the longest time. */
static void
make_room(const struct proc *keep)
{
	struct proc	*p;

	if (open_fds + 3 <= budget)
		return;
	TAILQ_FOREACH_REVERSE(p, &all, proc_queue, by_use)
		if (p != keep && (p->dir != -1 || p->sched != -1 || p->mm != -1)) {
			proc_close(p);
			if (open_fds + 3 <= budget)
				return;
		}
}

static int
open_kept(struct proc *p, int dir, const char *name, int flags)
{
	int	fd;

	make_room(p);
	fd = openat(dir, name, flags | O_CLOEXEC);
	if (fd != -1)
		open_fds++;
	return fd;
}

static bool
read_stat(int dir, struct stat_facts *f)
{
	char	buf[1024];
	ssize_t	len = procfs_read(dir, "stat", buf, sizeof(buf));

	return len > 0 && parse_stat(buf, (size_t)len, f) == 0;
}

int
proc_dir(struct proc *p)
{
	struct stat_facts	f;
	char			name[24];

	if (p->dir != -1 || p->dead)
		return p->dir;
	number_put(name, p->pid);
	p->dir = open_kept(p, procfs_root(), name, O_PATH | O_DIRECTORY);
	if (p->dir != -1 && (!read_stat(p->dir, &f) || f.start != p->start))
		close_one(&p->dir);
	return p->dir;
}

bool
proc_ran(struct proc *p, uint64_t *ran)
{
	char	buf[64];
	ssize_t	len;
	int	dir;

	if (p->sched == -1) {
		if ((dir = proc_dir(p)) == -1)
			return false;
		p->sched = open_kept(p, dir, "schedstat", O_RDONLY);
		if (p->sched == -1)	/* a kernel without it: counts as having run */
			return *ran = p->ran + 1, proc_alive(p);
	}
	len = pread(p->sched, buf, sizeof(buf) - 1, 0);
	return len > 0 && parse_ran(buf, (size_t)len, ran) == 0;
}

bool
proc_alive(struct proc *p)
{
	struct statx	sx;
	int		dir = proc_dir(p);

	return dir != -1 && procfs_stat(dir, "stat", false, &sx) == 0;
}

/* The first thread that still runs, for a process whose main thread has ended. */
static uint32_t
find_stand_in(int dir)
{
	char		 buf[2048], name[40];
	uint32_t	 tid, found = 0;
	ssize_t		 len;
	int		 fd = openat(dir, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return 0;
	while (found == 0 && (len = getdents64(fd, buf, sizeof(buf))) > 0)
		for (ssize_t at = 0; at < len && found == 0;) {
			struct dirent64		*e = (struct dirent64 *)(void *)(buf + at);
			struct stat_facts	 f;
			char			 line[1024];
			ssize_t			 n;

			at += e->d_reclen;
			if (parse_pid(e->d_name, strlen(e->d_name), &tid) == -1)
				continue;
			(void)snprintf(name, sizeof(name), "%u/stat", tid);
			n = procfs_read(fd, name, line, sizeof(line));
			if (n > 0 && parse_stat(line, (size_t)n, &f) == 0 && f.state != 'Z' &&
			    f.state != 'X')
				found = tid;
		}
	close(fd);
	return found;
}

static void
adopt(struct proc *p, uint32_t ppid)
{
	struct proc	*parent = processes_find(ppid);

	if (p->parent != NULL)
		LIST_REMOVE(p, sibling);
	p->ppid = ppid;
	p->parent = parent;
	if (parent != NULL)
		LIST_INSERT_HEAD(&parent->children, p, sibling);
}

/* Which file it runs: two looks that agree saw no exec of another one in between. */
static void
read_exe(struct proc *p)
{
	struct statx	sx;
	char		name[40];

	p->exe_dev = p->exe_ino = 0;
	if (p->kthread || procfs_stat(p->dir, proc_path(p, "exe", name, sizeof(name)), true, &sx) == -1)
		return;
	p->exe_dev = procfs_dev(&sx);
	p->exe_ino = sx.stx_ino;
}

bool
proc_restat(struct proc *p)
{
	struct stat_facts	f;
	struct stat		st;
	int			dir = proc_dir(p);

	if (dir == -1 || !read_stat(dir, &f) || fstat(dir, &st) == -1 || f.state == 'X')
		return false;
	p->start = f.start;
	p->session = f.session;
	p->threads = f.threads;
	p->kthread = (f.flags & PF_KTHREAD) != 0;
	p->noexec = (f.flags & PF_FORKNOEXEC) != 0;
	p->zombie = f.state == 'Z' && f.threads <= 1;
	p->stand_in = 0;
	if (f.state == 'Z' && f.threads > 1) {
		p->stand_in = find_stand_in(dir);
		p->zombie = p->stand_in == 0;
	}
	read_exe(p);
	p->euid = st.st_uid;
	p->egid = st.st_gid;
	if (p->parent == NULL || p->ppid != f.ppid)
		adopt(p, f.ppid);
	return true;
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

/* The table is full: forgets the longest unused that nobody needs. */
static void
forget_one(void)
{
	static struct log_rate	 rate;
	struct proc		*p;

	TAILQ_FOREACH_REVERSE(p, &all, proc_queue, by_use)
		if (p->pins == 0 && p->id == 0)
			break;
	if (p == NULL)
		p = TAILQ_LAST(&all, proc_queue);
	if (log_rate_ok(&rate, 1))
		log_warnx("more than %u processes: answers take longer", PROCESSES_MAX);
	proc_remove(p);
}

static struct proc *
proc_add(uint32_t pid)
{
	struct proc	*p;
	char		 name[24];

	if (count >= PROCESSES_MAX)
		forget_one();
	if ((p = calloc(1, sizeof(*p))) == NULL)
		fatal("memory for a process");
	p->pid = pid;
	p->dir = p->sched = p->mm = -1;
	p->last_fd = -1;
	p->looked_ms = INT64_MIN / 2;
	LIST_INIT(&p->children);
	LIST_INIT(&p->holds);
	LIST_INSERT_HEAD(bucket(pid), p, by_pid);
	TAILQ_INSERT_HEAD(&all, p, by_use);
	TAILQ_INSERT_HEAD(&fresh, p, by_age);
	p->fresh = true;
	count++;
	number_put(name, pid);
	p->dir = open_kept(p, procfs_root(), name, O_PATH | O_DIRECTORY);
	if (p->dir == -1 || !proc_restat(p)) {
		proc_remove(p);
		return NULL;
	}
	p->own = pid == own_pid;
	if (p->kthread || p->zombie || p->own)
		proc_seen(p);
	return p;
}

/* One pid of the list. An entry of the same pid whose process has ended makes room for the new one. */
static void
list_pid(uint32_t pid)
{
	struct proc	*p = processes_find(pid);

	if (p != NULL && p->pass != list_pass && !proc_alive(p)) {
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

static void
list_whole(void)
{
	struct proc	*p, *next;

	list_pass++;
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
	uint32_t	newest;
	bool		known = read_last_pid(&newest);

	list_whole();
	if (known)
		last_pid = newest;
}

void
processes_refresh(void)
{
	uint32_t	newest = 0;
	bool		known = read_last_pid(&newest);

	if (known && clock_ms() - listed_ms < RELIST_MS && newest >= last_pid && list_offset > 0) {
		if (newest == last_pid)
			return;
		list_from(last_pid + 1);
	} else
		list_whole();
	if (known)
		last_pid = newest;
}

void
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

void
proc_set_mm(struct proc *p, int fd)
{
	close_one(&p->mm);
	p->mm = fd;
	if (fd != -1) {
		make_room(p);
		open_fds++;
	}
}

const char *
proc_path(const struct proc *p, const char *entry, char *buf, size_t size)
{
	if (p->stand_in == 0)
		return entry;
	(void)snprintf(buf, size, "task/%u/%s", p->stand_in, entry);
	return buf;
}
