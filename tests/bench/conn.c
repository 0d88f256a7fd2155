/*
 * The clients and the server of the benchmarks.
 *	conn serve PORT			accepts and closes at once, IPv4 and IPv6; echoes UDP
 *	conn connect ADDRESS PORT N	N fresh TCP connections: time of connect()
 *	conn refused ADDRESS PORT N	N connections that must be refused: time to the answer
 *	conn udp ADDRESS PORT N		N fresh UDP sockets: time of send and echo
 *	conn rate ADDRESS PORT SECONDS	as many connections as go, one after the other
 * Prints "n=.. fail=.. p50=.. p99=.. max=.." in microseconds, or "rate=.." a second.
 */
#include <sys/epoll.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct sockaddr_storage to;
static socklen_t to_len;

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

/* One question and its echo from a fresh socket. */
static int
udp_once(double *us)
{
	struct timeval limit = { .tv_sec = 1 };
	char byte = 'x';
	double begin;
	int fd, error = 0;

	fd = socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		err(1, "socket");
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	begin = now_us();
	if (connect(fd, (struct sockaddr *)&to, to_len) == -1 || send(fd, &byte, 1, 0) != 1 ||
	    recv(fd, &byte, 1, 0) != 1)
		error = errno;
	*us = now_us() - begin;
	(void)close(fd);
	return error;
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

int
main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";

	if (argc == 3 && strcmp(mode, "serve") == 0) {
		serve((in_port_t)strtoul(argv[2], NULL, 10));
		return 1;
	}
	if (argc != 5)
		errx(2, "usage: conn serve PORT | connect|refused|udp|rate ADDRESS PORT N");
	parse_address(argv[2], argv[3], strcmp(mode, "udp") == 0 ? SOCK_DGRAM : SOCK_STREAM);
	if (strcmp(mode, "connect") == 0)
		measure(connect_once, 0, strtoul(argv[4], NULL, 10));
	else if (strcmp(mode, "refused") == 0)
		measure(connect_once, ECONNREFUSED, strtoul(argv[4], NULL, 10));
	else if (strcmp(mode, "udp") == 0)
		measure(udp_once, 0, strtoul(argv[4], NULL, 10));
	else if (strcmp(mode, "rate") == 0)
		rate(strtod(argv[4], NULL));
	else
		errx(2, "no mode %s", mode);
	return 0;
}
