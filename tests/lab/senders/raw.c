/*
 * Sockets for whole packets, which want rights that ordinary users do not have, and for ICMP echo, which need not.
 */
#include "datagram.h"
#include "senders.h"

#include <arpa/inet.h>
#include <err.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define LAST_MS		100	/* the socket stays, so that it is found for the last one, too */
#define PROTO_NEW	253	/* for experiments, RFC 3692 */

static void
send_raw(int fd, unsigned i, const void *data, size_t len)
{
	union address to = nth(i);

	to.in6.sin6_port = 0;	/* same place in both */
	told(i);
	if (sendto(fd, data, len, 0, &to.sa, address_len()) == -1)
		warn("sendto");
	pause_ms(10);
}

static int
run_raw_udp(void)
{
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);

	if (fd == -1)
		return missing("raw socket");
	for (unsigned i = 0; i < job.n; i++) {
		struct datagram d = craft(own_address().in.sin_addr, i);

		send_raw(fd, i, &d, sizeof d);
	}
	pause_ms(LAST_MS);
	return 0;
}

/* One raw socket an attempt, closed at once. */
static int
run_raw_close(void)
{
	for (unsigned i = 0; i < job.n; i++) {
		struct datagram d = craft(own_address().in.sin_addr, i);
		union address to = nth(i);
		int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);

		if (fd == -1)
			return missing("raw socket");
		told(i);
		(void)!sendto(fd, &d, sizeof d, 0, &to.sa, address_len());
		(void)close(fd);
	}
	return 0;
}

static int
run_raw_proto(void)
{
	int fd = socket(job.to.sa.sa_family, SOCK_RAW | SOCK_CLOEXEC, PROTO_NEW);

	if (fd == -1)
		return missing("raw socket");
	for (unsigned i = 0; i < job.n; i++)
		send_raw(fd, i, TEXT, sizeof TEXT);
	pause_ms(LAST_MS);
	return 0;
}

static uint32_t
crc32c(const uint8_t *data, size_t len)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < len; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78 : 0);
	}
	return ~crc;
}

/* SCTP of a library in user space: an INIT (RFC 9260, 3.3.2) by a raw socket. */
static int
run_raw_sctp(void)
{
	int fd = socket(job.to.sa.sa_family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_SCTP);

	if (fd == -1)
		return missing("raw socket");
	for (unsigned i = 0; i < job.n; i++) {
		uint8_t p[32] = { 0x9c, (uint8_t)i, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 20, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1 };
		uint32_t crc = crc32c(p, sizeof p);

		memcpy(p + 8, &crc, sizeof crc);
		send_raw(fd, i, p, sizeof p);
	}
	pause_ms(LAST_MS);
	return 0;
}

/* An echo request; type is SOCK_RAW, or SOCK_DGRAM for what users may open (net.ipv4.ping_group_range). */
static int
run_echo(int type)
{
	bool v4 = job.to.sa.sa_family == AF_INET;
	int fd = socket(job.to.sa.sa_family, type | SOCK_CLOEXEC, v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);

	if (fd == -1)
		return missing("ICMP socket");
	for (unsigned i = 0; i < job.n; i++) {
		struct icmphdr h = { .type = v4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST,
				     .un.echo = { .id = htons((uint16_t)getpid()), .sequence = htons((uint16_t)i) } };

		h.checksum = v4 ? ip_sum((const uint8_t *)&h, sizeof h) : 0;	/* of IPv6 the kernel's */
		send_raw(fd, i, &h, sizeof h);
	}
	pause_ms(LAST_MS);
	return 0;
}

static int
run_icmp(void)
{
	return run_echo(SOCK_RAW);
}

static int
run_ping(void)
{
	return run_echo(SOCK_DGRAM);
}

const struct way raw_ways[] = {
	{ "raw-udp", run_raw_udp },
	{ "raw-close", run_raw_close },
	{ "raw-proto", run_raw_proto },
	{ "raw-sctp", run_raw_sctp },
	{ "icmp", run_icmp },
	{ "ping", run_ping },
	{ NULL, NULL },
};
