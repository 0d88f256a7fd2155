/* The gate: at which devices it is put, and that nothing is asked while nothing changes. */
/* links: intercept/gate.c intercept/gate/message.c */
#include <criterion/criterion.h>

#include <sys/socket.h>

#include <errno.h>
#include <linux/pkt_cls.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "../../intercept/gate.h"
#include "../../intercept/gate/message.h"
#include "../../intercept/netlink.h"
#include "handover.h"

#define ASK	1000		/* the socket by which one device is asked about */
#define MOST	64

static struct asked {
	uint16_t	type;
	int		device;
	uint32_t	parent;
} asked[MOST];
static unsigned			asks, dumps, others, group[2], groups;
static int			fault;		/* errno of the next filter that is put */
static int			watch[2];
static struct event_base	*base;

int
netlink_open(int protocol, size_t bytes)
{
	cr_assert_eq(protocol, NETLINK_ROUTE);
	if (bytes == 0)
		return ASK;
	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, watch), 0);
	return watch[0];
}

int
netlink_join(int fd, int which)
{
	cr_assert_eq(fd, watch[0]);
	group[groups++] = (unsigned)which;
	return 0;
}

ssize_t
netlink_receive(int fd, void *buffer, size_t size)
{
	ssize_t	n = recv(fd, buffer, size, 0);

	if (n != 1)
		return n;
	errno = ENOBUFS;
	return -1;
}

int
netlink_send(int fd, const void *message, size_t length)
{
	const struct nlmsghdr	*h = message;

	cr_assert_eq(fd, watch[0]);
	cr_assert_eq(length, h->nlmsg_len);
	cr_assert_eq(h->nlmsg_type, RTM_GETLINK);
	cr_assert_eq(h->nlmsg_flags & NLM_F_DUMP, NLM_F_DUMP);
	dumps++;
	return 0;
}

int
netlink_error(const struct nlmsghdr *h)
{
	return -((const struct nlmsgerr *)mnl_nlmsg_get_payload(h))->error;
}

/* Others' filters, at the way in. */
static int
show_filters(const struct tcmsg *m, void (*row)(void *, const struct nlmsghdr *), void *ctx)
{
	struct nlmsghdr	h = { .nlmsg_len = sizeof(h), .nlmsg_type = RTM_NEWTFILTER };

	for (unsigned i = 0; m->tcm_parent == GATE_INGRESS && i < others; i++)
		row(ctx, &h);
	return 0;
}

int
netlink_ask(int fd, struct nlmsghdr *h, uint16_t flags, void (*row)(void *, const struct nlmsghdr *), void *ctx)
{
	const struct tcmsg	*m = mnl_nlmsg_get_payload(h);

	cr_assert_eq(fd, ASK);
	cr_assert_lt(asks, MOST);
	asked[asks++] = (struct asked){ h->nlmsg_type, m->tcm_ifindex, m->tcm_parent };
	if ((flags & NLM_F_DUMP) == NLM_F_DUMP)
		return show_filters(m, row, ctx);
	if (h->nlmsg_type == RTM_NEWQDISC) {
		errno = EEXIST;
		return -1;
	}
	if (h->nlmsg_type != RTM_NEWTFILTER || fault == 0)
		return 0;
	errno = fault;
	fault = 0;
	return -1;
}

static void
begin(void)
{
	base = event_base_new();
	gate_open();
	gate_start(base);
	cr_assert_eq(groups, 2);
	cr_assert(group[0] == RTNLGRP_LINK && group[1] == RTNLGRP_TC);
}

TestSuite(gate, .init = begin, .timeout = 20);

static void
run(void)
{
	event_base_loop(base, EVLOOP_NONBLOCK);
}

static void
say(const struct nlmsghdr *h)
{
	cr_assert_eq(send(watch[1], h, h->nlmsg_len, 0), h->nlmsg_len);
	run();
}

static void
say_device(int index, unsigned flags)
{
	uint8_t			 buffer[128] __attribute__((aligned(8)));
	struct nlmsghdr		*h = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg	*m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

	h->nlmsg_type = RTM_NEWLINK;
	m->ifi_index = index;
	m->ifi_flags = flags;
	say(h);
}

static void
say_end(uint16_t type, int error)
{
	uint8_t		 buffer[128] __attribute__((aligned(8)));
	struct nlmsghdr	*h = mnl_nlmsg_put_header(buffer);
	struct nlmsgerr	*e = mnl_nlmsg_put_extra_header(h, sizeof(*e));

	h->nlmsg_type = type;
	e->error = -error;
	say(h);
}

static void
say_filter(uint16_t type, uint32_t parent, uint32_t priority, uint32_t handle)
{
	uint8_t		 buffer[128] __attribute__((aligned(8)));
	struct nlmsghdr	*h = mnl_nlmsg_put_header(buffer);
	struct tcmsg	*m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

	h->nlmsg_type = type;
	m->tcm_ifindex = 3;
	m->tcm_parent = parent;
	m->tcm_info = priority << 16;
	m->tcm_handle = handle;
	say(h);
}

/* All devices were shown: 3, and the loopback device. */
static void
sweep(unsigned n)
{
	cr_assert_eq(dumps, n);
	say_device(1, IFF_LOOPBACK);
	say_device(3, IFF_UP);
	say_end(NLMSG_DONE, 0);
}

static void
put_at(unsigned i, int device)
{
	cr_assert_geq(asks, i + 2);
	cr_expect_eq(asked[i].type, RTM_NEWQDISC);
	cr_expect_eq(asked[i].device, device);
	cr_expect_eq(asked[i + 1].type, RTM_NEWTFILTER);
	cr_expect_eq(asked[i + 1].device, device);
	cr_expect_eq(asked[i + 1].parent, GATE_EGRESS);
}

Test(gate, at_all_devices_and_those_that_come)
{
	gate_set(true);
	sweep(1);
	put_at(0, 3);
	cr_expect_eq(asks, 2);
	say_device(4, 0);
	put_at(2, 4);
	cr_expect_eq(asks, 4);
	cr_expect_eq(dumps, 1);
}

Test(gate, nothing_is_asked_while_nothing_changes)
{
	gate_set(true);
	sweep(1);
	for (unsigned i = 0; i < 100; i++)
		gate_look();
	say_filter(RTM_NEWTFILTER, GATE_EGRESS, GATE_PRIORITY, GATE_HANDLE);
	say_filter(RTM_DELTFILTER, GATE_EGRESS, GATE_PRIORITY + 1, GATE_HANDLE);
	say_filter(RTM_DELTFILTER, GATE_EGRESS, GATE_PRIORITY, GATE_HANDLE + 1);
	say_filter(RTM_DELTFILTER, GATE_INGRESS, GATE_PRIORITY, GATE_HANDLE);
	say_filter(RTM_DELQDISC, TC_H_ROOT, 0, TC_H_MAKE(1 << 16, 0));
	gate_look();
	run();
	cr_expect_eq(dumps, 1);
	cr_expect_eq(asks, 2);
}

Test(gate, taken_away_it_comes_back)
{
	gate_set(true);
	sweep(1);
	say_filter(RTM_DELTFILTER, GATE_EGRESS, GATE_PRIORITY, GATE_HANDLE);
	cr_expect_eq(dumps, 1, "not at once: others may be as obstinate");
	gate_look();
	sweep(2);
	put_at(2, 3);
	say_filter(RTM_DELTFILTER, GATE_EGRESS, GATE_PRIORITY, 0);
	gate_look();
	sweep(3);
	say_filter(RTM_DELQDISC, TC_H_CLSACT, 0, TC_H_MAKE(TC_H_CLSACT, 0));
	gate_look();
	sweep(4);
	cr_assert_eq(send(watch[1], "", 1, 0), 1);
	run();
	gate_look();
	sweep(5);
	gate_look();
	cr_expect_eq(dumps, 5);
}

Test(gate, taken_away_by_ourselves_with_the_place)
{
	gate_set(false);
	sweep(1);
	cr_assert_eq(asks, 4);
	cr_expect_eq(asked[0].type, RTM_DELTFILTER);
	cr_expect_eq(asked[0].parent, GATE_EGRESS);
	cr_expect_eq(asked[3].type, RTM_DELQDISC);
	cr_expect_eq(asked[3].device, 3);
	say_device(4, 0);
	cr_expect_eq(asks, 4, "nothing is done about devices that come");
	say_filter(RTM_DELTFILTER, GATE_EGRESS, GATE_PRIORITY, GATE_HANDLE);
	gate_look();
	cr_expect_eq(dumps, 1);
}

Test(gate, others_filters_keep_their_place)
{
	others = 1;
	gate_set(false);
	sweep(1);
	cr_assert_eq(asks, 3);
	cr_expect_eq(asked[2].type, RTM_GETTFILTER);
}

/* Another word while devices are gone through: they are, once more. */
Test(gate, closed_while_it_is_taken_away)
{
	gate_set(false);
	gate_set(true);
	cr_expect_eq(dumps, 1, "the kernel answers one such question at a time");
	sweep(1);
	put_at(0, 3);
	sweep(2);
	put_at(2, 3);
	say_end(NLMSG_DONE, 0);
	cr_expect_eq(dumps, 2);
}

Test(gate, what_failed_for_the_moment_is_tried_again)
{
	gate_set(true);
	fault = ENOMEM;
	sweep(1);
	gate_look();
	sweep(2);
	say_end(NLMSG_ERROR, EBUSY);
	gate_look();
	sweep(3);
	gate_look();
	cr_expect_eq(dumps, 3);
}

Test(gate, what_cannot_be_is_not_tried_all_the_time)
{
	gate_set(true);
	fault = EOPNOTSUPP;
	sweep(1);
	fault = ENODEV;
	say_device(4, 0);
	gate_look();
	cr_expect_eq(dumps, 1);
}
