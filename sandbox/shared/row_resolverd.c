/*
 * Row of resolverd: clients come to sockets that it is given, servers are asked
 * over sockets that it opens; where these may lead is policyd's to say, packet by
 * packet, as of any program. No file, no name service, no capability.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
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
	{ RLIMIT_FSIZE, 0 },
	{ RLIMIT_NPROC, 0 },
	{ RLIMIT_NOFILE, 8192 },	/* a socket for each question on its way, and clients' connections */
	{ RLIMIT_AS, ROW_MEMORY },
	{ RLIMIT_MEMLOCK, 0 },
	{ RLIMIT_MSGQUEUE, 0 },
	{ -1, 0 },
};

static const struct row_fd fds[] = {
	{ FD_CONTROL, FD_UNIX, false, "control channel" },
	{ FD_NAMES_UDP4, FD_INET, true, "127.0.0.17 port 53, UDP" },
	{ FD_NAMES_TCP4, FD_INET, true, "127.0.0.17 port 53, TCP" },
	{ FD_NAMES_UDP6, FD_INET, true, "::1 port 53, UDP" },
	{ FD_NAMES_TCP6, FD_INET, true, "::1 port 53, TCP" },
	{ FD_NAMES_LOCAL_UDP, FD_INET, true, "127.0.0.1 port 53, UDP" },
	{ FD_NAMES_LOCAL_TCP, FD_INET, true, "127.0.0.1 port 53, TCP" },
	{ FD_NAMES_ANCHORS, FD_HOST, true, "trust anchors of DNSSEC" },
	{ FD_NAMES_UNIX, FD_UNIX, true, "listening in the place of systemd-resolved" },
	{ .what = NULL },
};

#define NO_INHERIT	(SOCK_CLOEXEC | SOCK_NONBLOCK)

static const struct call calls[] = {
	CALL_IF(socket, "a question to a server over UDP", INT_IS(0, AF_INET),
	    INT_IS(1, SOCK_DGRAM | NO_INHERIT)),
	CALL_IF(socket, "a question to a server over UDP", INT_IS(0, AF_INET6),
	    INT_IS(1, SOCK_DGRAM | NO_INHERIT)),
	CALL_IF(socket, "a question to a server over TCP", INT_IS(0, AF_INET),
	    INT_IS(1, SOCK_STREAM | NO_INHERIT)),
	CALL_IF(socket, "a question to a server over TCP", INT_IS(0, AF_INET6),
	    INT_IS(1, SOCK_STREAM | NO_INHERIT)),
	CALL_IF(socket, "libunbound asks our own endpoint over UDP", INT_IS(0, AF_INET),
	    INT_IS(1, SOCK_DGRAM)),
	CALL_IF(socket, "the same over TCP", INT_IS(0, AF_INET), INT_IS(1, SOCK_STREAM)),
	CALL(bind, "libunbound takes a port by chance; Landlock: of TCP none that is named"),
	CALL_IF(setsockopt, "libunbound: no fragments", INT_IS(1, IPPROTO_IP),
	    INT_IS(2, IP_MTU_DISCOVER)),
	CALL_IF(setsockopt, "libunbound: the port is chosen late", INT_IS(1, IPPROTO_IP),
	    INT_IS(2, IP_BIND_ADDRESS_NO_PORT)),
	CALL_IF(setsockopt, "libunbound, before it takes a port", INT_IS(1, SOL_SOCKET),
	    INT_IS(2, SO_REUSEADDR)),
	CALL_IF(setsockopt, "TLS, HTTPS: a question leaves at once", INT_IS(1, IPPROTO_TCP),
	    INT_IS(2, TCP_NODELAY)),
	CALL_IF(setsockopt, "TLS, HTTPS: a dead path is found soon", INT_IS(1, IPPROTO_TCP),
	    INT_IS(2, TCP_USER_TIMEOUT)),
	CALL_IF(setsockopt, "selfcheck.c: a question that must not leave the machine", INT_IS(1, SOL_SOCKET),
	    INT_IS(2, SO_BINDTOIFINDEX)),
	CALL_IF(setsockopt, "multicast.c: neighbours of one link are asked, and no others heard", INT_IS(1, SOL_SOCKET),
	    INT_IS(2, SO_BINDTODEVICE)),
	CALL_IF(setsockopt, "multicast.c: what is sent over IPv4 shows that it came from the link", INT_IS(1, IPPROTO_IP),
	    INT_IS(2, IP_MULTICAST_TTL)),
	CALL_IF(setsockopt, "multicast.c: programs of this machine do not hear it", INT_IS(1, IPPROTO_IP),
	    INT_IS(2, IP_MULTICAST_LOOP)),
	CALL_IF(setsockopt, "multicast.c: the same over IPv6", INT_IS(1, IPPROTO_IPV6),
	    INT_IS(2, IPV6_MULTICAST_HOPS)),
	CALL_IF(setsockopt, "multicast.c: the same over IPv6", INT_IS(1, IPPROTO_IPV6),
	    INT_IS(2, IPV6_MULTICAST_LOOP)),
	CALL_IF(setsockopt, "multicast.c: over IPv6 only IPv6 is heard", INT_IS(1, IPPROTO_IPV6),
	    INT_IS(2, IPV6_V6ONLY)),
	CALL(connect, "to a server; policyd says which"),
	CALL(accept4, "clients over TCP and at the Unix door"),
	CALL(recvmmsg, "a burst of questions in one call"),
	CALL(sendmmsg, "a burst of answers in one call"),
	CALL_IF(sendto, "send() on an open socket", ARG_IS(4, 0)),
	CALL(pread64, "block lists that policyd hands over"),
	CALL(getsockname, "which door a client came to"),
	CALL(getpeername, "who came"),
	CALL_IF(getsockopt, "libevent asks for a socket's error",
	    INT_IS(1, SOL_SOCKET), INT_IS(2, SO_ERROR)),
	CALL_IF(ioctl, "libevent asks how much there is to read", INT_IS(1, FIONREAD)),
	CALL(shutdown, "end of a client's connection"),
	CALL_ERRNO(open, EACCES, "libraries probe for files"),
	CALL_ERRNO(openat, EACCES, "libraries probe for files"),
	CALL_ERRNO(access, EACCES, "libraries probe for files"),
	CALL_ERRNO(readlink, EACCES, "libraries probe for files"),
	CALLS_END,
};

static const struct call *const lists[] = {
	calls_common, calls,
#ifdef BULWARK_ASAN
	calls_asan,
#endif
	NULL,
};

const struct row row_resolverd = {
	.name = "resolverd",
	.binary = "resolverd",
	.user = "_bulwark-resolve",
	.root = ROOT_EMPTY,
	/* It stays in the suite's network namespace: its servers are reached from there. */
	.namespaces = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS,
	.caps = 0,
	.limits = limits,
	.fds = fds,
	.fd_kinds = FD_NULL | FD_PIPE | FD_UNIX | FD_EPOLL | FD_INET | FD_HOST,
	.channels = 1u << CHANNEL_NAMES,
	.landlock = true,
	.connects = true,
	.calls = lists,
	.fallback = CALL_KILL,
};
