/*
 * A program that tries one call after the other, for tests, and says at once what came of each, one word a line: "ok",
 * or the error's name. What the network answers later it does not wait for, but for tcp.
 *	tries STEP...		each one argument:
 *	tcp ADDRESS PORT	connect(), waits for an answer: 0.7 s
 *	connect ADDRESS PORT	of a UDP socket
 *	send ADDRESS PORT	sendto() of a fresh UDP socket; mapped: the same to IPv4 over a socket of IPv6
 *	from SPORT ADDRESS PORT	the same from a port
 *	open ADDRESS PORT	a connected UDP socket, which stays; "write": sends there; "to ADDRESS PORT": sendto() by it
 *	many ADDRESS PORT	sendmmsg() of two
 *	fast ADDRESS PORT	sendto() with MSG_FASTOPEN
 *	ring ADDRESS PORT	connect() by io_uring
 *	thread ADDRESS PORT	tcp, by another thread
 *	fork STEP...		a child does the one step that follows, in one argument
 *	until WORD STEP		repeats a step until it says WORD, 5 s at most
 *	spin MS ADDRESS PORT	connects as fast as it can for so long: how often
 *	answer PORT		waits for a datagram there and answers it; PORT 0: says first where
 *	raised ADDRESS PORT	tcp while another process traces this one
 *	uid N, cgroup FOLDER, netns FILE, cap-drop
 *	wait FIFO		until something is written there
 *	exec PROGRAM		goes on as that program with the steps that follow
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WORDS	8	/* of a step; those that are missing are "" */

static char **steps;
static struct sockaddr_storage to;
static socklen_t to_len;
static int kept = -1;

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
aim(const char *address, const char *port)
{
	struct sockaddr_in6 *in6 = (void *)&to;
	struct sockaddr_in *in = (void *)&to;

	memset(&to, 0, sizeof to);
	if (strchr(address, ':') != NULL) {
		in6->sin6_family = AF_INET6;
		to_len = sizeof *in6;
		if (inet_pton(AF_INET6, address, &in6->sin6_addr) != 1)
			errx(2, "%s", address);
	} else {
		in->sin_family = AF_INET;
		to_len = sizeof *in;
		if (inet_pton(AF_INET, address, &in->sin_addr) != 1)
			errx(2, "%s", address);
	}
	in->sin_port = htons((uint16_t)atoi(port));	/* same place in both */
}

static int
made(int type)
{
	int fd = socket(to.ss_family, type | SOCK_CLOEXEC, 0);

	if (fd == -1)
		err(2, "socket");
	return fd;
}

/* 0, or the error. */
static int
result(int value)
{
	return value < 0 ? errno : 0;
}

static int
closed(int fd, int error)
{
	(void)close(fd);
	return error;
}

static int
tcp(void)
{
	int fd = made(SOCK_STREAM | SOCK_NONBLOCK), error = result(connect(fd, (void *)&to, to_len));
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof error;

	if (error != EINPROGRESS)
		return closed(fd, error);
	if (poll(&p, 1, 700) != 1)
		return closed(fd, ETIMEDOUT);
	(void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	return closed(fd, error);
}

static void *
tcp_thread(void *error)
{
	*(int *)error = tcp();
	return NULL;
}

static int
in_thread(void)
{
	pthread_t t;
	int error = 0;

	if (pthread_create(&t, NULL, tcp_thread, &error) != 0)
		errx(2, "thread");
	pthread_join(t, NULL);
	return error;
}

static int
udp_connect(void)
{
	int fd = made(SOCK_DGRAM);

	return closed(fd, result(connect(fd, (void *)&to, to_len)));
}

static int
udp_open(void)
{
	kept = made(SOCK_DGRAM);
	return result(connect(kept, (void *)&to, to_len));
}

static int
udp_send(int port)
{
	struct sockaddr_in6 here = { .sin6_family = to.ss_family, .sin6_port = htons((uint16_t)port) };
	int fd = made(SOCK_DGRAM);

	if (port != 0 && bind(fd, (void *)&here, to_len) == -1)
		err(2, "bind");
	return closed(fd, result((int)sendto(fd, "x", 1, 0, (void *)&to, to_len)));
}

static int
mapped(const char *address, const char *port)
{
	char text[INET6_ADDRSTRLEN + 16];

	(void)snprintf(text, sizeof text, "::ffff:%s", address);
	aim(text, port);
	return udp_send(0);
}

static int
many(void)
{
	struct iovec iov = { .iov_base = "x", .iov_len = 1 };
	struct msghdr h = { .msg_name = &to, .msg_namelen = to_len, .msg_iov = &iov, .msg_iovlen = 1 };
	struct mmsghdr m[2] = { { .msg_hdr = h }, { .msg_hdr = h } };
	int fd = made(SOCK_DGRAM);

	return closed(fd, result(sendmmsg(fd, m, 2, 0)));
}

static int
fast(void)
{
	int fd = made(SOCK_STREAM | SOCK_NONBLOCK);

	return closed(fd, result((int)sendto(fd, "x", 1, MSG_FASTOPEN, (void *)&to, to_len)));
}

/* One entry, in one ring, waited for. */
static int
ring(void)
{
	struct io_uring_params p = { .flags = 0 };
	int fd = made(SOCK_STREAM), u = (int)syscall(SYS_io_uring_setup, 1, &p);
	size_t bytes = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe) + p.sq_off.array + 64;
	struct io_uring_sqe *sqe;
	char *at;

	if (u == -1)
		return ENOSYS;
	at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, u, IORING_OFF_SQ_RING);
	sqe = mmap(NULL, sizeof *sqe, PROT_READ | PROT_WRITE, MAP_SHARED, u, IORING_OFF_SQES);
	if (at == MAP_FAILED || sqe == MAP_FAILED)
		err(2, "io_uring");
	*sqe = (struct io_uring_sqe){ .opcode = IORING_OP_CONNECT, .fd = fd, .addr = (uintptr_t)&to, .off = to_len };
	*(unsigned *)(void *)(at + p.sq_off.array) = 0;
	atomic_store((_Atomic unsigned *)(void *)(at + p.sq_off.tail), 1);
	if (syscall(SYS_io_uring_enter, u, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) == -1)
		err(2, "io_uring_enter");
	(void)close(u);
	return closed(fd, -((struct io_uring_cqe *)(void *)(at + p.cq_off.cqes))->res);
}

/* Says how often by itself. */
static int
spin(int ms)
{
	int64_t end = now_ms() + ms;
	long n = 0;

	for (; now_ms() < end; n++) {
		int fd = made(SOCK_STREAM | SOCK_NONBLOCK);

		(void)closed(fd, result(connect(fd, (void *)&to, to_len)));
	}
	printf("%ld\n", n);
	return 0;
}

static int
answer(int port)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof here;
	char byte;

	to_len = sizeof to;
	if (bind(fd, (void *)&here, len) == -1 || getsockname(fd, (void *)&here, &len) == -1)
		err(2, "bind");
	if (port == 0)
		printf("%u\n", ntohs(here.sin_port));
	if (recvfrom(fd, &byte, 1, 0, (void *)&to, &to_len) != 1)
		err(2, "recv");
	return closed(fd, result((int)sendto(fd, "x", 1, 0, (void *)&to, to_len)));
}

static int
traced(void)
{
	int pipes[2], error;
	pid_t self = getpid(), child;
	char byte = 'n';

	if (pipe(pipes) == -1 || (child = fork()) == -1)
		err(2, "fork");
	if (child == 0) {
		byte = ptrace(PTRACE_SEIZE, self, 0, 0) == 0 ? 'y' : 'n';
		(void)!write(pipes[1], &byte, 1);
		for (;;)
			(void)pause();
	}
	if (read(pipes[0], &byte, 1) != 1 || byte != 'y')
		errx(2, "not traced");
	error = tcp();
	(void)kill(child, SIGKILL);
	(void)waitpid(child, NULL, 0);
	return error;
}

static void
write_to(const char *folder, const char *text)
{
	char path[300];
	int fd;

	(void)snprintf(path, sizeof path, "%s/cgroup.procs", folder);
	if ((fd = open(path, O_WRONLY)) == -1 || write(fd, text, strlen(text)) == -1)
		err(2, "%s", path);
	(void)close(fd);
}

static void
become(unsigned uid)
{
	if (setresgid(uid, uid, uid) == -1 || setresuid(uid, uid, uid) == -1)
		err(2, "uid %u", uid);
}

/* Another set of capabilities: another subject. */
static void
drop(void)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2];

	if (syscall(SYS_capget, &h, d) == -1)
		err(2, "capget");
	d[0].effective &= ~(1u << CAP_SYS_CHROOT);
	if (syscall(SYS_capset, &h, d) == -1)
		err(2, "capset");
}

static void
go_to(const char *netns)
{
	int fd = open(netns, O_RDONLY | O_CLOEXEC);

	if (fd == -1 || setns(fd, CLONE_NEWNET) == -1)
		err(2, "%s", netns);
}

static void
wait_at(const char *fifo)
{
	int fd = open(fifo, O_RDONLY | O_CLOEXEC);
	char byte;
	ssize_t n;

	if (fd == -1)
		err(2, "%s", fifo);
	while ((n = read(fd, &byte, 1)) == 1)	/* to its end: who wrote is no writer any more at the next wait */
		continue;
	if (n == -1)
		err(2, "%s", fifo);
	(void)close(fd);
}

/* Steps that say nothing; false: it is none of them. */
static int
prepares(char **w)
{
	if (strcmp(w[0], "uid") == 0)
		become((unsigned)atoi(w[1]));
	else if (strcmp(w[0], "cgroup") == 0)
		write_to(w[1], "0");
	else if (strcmp(w[0], "netns") == 0)
		go_to(w[1]);
	else if (strcmp(w[0], "cap-drop") == 0)
		drop();
	else if (strcmp(w[0], "wait") == 0)
		wait_at(w[1]);
	else
		return 0;
	return 1;
}

static const struct {
	const char	*word;
	int		(*run)(void);
} calls[] = {
	{ "tcp", tcp }, { "connect", udp_connect }, { "open", udp_open }, { "many", many }, { "fast", fast },
	{ "ring", ring }, { "thread", in_thread }, { "raised", traced },
};

static int
tried(char **w)
{
	if (strcmp(w[0], "answer") == 0)
		return answer(atoi(w[1]));
	if (strcmp(w[0], "write") == 0)
		return result((int)send(kept, "x", 1, 0));
	if (strcmp(w[0], "mapped") == 0)
		return mapped(w[1], w[2]);
	if (strcmp(w[0], "from") == 0 || strcmp(w[0], "spin") == 0) {
		aim(w[2], w[3]);
		return w[0][0] == 'f' ? udp_send(atoi(w[1])) : spin(atoi(w[1]));
	}
	aim(w[1], w[2]);
	if (strcmp(w[0], "to") == 0)
		return result((int)sendto(kept, "x", 1, 0, (void *)&to, to_len));
	if (strcmp(w[0], "send") == 0)
		return udp_send(0);
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
		if (strcmp(w[0], calls[i].word) == 0)
			return calls[i].run();
	errx(2, "no step %s", w[0]);
}

static const char *
name(int error)
{
	return error == 0 ? "ok" : strerrorname_np(error);
}

static int
repeat(char **w)
{
	int64_t end = now_ms() + 5000;
	int error;

	do {
		error = tried(w + 2);
		(void)usleep(error == EPERM ? 2000 : 20000);
	} while (strcmp(name(error), w[1]) != 0 && now_ms() < end);
	return error;
}

static void
child(char **w)
{
	pid_t pid = fork();

	if (pid == 0) {
		puts(name(tried(w + 1)));
		exit(0);
	}
	(void)waitpid(pid, NULL, 0);
}

static void
step(char *text)
{
	static char none[1];
	char *w[WORDS], *rest = text;

	for (int n = 0; n < WORDS; n++)
		w[n] = rest != NULL ? strsep(&rest, " ") : none;
	if (prepares(w))
		return;
	if (strcmp(w[0], "exec") == 0) {
		steps[0] = w[1];
		(void)execv(w[1], steps);
		err(2, "%s", w[1]);
	}
	if (strcmp(w[0], "fork") == 0)
		child(w);
	else
		puts(name(strcmp(w[0], "until") == 0 ? repeat(w) : tried(w)));
}

int
main(int argc, char *argv[])
{
	(void)argc;
	setvbuf(stdout, NULL, _IOLBF, 0);
	(void)prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
	for (steps = argv; steps[1] != NULL;) {
		steps++;
		step(*steps);
	}
	return 0;
}
