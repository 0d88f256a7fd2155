/*
 * Row of whod: it looks at other processes through one descriptor of /proc.
 * Its two capabilities let it read much; hence no way to write, to send, or to
 * open by a path of its own root, which is empty.
 */
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>

#include "sandbox.h"
#include "table.h"

static const struct row_limit limits[] = {
	{ RLIMIT_CORE, 0 },
	{ RLIMIT_FSIZE, 0 },
	{ RLIMIT_NPROC, 8 },		/* itself and its readers */
	{ RLIMIT_NOFILE, 65536 },	/* three for each process that exists */
	{ RLIMIT_AS, ROW_MEMORY },
	{ RLIMIT_MEMLOCK, 0 },
	{ RLIMIT_MSGQUEUE, 0 },
	{ -1, 0 },
};

static const struct row_fd fds[] = {
	{ FD_CONTROL, FD_UNIX, false, "control channel" },
	{ FD_WHO_PROC, FD_PROC, false, "the folder /proc" },
	{ FD_WHO_EVENTS, FD_NETLINK, true, "exec and exit events" },
	{ FD_WHO_KERNEL, FD_BPF | FD_NULL, true, "kernel: exec, fork and exit" },
	{ FD_WHO_LOST, FD_BPF | FD_NULL, true, "kernel: events that were lost" },
	{ .what = NULL },
};

#define OPEN_TO_READ \
	(O_PATH | O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_LARGEFILE)

static const struct call calls[] = {
	CALL_IF(openat, "/proc/PID/...: to read, never to write or create",
	    INT_ONLY(2, OPEN_TO_READ)),
	CALL(readlinkat, "exe, cwd, fd/N, ns/net, links on the way to a script"),
	CALL(newfstatat, "is the path, or an argument, the same file in the initial mount namespace"),
	CALL(statx, "the same, as newer libc calls it"),
	CALL(getdents64, "processes, threads, descriptors"),
	CALL(lseek, "rewind of a folder"),
	CALL(pread64, "reading a file of /proc anew"),
	CALL_IF(clone, "fork() of a reader: what a hostile program can make wait waits there",
	    ARG_IS(0, CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD)),
	CALL(set_robust_list, "libc, in the child of fork()"),
	CALL(close_range, "a reader keeps two descriptors"),
	CALL_IF(prctl, "a reader ends with whod", INT_IS(0, PR_SET_PDEATHSIG)),
	CALL_IF(kill, "ends a reader that hangs; no other process has its uid", INT_IS(1, SIGKILL)),
	CALL_IF(wait4, "and buries it", INT_IS(2, WNOHANG)),
	CALL_IF(sendto, "send() on a channel", ARG_IS(4, 0)),
	CALL_ERRNO(access, EACCES, "libraries probe for files"),
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

const struct row row_whod = {
	.name = "whod",
	.binary = "whod",
	.user = "_bulwark-who",
	.root = ROOT_EMPTY,
	/* It stays in the suite's network namespace: /proc/net shows its own process's. */
	.namespaces = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS,
	.caps = UINT64_C(1) << CAP_SYS_PTRACE | UINT64_C(1) << CAP_DAC_READ_SEARCH,
	.limits = limits,
	.fds = fds,
	.fd_kinds = FD_NULL | FD_PIPE | FD_UNIX | FD_NETLINK | FD_EPOLL | FD_PROC | FD_BPF,
	.channels = 1u << CHANNEL_WHO,
	.landlock = false,	/* it would deny looking into processes outside its domain */
	.calls = lists,
	.fallback = CALL_KILL,
};
