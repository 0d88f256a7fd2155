/*
 * Row of uid: it tells people what happens, over a listening socket that it is
 * given. No file, no network, not even the machine's loopback.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <sched.h>

#include "sandbox.h"
#include "table.h"

static const struct row_limit limits[] = {
	{ RLIMIT_CORE, 0 },
	{ RLIMIT_FSIZE, 0 },
	{ RLIMIT_NPROC, 0 },
	{ RLIMIT_NOFILE, 512 },
	{ RLIMIT_AS, ROW_MEMORY },
	{ RLIMIT_MEMLOCK, 0 },
	{ RLIMIT_MSGQUEUE, 0 },
	{ -1, 0 },
};

static const struct row_fd fds[] = {
	{ FD_CONTROL, FD_UNIX, false, "control channel" },
	{ FD_UI_LISTEN, FD_UNIX, false, "listening bulwark.sock" },
	{ .what = NULL },
};

static const struct call calls[] = {
	CALL(accept4, "people at bulwark.sock"),
	CALL_IF(getsockopt, "who reads at bulwark.sock",
	    INT_IS(1, SOL_SOCKET), INT_IS(2, SO_PEERCRED)),
	CALL_IF(getsockopt, "is that person in group bulwark",
	    INT_IS(1, SOL_SOCKET), INT_IS(2, SO_PEERGROUPS)),
	CALL_IF(getsockopt, "libevent asks for a socket's error",
	    INT_IS(1, SOL_SOCKET), INT_IS(2, SO_ERROR)),
	CALL_IF(ioctl, "libevent asks how much there is to read", INT_IS(1, FIONREAD)),
	CALL(shutdown, "end of a person's connection"),
	CALL_IF(sendto, "send() on an open socket", ARG_IS(4, 0)),
	CALLS_END,
};

static const struct call *const lists[] = {
	calls_common, calls_probe, calls,
#ifdef BULWARK_ASAN
	calls_asan,
#endif
	NULL,
};

const struct row row_uid = {
	.name = "uid",
	.binary = "uid",
	.user = "_bulwark-ui",
	.root = ROOT_EMPTY,
	.namespaces = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET,
	.caps = 0,
	.limits = limits,
	.fds = fds,
	.fd_kinds = FD_NULL | FD_PIPE | FD_UNIX | FD_EPOLL,
	.channels = 1u << CHANNEL_UI,
	.landlock = true,
	.calls = lists,
	.fallback = CALL_KILL,
};
