/*
 * Row of policyd: it decides. Its files are five folders in an otherwise
 * empty root; it has no network, not even the machine's loopback.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>

#include "sandbox.h"
#include "table.h"

static const struct row_limit limits[] = {
	{ RLIMIT_CORE, 0 },
	{ RLIMIT_FSIZE, 64 << 20 },
	{ RLIMIT_NPROC, 0 },
	{ RLIMIT_NOFILE, 512 },
	{ RLIMIT_AS, ROW_MEMORY },
	{ RLIMIT_MEMLOCK, 0 },
	{ RLIMIT_MSGQUEUE, 0 },
	{ -1, 0 },
};

static const struct row_fd fds[] = {
	{ FD_CONTROL, FD_UNIX, false, "control channel" },
	{ FD_POLICY_VENDOR, FD_HOST, false, "vendor profiles" },
	{ FD_POLICY_ETC, FD_HOST, false, "the administrator's files" },
	{ FD_POLICY_STATE, FD_HOST, false, "its own state" },
	{ FD_POLICY_STEER, FD_UNIX, false, "listening steer.sock" },
	{ FD_POLICY_GEO, FD_HOST, true, "countries and AS of addresses" },
	{ FD_POLICY_DPKG, FD_HOST, true, "dpkg's database" },
	{ .what = NULL },
};

static const struct row_path paths[] = {
	{ "/vendor", false, false },
	{ "/etc", false, false },
	{ "/geo", false, false },
	{ "/state", true, false },
	{ "/dpkg", false, false },
	{ .path = NULL },
};

/* Which of them may be written is the mounts' and Landlock's matter: a path cannot be filtered. */
#define OPEN_FILE \
	(O_WRONLY | O_RDWR | O_CREAT | O_EXCL | O_TRUNC | O_APPEND | O_CLOEXEC | O_DIRECTORY | \
	 O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_LARGEFILE)

static const struct call calls[] = {
	CALL_IF(openat, "profiles, settings, state", INT_ONLY(2, OPEN_FILE)),
	CALL(newfstatat, "did a file change"),
	CALL(stat, "the same"),
	CALL(lstat, "the same"),
	CALL(statx, "the same, as newer libc calls it"),
	CALL(getdents64, "profile folders, dpkg's lists"),
	CALL(lseek, "stdio, profile folders"),
	CALL(pread64, "files"),
	CALL(inotify_add_watch, "files that change are read at once"),
	CALL(inotify_rm_watch, "a folder went"),
	CALL(rename, "a file of its state is replaced atomically"),
	CALL(renameat, "the same"),
	CALL(renameat2, "the same"),
	CALL(unlink, "a file of its state is removed"),
	CALL(unlinkat, "the same"),
	CALL(mkdir, "folders of its state"),
	CALL(mkdirat, "folders of its state"),
	CALL(fsync, "what is replaced is on disk first"),
	CALL(fdatasync, "the same"),
	CALL(ftruncate, "files of its state"),
	CALL(fchmod, "files of its state"),
	CALL(umask, "files of its state"),
	CALL(accept4, "people at steer.sock"),
	CALL_IF(getsockopt, "who speaks at steer.sock",
	    INT_IS(1, SOL_SOCKET), INT_IS(2, SO_PEERCRED)),
	CALL_IF(getsockopt, "is that person in a group that may",
	    INT_IS(1, SOL_SOCKET), INT_IS(2, SO_PEERGROUPS)),
	CALL_IF(getsockopt, "libevent asks for a socket's error",
	    INT_IS(1, SOL_SOCKET), INT_IS(2, SO_ERROR)),
	CALL_IF(ioctl, "libevent asks how much there is to read", INT_IS(1, FIONREAD)),
	CALL(shutdown, "end of a person's connection"),
	CALL_IF(sendto, "send() on an open socket", ARG_IS(4, 0)),
	CALL_ERRNO(access, EACCES, "libraries probe for files"),
	CALL_ERRNO(faccessat, EACCES, "libraries probe for files"),
	CALL_ERRNO(readlink, EACCES, "libraries probe for files"),
	CALL_ERRNO(readlinkat, EACCES, "libraries probe for files"),
	CALL_ERRNO(socket, EACCES, "libraries probe for services"),
	CALLS_END,
};

static const struct call *const lists[] = {
	calls_common, calls,
#ifdef BULWARK_ASAN
	calls_asan,
#endif
	NULL,
};

const struct row row_policyd = {
	.name = "policyd",
	.binary = "policyd",
	.user = "_bulwark-policy",
	.hub = true,
	.root = ROOT_POLICY,
	.namespaces = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET,
	.caps = 0,
	.limits = limits,
	.fds = fds,
	.fd_kinds = FD_NULL | FD_PIPE | FD_UNIX | FD_EPOLL | FD_INOTIFY | FD_OWN_ROOT,
	.channels = 1u << CHANNEL_DECIDE | 1u << CHANNEL_UI | 1u << CHANNEL_NAMES,
	.landlock = true,
	.paths = paths,
	.calls = lists,
	.fallback = CALL_KILL,
};
