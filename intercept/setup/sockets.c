/* The connections that exist before the rules come (sockets.h). */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/inet_diag.h>
#include <linux/sock_diag.h>

#include "conntrack.h"
#include "marks.h"
#include "nl.h"
#include "sockets.h"

#define DUMP_TRIES	5

/* Kernel numbers of socket states; netinet/tcp.h and linux/tcp.h cannot be had together. */
enum { ESTABLISHED = 1, SYN_SENT, SYN_RECV, FIN_WAIT1, FIN_WAIT2, TIME_WAIT, CLOSE, CLOSE_WAIT,
	LAST_ACK, LISTEN, CLOSING };
#define CONNECTED (1u << ESTABLISHED | 1u << SYN_SENT | 1u << SYN_RECV | 1u << FIN_WAIT1 | \
	1u << FIN_WAIT2 | 1u << CLOSE_WAIT | 1u << LAST_ACK | 1u << CLOSING)

struct reading {
	struct existing	*all;
	uint8_t		 proto;
};

static void
existing_add(struct existing *all, const struct tuple *t, uint64_t cookie)
{
	if (all->count < EXISTING_MAX)
		all->flow[all->count++] = (struct existing_flow){ .tuple = *t, .cookie = cookie };
}

/* An IPv4 connection of an IPv6 socket goes as IPv4. */
static void
addresses(const struct inet_diag_msg *m, struct tuple *t)
{
	const uint8_t		*src = (const uint8_t *)m->id.idiag_src;
	const uint8_t		*dst = (const uint8_t *)m->id.idiag_dst;
	static const uint8_t	 mapped[12] = { [10] = 0xff, [11] = 0xff };
	size_t			 skip = 0, len = 4;

	t->family = 4;
	if (m->idiag_family == AF_INET6 && memcmp(dst, mapped, sizeof(mapped)) == 0) {
		skip = sizeof(mapped);
	} else if (m->idiag_family == AF_INET6) {
		t->family = 6;
		len = 16;
	}
	memcpy(t->src, src + skip, len);
	memcpy(t->dst, dst + skip, len);
}

static int
on_socket(const struct nlmsghdr *nlh, void *arg)
{
	struct reading			*r = arg;
	const struct inet_diag_msg	*m = mnl_nlmsg_get_payload(nlh);
	struct tuple			 t = { .proto = r->proto };

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*m) || m->id.idiag_dport == 0)
		return 0;
	addresses(m, &t);
	t.sport = ntohs(m->id.idiag_sport);
	t.dport = ntohs(m->id.idiag_dport);
	existing_add(r->all, &t, (uint64_t)m->id.idiag_cookie[1] << 32 | m->id.idiag_cookie[0]);
	return 0;
}

static int
sockets_dump(struct nl *nl, struct existing *all, uint8_t family, uint8_t proto)
{
	struct reading			 r = { .all = all, .proto = proto };
	char				 buf[256];
	struct nlmsghdr			*nlh = mnl_nlmsg_put_header(buf);
	struct inet_diag_req_v2		*q;

	nlh->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nlh->nlmsg_seq = ++nl->seq;
	q = mnl_nlmsg_put_extra_header(nlh, sizeof(*q));
	memset(q, 0, sizeof(*q));
	q->sdiag_family = family;
	q->sdiag_protocol = proto;
	q->idiag_states = proto == IPPROTO_TCP ? CONNECTED : 1u << ESTABLISHED;
	return nl_dump(nl, nlh, on_socket, &r);
}

static int
by_tuple(const void *a, const void *b)
{
	const struct existing_flow	*x = a, *y = b;

	return memcmp(&x->tuple, &y->tuple, sizeof(x->tuple));
}

int
existing_sockets(struct existing *all)
{
	static const uint8_t	family[] = { AF_INET, AF_INET6 };
	static const uint8_t	proto[] = { IPPROTO_TCP, IPPROTO_UDP };
	struct nl		nl;
	int			error = 0, saved;

	if ((all->flow = calloc(EXISTING_MAX, sizeof(all->flow[0]))) == NULL ||
	    nl_open(&nl, NETLINK_SOCK_DIAG) == -1)
		return -1;
	for (size_t i = 0; error == 0 && i < 4; i++) {
		size_t	before = all->count;

		for (int n = 0; n < DUMP_TRIES; n++) {
			all->count = before;
			error = sockets_dump(&nl, all, family[i & 1], proto[i >> 1]);
			if (error == 0 || errno != EINTR)
				break;
		}
	}
	saved = errno;
	nl_close(&nl);
	errno = saved;
	if (error == 0 && all->count > 0)
		qsort(all->flow, all->count, sizeof(all->flow[0]), by_tuple);
	all->sockets = all->count;
	return error;
}

static bool
has_socket(const struct existing *all, const struct tuple *t)
{
	struct existing_flow	key = { .tuple = *t };

	return all->sockets > 0 &&
	    bsearch(&key, all->flow, all->sockets, sizeof(key), by_tuple) != NULL;
}

/* Nobody may have got through the tunnel's door, or to a tunnel name, before there were rules. */
static bool
may_not_stand(const struct tuple *t)
{
	if (t->family == 4 && t->dst[0] == 127 && t->dst[1] == 17)
		return true;
	return t->dport == DOOR_TUNNEL && is_door(t);
}

struct choice {
	struct existing	*all;
	struct ifaddrs	*own;
};

static bool
is_own(const struct choice *c, uint8_t family, const uint8_t *address)
{
	const struct ifaddrs	*a;

	for (a = c->own; a != NULL; a = a->ifa_next) {
		if (a->ifa_addr == NULL)
			continue;
		if (family == 4 && a->ifa_addr->sa_family == AF_INET &&
		    memcmp(&((struct sockaddr_in *)a->ifa_addr)->sin_addr, address, 4) == 0)
			return true;
		if (family == 6 && a->ifa_addr->sa_family == AF_INET6 &&
		    memcmp(&((struct sockaddr_in6 *)a->ifa_addr)->sin6_addr, address, 16) == 0)
			return true;
	}
	return false;
}

/* A nibble that stands there is an earlier verdict: it is not widened. */
static int
choose(const struct conntrack_entry *entry, void *arg)
{
	const struct choice	*c = arg;
	const struct tuple	*t = &entry->first;

	if ((entry->mark & MARK_MASK) != 0 || may_not_stand(t))
		return -1;
	if (has_socket(c->all, t) || has_socket(c->all, &entry->reply))
		return NIBBLE_ACCEPT;
	existing_add(c->all, t, 0);
	return is_own(c, t->family, t->src) || is_own(c, t->family, t->dst) ? NIBBLE_ACCEPT : NIBBLE_FORWARD;
}

int
existing_conntrack(struct existing *all)
{
	struct choice	c = { .all = all };
	long		changed;

	if (getifaddrs(&c.own) == -1)
		return -1;
	changed = conntrack_set_nibbles(choose, &c);
	freeifaddrs(c.own);
	return changed == -1 ? -1 : 0;
}

static int
write_all(int fd, const void *data, size_t len)
{
	const char	*p = data;
	ssize_t		 n;

	while (len > 0) {
		n = write(fd, p, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int
existing_write(const struct existing *all, int fd)
{
	struct existing_header	h = { .magic = EXISTING_MAGIC, .count = (uint32_t)all->count };

	if (lseek(fd, 0, SEEK_SET) == -1 || write_all(fd, &h, sizeof(h)) == -1)
		return -1;
	return write_all(fd, all->flow, all->count * sizeof(all->flow[0]));
}

void
existing_free(struct existing *all)
{
	free(all->flow);
	*all = (struct existing){ 0 };
}
