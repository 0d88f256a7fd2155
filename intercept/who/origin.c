/*
 * Origin of programs and cgroups, from process 1's point of view. Called by
 * identity.c and, where a file system could make it wait, by reader.c. Trusts
 * the initial mount namespace; the path itself is the program's choice.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "origin.h"
#include "procfs.h"
#include "sandbox.h"
#include "types.h"

#define FILE_BYTES	(1u << 20)	/* of /etc/group and mountinfo that are read */

static struct gid_list	admins;
static uint64_t		user_namespace, mount_namespace;
static char		unified_mount[256], named_mount[256];
static unsigned		whose = 1;	/* root, mounts and users are those of this process */

/* A name below the process whose view counts. */
static const char *
view(const char *name, char *buf, size_t size)
{
	(void)snprintf(buf, size, "%u/%s", whose, name);
	return buf;
}

static bool
is_admin_group(const char *name, size_t len)
{
	static const char *const	names[] = { "sudo", "wheel", "admin" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0)
			return true;
	return false;
}

static bool
group_line(const char *line, size_t len, void *ctx)
{
	struct gid_list		*l = ctx;
	struct group_facts	 f;

	if (parse_group_line(line, len, &f) == 0 && is_admin_group(f.name, f.name_len))
		l->gid[l->count++] = f.gid;
	return l->count < GIDS_MAX;
}

static void
keep_mount(char *to, size_t size, const char *point, size_t len)
{
	/* Escaped names are not worth the trouble: no machine mounts cgroups at one. */
	if (to[0] != '\0' || len == 0 || len >= size || memchr(point, '\\', len) != NULL)
		return;
	memcpy(to, point, len);
	to[len] = '\0';
}

static bool
mount_line(const char *line, size_t len, void *ctx)
{
	struct mount_facts	f;

	(void)ctx;
	if (parse_mount_line(line, len, &f) == -1)
		return true;
	if (f.type_len == 7 && memcmp(f.type, "cgroup2", 7) == 0)
		keep_mount(unified_mount, sizeof(unified_mount), f.point, f.point_len);
	else if (f.type_len == 6 && memcmp(f.type, "cgroup", 6) == 0 &&
	    memmem(f.options, f.options_len, "name=systemd", 12) != NULL)
		keep_mount(named_mount, sizeof(named_mount), f.point, f.point_len);
	return true;
}

static void
read_lines(const char *name, bool (*line)(const char *, size_t, void *), void *ctx)
{
	char	*buf = malloc(FILE_BYTES), path[64];
	ssize_t	 len;
	int	 fd = openat(procfs_root(), view(name, path, sizeof(path)),
		    O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t	 have = 0;

	if (buf == NULL)
		fatal("memory");
	while (fd != -1 && have < FILE_BYTES && (len = read(fd, buf + have, FILE_BYTES - have)) > 0)
		have += (size_t)len;
	parse_lines(buf, have, line, ctx);
	if (fd != -1)
		close(fd);
	else
		log_warn("/proc/%s", path);
	free(buf);
}

/*
 * Process 1's view counts. Where it may not be looked at (a container's, a
 * sandbox's), bulwarkd's own does: root started it there.
 */
static void
choose_view(void)
{
	char	name[64];
	int	dir = openat(procfs_root(), "1/root", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (dir == -1) {
		whose = (unsigned)getppid();
		log_info("process 1 may not be looked at: paths are proven from process %u's root",
		    whose);
		dir = openat(procfs_root(), view("root", name, sizeof(name)),
		    O_PATH | O_DIRECTORY | O_CLOEXEC);
	}
	if (dir == -1)
		fatal("/proc/%u/root", whose);
	close(dir);
}

static uint64_t
namespace_of(const char *kind)
{
	char	entry[16], name[64];

	(void)snprintf(entry, sizeof(entry), "ns/%s", kind);
	return procfs_namespace(procfs_root(), view(entry, name, sizeof(name)), kind);
}

void
origin_init(void)
{
	choose_view();
	read_lines("root/etc/group", group_line, &admins);
	read_lines("mountinfo", mount_line, NULL);
	user_namespace = namespace_of("user");
	mount_namespace = namespace_of("mnt");
}

const struct gid_list *
origin_admin_groups(void)
{
	return &admins;
}

uint64_t
origin_user_namespace(void)
{
	return user_namespace;
}

uint64_t
origin_mount_namespace(void)
{
	return mount_namespace;
}

int
origin_stat(const char *path, struct stat *st)
{
	char	name[PATH_BYTES + 32];
	int	len = snprintf(name, sizeof(name), "%u/root%s", whose, path);

	if (path[0] != '/' || len < 0 || (size_t)len >= sizeof(name))
		return -1;
	return fstatat(procfs_root(), name, st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT);
}

ssize_t
origin_link(const char *path, char *to, size_t size)
{
	char	name[PATH_BYTES + 32];
	int	len = snprintf(name, sizeof(name), "%u/root%s", whose, path);

	if (path[0] != '/' || len < 0 || (size_t)len >= sizeof(name))
		return -1;
	return readlinkat(procfs_root(), name, to, size);
}

static uint32_t
rate(const struct stat *st)
{
	return (st->st_uid == 0 ? PROCESS_ROOT_FILE : 0u) |
	    ((st->st_mode & (S_IWGRP | S_IWOTH)) == 0 ? PROCESS_SAFE_MODE : 0u);
}

/* One folder down; closes dir. -1: not a folder of its own, or a symbolic link. */
static int
step_down(int dir, const char *name, struct stat *st)
{
	int	next = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	close(dir);
	if (next != -1 && fstat(next, st) == -1) {
		close(next);
		return -1;
	}
	return next;
}

/*
 * The folder that path names something in, step by step, and what: *name, in path. -1. *flags
 * loses what does not hold of every folder on the way.
 */
static int
open_folder(const char *path, const char **name, uint32_t *flags)
{
	const char	*end;
	char		 part[256];
	struct stat	 st;
	int		 dir;

	if (path[0] != '/')
		return -1;
	dir = openat(procfs_root(), view("root", part, sizeof(part)),
	    O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1 || fstat(dir, &st) == -1)
		goto no;
	*flags &= rate(&st);
	for (*name = path + 1; (end = strchr(*name, '/')) != NULL; *name = end + 1) {
		if (end == *name || (size_t)(end - *name) >= sizeof(part))
			goto no;
		memcpy(part, *name, (size_t)(end - *name));
		part[end - *name] = '\0';
		if ((dir = step_down(dir, part, &st)) == -1)
			return -1;
		*flags &= rate(&st);
	}
	return dir;
no:
	if (dir != -1)
		close(dir);
	return -1;
}

uint32_t
origin_path(const char *path, uint64_t dev, uint64_t ino)
{
	uint32_t	flags = PROCESS_ROOT_FILE | PROCESS_SAFE_MODE;
	const char	*name;
	struct stat	 st;
	int		 dir = open_folder(path, &name, &flags);
	bool		 same;

	if (dir == -1)
		return 0;
	same = fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) == 0 &&
	    S_ISREG(st.st_mode) && st.st_dev == dev && st.st_ino == ino;
	close(dir);
	return same ? PROCESS_PROVEN | (flags & rate(&st)) : 0;
}

uint32_t
origin_past(const char *path, uint64_t dev, uint64_t ino, uint32_t mount, int64_t ctime_ns,
    struct origin_file *f)
{
	uint32_t	flags = PROCESS_ROOT_FILE | PROCESS_SAFE_MODE;
	const char	*name;
	struct statx	sx;
	int		dir = open_folder(path, &name, &flags);
	bool		same;

	memset(f, 0, sizeof(*f));
	if (dir == -1)
		return 0;
	same = procfs_stat(dir, name, false, &sx) == 0 && S_ISREG(sx.stx_mode) && sx.stx_ino == ino &&
	    sx.stx_ctime.tv_sec * INT64_C(1000000000) + sx.stx_ctime.tv_nsec == ctime_ns &&
	    (procfs_dev(&sx) == dev || (procfs_mount(&sx) != 0 && procfs_mount(&sx) == mount));
	close(dir);
	if (!same)
		return 0;
	*f = (struct origin_file){ procfs_dev(&sx), sx.stx_ino, sx.stx_uid };
	return PROCESS_PROVEN | (flags & rate(&(struct stat){ .st_uid = sx.stx_uid, .st_mode = sx.stx_mode }));
}

bool
origin_named_cgroups(void)
{
	return named_mount[0] != '\0';
}

size_t
origin_cgroup_name(const struct cgroup_facts *f, char *buf, size_t size, bool *unified)
{
	const char	*name = f->unified;
	size_t		 len = f->unified_len;

	*unified = true;
	/* Hybrid: where only the named hierarchy is in use, all stand at the root of the other. */
	if (f->named != NULL && (name == NULL || len == 1)) {
		name = f->named;
		len = f->named_len;
		*unified = false;
	}
	if (name == NULL)
		return 0;
	if (len >= size)	/* whole parts alone: it is in those, too */
		for (len = size - 1; len > 0 && name[len] != '/'; len--)
			continue;
	memcpy(buf, name, len);
	buf[len] = '\0';
	return len;
}

static bool
roots_alone(const char *name)
{
	struct statx	sx;

	return procfs_stat(procfs_root(), name, false, &sx) == 0 && sx.stx_uid == 0 &&
	    (sx.stx_mode & (S_IWGRP | S_IWOTH)) == 0;
}

void
origin_rate_cgroup(struct process *f, bool unified)
{
	const char	*path = f->cgroup, *mount = unified ? unified_mount : named_mount;
	char		 name[sizeof(unified_mount) + CGROUP_BYTES + 16];
	size_t		 base, end = 0, next;

	if (mount[0] == '\0' || f->cgroup_len == 0 || strstr(path, "/..") != NULL)
		return;
	base = (size_t)snprintf(name, sizeof(name), "%u/root%s", whose, mount);
	/* The folder before each part, then the last one itself. */
	while (roots_alone(name)) {
		if (path[end] == '\0' || f->cgroup_len == 1) {
			f->flags |= PROCESS_ROOT_CGROUP;
			end = f->cgroup_len;
			break;
		}
		next = end + 1 + strcspn(path + end + 1, "/");
		memcpy(name + base + end, path + end, next - end);
		name[base + next] = '\0';
		end = next;
	}
	f->cgroup_root = (uint16_t)end;
}
