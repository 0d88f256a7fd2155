/*
 * Ends of flows as they come in bursts, and looks for entries. The kernel's messages are made here.
 */
/* links: intercept/conntrack.c intercept/later.c intercept/netlink.c intercept/packet.c */
#include <criterion/criterion.h>

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/event.h>

#include "conntrack.h"
#include "netlink.h"

static uint16_t	told[8];	/* ports of the ends that were told, in their order */
static uint16_t	soon;		/* the port of the end that was announced last */
static unsigned	tellings, losses, answers;
static uint16_t	coming = 1;	/* the port of the next end */
static unsigned	burst[4] = { 3, 2 };	/* ends that come with each call; 0: no more */
static unsigned	calls;
static uint32_t	asked_first;	/* number of the first entry that was looked for */

static struct nlmsghdr *
message(void *buffer, uint16_t type)
{
	struct nlmsghdr	*h = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg	*g;

	h->nlmsg_type = type;
	if (type != NLMSG_ERROR) {
		g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
		memset(g, 0, sizeof(*g));
	}
	return h;
}

static size_t
end_of(void *buffer, uint16_t port)
{
	struct nlmsghdr	*h = message(buffer, NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE);
	struct nlattr	*t = mnl_attr_nest_start(h, CTA_TUPLE_ORIG), *n;

	n = mnl_attr_nest_start(h, CTA_TUPLE_IP);
	mnl_attr_put_u32(h, CTA_IP_V4_SRC, htonl(0x0a000001));
	mnl_attr_put_u32(h, CTA_IP_V4_DST, htonl(0x0a000002));
	mnl_attr_nest_end(h, n);
	n = mnl_attr_nest_start(h, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(h, CTA_PROTO_NUM, 6);
	mnl_attr_put_u16(h, CTA_PROTO_SRC_PORT, htons(port));
	mnl_attr_nest_end(h, n);
	mnl_attr_nest_end(h, t);
	return h->nlmsg_len;
}

static size_t
missing_of(void *buffer, uint32_t number, int error)
{
	struct nlmsghdr	*h = message(buffer, NLMSG_ERROR);
	struct nlmsgerr	*e = mnl_nlmsg_put_extra_header(h, sizeof(*e));

	h->nlmsg_seq = number;
	*e = (struct nlmsgerr){ .error = -error };
	return h->nlmsg_len;
}

/* Instead of the kernel's. */
int
recvmmsg(int fd, struct mmsghdr *m, unsigned n, int flags, struct timespec *wait)
{
	unsigned	i, count = asked_first != 0 ? answers : burst[calls];

	(void)fd;
	(void)flags;
	(void)wait;
	answers = 0;
	if (asked_first == 0 && count > 0)
		calls++;
	for (i = 0; i < count && i < n; i++) {
		((struct sockaddr_nl *)m[i].msg_hdr.msg_name)->nl_pid = 0;
		m[i].msg_hdr.msg_flags = 0;
		m[i].msg_len = (unsigned)(asked_first == 0 ? end_of(m[i].msg_hdr.msg_iov->iov_base, coming++) :
		    missing_of(m[i].msg_hdr.msg_iov->iov_base, asked_first + 2 * i, i == 1 ? EPERM : ENOENT));
	}
	errno = EAGAIN;
	return count > 0 ? (int)count : -1;
}

/* Instead of the kernel's: what is looked for has three answers, of the first, third and fifth. */
ssize_t
sendto(int fd, const void *bytes, size_t len, int flags, const struct sockaddr *to, socklen_t to_len)
{
	const struct nlmsghdr	*h = bytes;

	(void)fd;
	(void)flags;
	(void)to;
	(void)to_len;
	asked_first = h->nlmsg_seq;
	answers = 3;
	return (ssize_t)len;
}

static void
on_soon(const struct ct_entry *e, unsigned n)
{
	if (n > 0)
		soon = e[n - 1].tuple.sport;
}

static void
on_end(const struct ct_entry *e)
{
	uint16_t	port = e->tuple.sport;

	cr_expect_geq(soon, port);
	if (tellings < 8)
		told[tellings++] = port;
	if (tellings != 1)
		return;
	cr_expect_eq(soon, 3, "all that came along");
	conntrack_drain();	/* as who reads what was used before an end */
	cr_expect_eq(e->tuple.sport, port, "it is still that one");
}

static void
on_lost(void)
{
	losses++;
}

Test(conntrack, who_is_told_of_an_end_may_read_on)
{
	struct event_base	*base = event_base_new();

	conntrack_open();
	conntrack_start(base, on_soon, on_end, on_lost);
	conntrack_drain();
	cr_assert_eq(tellings, 5, "%u ends are told", tellings);
	for (unsigned i = 0; i < 5; i++)
		cr_expect_eq(told[i], i + 1, "each once, in their order");
	cr_expect_eq(losses, 0);
}

Test(conntrack, looks_for_several_at_once)
{
	struct tuple		 t[6] = { { 0 } };
	const struct tuple	*at[6];
	bool			 missing[6];

	for (unsigned i = 0; i < 6; i++) {
		t[i].family = i % 2 == 0 ? 4 : 6;
		at[i] = &t[i];
	}
	conntrack_open();
	conntrack_missing(at, 6, missing);
	cr_expect(missing[0] && missing[4]);
	cr_expect(!missing[1] && !missing[3] && !missing[5], "of which nothing is said are there");
	cr_expect(!missing[2], "another error is no word on it");
}
