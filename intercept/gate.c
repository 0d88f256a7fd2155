/*
 * See gate.h. Called by below.c; trusts the kernel. Filters of others at that place are left alone, and have their say
 * about all that the gate does not drop.
 */
#include <errno.h>
#include <event2/event.h>
#include <linux/pkt_cls.h>
#include <linux/rtnetlink.h>

#include "gate.h"
#include "gate/message.h"
#include "handover.h"
#include "netlink.h"
#include "sandbox.h"

#define TOGETHER	4	/* datagrams in one go: each tells of some twenty devices */

static int		 ask_fd = -1, watch_fd = -1;
static struct event	*news;

static bool		 closed;
static bool		 missing;	/* perhaps, somewhere */
static enum { IDLE, AT_WORK, ANEW } sweep;	/* through all devices; ANEW: and then once more */

void
gate_open(void)
{
	ask_fd = netlink_open(NETLINK_ROUTE, 0);
	watch_fd = netlink_open(NETLINK_ROUTE, 1 << 20);
	if (netlink_join(watch_fd, RTNLGRP_LINK) == -1 || netlink_join(watch_fd, RTNLGRP_TC) == -1)
		fatal("watching devices");
}

/* --- one device --- */

/* Often others did so before. */
static int
add_place(int device)
{
	uint8_t	buffer[GATE_MESSAGE] __attribute__((aligned(8)));

	return netlink_ask(ask_fd, gate_place(buffer, RTM_NEWQDISC, device), NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, NULL,
	    NULL) == 0 || errno == EEXIST ? 0 : -1;
}

static int
add_filter(int device)
{
	uint8_t		 buffer[GATE_MESSAGE] __attribute__((aligned(8)));
	struct nlmsghdr	*h = gate_filter(buffer, RTM_NEWTFILTER, device);
	struct nlattr	*options = mnl_attr_nest_start(h, TCA_OPTIONS);

	mnl_attr_put_u32(h, TCA_BPF_FD, FD_INTERCEPT_GATE);
	mnl_attr_put_strz(h, TCA_BPF_NAME, GATE_NAME);
	mnl_attr_put_u32(h, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
	mnl_attr_nest_end(h, options);
	return netlink_ask(ask_fd, h, NLM_F_ACK | NLM_F_CREATE, NULL, NULL);
}

static void
put(int device)
{
	static struct log_rate	rate;

	if ((add_place(device) == 0 && add_filter(device) == 0) || errno == ENODEV)
		return;
	missing = missing || errno == ENOMEM || errno == ENOBUFS || errno == ETIMEDOUT;
	if (log_rate_ok(&rate, 1))
		log_warn("packet sockets pass by device number %d: no gate", device);
}

static void
count(void *ctx, const struct nlmsghdr *h)
{
	if (h->nlmsg_type == RTM_NEWTFILTER)
		++*(unsigned *)ctx;
}

static bool
is_empty(int device, uint32_t side)
{
	uint8_t		buffer[GATE_MESSAGE] __attribute__((aligned(8)));
	unsigned	filters = 0;

	return netlink_ask(ask_fd, gate_ask_filters(buffer, device, side), NLM_F_DUMP, count, &filters) == 0 &&
	    filters == 0;
}

static void
take(int device)
{
	uint8_t	buffer[GATE_MESSAGE] __attribute__((aligned(8)));

	if (netlink_ask(ask_fd, gate_filter(buffer, RTM_DELTFILTER, device), NLM_F_ACK, NULL, NULL) == 0 &&
	    is_empty(device, GATE_EGRESS) && is_empty(device, GATE_INGRESS))
		(void)netlink_ask(ask_fd, gate_place(buffer, RTM_DELQDISC, device), NLM_F_ACK, NULL, NULL);
}

/* --- all devices --- */

static void
sweep_failed(void)
{
	static struct log_rate	rate;

	sweep = IDLE;
	missing = true;
	if (log_rate_ok(&rate, 1))
		log_warn("devices for the gate");
}

/* Answers come among the news, and are treated alike. */
static void
sweep_begin(void)
{
	uint8_t		 buffer[GATE_MESSAGE] __attribute__((aligned(8)));
	struct nlmsghdr	*h = gate_ask_devices(buffer);

	if (sweep != IDLE) {
		sweep = ANEW;
		return;
	}
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	missing = false;
	sweep = AT_WORK;
	if (netlink_send(watch_fd, h, h->nlmsg_len) == -1)
		sweep_failed();
}

static void
sweep_end(void)
{
	bool	anew = sweep == ANEW;

	sweep = IDLE;
	if (anew)
		sweep_begin();
}

/* Somebody took away the gate, or the place with it. */
static bool
is_loss(const struct nlmsghdr *h)
{
	const struct tcmsg	*m = mnl_nlmsg_get_payload(h);

	if (mnl_nlmsg_get_payload_len(h) < sizeof(*m))
		return false;
	if (h->nlmsg_type == RTM_DELQDISC)
		return m->tcm_handle == TC_H_MAKE(TC_H_CLSACT, 0);
	return h->nlmsg_type == RTM_DELTFILTER && m->tcm_parent == GATE_EGRESS &&
	    TC_H_MAJ(m->tcm_info) >> 16 == GATE_PRIORITY && (m->tcm_handle == GATE_HANDLE || m->tcm_handle == 0);
}

static void
hear(const struct nlmsghdr *h)
{
	int	device = gate_device(h);

	if (h->nlmsg_type == NLMSG_DONE) {
		sweep_end();
	} else if (h->nlmsg_type == NLMSG_ERROR) {
		errno = netlink_error(h);
		sweep_failed();
	} else if (closed && device != 0) {
		put(device);
	} else if (sweep != IDLE && device != 0) {
		take(device);
	} else if (closed && is_loss(h)) {
		missing = true;
	}
}

static void
on_news(evutil_socket_t fd, short what, void *arg)
{
	static uint8_t		 buffer[32768] __attribute__((aligned(8)));
	const struct nlmsghdr	*h;
	ssize_t			 n;
	int			 left;

	(void)what;
	(void)arg;
	for (unsigned i = 0; i < TOGETHER; i++) {
		if ((n = netlink_receive(fd, buffer, sizeof(buffer))) == -1) {
			missing = missing || (closed && errno == ENOBUFS);
			return;
		}
		h = (const void *)buffer;
		left = (int)n;
		for (; netlink_ok(h, left); h = mnl_nlmsg_next(h, &left))
			hear(h);
	}
}

void
gate_start(struct event_base *base)
{
	news = event_new(base, watch_fd, EV_READ | EV_PERSIST, on_news, NULL);
	if (news == NULL || event_add(news, NULL) == -1)
		fatalx("no event for the gate");
}

void
gate_set(bool close)
{
	closed = close;
	sweep_begin();
}

void
gate_look(void)
{
	if (missing)
		sweep_begin();
}
