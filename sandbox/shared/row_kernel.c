/*
 * Row of bulwark-setup when it loads the suite's part in the kernel, once, before the parent gives
 * up what that takes. Root, with CAP_BPF and CAP_PERFMON to load programs that read the kernel's
 * structures, CAP_NET_ADMIN for those that see packets. It starts no program; libbpf's calls differ
 * from version to version: hence ENOSYS instead of death for the rest.
 */
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>

#include "sandbox.h"
#include "table.h"

static const struct row_limit limits[] = {
	{ RLIMIT_CORE, 0 },
	{ RLIMIT_FSIZE, 0 },
	{ RLIMIT_NPROC, 0 },
	{ RLIMIT_NOFILE, 64 },
	{ RLIMIT_AS, ROW_MEMORY },
	{ RLIMIT_MSGQUEUE, 0 },
	{ -1, 0 },
};

static const struct row_fd fds[] = {
	{ FD_SETUP_KERNEL, FD_HOST, false, "folder for what rules match by" },
	{ FD_SETUP_CGROUP, FD_HOST, false, "what is attached to" },
	{ FD_SETUP_PARENT, FD_UNIX, false, "takes what is loaded" },
	{ .what = NULL },
};

static const struct row_path paths[] = {
	{ "/usr", false, true },	/* the loader and libraries */
	{ "/lib", false, true },
	{ "/lib64", false, true },
	{ "/etc/ld.so.cache", false, false },
	{ "/etc/ld.so.preload", false, false },
	{ "/sys/kernel/btf/vmlinux", false, false },	/* where the kernel's structures have what */
	{ "/sys/devices/system/cpu/possible", false, false },
#ifdef BULWARK_ASAN
	{ "/proc", false, false },
#endif
	{ "/proc/self/fd/5", true, false },		/* FD_SETUP_KERNEL */
	{ .path = NULL },
};

static const struct call calls[] = {
	CALL(execveat, "bulwark-setup itself, by descriptor"),
	CALL_IF(bpf, "BPF_MAP_CREATE", INT_IS(0, 0)),
	CALL_IF(bpf, "BPF_MAP_UPDATE_ELEM, for what is constant", INT_IS(0, 2)),
	CALL_IF(bpf, "BPF_PROG_LOAD", INT_IS(0, 5)),
	CALL_IF(bpf, "BPF_OBJ_PIN", INT_IS(0, 6)),
	CALL_IF(bpf, "BPF_OBJ_GET_INFO_BY_FD: libbpf checks what it made", INT_IS(0, 15)),
	CALL_IF(bpf, "BPF_RAW_TRACEPOINT_OPEN", INT_IS(0, 17)),
	CALL_IF(bpf, "BPF_BTF_LOAD", INT_IS(0, 18)),
	CALL_IF(bpf, "BPF_MAP_FREEZE, for what is constant", INT_IS(0, 22)),
	CALL_IF(bpf, "BPF_LINK_CREATE", INT_IS(0, 28)),
	CALL_IF(bpf, "BPF_ITER_CREATE, to look at the processes that are there", INT_IS(0, 33)),
	CALL(sendmsg, "what is loaded goes to the parent"),
	CALL(read, "libraries, the kernel's types; runs that look"),
	CALL(pread64, "libraries"),
	CALL(lseek, "the kernel's types"),
	CALL(write, "one line for the parent"),
	CALL(writev, "the same"),
	CALL(open, "libraries; Landlock says which"),
	CALL(openat, "libraries; Landlock says which"),
	CALL(close, "descriptors"),
	CALL(fstat, "libraries"),
	CALL(stat, "libraries"),
	CALL(newfstatat, "libraries"),
	CALL(statx, "libraries"),
	CALL(access, "libraries"),
	CALL(faccessat, "libraries"),
	CALL(readlink, "libraries"),
	CALL(fcntl, "descriptors"),
	CALL(dup, "libbpf keeps numbers free"),
	CALL(dup3, "the same"),
	CALL(uname, "which kernel"),
	CALL(mmap, "the loader maps code"),
	CALL(mprotect, "the loader protects what it relocated"),
	CALL(munmap, "malloc"),
	CALL(mremap, "realloc"),
	CALL(madvise, "malloc"),
	CALL(brk, "malloc"),
	CALL(arch_prctl, "start of a program: thread area"),
	CALL(set_tid_address, "start of a program"),
	CALL(set_robust_list, "start of a program"),
	CALL(prlimit64, "start of a program; memory of maps, on old kernels"),
	CALL(sched_getaffinity, "libraries"),
	CALL(futex, "libc's locks"),
	CALL(getpid, "log lines"),
	CALL(gettid, "abort()"),
	CALL(tgkill, "abort()"),
	CALL(clock_gettime, "libc"),
	CALL(getrandom, "libc's seeds"),
	CALL(sysinfo, "qsort()"),
	CALL(alarm, "a bound on its time"),
	CALL(rt_sigprocmask, "libc"),
	CALL(rt_sigaction, "libc"),
	CALL(rt_sigreturn, "return from a handler"),
	CALL(restart_syscall, "the kernel, after SIGSTOP and SIGCONT"),
	CALL(exit, "end"),
	CALL(exit_group, "end"),
	CALLS_END,
};

#ifdef BULWARK_ASAN
static const struct call calls_sanitizer[] = {
	CALL(sigaltstack, "sanitizer: signal stack"),
	CALL(sched_yield, "sanitizer"),
	CALL(getuid, "sanitizer: report"),
	CALL(geteuid, "sanitizer: report"),
	CALL_IF(prctl, "sanitizer: names its mappings", INT_IS(0, PR_SET_VMA)),
	CALLS_END,
};
#endif

static const struct call *const lists[] = {
	calls,
#ifdef BULWARK_ASAN
	calls_sanitizer,
#endif
	NULL,
};

const struct row row_kernel = {
	.name = "kernel",
	.binary = "bulwark-setup",
	.oneshot = true,
	.root = ROOT_HOST,
	.namespaces = CLONE_NEWIPC | CLONE_NEWUTS,
	.caps = UINT64_C(1) << CAP_BPF | UINT64_C(1) << CAP_PERFMON | UINT64_C(1) << CAP_NET_ADMIN,
	.limits = limits,
	.fds = fds,
	.fd_kinds = FD_NULL | FD_PIPE | FD_UNIX | FD_HOST | FD_BPF,
	.landlock = true,
	.paths = paths,
	.calls = lists,
	.fallback = ENOSYS,
};
