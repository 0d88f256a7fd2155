/*
 * One entry of the table of processes: what is read below its /proc/PID, and
 * the descriptors kept open for that. They are bounded; the longest unused are
 * closed first and opened again when wanted. Used by all of whod.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "parse.h"
#include "processes.h"
#include "procfs.h"

#define KEPT	2	/* of a process, at most */

static unsigned	open_fds, budget = 512;

void
proc_set_budget(unsigned n)
{
	budget = n;
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

void
proc_close(struct proc *p)
{
	close_one(&p->dir);
	close_one(&p->mm);
}

/* Room for one more descriptor: takes it from who was not used for the longest time. */
static void
make_room(const struct proc *keep)
{
	struct proc	*p;

	if (open_fds + KEPT <= budget)
		return;
	for (p = TAILQ_LAST(processes_all(), proc_queue); p != NULL;
	    p = TAILQ_PREV(p, proc_queue, by_use))
		if (p != keep && (p->dir != -1 || p->mm != -1)) {
			proc_close(p);
			if (open_fds + KEPT <= budget)
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

int
proc_dir(struct proc *p)
{
	struct stat_facts	f;
	char			name[24];

	if (p->dir != -1 || p->dead)
		return p->dir;
	number_put(name, p->pid);
	p->dir = open_kept(p, procfs_root(), name, O_PATH | O_DIRECTORY);
	if (p->dir != -1 && (!procfs_facts(p->dir, "stat", &f) || f.start != p->start))
		close_one(&p->dir);
	return p->dir;
}

bool
proc_ran(struct proc *p, uint64_t *ran)
{
	/* The clock of all its threads, as clock_getcpuclockid() makes it: type 2 of CPU clocks. */
	clockid_t	clock = (clockid_t)(~p->pid << 3 | 2);
	struct timespec	t;

	if (!processes_same_pids())	/* then it counts as having run */
		return *ran = p->ran + 1, proc_alive(p);
	if (clock_gettime(clock, &t) == -1)
		return false;
	*ran = (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
	return true;
}

bool
proc_alive(struct proc *p)
{
	struct statx	sx;
	int		dir = proc_dir(p);

	return dir != -1 && procfs_stat(dir, "stat", false, &sx) == 0;
}

bool
proc_lives(const struct proc *p)
{
	struct stat_facts	f;
	char			name[40];

	(void)snprintf(name, sizeof(name), "%u/stat", p->pid);
	if (!procfs_facts(procfs_root(), name, &f))
		return errno != ENOENT && errno != ESRCH;
	return f.start == p->start && f.state != 'X' && (f.state != 'Z' || f.threads > 1);
}

/* Is this thread, named below the folder task, one that still runs? */
static bool
thread_runs(int task, const char *tid)
{
	struct stat_facts	f;
	char			name[40];

	(void)snprintf(name, sizeof(name), "%.20s/stat", tid);
	return procfs_facts(task, name, &f) && f.state != 'Z' && f.state != 'X';
}

/* A thread that still runs, for a process whose main thread has ended. */
static uint32_t
find_stand_in(int dir)
{
	char		 buf[2048] __attribute__((aligned(16)));
	uint32_t	 tid, found = 0;
	ssize_t		 len;
	int		 fd = openat(dir, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return 0;
	while (found == 0 && (len = getdents64(fd, buf, sizeof(buf))) > 0)
		for (ssize_t at = 0; at < len && found == 0;) {
			const struct dirent64	*e = (const void *)(buf + at);

			at += e->d_reclen;
			if (parse_pid(e->d_name, strlen(e->d_name), &tid) == 0 &&
			    thread_runs(fd, e->d_name))
				found = tid;
		}
	close(fd);
	return found;
}

/* Which file it runs: two looks that agree saw no exec of another one in between. */
static void
read_exe(struct proc *p)
{
	struct statx	sx;
	char		name[40];

	p->exe_dev = p->exe_ino = p->exe_mount = 0;
	if (p->kthread || procfs_stat(p->dir, proc_path(p, "exe", name, sizeof(name)), true, &sx) == -1)
		return;
	p->exe_dev = procfs_dev(&sx);
	p->exe_ino = sx.stx_ino;
	p->exe_mount = procfs_mount(&sx);
}

bool
proc_restat(struct proc *p)
{
	struct stat_facts	f;
	struct stat		st;
	int			dir = proc_dir(p);

	if (dir == -1 || !procfs_facts(dir, "stat", &f) || fstat(dir, &st) == -1 || f.state == 'X')
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
		proc_adopt(p, f.ppid);
	return true;
}

bool
proc_open(struct proc *p)
{
	char	name[24];

	number_put(name, p->pid);
	p->dir = open_kept(p, procfs_root(), name, O_PATH | O_DIRECTORY);
	return p->dir != -1 && proc_restat(p);
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
	return procfs_entry(p->stand_in, entry, buf, size);
}

uint64_t
proc_namespace(struct proc *p, const char *kind)
{
	char	entry[16], name[40];
	int	dir = proc_dir(p);

	(void)snprintf(entry, sizeof(entry), "ns/%s", kind);
	return dir == -1 ? 0 : procfs_namespace(dir, proc_path(p, entry, name, sizeof(name)), kind);
}
