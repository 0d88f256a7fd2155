/*
 * One process beside its row: program, ids and capabilities, filter, root
 * folder, namespaces, limits, descriptors. Asks the kernel only.
 */
#include <sys/stat.h>
#include <sys/syscall.h>

#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit_process.h"
#include "procstat.h"
#include "sandbox.h"
#include "text.h"

#define TEXT_BYTES	512

void
audit_say(struct audit *a, const char *process, bool ok, const char *fmt, ...)
{
	char	text[TEXT_BYTES];
	va_list	ap;
	size_t	len;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	len = text_printable(text, strlen(text), false);
	text[len] = '\0';
	a->faults += !ok;
	a->finding(process, ok, text, a->ctx);
}

static void
audit_program(struct audit *a, pid_t pid, const struct row *row)
{
	char		path[64], exe[PATH_BYTES];
	const char	*base;
	ssize_t		n;

	(void)snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	n = readlink(path, exe, sizeof(exe) - 1);
	if (n == -1) {
		audit_say(a, row->name, false, "program cannot be read: %s",
		    strerrordesc_np(errno));
		return;
	}
	exe[n] = '\0';
	base = strrchr(exe, '/');
	if (base == NULL || strcmp(base + 1, row->binary) != 0)
		audit_say(a, row->name, false, "runs %s, not %s", exe, row->binary);
	else
		audit_say(a, row->name, true, "runs %s", exe);
}

static void
audit_status(struct audit *a, pid_t pid, const struct row *row, uid_t uid)
{
	struct proc_status	 st;
	const char		*fault;
	unsigned		 inherited = row == &row_bulwarkd ? 0 : a->filters;

	if (proc_status(pid, &st) == -1) {
		audit_say(a, row->name, false, "status cannot be read: %s", strerrordesc_np(errno));
		return;
	}
	fault = row_status_fault(row, &st, uid, st.gid[0], inherited);
	if (fault == NULL && (row->user == NULL) != (uid == 0))
		fault = "it has another user";
	if (fault == NULL && row->user != NULL && st.gid[0] == 0)
		fault = "it has root's group";
	if (fault != NULL)
		audit_say(a, row->name, false, "%s", fault);
	else
		audit_say(a, row->name, true, "user %u, capabilities %#llx, no new privileges, "
		    "system calls filtered", uid, (unsigned long long)st.cap_eff);
}

#define MOUNTS	6	/* of policyd */

/* Mounts that a row's root consists of. */
struct wanted_mount {
	const char	*where;
	bool		 writable, seen;
};

static bool
mount_agrees(char *line, struct wanted_mount *wanted, size_t count, bool *first_is_tmpfs)
{
	char	*field[6], *save = NULL, *type = strstr(line, " - ");

	for (int i = 0; i < 6; i++) {
		field[i] = strtok_r(i == 0 ? line : NULL, " ", &save);
		if (field[i] == NULL)
			return false;
	}
	for (size_t i = 0; i < count; i++) {
		if (strcmp(field[4], wanted[i].where) != 0 || wanted[i].seen)
			continue;
		wanted[i].seen = true;
		if (i == 0)
			*first_is_tmpfs = type != NULL && strncmp(type + 3, "tmpfs ", 6) == 0;
		return strncmp(field[5], wanted[i].writable ? "rw" : "ro", 2) == 0;
	}
	return false;
}

/* NULL, or what is wrong with its mounts; how many there are. */
static const char *
root_fault(pid_t pid, const struct row *row, size_t *mounts)
{
	struct wanted_mount	 wanted[] = {
		{ "/", false, false }, { "/vendor", false, false }, { "/etc", false, false },
		{ "/state", true, false }, { "/geo", false, false }, { "/dpkg", false, false },	/* the last two may be missing */
	};
	size_t			 count = row->root == ROOT_POLICY ? MOUNTS : 1, seen = 0;
	char			 text[8192], *save = NULL;
	bool			 tmpfs = false;

	if (proc_read(pid, "mountinfo", text, sizeof(text)) == -1)
		return "its mounts cannot be read";
	for (char *line = strtok_r(text, "\n", &save); line != NULL;
	    line = strtok_r(NULL, "\n", &save), seen++)
		if (!mount_agrees(line, wanted, count, &tmpfs))
			return "its root holds more than it should, or can be written";
	*mounts = seen;
	for (size_t i = 4; i < MOUNTS && row->root == ROOT_POLICY; i++)
		count -= wanted[i].seen ? 0 : 1;
	if (seen != count || !tmpfs)
		return "its root is not the one of the table";
	return NULL;
}

/* Names in its root folder beside the mount points. */
static bool
root_has_files(pid_t pid, size_t mounts)
{
	const struct dirent	*entry;
	char			 path[64];
	unsigned		 names = 0;
	DIR			*dir;

	(void)snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
	dir = opendir(path);
	if (dir == NULL)
		return true;
	while ((entry = readdir(dir)) != NULL)
		names += entry->d_name[0] != '.';
	(void)closedir(dir);
	return names + 1 != mounts;
}

static void
audit_root(struct audit *a, pid_t pid, const struct row *row)
{
	const char	*fault;
	size_t		 mounts = 0;

	if (row->root == ROOT_HOST)
		return;
	fault = root_fault(pid, row, &mounts);
	if (fault == NULL && root_has_files(pid, mounts))
		fault = "its root holds files that the table does not know";
	audit_say(a, row->name, fault == NULL, "%s", fault != NULL ? fault :
	    row->root == ROOT_EMPTY ? "root is empty and read-only" :
	    "root holds its folders, /state alone writable");
}

static bool
same_namespace(pid_t one, pid_t other, const char *name)
{
	char		path[64];
	struct stat	a, b;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)one, name);
	if (stat(path, &a) == -1)
		return false;
	(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)other, name);
	return stat(path, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static void
audit_namespaces(struct audit *a, pid_t pid, const struct row *row)
{
	static const struct {
		const char	*name;
		int		 flag;
	} kinds[] = {
		{ "mnt", CLONE_NEWNS }, { "ipc", CLONE_NEWIPC }, { "uts", CLONE_NEWUTS },
		{ "net", CLONE_NEWNET }, { "pid", CLONE_NEWPID }, { "user", CLONE_NEWUSER },
	};
	int	faults = a->faults;

	if (row == &row_bulwarkd)
		return;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		bool	own = !same_namespace(pid, a->parent, kinds[i].name);
		bool	wanted = (row->namespaces & kinds[i].flag) != 0;

		if (own != wanted)
			audit_say(a, row->name, false, "%s namespace is %s", kinds[i].name,
			    own ? "another than the suite's" : "not its own");
	}
	if (faults == a->faults)
		audit_say(a, row->name, true, "namespaces are its own%s",
		    (row->namespaces & CLONE_NEWNET) != 0 ? ", the network's too" : "");
}

/* The hard limit as /proc/PID/limits shows it; RLIM_INFINITY also for what it does not show. */
static rlim_t
hard_limit(const char *text, int resource)
{
	static const struct {
		int		 resource;
		const char	*name;
	} names[] = {
		{ RLIMIT_CORE, "Max core file size" },
		{ RLIMIT_FSIZE, "Max file size" },
		{ RLIMIT_NPROC, "Max processes" },
		{ RLIMIT_NOFILE, "Max open files" },
		{ RLIMIT_AS, "Max address space" },
		{ RLIMIT_MEMLOCK, "Max locked memory" },
		{ RLIMIT_MSGQUEUE, "Max msgqueue size" },
	};
	unsigned long long	 hard;
	const char		*line = NULL;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].resource == resource && (line = strstr(text, names[i].name)) != NULL)
			line += strlen(names[i].name);
	if (line == NULL || sscanf(line, "%*s %llu", &hard) != 1)
		return RLIM_INFINITY;
	return hard;
}

static void
audit_limits(struct audit *a, pid_t pid, const struct row *row)
{
	int	faults = a->faults;
	char	text[4096];

	if (row->limits == NULL)
		return;
	if (proc_read(pid, "limits", text, sizeof(text)) == -1)
		text[0] = '\0';
	for (const struct row_limit *l = row->limits; l->resource != -1; l++) {
		rlim_t	hard = hard_limit(text, l->resource);

		if (hard > l->value)
			audit_say(a, row->name, false, "limit %d is %llu, not %llu", l->resource,
			    (unsigned long long)hard, (unsigned long long)l->value);
	}
	if (faults == a->faults)
		audit_say(a, row->name, true, "limits are set");
}

static void
audit_listed(struct audit *a, pid_t pid, int pidfd, DIR *dir, const struct row *row)
{
	const struct dirent	*entry;
	unsigned		 count = 0;
	int			 faults = a->faults;

	while ((entry = readdir(dir)) != NULL) {
		unsigned	kind;
		int		fd;

		if (entry->d_name[0] == '.')
			continue;
		fd = (int)strtol(entry->d_name, NULL, 10);
		kind = audit_fd_kind(pid, pidfd, fd, row);
		if (kind != 0 && (kind & row->fd_kinds) == 0)
			audit_say(a, row->name, false, "descriptor %d is %s", fd,
			    audit_fd_name(kind));
		count++;
	}
	if (faults == a->faults)
		audit_say(a, row->name, true, "%u descriptors, all of the table's kinds", count);
}

static void
audit_fds(struct audit *a, pid_t pid, const struct row *row)
{
	char	path[64];
	int	pidfd = (int)syscall(__NR_pidfd_open, pid, 0);
	DIR	*dir;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	if (dir == NULL || pidfd == -1)
		audit_say(a, row->name, false, "descriptors cannot be read: %s",
		    strerrordesc_np(errno));
	else
		audit_listed(a, pid, pidfd, dir, row);
	if (dir != NULL)
		(void)closedir(dir);
	if (pidfd != -1)
		(void)close(pidfd);
}

void
audit_process(struct audit *a, pid_t pid, const struct row *row, uid_t uid)
{
	audit_program(a, pid, row);
	audit_status(a, pid, row, uid);
	audit_root(a, pid, row);
	audit_namespaces(a, pid, row);
	audit_limits(a, pid, row);
	audit_fds(a, pid, row);
}
