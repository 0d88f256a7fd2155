/*
 * See multicast.h. Called by resolve.c; the nets are policyd's word, which judges each packet besides. Whoever is on
 * the link hears the question and may answer it with anything; who is not, may not: the sockets are bound to
 * their devices, and an answer's source must be an address of the device's nets (RFC 6762, 11).
 *
 * All questions share one socket on each link, so that policyd has few ports to remember.
 */
#include <sys/queue.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>
#include <netinet/in.h>
#include <sodium.h>

#include "address.h"
#include "build.h"
#include "multicast.h"
#include "sandbox.h"

#define PORT		5353
#define HOPS		255	/* RFC 6762, 11: it can't have come from afar */
#define MESSAGE_MAX	9000	/* RFC 6762, 17 */
#define BURST		64	/* datagrams read in one go */

struct multicast {
	TAILQ_ENTRY(multicast)	 entry;
	struct asked		 asked;
	struct event		*late;
	multicast_heard_fn	*heard;
	void			*ctx;
};
TAILQ_HEAD(multicasts, multicast);

/* A device, and one IP version there. */
struct link {
	const struct names_net	*net;	/* the first of its nets */
	int			 fd;
	struct event		*ready;
};

static struct event_base	*base;
static struct multicasts	 open_ones = TAILQ_HEAD_INITIALIZER(open_ones);
static struct names_net		 nets[NAMES_NETS];
static unsigned			 net_count;
static struct link		 links[NAMES_NETS];
static unsigned			 link_count;	/* open ones */

void
multicast_init(struct event_base *b)
{
	base = b;
}

static void
close_links(void)
{
	while (link_count > 0) {
		struct link	*l = &links[--link_count];

		event_free(l->ready);
		(void)close(l->fd);
	}
}

/* Questions that are open wait for their end, and hear nothing. */
void
multicast_set(const struct names_net *net, unsigned count)
{
	if (count == net_count && memcmp(net, nets, count * sizeof(*net)) == 0)
		return;
	close_links();
	memcpy(nets, net, count * sizeof(*net));
	net_count = count;
}

static bool
same_link(const struct names_net *a, const struct names_net *b)
{
	return a->family == b->family && strcmp(a->device, b->device) == 0;
}

static bool
is_neighbour(const struct link *l, const union address *from)
{
	const uint8_t	*a = l->net->family == 4 ? (const uint8_t *)&from->in.sin_addr : from->in6.sin6_addr.s6_addr;

	for (unsigned i = 0; i < net_count; i++)
		if (same_link(&nets[i], l->net) && address_within(a, nets[i].address, nets[i].prefix))
			return true;
	return false;
}

void
multicast_cancel(struct multicast *q)
{
	if (q == NULL)
		return;
	TAILQ_REMOVE(&open_ones, q, entry);
	if (q->late != NULL)
		event_free(q->late);
	free(q);
	if (TAILQ_EMPTY(&open_ones))
		close_links();
}

/* The question that it fits; NULL: none that is open. */
static struct multicast *
find(const uint8_t *m, size_t len)
{
	struct multicast	*q;

	TAILQ_FOREACH(q, &open_ones, entry)
		if (reply_fits(m, len, &q->asked))
			return q;
	return NULL;
}

static void
take(const uint8_t *m, size_t len)
{
	struct multicast	*q = find(m, len);

	if (q != NULL && q->heard(q->ctx, m, len, &q->asked))
		multicast_cancel(q);
}

static void
on_late(evutil_socket_t fd, short what, void *arg)
{
	struct multicast	*q = arg;

	(void)fd;
	(void)what;
	(void)q->heard(q->ctx, NULL, 0, &q->asked);
	multicast_cancel(q);
}

/* What is taken may close the links. */
static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
	static uint8_t	 m[MESSAGE_MAX + 1];
	struct link	*l = arg;

	(void)what;
	for (int i = 0; i < BURST && l < links + link_count && l->fd == fd; i++) {
		union address	from = { .sa.sa_family = AF_UNSPEC };
		socklen_t	len = sizeof(from);
		ssize_t		n = recvfrom(fd, m, sizeof(m), 0, &from.sa, &len);

		if (n == -1)
			return;
		/* The port is at the same place in both forms of an address. */
		if (n <= MESSAGE_MAX && ntohs(from.in.sin_port) == PORT && is_neighbour(l, &from))
			take(m, (size_t)n);
	}
}

static bool
set_int(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) == 0;
}

/* Programs of this machine that are in the group are no neighbours: they do not hear it. */
static bool
set_up(int fd, const struct names_net *net)
{
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, net->device, (socklen_t)strlen(net->device)) == -1)
		return false;
	if (net->family == 4)
		return set_int(fd, IPPROTO_IP, IP_MULTICAST_TTL, HOPS) && set_int(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0);
	return set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) && set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, HOPS) &&
	    set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0);
}

static void
open_link(const struct names_net *net)
{
	static struct log_rate	 rate;
	struct link		*l = &links[link_count];
	int			 family = net->family == 4 ? AF_INET : AF_INET6;
	int			 fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd == -1 || !set_up(fd, net)) {
		if (log_rate_ok(&rate, 1))
			log_warn("multicast DNS on %s", net->device);
		if (fd != -1)
			(void)close(fd);
		return;
	}
	*l = (struct link){ .net = net, .fd = fd, .ready = event_new(base, fd, EV_READ | EV_PERSIST, on_ready, l) };
	if (l->ready == NULL || event_add(l->ready, NULL) == -1)
		fatal("memory for multicast DNS");
	link_count++;
}

static void
open_links(void)
{
	for (unsigned i = 0; i < net_count; i++) {
		unsigned	k = 0;

		while (k < i && !same_link(&nets[k], &nets[i]))
			k++;
		if (k == i)
			open_link(&nets[i]);
	}
}

static bool
send_on(const struct link *l, uint8_t *m, size_t len)
{
	struct sockaddr_in	four = { .sin_family = AF_INET, .sin_port = htons(PORT),
					 .sin_addr = { htonl(0xe00000fb) } };		/* 224.0.0.251 */
	struct sockaddr_in6	six = { .sin6_family = AF_INET6, .sin6_port = htons(PORT),
					.sin6_addr = { .s6_addr = { 0xff, 2, [15] = 0xfb } } };
	struct iovec		iov = { .iov_base = m, .iov_len = len };
	struct msghdr		h = { .msg_name = &four, .msg_namelen = sizeof(four), .msg_iov = &iov,
				      .msg_iovlen = 1 };

	if (l->net->family == 6) {
		h.msg_name = &six;
		h.msg_namelen = sizeof(six);
	}
	return sendmsg(l->fd, &h, 0) == (ssize_t)len;
}

/* Has it gone to anybody? */
static bool
send_question(const struct multicast *q)
{
	static const struct question_options	o = { .multicast = true };
	uint8_t					m[DNS_HEADER + DNAME_MAX + 4];
	size_t					len = build_question(&q->asked, &o, m, sizeof(m));
	unsigned				sent = 0;

	if (link_count == 0)
		open_links();
	for (unsigned i = 0; len > 0 && i < link_count; i++)
		sent += send_on(&links[i], m, len);
	return sent > 0;
}

struct multicast *
multicast_new(const struct dname *name, uint16_t type, multicast_heard_fn *heard, void *ctx)
{
	static const struct timeval	 late = { .tv_sec = MULTICAST_MS / 1000,
						  .tv_usec = MULTICAST_MS % 1000 * 1000 };
	struct multicast		*q = calloc(1, sizeof(*q));

	if (q == NULL)
		return NULL;
	*q = (struct multicast){ .heard = heard, .ctx = ctx, .late = evtimer_new(base, on_late, q),
				 .asked = { .id = (uint16_t)randombytes_random(), .type = type, .name = *name } };
	TAILQ_INSERT_TAIL(&open_ones, q, entry);
	if (q->late == NULL || event_add(q->late, &late) == -1 || !send_question(q)) {
		multicast_cancel(q);
		return NULL;
	}
	return q;
}
