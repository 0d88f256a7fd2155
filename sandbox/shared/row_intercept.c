/*
 * Row of intercept: packets come from and verdicts go to netlink sockets that
 * it opened before narrowing. It opens nothing afterwards.
 */
#include <sys/socket.h>
#include <sys/syscall.h>

#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <sched.h>

#include "sandbox.h"
#include "table.h"

static const struct row_limit limits[] = {
	{ RLIMIT_CORE, 0 },
	{ RLIMIT_FSIZE, 0 },
	{ RLIMIT_NPROC, 0 },
	{ RLIMIT_NOFILE, 64 },
	{ RLIMIT_AS, ROW_MEMORY },
	{ RLIMIT_MEMLOCK, 0 },
	{ RLIMIT_MSGQUEUE, 0 },
	{ -1, 0 },
};

static const struct row_fd fds[] = {
	{ FD_CONTROL, FD_UNIX, false, "control channel" },
	{ FD_INTERCEPT_EXISTING, FD_MEMFD, true, "flows older than the suite" },
	{ FD_INTERCEPT_CONTROL, FD_BPF | FD_NULL, true, "kernel: what counts now" },
	{ FD_INTERCEPT_GRANTS, FD_BPF | FD_NULL, true, "kernel: grants" },
	{ FD_INTERCEPT_NOTES, FD_BPF | FD_NULL, true, "kernel: who sent what waits" },
	{ FD_INTERCEPT_OWNERS, FD_BPF | FD_NULL, true, "kernel: whom UDP flows belong to" },
	{ FD_INTERCEPT_USES, FD_BPF | FD_NULL, true, "kernel: uses of grants" },
	{ FD_INTERCEPT_REFUSALS, FD_BPF | FD_NULL, true, "kernel: what fails at once" },
	{ FD_INTERCEPT_BELOW, FD_BPF | FD_NULL, true, "kernel: who sends below the rules" },
	{ FD_INTERCEPT_BELOW_MAY, FD_BPF | FD_NULL, true, "kernel: who may do so" },
	{ FD_INTERCEPT_PORTS, FD_BPF | FD_NULL, true, "kernel: ports of watched flows" },
	{ FD_INTERCEPT_PORT_NEWS, FD_BPF | FD_NULL, true, "kernel: who closes and takes them" },
	{ FD_INTERCEPT_GATE, FD_BPF | FD_NULL, true, "kernel: the gate for devices" },
	{ .what = NULL },
};

static const struct call calls[] = {
	CALL_IF(sendto, "verdicts and questions to the kernel, by netlink address",
	    INT_IS(5, sizeof(struct sockaddr_nl))),
	CALL_IF(sendto, "send() on a channel", ARG_IS(4, 0)),
	CALL(recvmmsg, "a burst of packets in one call"),
	CALL(sendmmsg, "a burst of verdicts in one call"),
	CALL(pread64, "flows older than the suite"),
	CALL(lseek, "flows older than the suite"),
	CALL_IF(bpf, "grants, refusals, what two senders share, who may go below the rules",
	    INT_IS(0, BPF_MAP_UPDATE_ELEM)),
	CALL_IF(bpf, "grants and refusals that ended, who may no more", INT_IS(0, BPF_MAP_DELETE_ELEM)),
	CALL_IF(bpf, "who sent a packet", INT_IS(0, BPF_MAP_LOOKUP_AND_DELETE_ELEM)),
	CALLS_END,
};

static const struct call *const lists[] = {
	calls_common, calls_probe, calls,
#ifdef BULWARK_ASAN
	calls_asan,
#endif
	NULL,
};

const struct row row_intercept = {
	.name = "intercept",
	.binary = "intercept",
	.user = "_bulwark-intercept",
	.root = ROOT_EMPTY,
	/* It stays in the suite's network namespace: its packets are there. */
	.namespaces = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS,
	.caps = UINT64_C(1) << CAP_NET_ADMIN,
	.limits = limits,
	.fds = fds,
	.fd_kinds = FD_NULL | FD_PIPE | FD_UNIX | FD_NETLINK | FD_EPOLL | FD_MEMFD | FD_BPF,
	.channels = 1u << CHANNEL_DECIDE | 1u << CHANNEL_WHO,
	.landlock = true,
	.calls = lists,
	.fallback = CALL_KILL,
};
