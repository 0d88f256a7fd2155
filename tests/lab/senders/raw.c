/*
 * Sockets for whole packets, and ways that pass below the rules or beside IP. Nearly all of them want rights
 * that ordinary users do not have.
 */
#include "senders.h"

#include <sys/ioctl.h>

#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/if_xdp.h>
#include <linux/vm_sockets.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/icmp6.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef AF_XDP
#define AF_XDP	44
#endif
#define DEVICE	"v0"	/* of the lab's machines */
#define PROTO_NEW	253	/* for experiments, RFC 3692 */

struct datagram {
	struct iphdr	ip;
	struct udphdr	udp;
	char		text[sizeof TEXT];
} __attribute__((packed));

static uint16_t
sum(const void *data, size_t len)
{
	const uint8_t *p = data;
	uint32_t s = 0;

	for (size_t i = 0; i < len; i++)
		s += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
	while (s >> 16 != 0)
		s = (s & 0xffff) + (s >> 16);
	return htons((uint16_t)~s);
}

/* A datagram without a UDP socket behind it. */
static struct datagram
craft(unsigned i)
{
	union address to = nth(i);
	struct datagram d = {
		.ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP, .tot_len = htons(sizeof d),
			.id = htons((uint16_t)(i + 1)), .saddr = own_address().in.sin_addr.s_addr,
			.daddr = to.in.sin_addr.s_addr },
		.udp = { .source = htons((uint16_t)(20000 + i)), .dest = to.in.sin_port,
			 .len = htons(sizeof d - sizeof d.ip) },
		.text = TEXT,
	};

	d.ip.check = sum(&d.ip, sizeof d.ip);
	return d;
}

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
		struct datagram d = craft(i);

		send_raw(fd, i, &d, sizeof d);
	}
	return 0;
}

/* One raw socket an attempt, closed at once. */
static int
run_raw_close(void)
{
	for (unsigned i = 0; i < job.n; i++) {
		struct datagram d = craft(i);
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

		h.checksum = v4 ? sum(&h, sizeof h) : 0;	/* of IPv6 the kernel's */
		send_raw(fd, i, &h, sizeof h);
	}
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

/* Where the gateway's hardware address comes from. */
static bool
gateway(uint8_t mac[6])
{
	FILE *f = fopen("/proc/net/arp", "re");
	char line[256], device[17];
	bool found = false;

	while (f != NULL && !found && fgets(line, sizeof line, f) != NULL)
		found = sscanf(line, "%*s %*s %*s %hhx:%hhx:%hhx:%hhx:%hhx:%hhx %*s %16s", &mac[0], &mac[1], &mac[2],
		    &mac[3], &mac[4], &mac[5], device) == 7 && strcmp(device, DEVICE) == 0;
	if (f != NULL)
		(void)fclose(f);
	return found;
}

static int
run_packet(void)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP), .sll_halen = 6,
				  .sll_ifindex = (int)if_nametoindex(DEVICE) };
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return missing("AF_PACKET");
	if (!gateway(to.sll_addr))
		errx(1, "no gateway");
	for (unsigned i = 0; i < job.n; i++) {
		struct datagram d = craft(i);

		told(i);
		if (sendto(fd, &d, sizeof d, 0, (struct sockaddr *)&to, sizeof to) == -1)
			warn("packet");
	}
	return 0;
}

/* What a program writes to a tun device comes in there, as if from outside, and is to be forwarded. */
static int
run_tun(void)
{
	struct ifreq r = { .ifr_name = "senders%d", .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC), s = udp_socket();
	union address from = { .in = { .sin_family = AF_INET } };

	if (fd == -1 || ioctl(fd, TUNSETIFF, &r) == -1)
		return missing("tun");
	(void)inet_pton(AF_INET, "10.99.0.1", &from.in.sin_addr);
	r.ifr_addr = from.sa;
	if (ioctl(s, SIOCSIFADDR, &r) == -1)
		err(1, "address");
	r.ifr_flags = IFF_UP;
	if (ioctl(s, SIOCSIFFLAGS, &r) == -1)
		err(1, "up");
	for (unsigned i = 0; i < job.n; i++) {
		struct datagram d = craft(i);

		(void)inet_pton(AF_INET, "10.99.0.2", &d.ip.saddr);
		d.ip.check = 0;
		d.ip.check = sum(&d.ip, sizeof d.ip);
		told(i);
		if (write(fd, &d, sizeof d) == -1)
			warn("tun");
		pause_ms(10);
	}
	return 0;
}

/* To the machine that this one is a guest of. No IP: only whether such a socket can be had and used. */
static int
run_vsock(void)
{
	struct sockaddr_vm host = { .svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_HOST, .svm_port = 7 };
	int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return missing("AF_VSOCK");
	told(0);
	(void)connect(fd, (struct sockaddr *)&host, sizeof host);
	(void)close(fd);
	return 0;
}

static int
run_xdp(void)
{
	int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return missing("AF_XDP");
	told(0);
	(void)close(fd);
	return 0;
}

const struct way raw_ways[] = {
	{ "raw-udp", run_raw_udp },
	{ "raw-close", run_raw_close },
	{ "raw-proto", run_raw_proto },
	{ "raw-sctp", run_raw_sctp },
	{ "icmp", run_icmp },
	{ "ping", run_ping },
	{ "packet", run_packet },
	{ "tun", run_tun },
	{ "vsock", run_vsock },
	{ "xdp", run_xdp },
	{ NULL, NULL },
};
