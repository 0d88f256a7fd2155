/*
 * See gate.h. Called by below.c and main; trusts the kernel. Filters of others at that place are left alone, and
 * have their say about all that the gate does not drop.
 */
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

#include "gate.h"
#include "handover.h"
#include "netlink.h"
#include "sandbox.h"

#define DEVICES	1024

static int	fd = -1;
static bool	closed;

static struct devices {
	int		index[DEVICES];
	unsigned	count;
} devices;

void
gate_open(void)
{
	fd = netlink_open(NETLINK_ROUTE, 0);
}

static void
on_device(void *ctx, const struct nlmsghdr *h)
{
	const struct ifinfomsg	*m = mnl_nlmsg_get_payload(h);

	(void)ctx;
	if (h->nlmsg_type == RTM_NEWLINK && mnl_nlmsg_get_payload_len(h) >= sizeof(*m) &&
	    (m->ifi_flags & IFF_LOOPBACK) == 0 && devices.count < DEVICES)
		devices.index[devices.count++] = m->ifi_index;
}

static void
list_devices(void)
{
	uint8_t		 buffer[128] __attribute__((aligned(8)));
	struct nlmsghdr	*h = mnl_nlmsg_put_header(buffer);

	h->nlmsg_type = RTM_GETLINK;
	mnl_nlmsg_put_extra_header(h, sizeof(struct ifinfomsg));
	devices.count = 0;
	if (netlink_ask(fd, h, NLM_F_DUMP, on_device, NULL) == -1)
		log_warn("devices for the gate");
	if (devices.count == DEVICES)
		log_warnx("the gate stands at %d devices and no more", DEVICES);
}

static struct nlmsghdr *
message(uint8_t *buffer, uint16_t type, int device, uint32_t parent, const char *kind)
{
	struct nlmsghdr	*h = mnl_nlmsg_put_header(buffer);
	struct tcmsg	*m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

	h->nlmsg_type = type;
	m->tcm_ifindex = device;
	m->tcm_parent = parent;
	mnl_attr_put_strz(h, TCA_KIND, kind);
	return h;
}

/* What filters are put to; often others did so before. */
static int
add_place(int device)
{
	uint8_t		 buffer[128] __attribute__((aligned(8)));
	struct nlmsghdr	*h = message(buffer, RTM_NEWQDISC, device, TC_H_CLSACT, "clsact");
	struct tcmsg	*m = mnl_nlmsg_get_payload(h);

	m->tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	return netlink_ask(fd, h, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, NULL, NULL) == 0 || errno == EEXIST ? 0 : -1;
}

static struct nlmsghdr *
filter(uint8_t *buffer, uint16_t type, int device)
{
	struct nlmsghdr	*h = message(buffer, type, device, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS), "bpf");
	struct tcmsg	*m = mnl_nlmsg_get_payload(h);

	m->tcm_handle = GATE_HANDLE;
	m->tcm_info = TC_H_MAKE(GATE_PRIORITY << 16, htons(ETH_P_ALL));
	return h;
}

/* how: NLM_F_EXCL leaves one that is there. */
static int
add_gate(int device, uint16_t how)
{
	uint8_t		 buffer[256] __attribute__((aligned(8)));
	struct nlmsghdr	*h = filter(buffer, RTM_NEWTFILTER, device);
	struct nlattr	*options = mnl_attr_nest_start(h, TCA_OPTIONS);

	mnl_attr_put_u32(h, TCA_BPF_FD, FD_INTERCEPT_GATE);
	mnl_attr_put_strz(h, TCA_BPF_NAME, GATE_NAME);
	mnl_attr_put_u32(h, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
	mnl_attr_nest_end(h, options);
	return netlink_ask(fd, h, NLM_F_ACK | NLM_F_CREATE | how, NULL, NULL) == 0 || errno == EEXIST ? 0 : -1;
}

static void
close_devices(uint16_t how)
{
	static struct log_rate	rate;

	list_devices();
	for (unsigned i = 0; i < devices.count; i++)
		if ((add_place(devices.index[i]) == -1 || add_gate(devices.index[i], how) == -1) &&
		    errno != ENODEV && log_rate_ok(&rate, 1))
			log_warn("packet sockets pass by device number %d: no gate", devices.index[i]);
}

static void
open_devices(void)
{
	uint8_t	buffer[256] __attribute__((aligned(8)));

	list_devices();
	for (unsigned i = 0; i < devices.count; i++)
		(void)netlink_ask(fd, filter(buffer, RTM_DELTFILTER, devices.index[i]), NLM_F_ACK, NULL, NULL);
}

void
gate_set(bool close)
{
	closed = close;
	if (closed)
		close_devices(0);
	else
		open_devices();
}

void
gate_keep(void)
{
	if (closed)
		close_devices(NLM_F_EXCL);
}
