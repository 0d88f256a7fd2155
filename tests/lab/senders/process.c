/*
 * Processes that end, become another program, or are not what they seem.
 */
#include "senders.h"

#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AT_ONCE	4	/* processes of run_many() */
#define WAITING	32	/* packets that wait for a verdict, then it waits, too: what is lost in a flood is not the question */

static void
send_and_end(unsigned i)
{
	int fd = udp_to(i);

	told(i);
	put(fd);
}

static void
connect_and_end(unsigned i)
{
	union address a = nth(i);
	int fd = tcp_socket();

	told(i);
	(void)connect(fd, &a.sa, address_len());
}

/* A child uses what its parent made, and ends at once; the parent keeps it. */
static int
run_child_sends(void)
{
	for (unsigned i = 0; i < job.n; i++) {
		int fd = udp_to(i);
		pid_t pid = fork();

		if (pid == -1)
			err(1, "fork");
		if (pid == 0) {
			told(i);
			put(fd);
			_exit(0);
		}
		await(fd, POLLIN);
		wait_for(pid);
		(void)close(fd);
	}
	return 0;
}

static int
run_child_connects(void)
{
	for (unsigned i = 0; i < job.n; i++) {
		union address a = nth(i);
		int fd = tcp_socket();
		pid_t pid = fork();

		if (pid == -1)
			err(1, "fork");
		if (pid == 0) {
			told(i);
			(void)connect(fd, &a.sa, address_len());
			_exit(0);
		}
		wait_for(pid);
		await(fd, POLLOUT);
		(void)close(fd);
	}
	return 0;
}

static int
run_udp_end(void)
{
	for (unsigned i = 0; i < job.n; i++)
		in_child(send_and_end, i);
	return 0;
}

static int
run_tcp_end(void)
{
	for (unsigned i = 0; i < job.n; i++)
		in_child(connect_and_end, i);
	return 0;
}

/* The same after exec, so that nothing is known of the process. */
static int
run_exec(const char *way)
{
	for (unsigned i = 0; i < job.n; i++)
		wait_for(begin(job.self, way, i, -1));
	return 0;
}

static int
run_exec_udp_end(void)
{
	return run_exec("udp-end-now");
}

static int
run_exec_tcp_end(void)
{
	return run_exec("tcp-end-now");
}

static int
run_udp_end_now(void)
{
	send_and_end(0);
	_exit(0);
}

static int
run_tcp_end_now(void)
{
	connect_and_end(0);
	_exit(0);
}

/* Packets in the kernel's queues of this network. */
static unsigned
waiting(void)
{
	FILE *f = fopen("/proc/net/netfilter/nfnetlink_queue", "re");
	unsigned n, sum = 0;

	if (f == NULL)
		return 0;
	while (fscanf(f, "%*u %*d %u %*[^\n]", &n) == 1)
		sum += n;
	(void)fclose(f);
	return sum;
}

/* Each lives for about a millisecond. */
static int
run_many(void)
{
	unsigned running = 0;

	for (unsigned i = 0; i < job.n; i++) {
		pid_t pid;

		for (int ms = 0; ms < 1000 && waiting() > WAITING; ms++)
			pause_ms(1);
		if ((pid = fork()) == -1)
			err(1, "fork");
		if (pid == 0) {
			send_and_end(i);
			_exit(0);
		}
		if (++running == AT_ONCE) {
			wait_for(-1);
			running--;
		}
	}
	while (running-- > 0)
		wait_for(-1);
	return 0;
}

/* Sends, and becomes another program. */
static _Noreturn void
send_and_become(unsigned i)
{
	send_and_end(i);
	become(job.other, "rest", i, -1);
}

static int
run_then_exec(void)
{
	for (unsigned i = 0; i < job.n; i++)
		in_child(send_and_become, i);
	return 0;
}

static int
run_rest(void)
{
	pause_ms(50);
	return 0;
}

static int
in_parents_memory(void *i)
{
	send_and_become(*(unsigned *)i);
}

/* In a child that has its parent's memory, and becomes another program. */
static int
run_vfork(void)
{
	static _Alignas(16) char stack[65536];

	for (unsigned i = 0; i < job.n; i++) {
		pid_t pid = clone(in_parents_memory, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &i);

		if (pid == -1)
			err(1, "clone");
		wait_for(pid);
	}
	return 0;
}

/* The other program was seen at work under this pid before: it sends beside our addresses. */
static int
run_was_other(void)
{
	for (unsigned i = 0; i < job.n; i++)
		wait_for(begin(job.other, "work-and-become", i, -1));
	return 0;
}

static int
run_work_and_become(void)
{
	int fd = udp_to(50);

	finish(fd);
	become(job.other, "udp", 0, -1);
}

static void *
send_all(void *sleep_first)
{
	if (sleep_first != NULL)
		pause_ms(50);
	for (unsigned i = 0; i < job.n; i++) {
		told(i);
		finish(udp_to(i));
	}
	exit(0);
}

static pthread_t
thread(void *(*f)(void *), void *argument)
{
	pthread_t t;

	if (pthread_create(&t, NULL, f, argument) != 0)
		errx(1, "no thread");
	return t;
}

/* The main thread has ended. */
static int
run_leader(void)
{
	(void)thread(send_all, "");
	(void)syscall(SYS_exit, 0);
	return 1;
}

static void *
send_apart(void *argument)
{
	if (unshare(CLONE_FILES) == -1)
		err(1, "unshare");
	return send_all(argument);
}

/* A thread with a table of descriptors of its own. */
static int
run_own_table(void)
{
	(void)pthread_join(thread(send_apart, NULL), NULL);
	return 0;
}

static void *
thread_exec(void *number)
{
	become(job.self, "udp", *(unsigned *)number, -1);
}

static void
exec_in_thread(unsigned i)
{
	(void)pthread_join(thread(thread_exec, &i), NULL);
}

/* exec by another thread than the main one, whose pid it takes over. */
static int
run_thread_exec(void)
{
	for (unsigned i = 0; i < job.n; i++)
		in_child(exec_in_thread, i);
	return 0;
}

/* Two processes, one table of descriptors. */
static int
run_same_table(void)
{
	for (unsigned i = 0; i < job.n; i++) {
		pid_t pid = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);

		if (pid == -1)
			err(1, "clone");
		if (pid == 0) {
			told(i);
			finish(udp_to(i));
			_exit(0);
		}
		wait_for(pid);
	}
	return 0;
}

static void
copy(int to)
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (from == -1 || fstat(from, &st) == -1 || fchmod(to, 0755) == -1 || sendfile(to, from, NULL, (size_t)st.st_size) != st.st_size)
		err(1, "copy");
	(void)close(from);
}

static _Noreturn void
exec_file(int fd)
{
	char number[12];
	char *arguments[] = { (char *)(uintptr_t)job.self, (char *)(uintptr_t)"udp", number, (char *)(uintptr_t)job.address,
			      (char *)(uintptr_t)job.port, NULL };

	(void)snprintf(number, sizeof number, "%u", job.n);
	(void)fexecve(fd, arguments, environ);
	err(1, "fexecve");
}

/* A copy of this program that is nowhere but in memory. */
static int
run_memfd(void)
{
	int fd = memfd_create("copy", MFD_CLOEXEC);

	copy(fd);
	exec_file(fd);
}

/* This program's own file, by a descriptor. */
static int
run_fexecve(void)
{
	exec_file(open("/proc/self/exe", O_PATH | O_CLOEXEC));
}

/* A copy whose name is gone before it runs. */
static int
run_deleted(void)
{
	char path[4096];
	int fd, file;

	(void)snprintf(path, sizeof path, "%s.copy", job.self);
	if ((fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755)) == -1)
		err(1, "%s", path);
	copy(fd);
	file = open(path, O_PATH | O_CLOEXEC);
	(void)close(fd);
	(void)unlink(path);
	exec_file(file);
}

/* The other program traces it while it sends. */
static int
run_traced(void)
{
	for (unsigned i = 0; i < job.n; i++)
		wait_for(begin(job.other, "trace", i, -1));
	return 0;
}

static int
run_trace(void)
{
	pid_t pid = fork();
	int status;

	if (pid == -1)
		err(1, "fork");
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1)
			err(1, "ptrace");
		become(job.other, "udp", 0, -1);
	}
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status))
		(void)ptrace(PTRACE_CONT, pid, NULL, NULL);
	return 0;
}

static void
send_as_nobody(unsigned i)
{
	int fd = udp_to(i);

	if (setgid(65534) == -1 || setuid(65534) == -1)
		err(1, "setuid");
	told(i);
	finish(fd);
}

/* A socket of one user's, used as another. */
static int
run_setuid(void)
{
	for (unsigned i = 0; i < job.n; i++)
		in_child(send_as_nobody, i);
	return 0;
}

const struct way process_ways[] = {
	{ "udp-end", run_udp_end },
	{ "tcp-end", run_tcp_end },
	{ "exec-udp-end", run_exec_udp_end },
	{ "exec-tcp-end", run_exec_tcp_end },
	{ "child-sends", run_child_sends },
	{ "child-connects", run_child_connects },
	{ "many", run_many },
	{ "then-exec", run_then_exec },
	{ "vfork", run_vfork },
	{ "was-other", run_was_other },
	{ "leader", run_leader },
	{ "own-table", run_own_table },
	{ "thread-exec", run_thread_exec },
	{ "same-table", run_same_table },
	{ "memfd", run_memfd },
	{ "fexecve", run_fexecve },
	{ "deleted", run_deleted },
	{ "traced", run_traced },
	{ "setuid", run_setuid },
	/* parts of the above */
	{ "udp-end-now", run_udp_end_now },
	{ "tcp-end-now", run_tcp_end_now },
	{ "rest", run_rest },
	{ "work-and-become", run_work_and_become },
	{ "trace", run_trace },
	{ NULL, NULL },
};
