/*
 * See hints.h. Called by reader_work.c. The program chose its arguments and where
 * it stands; a path is told only if it names a file that is the same in the initial
 * mount namespace and in the program's own.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hints.h"
#include "origin.h"
#include "parse.h"
#include "procfs.h"

#define LOOKED_AT	12	/* arguments that may name a file */
#define LINKS_MOST	16	/* symbolic links on the way */
#define SEEN		64	/* parents that are kept */
#define SEEN_US		1000000
#define STEPS_MOST	128	/* folders, with those that links lead through */

/* A path on its way through links: done holds none any more. */
struct walk {
	char	done[SCRIPT_BYTES];
	size_t	len;
	char	rest[2 * PATH_BYTES];
	unsigned links;
};

/* What first says, then what is left; a slash at the end would ask for a folder. */
static bool
rest_set(struct walk *w, const char *first, size_t len, const char *then)
{
	char	joined[sizeof(w->rest)];
	int	n = snprintf(joined, sizeof(joined), "%.*s%s%s", (int)len, first, then[0] == '\0' ? "" : "/", then);

	if (n < 0 || (size_t)n >= sizeof(joined))
		return false;
	memcpy(w->rest, joined, (size_t)n + 1);
	return true;
}

static void
step_up(struct walk *w)
{
	while (w->len > 0 && w->done[--w->len] != '/')
		continue;
	w->done[w->len] = '\0';
}

/* done ends in a link: what it says takes its place. */
static bool
follow(struct walk *w, const char *then)
{
	char	target[PATH_BYTES];
	ssize_t	len = origin_link(w->done, target, sizeof(target));

	if (len <= 0 || len == (ssize_t)sizeof(target) || ++w->links > LINKS_MOST)
		return false;
	if (target[0] == '/') {
		w->len = 0;
		w->done[0] = '\0';
	} else
		step_up(w);
	return rest_set(w, target, (size_t)len, then);
}

static bool
step_into(struct walk *w, const char *part, size_t len)
{
	if (w->len + 1 + len >= sizeof(w->done))
		return false;
	w->done[w->len] = '/';
	memcpy(w->done + w->len + 1, part, len);
	w->len += 1 + len;
	w->done[w->len] = '\0';
	return true;
}

/* One name further. False: it leads nowhere. st: of what done names now. */
static bool
step(struct walk *w, struct stat *st)
{
	size_t	len = strcspn(w->rest, "/"), skip;
	char	part[256], then[sizeof(w->rest)];

	if (len >= sizeof(part))
		return false;
	memcpy(part, w->rest, len);
	part[len] = '\0';
	skip = len + strspn(w->rest + len, "/");
	memcpy(then, w->rest + skip, strlen(w->rest + skip) + 1);
	if (strcmp(part, "..") == 0)
		step_up(w);
	else if (len > 0 && strcmp(part, ".") != 0) {
		if (!step_into(w, part, len) || origin_stat(w->done, st) == -1)
			return false;
		if (S_ISLNK(st->st_mode))
			return follow(w, then);
		if (skip > len && !S_ISDIR(st->st_mode))
			return false;
	}
	memcpy(w->rest, then, strlen(then) + 1);
	return true;
}

size_t
hints_resolve(const char *cwd, const char *name, char *to, size_t size, uint32_t *flags,
    uint64_t *dev, uint64_t *ino)
{
	struct walk	w = { .len = 0 };
	struct stat	st = { .st_mode = 0 };
	unsigned	steps = 0;

	if (name[0] != '/' && cwd[0] != '/')
		return 0;
	if (!rest_set(&w, name[0] == '/' ? "" : cwd, name[0] == '/' ? 0 : strlen(cwd), name))
		return 0;
	while (w.rest[0] != '\0')
		if (++steps > STEPS_MOST || !step(&w, &st))
			return 0;
	if (w.len == 0 || w.len >= size || origin_stat(w.done, &st) == -1 || !S_ISREG(st.st_mode))
		return 0;
	*flags = origin_path(w.done, st.st_dev, st.st_ino);
	if ((*flags & PROCESS_PROVEN) == 0)
		return 0;
	*dev = st.st_dev;
	*ino = st.st_ino;
	memcpy(to, w.done, w.len + 1);
	return w.len;
}

static void
read_cwd(const struct reader_question *q, int dir, struct process_hints *h)
{
	char	name[40];
	ssize_t	len = readlinkat(dir, procfs_entry(q->stand_in, "cwd", name, sizeof(name)), h->cwd,
		    sizeof(h->cwd));

	if (len > 0 && len < (ssize_t)sizeof(h->cwd) && h->cwd[0] == '/') {
		h->cwd_len = (uint16_t)len;
		return;
	}
	memset(h->cwd, 0, sizeof(h->cwd));
}

/* Whole arguments only: a part of one would be another one. */
static void
read_arguments(const struct reader_question *q, int dir, struct process_hints *h)
{
	char	name[40], buf[ARGUMENTS_BYTES + 1];
	ssize_t	len = procfs_read(dir, procfs_entry(q->stand_in, "cmdline", name, sizeof(name)), buf,
		    sizeof(buf));

	while (len > 0 && buf[len - 1] != '\0')
		len--;
	if (len <= 0)
		return;
	memcpy(h->arguments, buf, (size_t)len);
	h->arguments_len = (uint16_t)len;
}

/* Is the file of the initial mount namespace what the program sees under this name, too? */
static bool
seen_alike(const struct reader_question *q, int dir, const char *path, uint64_t dev, uint64_t ino)
{
	char		name[SCRIPT_BYTES + 48], root[40];
	struct stat	st;

	(void)snprintf(name, sizeof(name), "%s%s", procfs_entry(q->stand_in, "root", root, sizeof(root)), path);
	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) == 0 &&
	    st.st_dev == dev && st.st_ino == ino;
}

static void
read_script(const struct reader_question *q, int dir, uint8_t number, const char *argument,
    struct process_hints *h)
{
	struct process_script	*s = &h->script[h->scripts];
	char			 cwd[CWD_BYTES + 1];
	uint64_t		 dev, ino;
	uint32_t		 flags;
	size_t			 len;

	memcpy(cwd, h->cwd, h->cwd_len);
	cwd[h->cwd_len] = '\0';
	len = hints_resolve(cwd, argument, s->path, sizeof(s->path), &flags, &dev, &ino);
	if (len == 0 || !seen_alike(q, dir, s->path, dev, ino)) {
		memset(s, 0, sizeof(*s));
		return;
	}
	s->argument = number;
	s->flags = flags & (PROCESS_ROOT_FILE | PROCESS_SAFE_MODE);
	s->path_len = (uint16_t)len;
	h->scripts++;
}

static void
read_scripts(const struct reader_question *q, int dir, struct process_hints *h)
{
	const char	*at = h->arguments, *end = at + h->arguments_len;

	for (uint8_t i = 0; at < end && i <= LOOKED_AT && h->scripts < SCRIPTS_MOST; i++) {
		if (i > 0 && at[0] != '-' && at[0] != '\0')
			read_script(q, dir, i, at, h);
		at += strlen(at) + 1;
	}
}

/*
 * Parents begin many programs: what was seen of one is kept for a second, as long as its
 * file stays. By then it may have another parent, or its number another owner with the
 * same file: who is told so could be told the same a second earlier.
 */
struct seen {
	struct process_parent	 parent;
	uint32_t		 ppid;
	uint64_t		 dev, ino;
	int64_t			 at_us;
};

static struct seen seen_parents[SEEN];

/* A parent's file, proven as a program's own is. */
static void
read_parent_file(int dir, struct seen *s)
{
	struct process_parent	*p = &s->parent;
	char			 path[PATH_BYTES];
	struct statx		 sx;
	ssize_t			 len;

	if (procfs_stat(dir, "exe", true, &sx) == -1)
		return;
	s->dev = procfs_dev(&sx);
	s->ino = sx.stx_ino;
	len = readlinkat(dir, "exe", path, sizeof(path) - 1);
	if (len <= 0 || len > PARENT_BYTES)
		return;
	path[len] = '\0';
	memcpy(p->path, path, (size_t)len);
	p->path_len = (uint16_t)len;
	if (sx.stx_nlink > 0 && path[0] == '/')
		p->flags = origin_path(path, s->dev, s->ino);
}

static bool
read_parent_anew(uint32_t pid, struct seen *s)
{
	struct stat_facts	f;
	char			name[24];
	int			dir;

	*s = (struct seen){ .at_us = clock_us() };
	number_put(name, pid);
	dir = openat(procfs_root(), name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1)
		return false;
	if (procfs_facts(dir, "stat", &f)) {
		s->parent.pid = pid;
		s->parent.start = f.start;
		s->ppid = f.ppid;
		read_parent_file(dir, s);
	}
	close(dir);
	return s->parent.pid != 0;
}

static bool
is_as_seen(uint32_t pid, const struct seen *s)
{
	struct statx	sx;
	char		name[32];

	if (s->parent.pid != pid || clock_us() - s->at_us > SEEN_US)
		return false;
	(void)snprintf(name, sizeof(name), "%u/exe", pid);
	return procfs_stat(procfs_root(), name, true, &sx) == 0 && procfs_dev(&sx) == s->dev &&
	    sx.stx_ino == s->ino;
}

/* The next one up; 0: there is none, or it can't be looked at. */
static uint32_t
read_parent(uint32_t pid, struct process_hints *h)
{
	struct seen	*s = &seen_parents[pid % SEEN];

	if (!is_as_seen(pid, s) && !read_parent_anew(pid, s))
		return 0;
	h->parent[h->parents++] = s->parent;
	return s->ppid;
}

/* Process 1 began everything: it says nothing of a program. */
static void
read_parents(int dir, struct process_hints *h)
{
	struct stat_facts	f;
	uint32_t		pid;

	if (!procfs_facts(dir, "stat", &f))
		return;
	for (pid = f.ppid; pid > 1 && h->parents < PARENTS_MOST; pid = read_parent(pid, h))
		continue;
}

void
hints_read(const struct reader_question *q, int dir, struct process_hints *h)
{
	read_cwd(q, dir, h);
	read_arguments(q, dir, h);
	read_scripts(q, dir, h);
	read_parents(dir, h);
}
