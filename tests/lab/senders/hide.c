/*
 * This program sends, and hides that it has the socket: another program (job.other) has it as well, and does
 * nothing; a copy lies in a queue of an AF_UNIX socket, in nobody's table. What says who sent is avoided, each
 * way by another path. Whoever asks who has the socket afterwards finds the other one alone.
 */
#include "senders.h"

#include <sys/socket.h>

#include <netinet/tcp.h>
#include <netinet/udp.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define PLACES	8192	/* KERNEL_SOCKETS of intercept/bpf/maps.h */
#define TRIES	(64 * PLACES)

struct hidden {
	int	link;		/* to the other program */
	int	queue[2];
	pid_t	pid;
};

static void
hide(struct hidden *h, int fd, unsigned i)
{
	int ends[2];

	if (fcntl(fd, F_SETFD, 0) == -1 || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == -1 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, h->queue) == -1)
		err(1, "socketpair");
	(void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	h->link = ends[0];
	h->pid = begin(job.other, "hold", i, ends[1]);
	(void)close(ends[1]);
	(void)!read(h->link, &(char){ 0 }, 1);	/* it runs */
	hand_over(h->queue[0], fd);
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/* It has the socket again, and sends once more. */
static void
show_up(struct hidden *h)
{
	int fd;

	pause_ms(20);
	fd = take(h->queue[1]);
	(void)send(fd, TEXT, sizeof TEXT, MSG_NOSIGNAL);
	await(fd, POLLIN);
	(void)close(fd);
	(void)close(h->queue[0]);
	(void)close(h->queue[1]);
	(void)close(h->link);
	wait_for(h->pid);
}

/* By a descriptor of a high number. */
static int
run_hidden(void)
{
	for (unsigned i = 0; i < job.n; i++) {
		int fd = udp_to(i), high;
		struct hidden h;

		hide(&h, fd, i);
		if ((high = fcntl(fd, F_DUPFD_CLOEXEC, 5000)) == -1)
			return missing("a descriptor above 5000");
		(void)close(fd);
		told(i);
		put(high);
		(void)close(high);
		show_up(&h);
	}
	return 0;
}

static unsigned
place(int fd)
{
	uint64_t cookie = 0;
	socklen_t len = sizeof cookie;

	if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len) == -1)
		err(1, "SO_COOKIE");
	return (unsigned)(cookie % PLACES);
}

/* Another socket that is noted in the place of this one. */
static void
displace(int fd)
{
	static const union address nobody = { .in = { .sin_family = AF_INET, .sin_port = 0x0900,
						      .sin_addr.s_addr = 0x0100007f } };
	unsigned wanted = place(fd);

	for (unsigned n = 0; n < TRIES; n++) {
		int other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (place(other) == wanted) {
			(void)connect(other, &nobody.sa, sizeof nobody.in);
			(void)close(other);
			return;
		}
		(void)close(other);
	}
	errx(1, "no socket has that place");
}

/* The first packet leaves by write(), long after connect(). */
static int
run_hidden_fast(void)
{
	int yes = 1;

	for (unsigned i = 0; i < job.n; i++) {
		union address a = nth(i);
		int fd = tcp_socket();
		struct hidden h;

		if (setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &yes, sizeof yes) == -1 ||
		    setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, &yes, sizeof yes) == -1)
			return missing("TCP_FASTOPEN_CONNECT");
		(void)connect(fd, &a.sa, address_len());
		hide(&h, fd, i);
		displace(fd);
		told(i);
		(void)!write(fd, TEXT, sizeof TEXT);
		(void)close(fd);
		show_up(&h);
	}
	return 0;
}

/* Behind an IPv6 routing header that has no more to route: no right is needed for it. */
static int
run_hidden_route(void)
{
	unsigned char header[24] = { 0, 2, 4 };

	for (unsigned i = 0; i < job.n; i++) {
		union address a = nth(i);
		int fd = udp_to(i);
		struct hidden h;

		memcpy(header + 8, &a.in6.sin6_addr, 16);
		if (setsockopt(fd, IPPROTO_IPV6, IPV6_RTHDR, header, sizeof header) == -1)
			return missing("IPV6_RTHDR");
		hide(&h, fd, i);
		told(i);
		put(fd);
		(void)close(fd);
		show_up(&h);
	}
	return 0;
}

/* Corked while the socket leaves its port; then another one that the other program has, too, has it. */
static int
run_late(void)
{
	static const union address none = { .sa.sa_family = AF_UNSPEC };
	int on = 1, off = 0;

	for (unsigned i = 0; i < job.n; i++) {
		union address a = nth(i), own = { .in6.sin6_family = AF_INET6 };
		socklen_t len = sizeof own.in6;
		int fd = udp_socket(), theirs = udp_socket();
		struct hidden h;

		if (bind(fd, &own.sa, len) == -1 || getsockname(fd, &own.sa, &len) == -1 ||
		    setsockopt(fd, IPPROTO_UDP, UDP_CORK, &on, sizeof on) == -1 ||
		    sendto(fd, TEXT, sizeof TEXT, 0, &a.sa, address_len()) == -1 || connect(fd, &none.sa, sizeof none) == -1 ||
		    bind(theirs, &own.sa, len) == -1)
			return missing("a corked datagram's port");
		hide(&h, theirs, i);
		(void)close(theirs);
		told(i);
		(void)setsockopt(fd, IPPROTO_UDP, UDP_CORK, &off, sizeof off);
		await(fd, POLLIN);
		(void)close(fd);
		(void)close(h.queue[0]);
		(void)close(h.queue[1]);
		(void)close(h.link);
		wait_for(h.pid);
	}
	return 0;
}

const struct way hide_ways[] = {
	{ "hidden", run_hidden },
	{ "hidden-fast", run_hidden_fast },
	{ "hidden-route", run_hidden_route },
	{ "late", run_late },
	{ NULL, NULL },
};
