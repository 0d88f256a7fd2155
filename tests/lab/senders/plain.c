/*
 * Ordinary sockets, in a hurry or with something about them that might confuse.
 */
#include "senders.h"

#include <sys/resource.h>

#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
run_tcp(void)
{
	for (unsigned i = 0; i < job.n; i++) {
		int fd = tcp_socket();

		told(i);
		tcp_connect(fd, i);
		(void)close(fd);
	}
	return 0;
}

static int
run_udp(void)
{
	for (unsigned i = 0; i < job.n; i++) {
		told(i);
		finish(udp_to(i));
	}
	return 0;
}

static int
run_udp_one(void)
{
	int fd = udp_socket();

	for (unsigned i = 0; i < job.n; i++) {
		told(i);
		send_to(fd, i);
		await(fd, POLLIN);
	}
	return 0;
}

/* One socket that is connected to one address after the other. */
static int
run_udp_again(void)
{
	int fd = udp_socket();

	for (unsigned i = 0; i < job.n; i++) {
		union address a = nth(i);

		told(i);
		if (connect(fd, &a.sa, address_len()) == -1)
			err(1, "connect");
		put(fd);
		await(fd, POLLIN);
	}
	return 0;
}

static int
run_udp_close(void)
{
	for (unsigned i = 0; i < job.n; i++) {
		int fd = udp_to(i);

		told(i);
		put(fd);
		(void)close(fd);
	}
	return 0;
}

static int
run_tcp_close(void)
{
	for (unsigned i = 0; i < job.n; i++) {
		union address a = nth(i);
		int fd = tcp_socket();

		told(i);
		(void)connect(fd, &a.sa, address_len());
		(void)close(fd);
	}
	return 0;
}

/* One socket that is connected, disconnected and connected to another address. */
static int
run_tcp_again(void)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	int fd = tcp_socket();

	for (unsigned i = 0; i < job.n; i++) {
		told(i);
		tcp_connect(fd, i);
		(void)connect(fd, &none, sizeof none);
	}
	return 0;
}

/* All sockets are there before the first is used. */
static int
run_flood(void)
{
	struct rlimit limit = { job.n + 100, job.n + 100 };
	int *fd = calloc(job.n, sizeof *fd);

	if (fd == NULL || setrlimit(RLIMIT_NOFILE, &limit) == -1)
		err(1, "%u sockets", job.n);
	for (unsigned i = 0; i < job.n; i++) {
		fd[i] = udp_to(i);
		told(i);
	}
	for (unsigned i = 0; i < job.n; i++)
		put(fd[i]);
	for (unsigned i = 0; i < job.n; i++)
		await(fd[i], POLLIN);
	free(fd);
	return 0;
}

/* As high as a descriptor's number may be. */
static int
run_high(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		err(1, "getrlimit");
	limit.rlim_cur = limit.rlim_max;
	if (limit.rlim_max <= 4096 || setrlimit(RLIMIT_NOFILE, &limit) == -1)
		return missing("high descriptors");
	for (unsigned i = 0; i < job.n; i++) {
		int low = udp_to(i), fd = fcntl(low, F_DUPFD_CLOEXEC, (int)limit.rlim_max - 1);

		told(i);
		(void)close(low);
		finish(fd);
	}
	return 0;
}

/* The suite's own mark for "accepted" (docs/rules.md). */
static int
run_mark(void)
{
	unsigned mark = 0x01000000;

	for (unsigned i = 0; i < job.n; i++) {
		int fd = tcp_socket();

		if (setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof mark) == -1)
			warn("SO_MARK");
		told(i);
		tcp_connect(fd, i);
		(void)close(fd);
	}
	return 0;
}

/* Looks like a name server's answer. */
static int
run_from_53(void)
{
	static const char answer[] = "\x12\x34\x81\x80\0\1\0\1\0\0\0\0\7trusted\4test\0\0\1\0\1\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x09\x09\x09\x09";
	union address from = own_address();
	int fd = udp_socket();

	from.in6.sin6_port = htons(53);	/* same place in both */
	if (bind(fd, &from.sa, address_len()) == -1)
		err(1, "port 53");
	for (unsigned i = 0; i < job.n; i++) {
		union address a = nth(i);

		told(i);
		(void)!sendto(fd, answer, sizeof answer - 1, 0, &a.sa, address_len());
		await(fd, POLLIN);
	}
	return 0;
}

/* IPv4 over a socket of IPv6. */
static int
run_mapped(void)
{
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	for (unsigned i = 0; i < job.n; i++) {
		struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_port = job.to.in.sin_port };

		memset(a.sin6_addr.s6_addr + 10, 0xff, 2);
		memcpy(a.sin6_addr.s6_addr + 12, &(struct in_addr){ nth(i).in.sin_addr.s_addr }, 4);
		told(i);
		(void)!sendto(fd, TEXT, sizeof TEXT, 0, (struct sockaddr *)&a, sizeof a);
		await(fd, POLLIN);
	}
	return 0;
}

/* More than one packet holds. */
static int
run_big(void)
{
	static const char data[4000] = TEXT;

	for (unsigned i = 0; i < job.n; i++) {
		int fd = udp_to(i);

		told(i);
		(void)!send(fd, data, sizeof data, 0);
		await(fd, POLLIN);
		(void)close(fd);
	}
	return 0;
}

/* IPv6 with a header of options before the transport's (RFC 8200, 4.6): one that means nothing. */
static int
udp_with_options(unsigned i)
{
	static const uint8_t header[8] = { 0, 0, 1, 4 };
	int fd = udp_to(i);

	if (setsockopt(fd, IPPROTO_IPV6, IPV6_DSTOPTS, header, sizeof header) == -1)
		err(1, "options");
	return fd;
}

static int
run_options(void)
{
	for (unsigned i = 0; i < job.n; i++) {
		int fd = udp_with_options(i);

		told(i);
		finish(fd);
	}
	return 0;
}

static int
run_options_close(void)
{
	for (unsigned i = 0; i < job.n; i++) {
		int fd = udp_with_options(i);

		told(i);
		put(fd);
		(void)close(fd);
	}
	return 0;
}

/* From an address that this machine does not have. */
static int
run_free_bind(void)
{
	union address from = { .in = { .sin_family = AF_INET } };
	int yes = 1;

	(void)inet_pton(AF_INET, "10.98.0.1", &from.in.sin_addr);
	for (unsigned i = 0; i < job.n; i++) {
		int fd = udp_socket();

		if (setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &yes, sizeof yes) == -1 ||
		    setsockopt(fd, IPPROTO_IP, IP_TRANSPARENT, &yes, sizeof yes) == -1 ||
		    bind(fd, &from.sa, sizeof from.in) == -1)
			return missing("IP_TRANSPARENT");
		told(i);
		send_to(fd, i);
		pause_ms(100);	/* no answer can come */
		(void)close(fd);
	}
	return 0;
}

const struct way plain_ways[] = {
	{ "tcp", run_tcp },
	{ "udp", run_udp },
	{ "udp-one", run_udp_one },
	{ "udp-again", run_udp_again },
	{ "udp-close", run_udp_close },
	{ "tcp-close", run_tcp_close },
	{ "tcp-again", run_tcp_again },
	{ "flood", run_flood },
	{ "high", run_high },
	{ "mark", run_mark },
	{ "from-53", run_from_53 },
	{ "mapped", run_mapped },
	{ "big", run_big },
	{ "options", run_options },
	{ "options-close", run_options_close },
	{ "free-bind", run_free_bind },
	{ NULL, NULL },
};
