/*
 * Row of bulwark-setup: root with CAP_NET_ADMIN, for the moment in which it
 * loads, checks or removes the kernel's rules. The parent narrows it before
 * exec, because it in turn runs the distribution's iptables-restore, whose
 * calls change from version to version: hence whole families of calls, and
 * ENOSYS instead of death for the rest.
 */
#include <sys/socket.h>
#include <sys/syscall.h>

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <errno.h>
#include <sched.h>

#include "sandbox.h"
#include "table.h"

static const struct row_limit limits[] = {
	{ RLIMIT_CORE, 0 },
	{ RLIMIT_FSIZE, 16 << 20 },
	{ RLIMIT_NOFILE, 64 },
	{ RLIMIT_MSGQUEUE, 0 },
	{ -1, 0 },
};

static const struct row_fd fds[] = {
	{ FD_SETUP_GUARD, FD_NETLINK, false, "owner of the guard table" },
	{ FD_SETUP_EXISTING, FD_MEMFD, true, "flows older than the suite" },
	{ FD_SETUP_KERNEL, FD_HOST | FD_NULL, true, "what rules match by in the kernel" },
	{ .what = NULL },
};

/* The loader, libraries, iptables and what they look up. Not /etc as a whole: shadow is there. */
static const struct row_path paths[] = {
	{ "/usr", false, true },
	{ "/bin", false, true },
	{ "/sbin", false, true },
	{ "/lib", false, true },
	{ "/lib64", false, true },
	{ "/etc/ld.so.cache", false, false },
	{ "/etc/ld.so.preload", false, false },
	{ "/etc/alternatives", false, true },
	{ "/etc/protocols", false, false },
	{ "/etc/services", false, false },
	{ "/etc/nsswitch.conf", false, false },
	{ "/etc/ethertypes", false, false },
	{ "/etc/xtables", false, false },
	{ "/proc", false, false },
	{ "/proc/sys/net/netfilter/nf_conntrack_acct", true, false },	/* flows count their bytes */
	{ "/dev/null", true, false },
	{ "/run/xtables.lock", true, false },
	{ .path = NULL },
};

static const struct call calls[] = {
	CALL(execve, "bulwark-setup itself, iptables-restore"),
	CALL(execveat, "bulwark-setup itself, by descriptor"),
	CALL(clone, "iptables-restore runs as its child"),
	CALL(vfork, "the same"),
	CALL(fork, "the same"),
	CALL(wait4, "its result"),
	CALL(waitid, "its result"),
	CALL(kill, "one that hangs is ended"),
	CALL(pipe, "rules go in by stdin"),
	CALL(pipe2, "rules go in by stdin"),
	CALL(dup, "rules go in by stdin"),
	CALL(dup2, "rules go in by stdin"),
	CALL(dup3, "rules go in by stdin"),
	CALL(close_range, "nothing else goes in"),
	CALL_IF(socket, "rules", INT_IS(0, AF_NETLINK), INT_IS(2, NETLINK_NETFILTER)),
	CALL_IF(socket, "sockets older than the suite",
	    INT_IS(0, AF_NETLINK), INT_IS(2, NETLINK_SOCK_DIAG)),
	CALL_IF(socket, "addresses and devices", INT_IS(0, AF_NETLINK), INT_IS(2, NETLINK_ROUTE)),
	CALL_ERRNO_IF(socket, EACCES, "libc looks for nscd", INT_IS(0, AF_UNIX)),
	CALL(bind, "netlink"),
	CALL(connect, "netlink"),
	CALL(getsockname, "netlink"),
	CALL(getsockopt, "netlink"),
	CALL(setsockopt, "netlink"),
	CALL(sendto, "netlink"),
	CALL(recvmmsg, "netlink"),
	CALL(sendmmsg, "netlink"),
	CALL(select, "waiting for netlink and pipes"),
	CALL(pselect6, "waiting for netlink and pipes"),
	CALL(open, "libraries; Landlock says which"),
	CALL(openat, "libraries; Landlock says which"),
	CALL(stat, "libraries"),
	CALL(lstat, "libraries"),
	CALL(newfstatat, "libraries"),
	CALL(statx, "libraries"),
	CALL(statfs, "libraries"),
	CALL(fstatfs, "libraries"),
	CALL(access, "libraries"),
	CALL(faccessat, "libraries"),
	CALL(readlink, "libraries"),
	CALL(readlinkat, "libraries"),
	CALL(getdents64, "libraries"),
	CALL(getcwd, "libraries"),
	CALL(lseek, "libraries"),
	CALL(pread64, "libraries"),
	CALL(pwrite64, "flows older than the suite"),
	CALL(ftruncate, "flows older than the suite"),
	CALL(flock, "iptables' lock"),
	CALL(umask, "iptables' lock"),
	CALL_IF(ioctl, "is a descriptor a terminal", INT_IS(1, 0x5401 /* TCGETS */)),
	CALL(arch_prctl, "start of a program: thread area"),
	CALL(set_tid_address, "start of a program"),
	CALL(set_robust_list, "start of a program"),
	CALL(prlimit64, "start of a program"),
	CALL(getrlimit, "start of a program"),
	CALL(sigaltstack, "start of a program"),
	CALL(sched_getaffinity, "libraries"),
	CALL(sched_yield, "libraries"),
	CALL(uname, "libraries"),
	CALL(getuid, "libraries"),
	CALL(geteuid, "libraries"),
	CALL(getgid, "libraries"),
	CALL(getegid, "libraries"),
	CALL(getresuid, "libraries"),
	CALL(getresgid, "libraries"),
	CALL(getppid, "libraries"),
	CALL(getpgrp, "libraries"),
	CALL(alarm, "a bound on its time"),
	CALL(setitimer, "a bound on its time"),
	CALL(prctl, "ends with its parent; what it gains is bounded by the row"),
	CALL(setpgid, "iptables-restore in a group of its own"),
	CALL_IF(bpf, "iptables-restore finds a match by its path: BPF_OBJ_GET", INT_IS(0, 7)),
	CALL(memfd_create, "rules that are larger than a pipe"),
	CALL(epoll_create1, "libevent's loop"),
	CALL(eventfd2, "libevent's loop"),
	CALL(socketpair, "libevent's loop"),
	CALLS_END,
};

/* Programs map their code: of the common list, mmap and mprotect are wider here. */
static const struct call calls_programs[] = {
	CALL(read, "pipes, netlink, files"),
	CALL(write, "pipes, netlink"),
	CALL(readv, "pipes, netlink"),
	CALL(writev, "pipes, netlink"),
	CALL(recvmsg, "netlink"),
	CALL(sendmsg, "netlink"),
	CALL(recvfrom, "netlink"),
	CALL(close, "descriptors"),
	CALL(epoll_wait, "libevent's loop"),
	CALL(epoll_pwait, "libevent's loop"),
	CALL(epoll_ctl, "libevent's loop"),
	CALL(poll, "waiting"),
	CALL(ppoll, "waiting"),
	CALL(clock_gettime, "libc"),
	CALL(gettimeofday, "libc"),
	CALL(time, "libc"),
	CALL(nanosleep, "libc"),
	CALL(clock_nanosleep, "iptables waits for its lock"),
	CALL(getpid, "netlink port numbers"),
	CALL(gettid, "abort()"),
	CALL(brk, "malloc"),
	CALL(mmap, "the loader maps code"),
	CALL(mprotect, "the loader protects what it relocated"),
	CALL(munmap, "malloc"),
	CALL(mremap, "realloc"),
	CALL(madvise, "malloc"),
	CALL(futex, "libc's locks"),
	CALL(restart_syscall, "the kernel, after SIGSTOP and SIGCONT"),
	CALL(rt_sigprocmask, "libc"),
	CALL(rt_sigaction, "libc"),
	CALL(rt_sigreturn, "return from a handler"),
	CALL(tgkill, "abort()"),
	CALL(getrandom, "libc's seeds"),
	CALL(sysinfo, "qsort()"),
	CALL(fcntl, "libc"),
	CALL(fstat, "libc"),
	CALL(exit, "end"),
	CALL(exit_group, "end"),
	CALLS_END,
};

static const struct call *const lists[] = { calls_programs, calls, NULL };

const struct row row_setup = {
	.name = "setup",
	.binary = "bulwark-setup",
	.oneshot = true,
	.root = ROOT_HOST,
	.namespaces = CLONE_NEWIPC | CLONE_NEWUTS,
	.caps = UINT64_C(1) << CAP_NET_ADMIN,
	.limits = limits,
	.fds = fds,
	.fd_kinds = FD_NULL | FD_PIPE | FD_NETLINK | FD_MEMFD | FD_HOST,
	.landlock = true,
	.paths = paths,
	.calls = lists,
	.fallback = ENOSYS,
};
