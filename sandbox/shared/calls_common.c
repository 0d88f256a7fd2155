/*
 * System calls that every child needs, and what libraries try and can do
 * without. Nothing here opens, names or reaches anything new.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include "table.h"

const struct call calls_common[] = {
	CALL(read, "channels, pipes, files at hand"),
	CALL(write, "the same"),
	CALL(readv, "libevent's buffers"),
	CALL(writev, "libevent's buffers"),
	CALL(recvmsg, "channel: messages with descriptors"),
	CALL(sendmsg, "channel; needs a socket that is open already"),
	CALL(recvfrom, "sockets that are open already"),
	CALL(close, "descriptors of ended peers"),
	CALL(epoll_wait, "libevent's loop"),
	CALL(epoll_pwait, "libevent's loop, as newer libc calls it"),
	CALL(epoll_pwait2, "libevent's loop, with finer time-outs"),
	CALL(epoll_ctl, "libevent's loop"),
	CALL(poll, "channel_flush()"),
	CALL(ppoll, "the same, as newer libc calls it"),
	CALL(clock_gettime, "where the vDSO falls back"),
	CALL(gettimeofday, "where the vDSO falls back"),
	CALL(time, "where the vDSO falls back"),
	CALL(nanosleep, "libc"),
	CALL(clock_nanosleep, "libc"),
	CALL(getpid, "libevent notices a fork by it"),
	CALL(gettid, "abort()"),
	CALL(brk, "malloc"),
	CALL_IF(mmap, "malloc; nothing becomes executable", INT_ONLY(2, PROT_READ | PROT_WRITE)),
	CALL_IF(mprotect, "malloc; nothing becomes executable",
	    INT_ONLY(2, PROT_READ | PROT_WRITE)),
	CALL(munmap, "malloc"),
	CALL(mremap, "realloc"),
	CALL(madvise, "malloc"),
	CALL(sched_yield, "channel_await() lets others run meanwhile"),
	CALL(futex, "libc's locks"),
	CALL(restart_syscall, "the kernel, after SIGSTOP and SIGCONT"),
	CALL(rt_sigprocmask, "libevent, abort()"),
	CALL(rt_sigaction, "abort()"),
	CALL(rt_sigreturn, "return from a handler"),
	CALL_IF(tgkill, "abort() of itself; no other process has its uid", INT_IS(2, SIGABRT)),
	CALL(getrandom, "libc's hash and malloc seeds"),
	CALL(sysinfo, "qsort() asks how much memory there is"),
	CALL_IF(fcntl, "channel: a descriptor's flags", INT_IS(1, F_GETFD)),
	CALL_IF(fcntl, "channel: a descriptor's flags", INT_IS(1, F_SETFD)),
	CALL_IF(fcntl, "channel: non-blocking", INT_IS(1, F_GETFL)),
	CALL_IF(fcntl, "channel: non-blocking", INT_IS(1, F_SETFL)),
	CALL_IF(fcntl, "channel keeps a descriptor that waits to be sent",
	    INT_IS(1, F_DUPFD_CLOEXEC)),
	CALL(fstat, "libc"),
	CALL(exit, "end"),
	CALL(exit_group, "end"),

	CALL_ERRNO(clone3, ENOSYS, "libc tries it before clone"),
	CALL_ERRNO(openat2, ENOSYS, "libc may try it before openat"),
	CALL_ERRNO(faccessat2, ENOSYS, "libc tries it before faccessat"),
	CALL_ERRNO(rseq, ENOSYS, "libc tries it where a thread begins"),
	CALLS_END,
};

/* For processes that open nothing: libraries that look for a file or a socket do without. */
const struct call calls_probe[] = {
	CALL_ERRNO(open, EACCES, "libraries probe for files"),
	CALL_ERRNO(openat, EACCES, "libraries probe for files"),
	CALL_ERRNO(stat, EACCES, "libraries probe for files"),
	CALL_ERRNO(lstat, EACCES, "libraries probe for files"),
	CALL_IF(newfstatat, "fstat() of newer libc", INT_HAS(3, AT_EMPTY_PATH)),
	CALL_ERRNO_IF(newfstatat, EACCES, "libraries probe for files",
	    { 3, TEST_BITS, 0, AT_EMPTY_PATH }),
	CALL_ERRNO(statx, EACCES, "libraries probe for files"),
	CALL_ERRNO(access, EACCES, "libraries probe for files"),
	CALL_ERRNO(faccessat, EACCES, "libraries probe for files"),
	CALL_ERRNO(readlink, EACCES, "libraries probe for files"),
	CALL_ERRNO(readlinkat, EACCES, "libraries probe for files"),
	CALL_ERRNO(socket, EACCES, "libraries probe for services"),
	CALLS_END,
};

#ifdef BULWARK_ASAN
/*
 * The address sanitizer reads its own maps, keeps a signal stack, and asks for
 * much address space. Used in its builds only, which nobody installs.
 */
const struct call calls_asan[] = {
	CALL(sigaltstack, "sanitizer: signal stack"),
	CALL(getrlimit, "sanitizer: stack bounds"),
	CALL(prlimit64, "sanitizer: stack bounds"),
	CALL(sched_getaffinity, "sanitizer: number of processors"),
	CALL(getuid, "sanitizer: report"),
	CALL(geteuid, "sanitizer: report"),
	CALL_IF(prctl, "sanitizer: names its mappings", INT_IS(0, PR_SET_VMA)),
	CALLS_END,
};
#endif
