/*
 * The clients and the server of the benchmarks.
 *	conn serve PORT			accepts and closes at once, IPv4 and IPv6; echoes UDP
 *	conn connect ADDRESS PORT N	N fresh TCP connections: time of connect()
 *	conn refused ADDRESS PORT N	N connections that must be refused: time to the answer
 *	conn first ADDRESS PORT N	as connect, each to the address after the last one's
 *	conn exec ADDRESS PORT N	as connect, each from a program just executed
 *	conn udp ADDRESS PORT N		N fresh UDP sockets: time of send and echo
 *	conn echo ADDRESS PORT N	the same N times from one socket
 *	conn hold ADDRESS PORT N PROCESSES	UDP flows to N addresses from one socket, and as many processes: until a signal
 *	conn pace ADDRESS PORT SECONDS RATE	RATE connections a second, each given up after 50 ms; "gap=" is the longest time
 *					in milliseconds in which none came about, told again each second
 *	conn rate ADDRESS PORT SECONDS [AT-ONCE]	as many connections as go, one after the other or more at once
 * hold prints "ready" when all is there; the others "n=.. fail=.. p50=.. p99=.. max=.." in microseconds, or "rate=.." a second.
 */
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct sockaddr_storage to;
static socklen_t to_len;
static char *const *words; /* of the command line */

static double
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void
parse_address(const char *host, const char *port, int type)
{
	struct addrinfo hints = { .ai_socktype = type, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	struct addrinfo *ai;

	if (getaddrinfo(host, port, &hints, &ai) != 0)
		errx(2, "%s %s: not an address and a port", host, port);
	memcpy(&to, ai->ai_addr, ai->ai_addrlen);
	to_len = ai->ai_addrlen;
	freeaddrinfo(ai);
}

/* One connection; closed by reset, so that no TIME_WAIT piles up. errno of connect(), or 0. */
static int
connect_once(double *us)
{
	struct linger reset = { .l_onoff = 1 };
	double begin;
	int fd, error;

	fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		err(1, "socket");
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	begin = now_us();
	error = connect(fd, (struct sockaddr *)&to, to_len) == -1 ? errno : 0;
	*us = now_us() - begin;
	(void)close(fd);
	return error;
}

/* To the address after it: the last four bytes count on. */
static void
next_address(void)
{
	void *last = to.ss_family == AF_INET ? (void *)&((struct sockaddr_in *)&to)->sin_addr :
	    (void *)&((struct sockaddr_in6 *)&to)->sin6_addr.s6_addr[12];
	uint32_t n;

	memcpy(&n, last, sizeof n);
	n = htonl(ntohl(n) + 1);
	memcpy(last, &n, sizeof n);
}

/* One connection, the next one to the address after it. */
static int
first_once(double *us)
{
	int error = connect_once(us);

	next_address();
	return error;
}

/* One connection of a program that is executed for it: "conn one", which writes the time it took. */
static int
exec_once(double *us)
{
	int end[2], status;
	ssize_t got;
	pid_t pid;

	if (pipe2(end, O_CLOEXEC) == -1 || (pid = fork()) == -1)
		err(1, "process");
	if (pid == 0) {
		(void)dup2(end[1], STDOUT_FILENO);
		(void)execl("/proc/self/exe", words[0], "one", words[2], words[3], "1", (char *)NULL);
		_exit(127);
	}
	(void)close(end[1]);
	got = read(end[0], us, sizeof *us);
	(void)close(end[0]);
	if (waitpid(pid, &status, 0) == -1 || got != sizeof *us || !WIFEXITED(status))
		return ECHILD;
	return WEXITSTATUS(status);
}

static int
one(void)
{
	double us;
	int error = connect_once(&us);

	return write(STDOUT_FILENO, &us, sizeof us) == sizeof us ? error : ECHILD;
}

static int
udp_socket(void)
{
	struct timeval limit = { .tv_sec = 1 };
	int fd;

	fd = socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		err(1, "socket");
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	return fd;
}

/* One question and its echo from a socket that is open all the time. */
static int
echo_once(double *us)
{
	static int fd = -1;
	char byte = 'x';
	double begin = now_us();

	if (fd == -1) {
		fd = udp_socket();
		if (connect(fd, (struct sockaddr *)&to, to_len) == -1)
			return errno;
	}
	if (send(fd, &byte, 1, 0) != 1 || recv(fd, &byte, 1, 0) != 1)
		return errno;
	*us = now_us() - begin;
	return 0;
}

/* One question and its echo from a fresh socket. */
static int
udp_once(double *us)
{
	char byte = 'x';
	double begin;
	int fd = udp_socket(), error = 0;

	begin = now_us();
	if (connect(fd, (struct sockaddr *)&to, to_len) == -1 || send(fd, &byte, 1, 0) != 1 ||
	    recv(fd, &byte, 1, 0) != 1)
		error = errno;
	*us = now_us() - begin;
	(void)close(fd);
	return error;
}

/* Not faster than a firewall takes them. */
static int
hold(unsigned flows, unsigned processes)
{
	int fd = udp_socket();
	pid_t pid;

	for (unsigned i = 0; i < flows; i++) {
		if (sendto(fd, "x", 1, 0, (struct sockaddr *)&to, to_len) == -1)
			err(1, "flow %u", i);
		next_address();
		(void)usleep(100);
	}
	for (unsigned i = 0; i < processes; i++) {
		if ((pid = fork()) == -1)
			err(1, "process %u", i);
		if (pid == 0) {
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
			(void)pause();
			_exit(0);
		}
	}
	(void)puts("ready");
	(void)fflush(stdout);
	(void)pause();
	return 0;
}

static bool
connect_soon(void)
{
	struct linger reset = { .l_onoff = 1 };
	struct pollfd p = { .events = POLLOUT };
	socklen_t len = sizeof(int);
	int error = ETIMEDOUT;

	p.fd = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p.fd == -1)
		err(1, "socket");
	(void)setsockopt(p.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	if (connect(p.fd, (struct sockaddr *)&to, to_len) == 0)
		error = 0;
	else if (errno != EINPROGRESS)
		error = errno;
	else if (poll(&p, 1, 50) == 1)
		(void)getsockopt(p.fd, SOL_SOCKET, SO_ERROR, &error, &len);
	(void)close(p.fd);
	return error == 0;
}

static void
pace(double seconds, double a_second)
{
	double begin = now_us(), now = begin, last = begin, told = begin, gap = 0;
	unsigned long n = 0, fail = 0, due = 0;

	while (now - begin < seconds * 1e6) {
		if ((double)due >= (now - begin) / 1e6 * a_second)
			(void)usleep(200);
		else if (connect_soon()) {
			due++;
			n++;
			now = now_us();
			gap = now - last > gap ? now - last : gap;
			last = now;
		} else {
			fail++;
			due = (unsigned long)((now_us() - begin) / 1e6 * a_second); /* what was missed is not made up for */
		}
		now = now_us();
		if (now - told > 1e6) {
			printf("n=%lu fail=%lu gap=%.0f\n", n, fail, (now - last > gap ? now - last : gap) / 1e3);
			(void)fflush(stdout);
			told = now;
			gap = 0;
		}
	}
	printf("n=%lu fail=%lu\n", n, fail);
}

static int
by_time(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
measure(int (*once)(double *), int wanted, size_t n)
{
	double *us = calloc(n, sizeof *us);
	size_t i, fail = 0;

	if (us == NULL)
		err(1, "calloc");
	for (i = 0; i < n; i++)
		if (once(&us[i]) != wanted)
			fail++;
	qsort(us, n, sizeof *us, by_time);
	printf("n=%zu fail=%zu p50=%.1f p99=%.1f max=%.1f\n", n, fail, us[n / 2],
	    us[(n * 99 + 99) / 100 - 1], us[n - 1]);
	free(us);
}

static void
rate(double seconds)
{
	double us, begin = now_us();
	unsigned n = 0, fail = 0;

	while (now_us() - begin < seconds * 1e6) {
		if (connect_once(&us) == 0)
			n++;
		else
			fail++;
	}
	printf("rate=%.0f fail=%u\n", n / seconds, fail);
}

static void
begin_one(int set)
{
	struct linger reset = { .l_onoff = 1 };
	struct epoll_event e = { .events = EPOLLOUT };

	e.data.fd = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (e.data.fd == -1)
		err(1, "socket");
	(void)setsockopt(e.data.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	if (connect(e.data.fd, (struct sockaddr *)&to, to_len) == -1 && errno != EINPROGRESS)
		err(1, "connect");
	if (epoll_ctl(set, EPOLL_CTL_ADD, e.data.fd, &e) == -1)
		err(1, "epoll");
}

static void
rate_of_many(double seconds, unsigned at_once)
{
	double begin = now_us();
	unsigned n = 0, fail = 0;
	int set = epoll_create1(0), error;
	socklen_t len = sizeof error;
	struct epoll_event e;

	for (unsigned i = 0; i < at_once; i++)
		begin_one(set);
	while (now_us() - begin < seconds * 1e6 && epoll_wait(set, &e, 1, 2000) == 1) {
		if (getsockopt(e.data.fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0)
			n++;
		else
			fail++;
		(void)close(e.data.fd);
		begin_one(set);
	}
	printf("rate=%.0f fail=%u\n", n / seconds, fail);
}

static int
open_server(int type, in_port_t port)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	int fd, no = 0, yes = 1;

	fd = socket(AF_INET6, type, 0);
	if (fd == -1 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == -1 ||
	    bind(fd, (struct sockaddr *)&any, sizeof any) == -1 ||
	    (type == SOCK_STREAM && listen(fd, 4096) == -1))
		err(1, "port %d", port);
	return fd;
}

static void
serve(in_port_t port)
{
	int tcp = open_server(SOCK_STREAM, port), udp = open_server(SOCK_DGRAM, port);
	int set = epoll_create1(0);
	struct epoll_event e = { .events = EPOLLIN, .data.fd = tcp };

	(void)epoll_ctl(set, EPOLL_CTL_ADD, tcp, &e);
	e.data.fd = udp;
	(void)epoll_ctl(set, EPOLL_CTL_ADD, udp, &e);
	while (epoll_wait(set, &e, 1, -1) == 1) {
		struct sockaddr_in6 peer;
		socklen_t len = sizeof peer;
		char buffer[2048];
		ssize_t got;

		if (e.data.fd == tcp) {
			int fd = accept4(tcp, NULL, NULL, SOCK_CLOEXEC);

			if (fd != -1)
				(void)close(fd);
			continue;
		}
		got = recvfrom(udp, buffer, sizeof buffer, 0, (struct sockaddr *)&peer, &len);
		if (got > 0)
			(void)sendto(udp, buffer, (size_t)got, 0, (struct sockaddr *)&peer, len);
	}
}

/* What is measured one by one, and errno that each is to end with. */
static const struct mode {
	const char *name;
	int type;
	int (*once)(double *);
	int wanted;
} modes[] = {
	{ "connect", SOCK_STREAM, connect_once, 0 },
	{ "refused", SOCK_STREAM, connect_once, ECONNREFUSED },
	{ "first", SOCK_STREAM, first_once, 0 },
	{ "exec", SOCK_STREAM, exec_once, 0 },
	{ "udp", SOCK_DGRAM, udp_once, 0 },
	{ "echo", SOCK_DGRAM, echo_once, 0 },
};

static int
run_mode(const char *name, const char *n)
{
	for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++)
		if (strcmp(name, modes[i].name) == 0) {
			parse_address(words[2], words[3], modes[i].type);
			measure(modes[i].once, modes[i].wanted, strtoul(n, NULL, 10));
			return 0;
		}
	errx(2, "no mode %s", name);
}

int
main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";

	words = argv;
	if (argc == 3 && strcmp(mode, "serve") == 0) {
		serve((in_port_t)strtoul(argv[2], NULL, 10));
		return 1;
	}
	if (argc == 6 && strcmp(mode, "hold") == 0) {
		parse_address(argv[2], argv[3], SOCK_DGRAM);
		return hold((unsigned)strtoul(argv[4], NULL, 10), (unsigned)strtoul(argv[5], NULL, 10));
	}
	if (argc == 6 && strcmp(mode, "pace") == 0) {
		parse_address(argv[2], argv[3], SOCK_STREAM);
		pace(strtod(argv[4], NULL), strtod(argv[5], NULL));
		return 0;
	}
	if (argc != 5 && (argc != 6 || strcmp(mode, "rate") != 0))
		errx(2, "usage: conn serve PORT | connect|refused|first|exec|udp|echo|rate ADDRESS PORT N");
	if (strcmp(mode, "one") != 0 && strcmp(mode, "rate") != 0)
		return run_mode(mode, argv[4]);
	parse_address(argv[2], argv[3], SOCK_STREAM);
	if (strcmp(mode, "one") == 0)
		return one();
	if (argc == 6)
		rate_of_many(strtod(argv[4], NULL), (unsigned)strtoul(argv[5], NULL, 10));
	else
		rate(strtod(argv[4], NULL));
	return 0;
}
