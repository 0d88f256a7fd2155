/*
 * The kernel's messages taken apart: queue, connection tracking, sockets, links,
 * rules. Built with libmnl as the kernel builds them.
 */
/* links: intercept/queue.c intercept/conntrack.c intercept/later.c intercept/sockdiag.c intercept/links.c intercept/watch.c */
/* links: intercept/netlink.c intercept/packet.c */
#include <criterion/criterion.h>

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <string.h>

#include "conntrack.h"
#include "links.h"
#include "netlink.h"
#include "queue.h"
#include "sockdiag.h"
#include "watch.h"

static uint8_t buffer[4096] __attribute__((aligned(8)));

static struct nlmsghdr *
message(unsigned type, const void *extra, size_t n)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buffer);

	h->nlmsg_type = (uint16_t)type;
	memcpy(mnl_nlmsg_put_extra_header(h, n), extra, n);
	return h;
}

static struct nlmsghdr *
nfnl(unsigned subsystem, unsigned type, unsigned resource)
{
	struct nfgenmsg g = { .res_id = htons((uint16_t)resource) };

	return message(subsystem << 8 | type, &g, sizeof(g));
}

Test(netlink, lengths_above_two_gigabytes)
{
	struct nlmsghdr h = { .nlmsg_len = 0x80000010u };

	cr_assert(!netlink_ok(&h, 4096));
	h.nlmsg_len = 16;
	cr_assert(netlink_ok(&h, 16));
	cr_assert(!netlink_ok(&h, 15));
	h.nlmsg_len = 15;
	cr_assert(!netlink_ok(&h, 4096));
}

static struct nlmsghdr *
queued(unsigned queue)
{
	struct nfqnl_msg_packet_hdr	p = { .packet_id = htonl(7), .hook = 3 };
	struct nfqnl_msg_packet_hw	hw = { .hw_addrlen = htons(6), .hw_addr = { 1, 2, 3, 4, 5, 6 } };
	struct nlmsghdr			*h = nfnl(NFNL_SUBSYS_QUEUE, NFQNL_MSG_PACKET, queue);

	mnl_attr_put(h, NFQA_PACKET_HDR, sizeof(p), &p);
	mnl_attr_put_u32(h, NFQA_MARK, htonl(0xca6c));
	mnl_attr_put_u32(h, NFQA_IFINDEX_OUTDEV, htonl(3));
	mnl_attr_put(h, NFQA_HWADDR, sizeof(hw), &hw);
	mnl_attr_put(h, NFQA_PAYLOAD, 4, "abcd");
	mnl_attr_put_u32(h, NFQA_CAP_LEN, htonl(1400));
	return h;
}

Test(netlink, queue)
{
	struct nlmsghdr	*h = queued(17060);
	struct queued	 q;

	cr_assert_eq(queue_parse(h, &q), 0);
	cr_assert_eq(q.held.id, 7);
	cr_assert_eq(q.held.mark, 0xca6c);
	cr_assert_eq(q.held.queue, 17060);
	cr_assert_eq(q.direction, DIRECTION_OUT);
	cr_assert_eq(q.family, 6);
	cr_assert_eq(q.device_out, 3);
	cr_assert_eq(q.len, 4);
	cr_assert_eq(q.whole, 1400);
	cr_assert(q.has_hardware);
	cr_assert_eq(q.hardware[5], 6);
	cr_assert(!q.has_uid);
	mnl_attr_put_u32(h, NFQA_UID, htonl(1000));
	cr_assert_eq(queue_parse(h, &q), 0);
	cr_assert(q.has_uid);
	cr_assert_eq(q.uid, 1000);
	cr_assert_eq(queue_parse(queued(17041), &q), -1, "not a queue of ours");
	cr_assert_eq(queue_parse(nfnl(NFNL_SUBSYS_QUEUE, NFQNL_MSG_PACKET, 17040), &q), -1);
	cr_assert_eq(queue_parse(nfnl(NFNL_SUBSYS_QUEUE, NFQNL_MSG_CONFIG, 17040), &q), -1);
	h = queued(17040);
	h->nlmsg_len = 18;
	cr_assert_eq(queue_parse(h, &q), -1, "ends within its header");
}

static struct nlmsghdr *
ended(bool v6, uint16_t zone)
{
	struct nlmsghdr	*h = nfnl(NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_DELETE, 0);
	struct nlattr	*t = mnl_attr_nest_start(h, CTA_TUPLE_ORIG), *n;

	n = mnl_attr_nest_start(h, CTA_TUPLE_IP);
	if (v6) {
		mnl_attr_put(h, CTA_IP_V6_SRC, 16, "0123456789abcdef");
		mnl_attr_put(h, CTA_IP_V6_DST, 16, "fedcba9876543210");
	} else {
		mnl_attr_put(h, CTA_IP_V4_SRC, 4, "\x0a\0\0\x01");
		mnl_attr_put(h, CTA_IP_V4_DST, 4, "\x0a\0\0\x02");
	}
	mnl_attr_nest_end(h, n);
	n = mnl_attr_nest_start(h, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(h, CTA_PROTO_NUM, 6);
	mnl_attr_put_u16(h, CTA_PROTO_SRC_PORT, htons(40000));
	mnl_attr_put_u16(h, CTA_PROTO_DST_PORT, htons(443));
	mnl_attr_nest_end(h, n);
	mnl_attr_nest_end(h, t);
	mnl_attr_put_u32(h, CTA_MARK, htonl(0x01000000));
	n = mnl_attr_nest_start(h, CTA_COUNTERS_REPLY);
	mnl_attr_put_u64(h, CTA_COUNTERS_BYTES, htobe64(1ull << 40));
	mnl_attr_nest_end(h, n);
	if (zone != 0)
		mnl_attr_put_u16(h, CTA_ZONE, htons(zone));
	return h;
}

Test(netlink, conntrack)
{
	struct ct_entry e;

	cr_assert_eq(conntrack_parse(ended(false, 0), &e), 0);
	cr_assert(conntrack_is_end((void *)buffer));
	cr_assert_eq(e.tuple.family, 4);
	cr_assert_eq(e.tuple.proto, 6);
	cr_assert_eq(e.tuple.sport, 40000);
	cr_assert_eq(e.tuple.dport, 443);
	cr_assert_eq(memcmp(e.tuple.dst, "\x0a\0\0\x02\0", 5), 0);
	cr_assert_eq(e.mark, 0x01000000);
	cr_assert_eq(e.bytes_reply, 1ull << 40);
	cr_assert_eq(e.bytes_original, 0);
	cr_assert_eq(conntrack_parse(ended(true, 0), &e), 0);
	cr_assert_eq(e.tuple.family, 6);
	cr_assert_eq(conntrack_parse(ended(true, 5), &e), -1, "another zone's");
	cr_assert_eq(conntrack_parse(nfnl(NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_DELETE, 0), &e), -1);
}

Test(netlink, sockets)
{
	struct inet_diag_msg	m = { .idiag_family = AF_INET6, .idiag_inode = 5, .idiag_uid = 9,
				      .idiag_state = SOCK_LISTEN };
	struct sock		s;
	struct ends		e;
	struct nlmsghdr		*h;

	m.id.idiag_cookie[0] = 1;
	m.id.idiag_cookie[1] = 2;
	m.id.idiag_sport = htons(80);
	cr_assert_eq(sockdiag_parse(message(SOCK_DIAG_BY_FAMILY, &m, sizeof(m)), &s, &e), 0);
	cr_assert_eq(s.cookie, 0x200000001);
	cr_assert_eq(s.inode, 5);
	cr_assert_eq(e.local_port, 80);
	cr_assert_eq(e.family, 6);
	h = message(SOCK_DIAG_BY_FAMILY, &m, sizeof(m));
	h->nlmsg_len -= 4;
	cr_assert_eq(sockdiag_parse(h, &s, &e), -1);
	cr_assert_eq(sockdiag_parse(message(NLMSG_ERROR, &m, sizeof(m)), &s, &e), -1);
}

Test(netlink, links)
{
	struct ifinfomsg	i = { .ifi_index = 4 };
	struct ifaddrmsg	a = { .ifa_family = AF_INET, .ifa_prefixlen = 24, .ifa_index = 4 };
	struct nlmsghdr		*h = message(RTM_NEWLINK, &i, sizeof(i));
	struct nlattr		*n;
	struct link		l;
	struct decide_net	net;
	uint32_t		index;

	mnl_attr_put_strz(h, IFLA_IFNAME, "br0");
	mnl_attr_put_u32(h, IFLA_LINK_NETNSID, 3);
	n = mnl_attr_nest_start(h, IFLA_LINKINFO);
	mnl_attr_put_strz(h, IFLA_INFO_KIND, "bridge");
	mnl_attr_nest_end(h, n);
	cr_assert_eq(links_parse_link(h, &l), 0);
	cr_assert_eq(l.index, 4);
	cr_assert_eq(l.nsid, 3);
	cr_assert(l.bridge);
	cr_assert_str_eq(l.name, "br0");
	h = message(RTM_NEWADDR, &a, sizeof(a));
	mnl_attr_put(h, IFA_LOCAL, 4, "\x0a\x01\x02\x03");
	cr_assert_eq(links_parse_net(h, &net, &index), 0);
	cr_assert_eq(net.prefix, 24);
	cr_assert_eq(index, 4);
	cr_assert_eq(memcmp(net.broadcast, "\x0a\x01\x02\xff", 4), 0, "not named, and there all the same");
	a.ifa_prefixlen = 33;
	h = message(RTM_NEWADDR, &a, sizeof(a));
	mnl_attr_put(h, IFA_LOCAL, 4, "\x0a\x01\x02\x03");
	cr_assert_eq(links_parse_net(h, &net, &index), -1);
	a.ifa_prefixlen = 31;
	h = message(RTM_NEWADDR, &a, sizeof(a));
	mnl_attr_put(h, IFA_LOCAL, 4, "\x0a\x01\x02\x03");
	cr_assert_eq(links_parse_net(h, &net, &index), 0);
	cr_assert_eq(memcmp(net.broadcast, "\0\0\0\0", 4), 0, "two addresses have no broadcast");
}

Test(netlink, rules)
{
	struct nlmsghdr	*h = nfnl(NFNL_SUBSYS_NFTABLES, NFT_MSG_NEWGEN, 0);
	uint32_t	 generation = 0;

	cr_assert_eq(watch_parse(h, &generation), -1);
	mnl_attr_put_u32(h, NFTA_GEN_ID, htonl(12));
	cr_assert_eq(watch_parse(h, &generation), 0);
	cr_assert_eq(generation, 12);
	cr_assert_eq(watch_parse(nfnl(NFNL_SUBSYS_NFTABLES, NFT_MSG_NEWRULE, 0), &generation), -1);
}

/* The kernel answers what it does not know with the question, if that is wanted. */
static void
say(int fd, unsigned type, unsigned flags, size_t extra)
{
	static const uint8_t	 nothing[3000];
	struct nlmsghdr		*h = message(type, nothing, extra);

	h->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	cr_assert_eq(netlink_send(fd, h, h->nlmsg_len), 0);
}

Test(netlink, bursts)
{
	static struct netlink_burst	b;
	struct sockaddr_nl		self = { .nl_family = AF_NETLINK };
	socklen_t			len = sizeof(self);
	int				fd = netlink_open(NETLINK_ROUTE, 0), off = 0, other;

	netlink_burst_init(&b);
	cr_assert(netlink_burst_receive(fd, &b) == -1 && errno == EAGAIN);
	for (unsigned i = 0; i < NETLINK_BURST + 3; i++)
		say(fd, NLMSG_NOOP, NLM_F_ACK, 0);
	cr_assert_eq(netlink_burst_receive(fd, &b), NETLINK_BURST);
	for (int i = 0; i < NETLINK_BURST; i++) {
		cr_assert_gt(netlink_burst_length(&b, i), (ssize_t)sizeof(struct nlmsghdr));
		cr_assert_eq(((const struct nlmsghdr *)b.buffer[i])->nlmsg_type, NLMSG_ERROR);
	}
	cr_assert_eq(netlink_burst_receive(fd, &b), 3);

	cr_assert_eq(setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &off, sizeof(off)), 0);
	say(fd, 0x7f00, 0, 3000);
	cr_assert_eq(netlink_burst_receive(fd, &b), 1);
	cr_assert_eq(netlink_burst_length(&b, 0), -1, "it was cut");

	cr_assert_eq(getsockname(fd, (struct sockaddr *)&self, &len), 0);
	other = netlink_open(NETLINK_ROUTE, 0);
	cr_assert_eq(sendto(other, buffer, 16, 0, (struct sockaddr *)&self, sizeof(self)), 16);
	cr_assert_eq(netlink_burst_receive(fd, &b), 1);
	cr_assert_eq(netlink_burst_length(&b, 0), 0, "another program's");
}
