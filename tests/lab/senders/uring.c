/*
 * By io_uring: the kernel sends, in this process, in a worker of it, or in a thread that looks at the
 * ring by itself; the socket may be in the ring only, and in no table of descriptors.
 */
#include "senders.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <err.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENTRIES	8

struct uring {
	int			 fd;
	bool			 polled;	/* by a thread of the kernel */
	_Atomic unsigned	*tail, *done_head, *done_tail;
	unsigned		*array, mask, done_mask;
	struct io_uring_sqe	*sqe;
	struct io_uring_cqe	*cqe;
};

static void *
map(const struct uring *u, size_t bytes, off_t what)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, u->fd, what);

	if (p == MAP_FAILED)
		err(1, "io_uring");
	return p;
}

/* False: there is none. The rings lie in one mapping (since Linux 5.4). */
static bool
uring_open(struct uring *u, unsigned flags)
{
	struct io_uring_params p = { .flags = flags, .sq_thread_idle = 50 };
	char *ring;
	size_t bytes;

	u->fd = (int)syscall(SYS_io_uring_setup, ENTRIES, &p);
	if (u->fd == -1)
		return false;
	u->polled = (flags & IORING_SETUP_SQPOLL) != 0;
	bytes = p.cq_off.cqes + p.cq_entries * sizeof *u->cqe;
	if (bytes < p.sq_off.array + p.sq_entries * sizeof *u->array)
		bytes = p.sq_off.array + p.sq_entries * sizeof *u->array;
	ring = map(u, bytes, IORING_OFF_SQ_RING);
	u->sqe = map(u, p.sq_entries * sizeof *u->sqe, IORING_OFF_SQES);
	u->tail = (void *)(ring + p.sq_off.tail);
	u->array = (void *)(ring + p.sq_off.array);
	u->mask = *(unsigned *)(void *)(ring + p.sq_off.ring_mask);
	u->done_head = (void *)(ring + p.cq_off.head);
	u->done_tail = (void *)(ring + p.cq_off.tail);
	u->done_mask = *(unsigned *)(void *)(ring + p.cq_off.ring_mask);
	u->cqe = (void *)(ring + p.cq_off.cqes);
	return true;
}

/* What came of it; waits 0.1 s at most for that (a refused connection is told, too). */
static int
uring_do(struct uring *u, const struct io_uring_sqe *sqe)
{
	unsigned at = *u->tail & u->mask, flags = IORING_ENTER_GETEVENTS, head;
	int result = 0;

	u->sqe[at] = *sqe;
	u->array[at] = at;
	atomic_fetch_add(u->tail, 1);
	if (u->polled)
		flags = IORING_ENTER_SQ_WAKEUP;
	if (syscall(SYS_io_uring_enter, u->fd, 1, 0, flags, NULL, 0) == -1)
		err(1, "io_uring_enter");
	for (int wait = 0; wait < 100 && *u->done_head == *u->done_tail; wait++)
		pause_ms(1);
	if ((head = *u->done_head) != *u->done_tail) {
		result = u->cqe[head & u->done_mask].res;
		*u->done_head = head + 1;
	}
	return result;
}

static struct io_uring_sqe
send_on(int fd)
{
	return (struct io_uring_sqe){ .opcode = IORING_OP_SEND, .fd = fd, .addr = (uintptr_t)TEXT, .len = sizeof TEXT };
}

static int
run_send(unsigned setup, unsigned opcode, unsigned flags)
{
	struct uring u;

	if (!uring_open(&u, setup))
		return missing("io_uring");
	for (unsigned i = 0; i < job.n; i++) {
		int fd = udp_to(i);
		struct io_uring_sqe sqe = send_on(fd);

		sqe.opcode = (__u8)opcode;
		sqe.flags = (__u8)flags;
		told(i);
		(void)uring_do(&u, &sqe);
		await(fd, POLLIN);
		(void)close(fd);
	}
	return 0;
}

static int
run_uring_send(void)
{
	return run_send(0, IORING_OP_SEND, 0);
}

/* By a worker. */
static int
run_uring_async(void)
{
	return run_send(0, IORING_OP_SEND, IOSQE_ASYNC);
}

static int
run_uring_poll(void)
{
	return run_send(IORING_SETUP_SQPOLL, IORING_OP_SEND, 0);
}

static int
run_uring_zerocopy(void)
{
	return run_send(0, IORING_OP_SEND_ZC, 0);
}

static int
run_connect(unsigned setup, unsigned flags)
{
	struct uring u;

	if (!uring_open(&u, setup))
		return missing("io_uring");
	for (unsigned i = 0; i < job.n; i++) {
		union address a = nth(i);
		int fd = tcp_socket();
		struct io_uring_sqe sqe = { .opcode = IORING_OP_CONNECT, .fd = fd, .addr = (uintptr_t)&a,
					    .off = address_len(), .flags = (__u8)flags };

		told(i);
		(void)uring_do(&u, &sqe);
		await(fd, POLLOUT);
		(void)close(fd);
	}
	return 0;
}

static int
run_uring_connect(void)
{
	return run_connect(0, 0);
}

static int
run_uring_connect_async(void)
{
	return run_connect(0, IOSQE_ASYNC);
}

static int
run_uring_connect_poll(void)
{
	return run_connect(IORING_SETUP_SQPOLL, 0);
}

/* Before Linux 6.14 a ring's files are listed without their numbers. Says so once. */
static void
look_listed(const struct uring *u)
{
	static bool looked;
	char path[40], text[4096];
	size_t len;
	FILE *f;

	if (looked)
		return;
	looked = true;
	(void)snprintf(path, sizeof path, "/proc/self/fdinfo/%d", u->fd);
	if ((f = fopen(path, "re")) == NULL)
		err(1, "%s", path);
	len = fread(text, 1, sizeof text, f);
	(void)fclose(f);
	if (memmem(text, len, "socket:[", 8) == NULL)
		warnx("sockets of a ring are not listed");
}

/* The socket that is the ring's only file, to the i-th address. */
static void
send_fixed(struct uring *u, unsigned i)
{
	union address a = nth(i);
	struct io_uring_sqe sqe = { .opcode = IORING_OP_CONNECT, .flags = IOSQE_FIXED_FILE, .addr = (uintptr_t)&a,
				    .off = address_len() };

	look_listed(u);
	(void)uring_do(u, &sqe);
	sqe = send_on(0);
	sqe.flags = IOSQE_FIXED_FILE;
	told(i);
	(void)uring_do(u, &sqe);
	pause_ms(50);
}

static bool
give_file(const struct uring *u, int fd)
{
	(void)syscall(SYS_io_uring_register, u->fd, IORING_UNREGISTER_FILES, NULL, 0);
	return syscall(SYS_io_uring_register, u->fd, IORING_REGISTER_FILES, &fd, 1) == 0;
}

/* The ring alone has the socket, which it made itself or was given. */
static int
run_fixed(bool made_there)
{
	struct uring u;

	if (!uring_open(&u, 0))
		return missing("io_uring");
	for (unsigned i = 0; i < job.n; i++) {
		int fd = made_there ? -1 : udp_to(i);
		struct io_uring_sqe sqe = { .opcode = IORING_OP_SOCKET, .fd = nth(i).sa.sa_family, .off = SOCK_DGRAM,
					    .file_index = 1 };

		if (!give_file(&u, fd))
			return missing("files of a ring");
		if (!made_there)
			(void)close(fd);
		else if (uring_do(&u, &sqe) < 0)
			return missing("sockets of a ring");
		send_fixed(&u, i);
	}
	return 0;
}

static int
run_uring_fixed(void)
{
	return run_fixed(false);
}

static int
run_uring_socket(void)
{
	return run_fixed(true);
}

/* A file, in the folder of this program, whose name is what the link of that socket says. */
static int
named_as(int socket)
{
	char path[4096];
	struct stat st;
	int fd;

	if (fstat(socket, &st) == -1)
		err(1, "fstat");
	(void)snprintf(path, sizeof path, "%.*s/socket:[%lu]", (int)(strrchr(job.self, '/') - job.self), job.self,
	    (unsigned long)st.st_ino);
	if ((fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644)) == -1)
		err(1, "%s", path);
	(void)unlink(path);
	return fd;
}

/* A ring with such a file; -1: it cannot be. */
static int
ring_named_as(int socket)
{
	int file = named_as(socket);
	struct uring u;
	bool given = uring_open(&u, 0) && give_file(&u, file);

	(void)close(file);
	return given ? u.fd : -1;
}

/* The other program keeps the socket, or a ring with a file that is named as it; of this one only its ring has it. */
static int
run_beside(bool socket)
{
	struct uring u;

	if (!uring_open(&u, 0))
		return missing("io_uring");
	for (unsigned i = 0; i < job.n; i++) {
		int fd = udp_to(i), theirs = socket ? dup(fd) : ring_named_as(fd);
		pid_t pid;

		if (theirs == -1 || !give_file(&u, fd))
			return missing("files of a ring");
		(void)close(fd);
		(void)fcntl(theirs, F_SETFD, 0);
		pid = begin(job.other, "uring-keep", i, theirs);
		(void)close(theirs);
		pause_ms(50);
		send_fixed(&u, i);
		(void)kill(pid, SIGKILL);
		wait_for(pid);
	}
	return 0;
}

static int
run_uring_name(void)
{
	return run_beside(false);
}

static int
run_uring_shared(void)
{
	return run_beside(true);
}

static int
run_uring_keep(void)
{
	(void)pause();
	return 0;
}

const struct way uring_ways[] = {
	{ "uring-send", run_uring_send },
	{ "uring-async", run_uring_async },
	{ "uring-poll", run_uring_poll },
	{ "uring-zerocopy", run_uring_zerocopy },
	{ "uring-connect", run_uring_connect },
	{ "uring-connect-async", run_uring_connect_async },
	{ "uring-connect-poll", run_uring_connect_poll },
	{ "uring-fixed", run_uring_fixed },
	{ "uring-socket", run_uring_socket },
	{ "uring-name", run_uring_name },
	{ "uring-shared", run_uring_shared },
	{ "uring-keep", run_uring_keep },
	{ NULL, NULL },
};
