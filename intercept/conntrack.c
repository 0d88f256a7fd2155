/*
 * Connection tracking by ctnetlink. Called by those who end flows or look
 * after them, and main. Trusts the kernel.
 *
 * Ends come by the thousand where connections are short, and nobody waits for
 * them: the socket is read a moment after it became readable, many messages at
 * a time. Deletions are sent in batches and their errors (gone already) are
 * thrown away.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <string.h>
#include <sys/socket.h>

#include "conntrack.h"
#include "later.h"
#include "netlink.h"
#include "sandbox.h"

#define EVENT_BYTES	(8 << 20)
#define LATER_MS	50
#define DELETES		64
#define REQUEST_BYTES	128		/* about one entry; IPv6 has 100 */

static int		 event_fd = -1, ask_fd = -1, delete_fd = -1, look_fd = -1;
static void		(*on_ended)(const struct ct_entry *);
static void		(*on_soon)(const struct ct_entry *, unsigned);
static void		(*on_lost)(void);

static struct netlink_burst input;

static uint8_t		 deletes[DELETES * REQUEST_BYTES] __attribute__((aligned(8)));
static size_t		 deletes_used;
static unsigned		 delete_count;

static int
parse_addresses(const struct nlattr *nest, struct tuple *t)
{
	const struct nlattr *tb[CTA_IP_V6_DST + 1];

	if (attributes_in(nest, tb, CTA_IP_V6_DST + 1) == -1)
		return -1;
	if (attribute_bytes(tb[CTA_IP_V4_SRC], t->src, 4) &&
	    attribute_bytes(tb[CTA_IP_V4_DST], t->dst, 4))
		t->family = 4;
	else if (attribute_bytes(tb[CTA_IP_V6_SRC], t->src, 16) &&
	    attribute_bytes(tb[CTA_IP_V6_DST], t->dst, 16))
		t->family = 6;
	else
		return -1;
	return 0;
}

static int
parse_tuple(const struct nlattr *nest, struct tuple *t)
{
	const struct nlattr	*tb[CTA_TUPLE_MAX + 1], *proto[CTA_PROTO_MAX + 1];

	memset(t, 0, sizeof(*t));
	if (attributes_in(nest, tb, CTA_TUPLE_MAX + 1) == -1 ||
	    parse_addresses(tb[CTA_TUPLE_IP], t) == -1 ||
	    attributes_in(tb[CTA_TUPLE_PROTO], proto, CTA_PROTO_MAX + 1) == -1 ||
	    !attribute_u8(proto[CTA_PROTO_NUM], &t->proto))
		return -1;
	/* Protocols without ports have none here. */
	(void)attribute_be16(proto[CTA_PROTO_SRC_PORT], &t->sport);
	(void)attribute_be16(proto[CTA_PROTO_DST_PORT], &t->dport);
	return 0;
}

static void
parse_counters(const struct nlattr *nest, uint64_t *packets, uint64_t *bytes)
{
	const struct nlattr *tb[CTA_COUNTERS_MAX + 1];

	if (attributes_in(nest, tb, CTA_COUNTERS_MAX + 1) == -1)
		return;
	(void)attribute_be64(tb[CTA_COUNTERS_PACKETS], packets);
	(void)attribute_be64(tb[CTA_COUNTERS_BYTES], bytes);
}

int
conntrack_parse(const struct nlmsghdr *h, struct ct_entry *e)
{
	const struct nlattr	*tb[CTA_MAX + 1];
	uint16_t		 zone;

	memset(e, 0, sizeof(*e));
	if (h->nlmsg_type >> 8 != NFNL_SUBSYS_CTNETLINK ||
	    attributes_of(h, sizeof(struct nfgenmsg), tb, CTA_MAX + 1) == -1)
		return -1;
	/* Other zones are another tool's separate worlds. */
	if (tb[CTA_ZONE] != NULL && (!attribute_be16(tb[CTA_ZONE], &zone) || zone != 0))
		return -1;
	if (parse_tuple(tb[CTA_TUPLE_ORIG], &e->tuple) == -1)
		return -1;
	(void)attribute_be32(tb[CTA_MARK], &e->mark);
	parse_counters(tb[CTA_COUNTERS_ORIG], &e->packets_original, &e->bytes_original);
	parse_counters(tb[CTA_COUNTERS_REPLY], &e->packets_reply, &e->bytes_reply);
	return 0;
}

bool
conntrack_is_end(const struct nlmsghdr *h)
{
	return h->nlmsg_type == (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE);
}

static struct nlmsghdr *
ct_message(void *buffer, uint16_t type, uint8_t family)
{
	struct nlmsghdr		*h = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg		*g = mnl_nlmsg_put_extra_header(h, sizeof(*g));

	h->nlmsg_type = (uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 | type);
	h->nlmsg_flags = NLM_F_REQUEST;
	g->nfgen_family = family == 4 ? AF_INET : family == 6 ? AF_INET6 : AF_UNSPEC;
	g->version = NFNETLINK_V0;
	return h;
}

void
conntrack_open(void)
{
	event_fd = netlink_open(NETLINK_NETFILTER, EVENT_BYTES);
	ask_fd = netlink_open(NETLINK_NETFILTER, 1 << 20);
	delete_fd = netlink_open(NETLINK_NETFILTER, 1 << 20);
	look_fd = netlink_open(NETLINK_NETFILTER, 1 << 20);
	if (netlink_join(event_fd, NFNLGRP_CONNTRACK_DESTROY) == -1)
		fatal("watching connection tracking");
	netlink_burst_init(&input);
}

/* The kernel tells of one end a message. Returns how many there are. */
static unsigned
read_burst(struct ct_entry ended[NETLINK_BURST], int messages)
{
	const struct nlmsghdr	*h;
	unsigned		 n = 0;
	int			 i;

	for (i = 0; i < messages; i++) {
		h = (const void *)input.buffer[i];
		if (netlink_ok(h, (int)netlink_burst_length(&input, i)) && conntrack_is_end(h) &&
		    conntrack_parse(h, &ended[n]) == 0)
			n++;
	}
	if (n > 0)
		on_soon(ended, n);
	return n;
}

/*
 * What is there now; a burst that is not full was the last. Who is told of an end may call this again: then the
 * rest is read there, in its order.
 */
void
conntrack_drain(void)
{
	static struct ct_entry	ended[NETLINK_BURST];
	static unsigned		at, count;
	struct ct_entry		e;
	bool			lost = false, more = true;
	int			n;

	for (;;) {
		while (at < count) {
			e = ended[at++];
			on_ended(&e);
		}
		if (!more)
			break;
		n = netlink_burst_receive(event_fd, &input);
		lost = lost || (n == -1 && errno == ENOBUFS);
		more = n == NETLINK_BURST || (n == -1 && (errno == ENOBUFS || errno == EINTR));
		at = 0;
		count = read_burst(ended, n);
	}
	if (lost)
		on_lost();
}

/* What ends next comes along. */
static bool
read_later(void)
{
	conntrack_drain();
	return false;
}

void
conntrack_start(struct event_base *base, void (*soon)(const struct ct_entry *, unsigned),
    void (*ended)(const struct ct_entry *), void (*lost)(void))
{
	static struct later	news = { .first_ms = LATER_MS, .read = read_later };

	on_soon = soon;
	on_ended = ended;
	on_lost = lost;
	later_start(&news, base, event_fd);
}

static void
put_tuple(struct nlmsghdr *h, const struct tuple *t)
{
	struct nlattr	*tuple, *part;
	uint16_t	 bytes = t->family == 4 ? 4 : 16;

	tuple = mnl_attr_nest_start(h, CTA_TUPLE_ORIG);
	part = mnl_attr_nest_start(h, CTA_TUPLE_IP);
	mnl_attr_put(h, t->family == 4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, bytes, t->src);
	mnl_attr_put(h, t->family == 4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, bytes, t->dst);
	mnl_attr_nest_end(h, part);
	part = mnl_attr_nest_start(h, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(h, CTA_PROTO_NUM, t->proto);
	mnl_attr_put_u16(h, CTA_PROTO_SRC_PORT, htons(t->sport));
	mnl_attr_put_u16(h, CTA_PROTO_DST_PORT, htons(t->dport));
	mnl_attr_nest_end(h, part);
	mnl_attr_nest_end(h, tuple);
}

void
conntrack_delete(const struct tuple *t)
{
	struct nlmsghdr *h;

	h = ct_message(deletes + deletes_used, IPCTNL_MSG_CT_DELETE, t->family);
	put_tuple(h, t);
	deletes_used += MNL_ALIGN(h->nlmsg_len);
	if (++delete_count == DELETES)
		conntrack_flush();
}

void
conntrack_flush(void)
{
	static uint8_t answer[4096] __attribute__((aligned(8)));

	if (deletes_used == 0)
		return;
	if (netlink_send(delete_fd, deletes, deletes_used) == -1)
		log_warn("connection tracking: delete");
	deletes_used = 0;
	delete_count = 0;
	/* Only errors are answered, and the one there is says: gone already. */
	while (netlink_receive(delete_fd, answer, sizeof(answer)) != -1 || errno == ENOBUFS)
		continue;
}

struct dump {
	void	(*row)(void *, const struct ct_entry *);
	void	*ctx;
};

static void
on_dump(void *ctx, const struct nlmsghdr *h)
{
	const struct dump	*d = ctx;
	struct ct_entry		 e;

	if (conntrack_parse(h, &e) == 0)
		d->row(d->ctx, &e);
}

int
conntrack_dump(void (*row)(void *, const struct ct_entry *), void *ctx)
{
	uint8_t		buffer[128] __attribute__((aligned(8)));
	struct dump	d = { row, ctx };

	return netlink_ask(ask_fd, ct_message(buffer, IPCTNL_MSG_CT_GET, 0), NLM_F_DUMP, on_dump,
	    &d);
}

static void
read_missing(int i, uint32_t first, unsigned n, bool *missing)
{
	const struct nlmsghdr	*h = (const void *)input.buffer[i];
	int			 left = (int)netlink_burst_length(&input, i);

	for (; netlink_ok(h, left); h = mnl_nlmsg_next(h, &left))
		if (h->nlmsg_type == NLMSG_ERROR && h->nlmsg_seq - first < n && netlink_error(h) == ENOENT)
			missing[h->nlmsg_seq - first] = true;
}

/* The kernel answers while it is sent to. */
void
conntrack_missing(const struct tuple *const *t, unsigned n, bool *missing)
{
	static uint8_t	 asks[CONNTRACK_TOGETHER * REQUEST_BYTES] __attribute__((aligned(8)));
	static uint32_t	 first;
	struct nlmsghdr	*h;
	size_t		 used = 0;
	int		 got;

	memset(missing, 0, n * sizeof(*missing));
	first += CONNTRACK_TOGETHER;
	for (unsigned i = 0; i < n; i++) {
		h = ct_message(asks + used, IPCTNL_MSG_CT_GET, t[i]->family);
		h->nlmsg_seq = first + i;
		put_tuple(h, t[i]);
		used += MNL_ALIGN(h->nlmsg_len);
	}
	if (netlink_send(look_fd, asks, used) == -1)
		log_warn("connection tracking: look");
	do {
		got = netlink_burst_receive(look_fd, &input);
		for (int i = 0; i < got; i++)
			read_missing(i, first, n, missing);
	} while (got > 0 || (got == -1 && (errno == ENOBUFS || errno == EINTR)));
}

static void
on_stats(void *ctx, const struct nlmsghdr *h)
{
	const struct nlattr	*tb[CTA_STATS_MAX + 1];
	uint64_t		*sum = ctx;
	uint32_t		 n;

	if (attributes_of(h, sizeof(struct nfgenmsg), tb, CTA_STATS_MAX + 1) == -1)
		return;
	/* Both count packets that found no room; "early" ones took another's. */
	if (attribute_be32(tb[CTA_STATS_DROP], &n))
		*sum += n;
	if (attribute_be32(tb[CTA_STATS_EARLY_DROP], &n))
		*sum += n;
}

bool
conntrack_was_full(void)
{
	static uint64_t	before;
	static bool	known;
	uint8_t		buffer[128] __attribute__((aligned(8)));
	uint64_t	sum = 0;
	bool		more;

	if (netlink_ask(ask_fd, ct_message(buffer, IPCTNL_MSG_CT_GET_STATS_CPU, 0), NLM_F_DUMP,
	    on_stats, &sum) == -1)
		return false;
	more = known && sum > before;
	before = sum;
	known = true;
	return more;
}
