/*
 * Ways below the rules, and beside IP.
 */
#include "datagram.h"
#include "senders.h"

#include <sys/ioctl.h>
#include <sys/mman.h>

#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/if_xdp.h>
#include <linux/vm_sockets.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <linux/if_pppox.h>	/* wants the one above first */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DEVICE	"v0"	/* of the lab's machines */

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

struct frame {
	struct ether_header	head;
	struct datagram		datagram;
} __attribute__((packed));

static struct frame
frame(const uint8_t to[6], unsigned i)
{
	struct frame f = { .head.ether_type = htons(ETH_P_IP), .datagram = craft(own_address().in.sin_addr, i) };
	struct ifreq r = { .ifr_name = DEVICE };
	int fd = udp_socket();

	if (ioctl(fd, SIOCGIFHWADDR, &r) == -1)
		err(1, "no hardware address");
	(void)close(fd);
	memcpy(f.head.ether_dhost, to, sizeof f.head.ether_dhost);
	memcpy(f.head.ether_shost, r.ifr_hwaddr.sa_data, sizeof f.head.ether_shost);
	return f;
}

/* -1: there are no such sockets, or none for us. */
static int
packet_socket(void)
{
	return socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static void
send_packet(int fd, unsigned i)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP), .sll_halen = 6,
				  .sll_ifindex = (int)if_nametoindex(DEVICE) };
	struct datagram d = craft(own_address().in.sin_addr, i);

	if (!gateway(to.sll_addr))
		errx(1, "no gateway");
	told(i);
	if (sendto(fd, &d, sizeof d, 0, (struct sockaddr *)&to, sizeof to) == -1)
		warn("packet");
}

static int
run_packet(void)
{
	int fd = packet_socket();

	if (fd == -1)
		return missing("AF_PACKET");
	for (unsigned i = 0; i < job.n; i++)
		send_packet(fd, i);
	return 0;
}

/* One after the other, so that what is answered to the first counts for the last. */
static int
run_packet_slow(void)
{
	int fd = packet_socket();

	if (fd == -1)
		return missing("AF_PACKET");
	for (unsigned i = 0; i < job.n; i++) {
		send_packet(fd, i);
		pause_ms(200);
	}
	return 0;
}

/* An IP packet in an Ethernet frame, and the socket is told that it is one of ARP. */
static int
run_packet_lie(void)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ARP), .sll_halen = 6,
				  .sll_ifindex = (int)if_nametoindex(DEVICE) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return missing("AF_PACKET");
	if (!gateway(to.sll_addr))
		errx(1, "no gateway");
	for (unsigned i = 0; i < job.n; i++) {
		struct frame f = frame(to.sll_addr, i);

		told(i);
		if (sendto(fd, &f, sizeof f, 0, (struct sockaddr *)&to, sizeof to) == -1)
			warn("packet");
	}
	return 0;
}

/* One socket an attempt, closed at once. */
static void
packet_once(unsigned i)
{
	int fd = packet_socket();

	if (fd == -1)
		err(1, "AF_PACKET");
	send_packet(fd, i);
	(void)close(fd);
}

static int
run_packet_close(void)
{
	for (unsigned i = 0; i < job.n; i++)
		packet_once(i);
	return 0;
}

/* And one process an attempt, which ends at once. */
static int
run_packet_end(void)
{
	for (unsigned i = 0; i < job.n; i++)
		in_child(packet_once, i);
	return 0;
}

/* Past the device's queue, and all that looks on there. */
static int
run_packet_past(void)
{
	int fd = packet_socket(), on = 1;

	if (fd == -1 || setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on) == -1)
		return missing("PACKET_QDISC_BYPASS");
	for (unsigned i = 0; i < job.n; i++)
		send_packet(fd, i);
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
	(void)inet_pton(AF_INET, "10.99.0.2", &from.in.sin_addr);
	for (unsigned i = 0; i < job.n; i++) {
		struct datagram d = craft(from.in.sin_addr, i);

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

#define FRAMES		16u	/* of the memory that a socket for frames shares with the kernel */
#define FRAME_BYTES	4096u

struct frames {
	int			 fd;
	uint8_t			*memory;
	struct xdp_desc		*ring;
	_Atomic uint32_t	*producer;
};

static bool
frames_rings(struct frames *f)
{
	uint32_t n = FRAMES;
	struct xdp_mmap_offsets at;
	socklen_t len = sizeof at;
	uint8_t *ring;

	if (setsockopt(f->fd, SOL_XDP, XDP_UMEM_FILL_RING, &n, sizeof n) == -1 ||
	    setsockopt(f->fd, SOL_XDP, XDP_UMEM_COMPLETION_RING, &n, sizeof n) == -1 ||
	    setsockopt(f->fd, SOL_XDP, XDP_TX_RING, &n, sizeof n) == -1 ||
	    getsockopt(f->fd, SOL_XDP, XDP_MMAP_OFFSETS, &at, &len) == -1)
		return false;
	ring = mmap(NULL, at.tx.desc + FRAMES * sizeof *f->ring, PROT_READ | PROT_WRITE, MAP_SHARED, f->fd,
	    XDP_PGOFF_TX_RING);
	if (ring == MAP_FAILED)
		return false;
	f->producer = (void *)(ring + at.tx.producer);
	f->ring = (void *)(ring + at.tx.desc);
	return true;
}

/* A socket that sends frames from memory (AF_XDP); false: there is none here. */
static bool
frames_open(struct frames *f)
{
	struct xdp_umem_reg memory = { .len = FRAMES * FRAME_BYTES, .chunk_size = FRAME_BYTES };
	struct sockaddr_xdp on = { .sxdp_family = AF_XDP, .sxdp_flags = XDP_COPY, .sxdp_ifindex = if_nametoindex(DEVICE) };

	f->fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	f->memory = mmap(NULL, memory.len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (f->fd == -1 || f->memory == MAP_FAILED)
		return false;
	memory.addr = (uintptr_t)f->memory;
	return setsockopt(f->fd, SOL_XDP, XDP_UMEM_REG, &memory, sizeof memory) == 0 && frames_rings(f) &&
	    bind(f->fd, (struct sockaddr *)&on, sizeof on) == 0;
}

static int
run_xdp(void)
{
	struct frames f;
	uint8_t to[6];

	if (!frames_open(&f))
		return missing("AF_XDP");
	if (!gateway(to))
		errx(1, "no gateway");
	for (unsigned i = 0; i < job.n; i++) {
		struct frame one = frame(to, i);
		uint32_t at = i % FRAMES;

		memcpy(f.memory + at * FRAME_BYTES, &one, sizeof one);
		f.ring[at] = (struct xdp_desc){ .addr = at * FRAME_BYTES, .len = sizeof one };
		told(i);
		atomic_fetch_add(f.producer, 1);
		if (sendto(f.fd, NULL, 0, MSG_DONTWAIT, NULL, 0) == -1)
			warn("xdp");
	}
	return 0;
}

/* A session that nobody agreed to: whoever listens on the link has what is in it. */
static int
run_pppoe(void)
{
	struct sockaddr_pppox to = { .sa_family = AF_PPPOX, .sa_protocol = PX_PROTO_OE,
				     .sa_addr.pppoe = { .sid = htons(7), .dev = DEVICE } };
	struct { uint16_t ppp; struct datagram datagram; } __attribute__((packed)) d = { .ppp = htons(0x0021) };
	int fd = socket(AF_PPPOX, SOCK_STREAM | SOCK_CLOEXEC, PX_PROTO_OE);

	if (fd == -1)
		return missing("AF_PPPOX");
	if (!gateway(to.sa_addr.pppoe.remote))
		errx(1, "no gateway");
	if (connect(fd, (struct sockaddr *)&to, sizeof to) == -1)
		err(1, "pppoe");
	for (unsigned i = 0; i < job.n; i++) {
		d.datagram = craft(own_address().in.sin_addr, i);
		told(i);
		if (send(fd, &d, sizeof d, 0) == -1)
			warn("pppoe");
	}
	return 0;
}

const struct way below_ways[] = {
	{ "packet", run_packet },
	{ "packet-close", run_packet_close },
	{ "packet-end", run_packet_end },
	{ "packet-lie", run_packet_lie },
	{ "packet-past", run_packet_past },
	{ "packet-slow", run_packet_slow },
	{ "pppoe", run_pppoe },
	{ "tun", run_tun },
	{ "vsock", run_vsock },
	{ "xdp", run_xdp },
	{ NULL, NULL },
};
