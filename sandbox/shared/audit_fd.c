/*
 * What an open descriptor of another process is, by the kernel's word alone. A
 * copy of it is asked, not its number: the process opens and closes meanwhile,
 * and a number may become something else from one question to the next. Needs
 * the rights of a tracer.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit_process.h"
#include "procstat.h"

static unsigned
socket_kind(int copy)
{
	int		domain = -1;
	socklen_t	len = sizeof(domain);

	if (getsockopt(copy, SOL_SOCKET, SO_DOMAIN, &domain, &len) == -1)
		return FD_OTHER;
	switch (domain) {
	case AF_UNIX:
		return FD_UNIX;
	case AF_NETLINK:
		return FD_NETLINK;
	case AF_INET:
	case AF_INET6:
		return FD_INET;
	default:
		return FD_OTHER;
	}
}

/* Kernel objects without a file. */
static unsigned
object_kind(const char *link)
{
	static const struct {
		const char	*link;
		unsigned	 kind;
	} objects[] = {
		{ "anon_inode:[eventpoll]", FD_EPOLL },
		{ "anon_inode:[eventfd]", FD_EPOLL },
		{ "anon_inode:[timerfd]", FD_EPOLL },
		{ "anon_inode:inotify", FD_INOTIFY },
		{ "anon_inode:bpf-map", FD_BPF },
		{ "anon_inode:bpf_link", FD_BPF },
		{ "anon_inode:bpf-prog", FD_BPF },
	};

	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++)
		if (strcmp(link, objects[i].link) == 0)
			return objects[i].kind;
	return FD_OTHER;
}

/* Number after key at the beginning of a line, or -1. */
static long
line_number(const char *text, const char *key)
{
	const char	*p = strstr(text, key);

	return p == NULL ? -1 : strtol(p + strlen(key), NULL, 10);
}

/* True if the file lies on one of the process's own mounts. */
static bool
on_own_mount(pid_t pid, int copy)
{
	char	name[32], text[8192];
	long	mount, own;

	(void)snprintf(name, sizeof(name), "fdinfo/%d", copy);
	if (proc_read(getpid(), name, text, sizeof(text)) == -1)
		return false;
	mount = line_number(text, "mnt_id:");
	if (mount == -1 || proc_read(pid, "mountinfo", text, sizeof(text)) == -1)
		return false;
	for (const char *p = text; p != NULL && *p != '\0'; p = strchr(p, '\n')) {
		if (*p == '\n')
			p++;
		own = strtol(p, NULL, 10);
		if (*p != '\0' && own == mount)
			return true;
	}
	return false;
}

static unsigned
file_kind(pid_t pid, int copy, const char *link, const struct row *row)
{
	struct statfs	fs;

	if (strncmp(link, "/memfd:", 7) == 0)
		return FD_MEMFD;
	if (fstatfs(copy, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC)
		return FD_PROC;
	if (row->root != ROOT_HOST && on_own_mount(pid, copy))
		return FD_OWN_ROOT;
	return FD_HOST;
}

static unsigned
copy_kind(pid_t pid, int copy, const struct row *row)
{
	char		path[64], link[256];
	struct stat	st;
	ssize_t		n;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", copy);
	n = readlink(path, link, sizeof(link) - 1);
	if (n == -1 || fstat(copy, &st) == -1)
		return FD_OTHER;
	link[n] = '\0';
	if (S_ISSOCK(st.st_mode))
		return socket_kind(copy);
	if (S_ISFIFO(st.st_mode))
		return FD_PIPE;
	if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3))
		return FD_NULL;
	if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
		return file_kind(pid, copy, link, row);
	if (S_ISCHR(st.st_mode) && link[0] == '/')
		return FD_HOST;
	return object_kind(link);
}

unsigned
audit_fd_kind(pid_t pid, int pidfd, int fd, const struct row *row)
{
	int		copy = (int)syscall(__NR_pidfd_getfd, pidfd, fd, 0);
	unsigned	kind;

	if (copy == -1)
		return errno == EBADF ? 0 : FD_OTHER;
	kind = copy_kind(pid, copy, row);
	(void)close(copy);
	return kind;
}

const char *
audit_fd_name(unsigned kind)
{
	switch (kind) {
	case FD_NULL:
		return "/dev/null";
	case FD_PIPE:
		return "a pipe";
	case FD_UNIX:
		return "a Unix socket";
	case FD_NETLINK:
		return "a netlink socket";
	case FD_EPOLL:
		return "an event descriptor";
	case FD_INOTIFY:
		return "an inotify descriptor";
	case FD_MEMFD:
		return "a file in memory";
	case FD_PROC:
		return "a file of /proc";
	case FD_OWN_ROOT:
		return "a file of its own root";
	case FD_BPF:
		return "a BPF map or link";
	case FD_INET:
		return "a network socket";
	case FD_HOST:
		return "a file of the machine";
	default:
		return "something unknown";
	}
}
