/*
 * The kernel's socket look-up (sock_diag). Called for nearly every first packet
 * of a flow, so the answer is awaited on the spot: it is there when the send
 * returns. Trusts the kernel.
 *
 * The look-up goes by the packet's addresses and finds what the packet would
 * find: a connected socket first, then one bound to the address, then one bound
 * to any, also an IPv6 socket that serves IPv4. For TCP it ends at a listener.
 * UDP wants source and destination swapped; that is how the kernel has it.
 */
#include <netinet/in.h>

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <linux/unix_diag.h>
#include <string.h>

#include "netlink.h"
#include "packet.h"
#include "sandbox.h"
#include "sockdiag.h"

#define ANSWER_BYTES	4096

static int diag_fd = -1;		/* look-ups */
static int dump_fd = -1;		/* walks and ends: their answers are awaited */

void
sockdiag_open(void)
{
	diag_fd = netlink_open(NETLINK_SOCK_DIAG, 0);
	dump_fd = netlink_open(NETLINK_SOCK_DIAG, 1 << 20);
}

void
ends_of(const struct tuple *t, bool local_is_source, uint32_t device, struct ends *e)
{
	memset(e, 0, sizeof(*e));
	e->family = t->family;
	e->proto = t->proto;
	e->device = device;
	e->local_port = local_is_source ? t->sport : t->dport;
	e->remote_port = local_is_source ? t->dport : t->sport;
	memcpy(e->local, local_is_source ? t->src : t->dst, sizeof(e->local));
	memcpy(e->remote, local_is_source ? t->dst : t->src, sizeof(e->remote));
}

/* swap: as UDP look-ups want it. */
static struct inet_diag_req_v2 *
diag_message(void *buffer, uint16_t type, const struct ends *e, bool swap)
{
	struct nlmsghdr		*h = mnl_nlmsg_put_header(buffer);
	struct inet_diag_req_v2	*q = mnl_nlmsg_put_extra_header(h, sizeof(*q));

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST;
	q->sdiag_family = e->family == 4 ? AF_INET : AF_INET6;
	q->sdiag_protocol = e->proto;
	q->idiag_states = ~0u;
	q->id.idiag_if = e->device;
	q->id.idiag_cookie[0] = q->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	q->id.idiag_sport = htons(swap ? e->remote_port : e->local_port);
	q->id.idiag_dport = htons(swap ? e->local_port : e->remote_port);
	memcpy(q->id.idiag_src, swap ? e->remote : e->local, sizeof(q->id.idiag_src));
	memcpy(q->id.idiag_dst, swap ? e->local : e->remote, sizeof(q->id.idiag_dst));
	return q;
}

int
sockdiag_parse(const struct nlmsghdr *h, struct sock *s, struct ends *e)
{
	const struct inet_diag_msg *m;

	if (h->nlmsg_type != SOCK_DIAG_BY_FAMILY || mnl_nlmsg_get_payload_len(h) < sizeof(*m))
		return -1;
	m = mnl_nlmsg_get_payload(h);
	if (m->idiag_family != AF_INET && m->idiag_family != AF_INET6)
		return -1;
	s->cookie = m->id.idiag_cookie[0] | (uint64_t)m->id.idiag_cookie[1] << 32;
	s->inode = m->idiag_inode;
	s->uid = m->idiag_uid;
	s->state = m->idiag_state;
	if (e != NULL) {
		memset(e, 0, sizeof(*e));
		e->family = m->idiag_family == AF_INET ? 4 : 6;
		e->local_port = ntohs(m->id.idiag_sport);
		e->remote_port = ntohs(m->id.idiag_dport);
		memcpy(e->local, m->id.idiag_src, e->family == 4 ? 4 : 16);
		memcpy(e->remote, m->id.idiag_dst, e->family == 4 ? 4 : 16);
		e->device = m->id.idiag_if;
	}
	return 0;
}

/* Sends a look-up and takes its one answer. */
static bool
look_up(const void *request, struct sock *s)
{
	static uint8_t		 buffer[ANSWER_BYTES] __attribute__((aligned(8)));
	static uint32_t		 sequence;
	struct nlmsghdr		*h = (struct nlmsghdr *)request;
	const struct nlmsghdr	*answer = (const void *)buffer;
	ssize_t			 n;

	h->nlmsg_seq = ++sequence;
	if (netlink_send(diag_fd, h, h->nlmsg_len) == -1)
		return false;
	/* What an interrupted look-up may have left behind is skipped by its number. */
	while ((n = netlink_receive(diag_fd, buffer, sizeof(buffer))) >= 0) {
		if (n == 0 || !netlink_ok(answer, (int)n) || answer->nlmsg_seq != sequence)
			continue;
		return sockdiag_parse(answer, s, NULL) == 0;
	}
	return false;
}

bool
sockdiag_find(const struct ends *e, struct sock *s)
{
	uint8_t buffer[128] __attribute__((aligned(8)));

	diag_message(buffer, SOCK_DIAG_BY_FAMILY, e, proto_is_udp(e->proto));
	return look_up(buffer, s);
}

bool
sockdiag_listener(const struct ends *e, struct sock *s)
{
	uint8_t		buffer[128] __attribute__((aligned(8)));
	struct ends	any = *e;

	/* Nothing is connected to port 0, so only a listener can answer. */
	any.remote_port = 0;
	diag_message(buffer, SOCK_DIAG_BY_FAMILY, &any, false);
	return look_up(buffer, s) && s->state == SOCK_LISTEN;
}

static void
walk_message(void *buffer, const struct ends *where)
{
	struct inet_diag_req_v2	*q = diag_message(buffer, SOCK_DIAG_BY_FAMILY, where, false);

	if (where->proto == IPPROTO_TCP)
		q->idiag_states = 1u << SOCK_LISTEN;
}

struct sharers {
	const struct ends	*at;
	struct sharing		*how;
	struct sock		*sock;
	int			 max, found;
};

/* Does a socket bound to this address get what comes to the local end? */
static bool
address_fits(const struct ends *bound, const struct ends *at)
{
	static const uint8_t	any[16];
	static const uint8_t	mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (memcmp(bound->local, any, sizeof(any)) == 0)
		return true;
	if (bound->family == at->family)
		return memcmp(bound->local, at->local, sizeof(at->local)) == 0;
	return bound->family == 6 && memcmp(bound->local, mapped, sizeof(mapped)) == 0 &&
	    (memcmp(bound->local + 12, at->local, 4) == 0 ||
	    memcmp(bound->local + 12, any, 4) == 0);
}

/* A connected socket hears its peer alone. */
static bool
peer_fits(const struct ends *bound, const struct ends *at)
{
	if (bound->remote_port == 0)
		return true;
	if (bound->remote_port != at->remote_port)
		return false;
	if (bound->family == at->family)
		return memcmp(bound->remote, at->remote, sizeof(at->remote)) == 0;
	return memcmp(bound->remote + 12, at->remote, 4) == 0;
}

/* An IPv6 socket serves IPv4, too, unless it says otherwise (told of unconnected ones alone). */
static bool
family_fits(const struct ends *bound, const struct ends *at, const struct nlmsghdr *h)
{
	const struct nlattr	*tb[ATTRIBUTES_MAX];

	if (bound->family == at->family)
		return true;
	if (bound->family == 4)
		return false;
	return attributes_of(h, sizeof(struct inet_diag_msg), tb, ATTRIBUTES_MAX) == -1 ||
	    tb[INET_DIAG_SKV6ONLY] == NULL || mnl_attr_get_payload_len(tb[INET_DIAG_SKV6ONLY]) < 1 ||
	    mnl_attr_get_u8(tb[INET_DIAG_SKV6ONLY]) == 0;
}

static void
on_sharer(void *ctx, const struct nlmsghdr *h)
{
	struct sharers	*all = ctx;
	struct sock	 s;
	struct ends	 bound;

	if (sockdiag_parse(h, &s, &bound) == -1 || bound.local_port != all->at->local_port ||
	    !family_fits(&bound, all->at, h))
		return;
	if (!all->how->sending && (!address_fits(&bound, all->at) || !peer_fits(&bound, all->at)))
		return;
	if (all->how->sending && all->how->has_uid && s.uid != all->how->uid) {
		all->how->others = true;
		return;
	}
	if (all->found < all->max)
		all->sock[all->found] = s;
	all->found++;
}

/* Walks one family's sockets, of TCP the listeners, the kernel leaving out other ports. */
static int
walk(struct sharers *all, uint8_t family)
{
	uint8_t				buffer[256] __attribute__((aligned(8)));
	struct {
		struct inet_diag_bc_op	is, port;
	} code = {
		/* Yes: on to the end. No: one step past the end, which refuses. */
		.is = { .code = INET_DIAG_BC_S_EQ, .yes = sizeof(code), .no = sizeof(code) + 4 },
		.port = { .no = all->at->local_port },
	};
	struct ends			where = { .family = family, .proto = all->at->proto };

	walk_message(buffer, &where);
	mnl_attr_put((void *)buffer, INET_DIAG_REQ_BYTECODE, sizeof(code), &code);
	return netlink_ask(dump_fd, (void *)buffer, NLM_F_DUMP, on_sharer, all);
}

int
sockdiag_sharers(const struct ends *e, struct sharing *how, struct sock *s, int max)
{
	struct sharers all = { .at = e, .how = how, .sock = s, .max = max };

	if (walk(&all, 6) == -1 || (e->family == 4 && walk(&all, 4) == -1))
		return -1;
	return all.found;
}

struct port_reader {
	uint8_t	proto;
	void	(*each)(uint8_t, uint16_t, uint64_t);
};

static void
on_port(void *ctx, const struct nlmsghdr *h)
{
	const struct port_reader	*reader = ctx;
	struct sock			 s;
	struct ends			 e;

	if (sockdiag_parse(h, &s, &e) == 0 && e.local_port != 0)
		reader->each(reader->proto, e.local_port, s.cookie);
}

int
sockdiag_ports(uint8_t proto, void (*each)(uint8_t, uint16_t, uint64_t))
{
	const struct ends	where[] = { { .family = 4, .proto = proto }, { .family = 6, .proto = proto } };
	struct port_reader	reader = { .each = each, .proto = proto };
	uint8_t			buffer[128] __attribute__((aligned(8)));

	for (unsigned i = 0; i < sizeof(where) / sizeof(where[0]); i++) {
		walk_message(buffer, &where[i]);
		if (netlink_ask(dump_fd, (void *)buffer, NLM_F_DUMP, on_port, &reader) == -1)
			return -1;
	}
	return 0;
}

static void
on_multipath(void *ctx, const struct nlmsghdr *h)
{
	const struct nlattr	*tb[ATTRIBUTES_MAX], *ulp[INET_ULP_INFO_MAX + 1];
	bool			*multipath = ctx;

	if (attributes_of(h, sizeof(struct inet_diag_msg), tb, ATTRIBUTES_MAX) == -1 ||
	    tb[INET_DIAG_ULP_INFO] == NULL ||
	    attributes_in(tb[INET_DIAG_ULP_INFO], ulp, INET_ULP_INFO_MAX + 1) == -1)
		return;
	if (ulp[INET_ULP_INFO_NAME] != NULL)
		*multipath = true;
}

bool
sockdiag_multipath(const struct ends *e)
{
	uint8_t			buffer[128] __attribute__((aligned(8)));
	struct inet_diag_req_v2	*q;
	bool			multipath = false;

	q = diag_message(buffer, SOCK_DIAG_BY_FAMILY, e, false);
	q->idiag_ext = 1 << (INET_DIAG_INFO - 1);
	if (netlink_ask(dump_fd, (void *)buffer, NLM_F_ACK, on_multipath, &multipath) == -1)
		return true;
	return multipath;
}

int
sockdiag_destroy(const struct ends *e, uint64_t cookie)
{
	uint8_t			buffer[128] __attribute__((aligned(8)));
	struct inet_diag_req_v2	*q;

	/* Unlike the look-up, this one takes UDP as it is. */
	q = diag_message(buffer, SOCK_DESTROY, e, false);
	q->id.idiag_cookie[0] = (uint32_t)cookie;
	q->id.idiag_cookie[1] = (uint32_t)(cookie >> 32);
	return netlink_ask(dump_fd, (void *)buffer, NLM_F_ACK, NULL, NULL);
}

struct unix_end {
	uint32_t	inode;		/* that was asked for */
	uint64_t	cookie;
	uint32_t	peer, uid;
	bool		found;
};

static void
on_unix(void *ctx, const struct nlmsghdr *h)
{
	const struct nlattr		*tb[ATTRIBUTES_MAX];
	const struct unix_diag_msg	*m = mnl_nlmsg_get_payload(h);
	struct unix_end			*end = ctx;

	if (h->nlmsg_type != SOCK_DIAG_BY_FAMILY || mnl_nlmsg_get_payload_len(h) < sizeof(*m) ||
	    m->udiag_family != AF_UNIX || m->udiag_type != SOCK_STREAM || m->udiag_ino != end->inode ||
	    attributes_of(h, sizeof(*m), tb, ATTRIBUTES_MAX) == -1)
		return;
	end->cookie = m->udiag_cookie[0] | (uint64_t)m->udiag_cookie[1] << 32;
	end->uid = UINT32_MAX;
	if (tb[UNIX_DIAG_UID] != NULL && !attribute_u32(tb[UNIX_DIAG_UID], &end->uid))
		return;
	end->found = attribute_u32(tb[UNIX_DIAG_PEER], &end->peer) && end->peer != 0;
}

/* Where the kernel has no such look-up (unix_diag), nothing is found. */
static bool
find_unix(uint32_t inode, struct unix_end *end)
{
	uint8_t			 buffer[128] __attribute__((aligned(8)));
	struct nlmsghdr		*h = mnl_nlmsg_put_header(buffer);
	struct unix_diag_req	*q = mnl_nlmsg_put_extra_header(h, sizeof(*q));

	*end = (struct unix_end){ .inode = inode };
	h->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	q->sdiag_family = AF_UNIX;
	q->udiag_states = ~0u;
	q->udiag_ino = inode;
	q->udiag_show = UDIAG_SHOW_PEER | UDIAG_SHOW_UID;
	q->udiag_cookie[0] = q->udiag_cookie[1] = INET_DIAG_NOCOOKIE;
	return netlink_ask(dump_fd, h, NLM_F_ACK, on_unix, end) == 0 && end->found;
}

bool
sockdiag_unix_peer(uint32_t inode, struct unix_peer *peer)
{
	struct unix_end	here, there;

	if (!find_unix(inode, &here) || !find_unix(here.peer, &there) || there.peer != inode)
		return false;
	*peer = (struct unix_peer){ .cookie = there.cookie, .inode = here.peer, .uid = there.uid };
	return true;
}
