/*
 * Descriptor tables. Used by search.c and sweep.c. Programs choose how many
 * descriptors there are and what their links say; only the kernel can make a
 * link "socket:[N]".
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "parse.h"
#include "procfs.h"
#include "scan.h"
#include "sockets.h"

#define RING_LINK	"anon_inode:[io_uring]"
#define LIST_BYTES	8192
#define PART_BYTES	1024	/* their entries in the folder */
#define PART		32u	/* descriptors that a sweep reads at a time */

static uint64_t	work;

struct table {
	struct proc	*proc;
	uint32_t	 tid;
	uint32_t	 stamp;
	uint32_t	 seen;		/* descriptors */
	uint32_t	 most;		/* to read of them; 0: all */
	uint32_t	 behind;	/* the first one behind those that were read */
	uint64_t	 want;
	bool		 met;
	bool		 ended;		/* the directory's end was seen */
	int		 dir;
};

/* "fd", or the table of a thread. */
static const char *
table_name(const struct proc *p, uint32_t tid, const char *entry, char *buf, size_t size)
{
	if (tid == 0)
		return proc_path(p, entry, buf, size);
	(void)snprintf(buf, size, "task/%u/%s", tid, entry);
	return buf;
}

/* Until Linux 6.14 a ring's files are listed by their bare names, and programs choose those. */
static bool	rings_list_sockets;

void
scan_init(void)
{
	char		release[65];
	unsigned	major, minor;

	rings_list_sockets = procfs_read(procfs_root(), "sys/kernel/osrelease", release, sizeof(release)) > 0 &&
	    sscanf(release, "%u.%u", &major, &minor) == 2 && (major > 6 || (major == 6 && minor >= 14));
}

struct ring {
	struct table	*table;
	int		 fd;
	bool		 in_files;
};

/* "    3: socket:[1234]" below "UserFiles:"; a file's own name cannot begin like that. */
static bool
ring_line(const char *line, size_t len, void *ctx)
{
	struct ring	*r = ctx;
	const char	*link = memmem(line, len, ": socket:[", 10);
	uint64_t	 inode;

	if (len > 10 && memcmp(line, "UserFiles:", 10) == 0)
		r->in_files = true;
	else if (len > 0 && line[0] != ' ')
		r->in_files = false;
	if (!r->in_files || link == NULL)
		return true;
	for (const char *c = line; c < link; c++)
		if ((*c < '0' || *c > '9') && *c != ' ')
			return true;
	link += 2;
	if (parse_socket_link(link, len - (size_t)(link - line), &inode) == 0) {
		sockets_hold(inode, r->table->proc, r->table->tid, -2 - r->fd, r->table->stamp);
		r->table->met |= inode == r->table->want;
	}
	return true;
}

/* Sockets that only an io_uring holds, as fixed files, are no descriptors: its fdinfo lists them. */
static void
scan_ring(struct table *t, int fd)
{
	static char	buf[65536];
	char		entry[40], name[80];
	struct ring	r = { .table = t, .fd = fd };
	ssize_t		len;
	int		dir = proc_dir(t->proc);

	if (!rings_list_sockets)
		return;
	(void)snprintf(entry, sizeof(entry), "fdinfo/%d", fd);
	len = procfs_read(dir, table_name(t->proc, t->tid, entry, name, sizeof(name)), buf,
	    sizeof(buf));
	if (len > 0)
		parse_lines(buf, (size_t)len, ring_line, &r);
}

bool
scan_probe(struct proc *p, uint32_t tid, int fd, uint64_t inode)
{
	char		name[64], *end;
	uint64_t	found;
	int		dir = proc_dir(p);

	if (dir == -1 || fd == -1)
		return false;
	work++;
	if (fd < -1) {
		struct table	t = { .proc = p, .tid = tid, .want = inode, .stamp = sockets_stamp() };

		scan_ring(&t, -2 - fd);
		return t.met;
	}
	if (tid == 0 && p->stand_in == 0)
		end = stpcpy(name, "fd/");
	else
		end = name + snprintf(name, 40, "task/%u/fd/", tid != 0 ? tid : p->stand_in);
	number_put(end, (uint64_t)fd);
	if (!procfs_socket(dir, name, &found))
		return false;
	if (found != inode) {
		sockets_hold(found, p, tid, fd, sockets_stamp());
		return false;
	}
	sockets_hold(inode, p, tid, fd, sockets_stamp());
	return true;
}

/* A thread's entry that is its process' too: the same table, most likely, and noted already. */
static bool
held_by_process(const struct table *t, uint64_t inode, int fd)
{
	const struct sock	*s = t->tid == 0 ? NULL : sockets_find(inode);
	const struct hold	*h;

	if (s == NULL)
		return false;
	for (h = LIST_FIRST(&s->holds); h != NULL; h = LIST_NEXT(h, of_socket))
		if (h->proc == t->proc && h->tid == 0 && (h->fd == fd || h->again))
			return true;
	return false;
}

/* False: this process may not be looked at, in none of its entries. */
static bool
table_entry(struct table *t, const char *name, uint32_t fd)
{
	char		link[LINK_BYTES];
	uint64_t	inode;
	ssize_t		len;

	work++;
	t->seen++;
	len = readlinkat(t->dir, name, link, sizeof(link));
	if (len <= 0)
		return len == 0 || errno != EACCES;
	if (parse_socket_link(link, (size_t)len, &inode) == 0) {
		if (!held_by_process(t, inode, (int)fd))
			sockets_hold(inode, t->proc, t->tid, (int)fd, t->stamp);
		t->met |= inode == t->want;
	} else if ((size_t)len == strlen(RING_LINK) && memcmp(link, RING_LINK, (size_t)len) == 0)
		scan_ring(t, (int)fd);
	return true;
}

/* Descriptors first..last; an entry's place in the directory is its number + 2. False: stopped or failed. */
static bool
table_range(struct table *t, uint32_t first, uint32_t last)
{
	static char	buf[LIST_BYTES] __attribute__((aligned(16)));
	ssize_t		len;

	if (lseek(t->dir, (off_t)first + 2, SEEK_SET) == -1)
		return false;
	/* The kernel makes an entry for each descriptor that it lists: no more than are wanted. */
	while ((len = getdents64(t->dir, buf, t->most != 0 ? PART_BYTES : sizeof(buf))) > 0)
		for (ssize_t at = 0; at < len;) {
			const struct dirent64	*e = (const void *)(buf + at);
			uint32_t		 fd;

			at += e->d_reclen;
			if (parse_pid(e->d_name, strlen(e->d_name), &fd) == -1 || fd > INT_MAX)
				continue;
			if (fd > last || (t->most != 0 && t->seen >= t->most)) {
				t->behind = fd;
				return true;
			}
			if (!table_entry(t, e->d_name, fd)) {
				t->ended = true;
				return true;
			}
			if (t->met && t->want != 0)
				return false;
		}
	t->ended = len == 0;
	return t->ended;
}

/*
 * How many threads it has now: a process of one cannot get a second one without
 * running itself. The kernel counts them as links of the folder "task".
 */
static void
note_threads(struct proc *p)
{
	struct statx	sx;
	int		dir = proc_dir(p);

	if (dir != -1 && procfs_stat(dir, "task", false, &sx) == 0 && sx.stx_nlink > 2)
		p->threads = sx.stx_nlink - 2;
}

static int
table_open(struct proc *p, uint32_t tid)
{
	char	name[64];
	int	dir = proc_dir(p), fd;

	if (dir == -1)
		return -1;
	fd = openat(dir, table_name(p, tid, "fd", name, sizeof(name)),
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd;
}

/* The table of a main thread that has ended is empty: from now on a thread stands in for it. */
static bool
leader_is_gone(struct proc *p, uint32_t seen)
{
	return seen == 0 && p->stand_in == 0 && proc_restat(p) && p->stand_in != 0;
}

bool
scan_table(struct proc *p, uint32_t tid, int from, uint64_t want)
{
	struct table	t = { .proc = p, .tid = tid, .want = want };
	uint32_t	first = from > 0 ? (uint32_t)from : 0;
	uint64_t	ran = p->ran;
	int64_t		begin = clock_us();
	bool		whole;

	if (p->kthread || p->zombie || p->own)
		return false;
	if (tid == 0 && !proc_ran(p, &ran))
		return false;
	if (tid == 0)
		note_threads(p);
	t.stamp = sockets_stamp();
	t.dir = table_open(p, tid);
	if (t.dir == -1)
		return false;
	whole = table_range(&t, first, UINT32_MAX);
	if (whole && first > 0)
		whole = table_range(&t, 0, first - 1);
	close(t.dir);
	if (tid == 0)
		p->part_fd = 0;
	if (whole && tid == 0 && leader_is_gone(p, t.seen))
		return scan_table(p, 0, from, want);
	if (whole) {
		sockets_drop_unseen(p, tid, t.stamp);
		if (tid == 0) {
			proc_seen(p);
			p->scanned = true;
			p->forgotten = false;
			p->ran = ran;
			p->scanned_us = begin;
			p->count = t.seen;
		}
	}
	return t.met;
}

/* How many descriptors are open; 0 where the kernel does not say (before 6.2). */
static uint32_t
table_count(struct proc *p, uint32_t tid)
{
	struct statx	sx;
	char		name[64];
	int		dir = proc_dir(p);

	if (dir == -1 ||
	    procfs_stat(dir, table_name(p, tid, "fd", name, sizeof(name)), false, &sx) == -1)
		return 0;
	return (uint32_t)sx.stx_size;
}

/* A table changes only while its process runs. */
bool
scan_outdated(struct proc *p)
{
	uint64_t	ran;

	if (p->kthread || p->zombie || p->own)
		return false;
	return !p->scanned || p->forgotten || !proc_ran(p, &ran) || ran != p->ran;
}

/* The next part of a large table. What it ran when the first part began is what the whole is true of. */
static bool
scan_part(struct proc *p)
{
	struct table	t = { .proc = p, .stamp = p->part_stamp, .most = PART };
	bool		more;

	if (p->part_fd == 0) {
		if (!proc_ran(p, &p->part_ran))
			return true;
		note_threads(p);
		p->part_us = clock_us();
		p->part_stamp = t.stamp = sockets_stamp();
		p->part_seen = 0;
	}
	if ((t.dir = table_open(p, 0)) == -1)
		return true;
	more = table_range(&t, p->part_fd, UINT32_MAX) && !t.ended;
	close(t.dir);
	p->part_fd = t.behind;
	p->part_seen += t.seen;
	if (more)
		return false;
	if (leader_is_gone(p, p->part_seen)) {
		p->part_fd = 0;
		return false;
	}
	sockets_drop_unseen(p, 0, t.stamp);
	proc_seen(p);
	p->scanned = true;
	p->forgotten = false;
	p->ran = p->part_ran;
	p->scanned_us = p->part_us;
	p->count = p->part_seen;
	p->part_fd = 0;
	return true;
}

bool
scan_update(struct proc *p, bool light)
{
	if (p->part_fd > 0)
		return scan_part(p);
	if (!scan_outdated(p) || (light && p->scanned && !p->forgotten && p->count > 0 &&
	    table_count(p, 0) == p->count))
		return true;
	return scan_part(p);
}

/* The thread's table, if it is not its process'; thorough: whatever the numbers say. */
static bool
scan_thread(struct proc *p, uint32_t tid, uint32_t count, uint64_t want, bool thorough)
{
	if (!thorough && count != 0 && table_count(p, tid) == count)
		return false;
	if (!scan_table(p, tid, 0, want))
		return false;
	p->own_table = tid;
	return true;
}

/*
 * Threads may leave their process' table (unshare(CLONE_FILES)). The kernel
 * does not show which did; most that did have another number of descriptors.
 */
bool
scan_threads(struct proc *p, uint64_t want, bool thorough, unsigned *budget)
{
	char		buf[LIST_BYTES] __attribute__((aligned(16)));
	uint32_t	tid = 0, after = thorough ? p->thread_at : 0, count = table_count(p, 0);
	uint64_t	end = work + *budget;
	ssize_t		len;
	bool		met = false;
	int		dir = proc_dir(p);
	int		fd = dir == -1 ? -1 : openat(dir, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return false;
	p->thread_at = 0;
	while (!met && work < end && (len = getdents64(fd, buf, sizeof(buf))) > 0)
		for (ssize_t at = 0; at < len && !met && work < end;) {
			const struct dirent64	*e = (const void *)(buf + at);

			at += e->d_reclen;
			if (parse_pid(e->d_name, strlen(e->d_name), &tid) == -1 ||
			    tid == p->pid || tid == p->stand_in || tid <= after)
				continue;
			work++;
			met = scan_thread(p, tid, count, want, thorough);
			if (thorough && work >= end)	/* from here the next time */
				p->thread_at = tid;
		}
	close(fd);
	*budget = work < end ? (unsigned)(end - work) : 0;
	return met;
}
