/*
 * A program that talks, for tests: copied to two paths it is a permitted and a
 * forbidden program that otherwise do the same.
 *	talk once PROTO ADDRESS PORT [SECONDS]	one connection or datagram, answered within 1 s?
 *	talk flood PROTO ADDRESS PORT		fresh sockets, about 1000 a second, until SIGTERM; on a
 *						machine LAB_SLOW times as slow so many fewer
 *	talk keep ADDRESS PORT			one TCP connection to an echo server, a byte each
 *						10 ms, until SIGTERM: prints echoes and longest gap
 *	talk many PROTO ADDRESS PORT N		N sockets at once, answered within LAB_SLOW times 10 s?
 *	talk from SPORT PROTO ADDRESS PORT BYTES [mark=N] [reuse] [wait]
 *						one datagram of BYTES (or connection) from a local
 *						port, which is kept for 20 ms; wait: until SIGTERM
 *	talk over SPORT udp ADDRESS PORT	takes over a local port as soon as it is free, then sends
 *						for 30 ms: the length of each datagram is the time
 *						since, in units of 50 us
 *	talk steady udp ADDRESS PORT		one socket, a datagram each 50 ms, until SIGTERM
 *	talk sink PROTO PORT			counts what arrives, until SIGTERM
 * PROTO is tcp or udp.
 */
#include <sys/resource.h>
#include <sys/socket.h>

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
static int type;
static volatile sig_atomic_t ended;

static void
on_term(int sig)
{
	(void)sig;
	ended = 1;
}

static int64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t
now_ms(void)
{
	return now_us() / 1000;
}

static void
parse_address(const char *proto, const char *host, const char *port)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	struct addrinfo *ai;

	type = strcmp(proto, "tcp") == 0 ? SOCK_STREAM : SOCK_DGRAM;
	hints.ai_socktype = type;
	if (getaddrinfo(host, port, &hints, &ai) != 0)
		errx(2, "%s %s: not an address and a port", host, port);
	memcpy(&to, ai->ai_addr, ai->ai_addrlen);
	to_len = ai->ai_addrlen;
	freeaddrinfo(ai);
}

static int
open_socket(void)
{
	int fd = socket(to.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd == -1)
		err(1, "socket");
	return fd;
}

static bool
wait_for(int fd, short events, int ms)
{
	struct pollfd p = { .fd = fd, .events = events };

	return poll(&p, 1, ms) == 1;
}

/* True when the other side answered: connected, or an echo came. */
static bool
answered(int fd, int ms)
{
	int error = 0;
	socklen_t len = sizeof error;
	char byte = 'x';

	if (type == SOCK_DGRAM)
		return send(fd, &byte, 1, 0) == 1 && wait_for(fd, POLLIN, ms) &&
		    recv(fd, &byte, 1, 0) == 1;
	return wait_for(fd, POLLOUT, ms) &&
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0;
}

static int
run_once(const char *seconds)
{
	int fd = open_socket();

	if (connect(fd, (struct sockaddr *)&to, to_len) == -1 && errno != EINPROGRESS)
		return 1;
	return answered(fd, seconds == NULL ? 1000 : 1000 * atoi(seconds)) ? 0 : 1;
}

/* How many times slower than others the machine is */
static unsigned
slow(void)
{
	const char *times = getenv("LAB_SLOW");

	return times == NULL ? 1 : (unsigned)strtoul(times, NULL, 10);
}

/* Sockets live for 100 ms each, so that a SYN is seen and not only a close. */
static int
run_flood(void)
{
	useconds_t pause = 800 * slow();
	int held[100];
	unsigned n = 0;

	for (size_t i = 0; i < 100; i++)
		held[i] = -1;
	while (!ended) {
		int *slot = &held[n++ % 100];

		if (*slot != -1)
			(void)close(*slot);
		*slot = open_socket();
		if (connect(*slot, (struct sockaddr *)&to, to_len) == 0)
			(void)!write(*slot, "x", 1);
		(void)usleep(pause);
	}
	printf("tries=%u\n", n);
	return 0;
}

static int
run_keep(void)
{
	int fd = open_socket();
	unsigned echoes = 0;
	int64_t last, gap = 0, pause;
	char byte = 'x';

	(void)connect(fd, (struct sockaddr *)&to, to_len);
	if (!answered(fd, 5000))
		errx(1, "not connected");
	for (last = now_ms(); !ended; last = now_ms()) {
		if (send(fd, &byte, 1, MSG_NOSIGNAL) != 1)
			err(1, "lost after %u echoes", echoes);
		while (!wait_for(fd, POLLIN, 10000) && !ended)
			;
		if (!ended && recv(fd, &byte, 1, 0) != 1)
			err(1, "lost after %u echoes", echoes);
		pause = now_ms() - last;
		gap = pause > gap ? pause : gap;
		echoes++;
		(void)usleep(10000);
	}
	printf("echoes=%u gap=%lld\n", echoes, (long long)gap);
	return 0;
}

static int
run_many(size_t n)
{
	struct rlimit limit = { n + 100, n + 100 };
	int *fd = calloc(n, sizeof *fd);
	size_t good = 0;
	int64_t end;

	if (fd == NULL || setrlimit(RLIMIT_NOFILE, &limit) == -1)
		err(1, "%zu sockets", n);
	for (size_t i = 0; i < n; i++) {
		fd[i] = open_socket();
		if (connect(fd[i], (struct sockaddr *)&to, to_len) == -1 && errno != EINPROGRESS) {
			(void)close(fd[i]);
			fd[i] = -1;
		} else if (type == SOCK_DGRAM)
			(void)!write(fd[i], "x", 1);
	}
	end = now_ms() + (int64_t)10000 * slow();
	for (size_t i = 0; i < n; i++) {
		int left = (int)(end - now_ms());
		int error = 0;
		socklen_t len = sizeof error;

		if (fd[i] != -1 && wait_for(fd[i], type == SOCK_DGRAM ? POLLIN : POLLOUT, left > 0 ? left : 0) &&
		    getsockopt(fd[i], SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0)
			good++;
	}
	printf("answered=%zu\n", good);
	free(fd);
	return 0;
}

static bool
try_bind(int fd, const char *port)
{
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} local = { .in6 = { .sin6_family = to.ss_family } };

	local.in6.sin6_port = htons((uint16_t)strtoul(port, NULL, 10));	/* same place in both */
	return bind(fd, &local.sa, to_len) == 0;
}

static void
bind_port(int fd, const char *port)
{
	int yes = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (!try_bind(fd, port))
		err(3, "bind %s", port);
}

static int
run_from(const char *port, size_t bytes, char **option)
{
	int fd = open_socket(), yes = 1;
	static char data[65536];
	bool keep = false;

	for (; *option != NULL; option++) {
		unsigned mark;

		if (strncmp(*option, "mark=", 5) == 0) {
			mark = (unsigned)strtoul(*option + 5, NULL, 0);
			if (setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof mark) == -1)
				err(1, "mark");
		} else if (strcmp(*option, "reuse") == 0)
			(void)setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
		else if (strcmp(*option, "wait") == 0)
			keep = true;
	}
	bind_port(fd, port);
	if (connect(fd, (struct sockaddr *)&to, to_len) == -1 && errno != EINPROGRESS)
		err(1, "connect");
	if (type == SOCK_STREAM)
		(void)wait_for(fd, POLLOUT, 300);
	(void)!send(fd, data, bytes < sizeof data ? bytes : sizeof data, MSG_NOSIGNAL);
	if (type == SOCK_STREAM) {
		struct linger reset = { .l_onoff = 1 };

		(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	}
	if (!keep)
		(void)usleep(20000);	/* who ends sooner can't be found by a look at its sockets */
	while (keep && !ended)
		(void)pause();
	return 0;
}

static int
run_over(const char *port)
{
	int fd = open_socket();
	static char data[1400];
	int64_t begin, since;

	if (try_bind(fd, port))
		errx(3, "port %s is free", port);
	while (!try_bind(fd, port) && !ended)
		;
	begin = now_us();
	while ((since = now_us() - begin) < 30000) {
		(void)!sendto(fd, data, 1 + (size_t)since / 50, 0, (struct sockaddr *)&to, to_len);
		while (now_us() - begin < since + 50)
			;
	}
	return 0;
}

/* Whether anybody is there or not. */
static int
run_steady(void)
{
	int fd = open_socket();

	if (connect(fd, (struct sockaddr *)&to, to_len) == -1)
		err(1, "connect");
	while (!ended) {
		(void)!send(fd, "x", 1, 0);
		(void)usleep(50000);
	}
	return 0;
}

static int
run_sink(const char *port)
{
	int fd, no = 0;
	unsigned n = 0;
	char buffer[65536];

	to.ss_family = AF_INET6;
	to_len = sizeof(struct sockaddr_in6);
	fd = open_socket();
	(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
	bind_port(fd, port);
	if (type == SOCK_STREAM && listen(fd, 4096) == -1)
		err(1, "listen");
	while (!ended) {
		int peer;

		if (!wait_for(fd, POLLIN, 1000))
			continue;
		if (type == SOCK_DGRAM) {
			n += recv(fd, buffer, sizeof buffer, 0) >= 0;
			continue;
		}
		peer = accept(fd, NULL, NULL);
		if (peer != -1) {
			n++;
			(void)close(peer);
		}
	}
	printf("arrived=%u\n", n);
	return 0;
}

int
main(int argc, char **argv)
{
	struct sigaction term = { .sa_handler = on_term };
	const char *mode = argc > 1 ? argv[1] : "";

	(void)sigaction(SIGTERM, &term, NULL);
	if (strcmp(mode, "sink") == 0 && argc == 4) {
		type = strcmp(argv[2], "tcp") == 0 ? SOCK_STREAM : SOCK_DGRAM;
		return run_sink(argv[3]);
	}
	if (strcmp(mode, "keep") == 0 && argc == 4) {
		parse_address("tcp", argv[2], argv[3]);
		return run_keep();
	}
	if (strcmp(mode, "from") == 0 && argc >= 7) {
		parse_address(argv[3], argv[4], argv[5]);
		return run_from(argv[2], strtoul(argv[6], NULL, 10), argv + 7);
	}
	if (strcmp(mode, "over") == 0 && argc == 6) {
		parse_address(argv[3], argv[4], argv[5]);
		return run_over(argv[2]);
	}
	if (argc < 5)
		errx(2, "see the head of talk.c");
	parse_address(argv[2], argv[3], argv[4]);
	if (strcmp(mode, "once") == 0)
		return run_once(argc == 6 ? argv[5] : NULL);
	if (strcmp(mode, "steady") == 0 && type == SOCK_DGRAM)
		return run_steady();
	if (strcmp(mode, "flood") == 0)
		return run_flood();
	if (strcmp(mode, "many") == 0 && argc == 6)
		return run_many(strtoul(argv[5], NULL, 10));
	errx(2, "no mode %s", mode);
}
