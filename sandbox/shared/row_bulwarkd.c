/*
 * Row of the parent. It is root and starts the others, so its filter is no
 * list of what it needs but one of what neither it nor any child needs, before
 * and after narrowing; children inherit it. Its capabilities are what starting
 * a child anew takes: each child gets its own out of these.
 */
#include <sys/socket.h>
#include <sys/syscall.h>

#include <linux/capability.h>
#include <sched.h>

#include "sandbox.h"
#include "table.h"

static const struct call calls[] = {
	/* What stays: a map's entries (1 to 4, 21), and iptables-restore's look at a pinned match (7). */
	CALL_FATAL_IF(bpf, "no map is made", INT_IS(0, 0)),
	CALL_FATAL_IF(bpf, "no program goes into the kernel any more", INT_IS(0, 5)),
	CALL_FATAL_IF(bpf, "nothing is pinned", INT_IS(0, 6)),
	CALL_FATAL_IF(bpf, "attaching, looking for others' maps and programs", INT_HAS(0, 8)),
	CALL_FATAL_IF(bpf, "the same", { 0, TEST_BITS, 16, INT_MASK & ~UINT64_C(3) }),
	CALL_FATAL_IF(bpf, "who uses which program", INT_IS(0, 20)),
	CALL_FATAL_IF(bpf, "no map is frozen", INT_IS(0, 22)),
	CALL_FATAL_IF(bpf, "looking for others' descriptions", INT_IS(0, 23)),
	CALL_FATAL_IF(bpf, "links, iterators, tokens and what comes after", INT_HAS(0, 32)),
	CALL_FATAL_IF(bpf, "the same", INT_HAS(0, 64)),
	CALL_FATAL(perf_event_open, "nobody measures"),
	CALL_FATAL(kexec_load, "no other kernel"),
	CALL_FATAL(kexec_file_load, "no other kernel"),
	CALL_FATAL(reboot, "the machine is not ours to stop"),
	CALL_FATAL(init_module, "the kernel loads what rules need by itself"),
	CALL_FATAL(finit_module, "the same"),
	CALL_FATAL(delete_module, "the same"),
	CALL_FATAL(keyctl, "no keyring"),
	CALL_FATAL(add_key, "no keyring"),
	CALL_FATAL(request_key, "no keyring"),
	CALL_FATAL(ptrace, "whod looks by /proc; nobody traces"),
	CALL_FATAL(process_vm_readv, "nobody reads another's memory"),
	CALL_FATAL(process_vm_writev, "nobody writes another's memory"),
	CALL_FATAL(process_madvise, "nobody touches another's memory"),
	CALL_FATAL(pidfd_getfd, "descriptors come by channels only"),
	CALL_FATAL(userfaultfd, "a tool of exploits"),
	CALL_FATAL(io_uring_setup, "goes round seccomp"),
	CALL_FATAL(io_uring_enter, "goes round seccomp"),
	CALL_FATAL(io_uring_register, "goes round seccomp"),
	CALL_FATAL(open_by_handle_at, "goes round folders' rights"),
	CALL_FATAL(fanotify_init, "nobody watches the whole file system"),
	CALL_FATAL(setns, "no process enters another's namespace"),
	CALL_FATAL_IF(unshare, "no user namespace: it gives capabilities anew",
	    INT_HAS(0, CLONE_NEWUSER)),
	CALL_FATAL_IF(clone, "the same", INT_HAS(0, CLONE_NEWUSER)),
	CALL_FATAL_IF(socket, "below netfilter", INT_IS(0, AF_PACKET)),
	CALL_FATAL_IF(socket, "below netfilter", INT_IS(0, AF_XDP)),
	CALL_FATAL_IF(socket, "below netfilter", INT_IS(0, AF_PPPOX)),
	CALL_FATAL_IF(socket, "to the host or a guest, past netfilter", INT_IS(0, AF_VSOCK)),
	CALL_FATAL_IF(socket, "past netfilter", INT_IS(0, AF_BLUETOOTH)),
	CALL_FATAL_IF(socket, "the kernel's ciphers: a long row of holes", INT_IS(0, AF_ALG)),
	CALL_FATAL(settimeofday, "clocks are not ours to set"),
	CALL_FATAL(clock_settime, "clocks are not ours to set"),
	CALL_FATAL(clock_adjtime, "clocks are not ours to set"),
	CALL_FATAL(adjtimex, "clocks are not ours to set"),
	CALL_FATAL(iopl, "no hardware"),
	CALL_FATAL(ioperm, "no hardware"),
	CALL_FATAL(modify_ldt, "no old code"),
	CALL_FATAL(swapon, "no swap"),
	CALL_FATAL(swapoff, "no swap"),
	CALL_FATAL(acct, "no accounting"),
	CALL_FATAL(quotactl, "no quotas"),
	CALL_FATAL(syslog, "the kernel's log is not ours"),
	CALL_FATAL(vhangup, "no terminal"),
	CALL_FATAL(sethostname, "the machine's name is not ours"),
	CALL_FATAL(setdomainname, "the machine's name is not ours"),
	CALLS_END,
};

static const struct call *const lists[] = { calls, NULL };

const struct row row_bulwarkd = {
	.name = "bulwarkd",
	.binary = "bulwarkd",
	.root = ROOT_HOST,
	.caps = UINT64_C(1) << CAP_SETUID		/* each child becomes its own user */
	    | UINT64_C(1) << CAP_SETGID			/* and group */
	    | UINT64_C(1) << CAP_SETPCAP		/* and cuts its bounding set */
	    | UINT64_C(1) << CAP_SYS_ADMIN		/* and moves into namespaces of its own */
	    | UINT64_C(1) << CAP_KILL			/* a child that hangs is ended */
	    | UINT64_C(1) << CAP_NET_ADMIN		/* intercept, bulwark-setup */
	    | UINT64_C(1) << CAP_SYS_PTRACE		/* whod; and reading children back */
	    | UINT64_C(1) << CAP_DAC_READ_SEARCH,	/* whod */
	.fd_kinds = FD_NULL | FD_PIPE | FD_UNIX | FD_NETLINK | FD_EPOLL | FD_MEMFD | FD_PROC |
	    FD_HOST | FD_INET | FD_BPF,
	.calls = lists,
	.fallback = CALL_ALLOW,
};
