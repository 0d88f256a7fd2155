/*
 * See message.h.
 */
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>

#include "handover.h"
#include "message.h"

_Static_assert(GATE_EGRESS == TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS), "way out");
_Static_assert(GATE_INGRESS == TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS), "way in");

struct nlmsghdr *
gate_ask_devices(void *buffer)
{
	struct nlmsghdr	*h = mnl_nlmsg_put_header(buffer);

	h->nlmsg_type = RTM_GETLINK;
	mnl_nlmsg_put_extra_header(h, sizeof(struct ifinfomsg));
	return h;
}

static struct nlmsghdr *
message(void *buffer, uint16_t type, int device, uint32_t parent)
{
	struct nlmsghdr	*h = mnl_nlmsg_put_header(buffer);
	struct tcmsg	*m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

	h->nlmsg_type = type;
	m->tcm_ifindex = device;
	m->tcm_parent = parent;
	return h;
}

struct nlmsghdr *
gate_place(void *buffer, uint16_t type, int device)
{
	struct nlmsghdr	*h = message(buffer, type, device, TC_H_CLSACT);
	struct tcmsg	*m = mnl_nlmsg_get_payload(h);

	m->tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	mnl_attr_put_strz(h, TCA_KIND, "clsact");
	return h;
}

struct nlmsghdr *
gate_filter(void *buffer, uint16_t type, int device)
{
	struct nlmsghdr	*h = message(buffer, type, device, GATE_EGRESS);
	struct tcmsg	*m = mnl_nlmsg_get_payload(h);

	m->tcm_handle = GATE_HANDLE;
	m->tcm_info = TC_H_MAKE(GATE_PRIORITY << 16, htons(ETH_P_ALL));
	mnl_attr_put_strz(h, TCA_KIND, "bpf");
	return h;
}

struct nlmsghdr *
gate_ask_filters(void *buffer, int device, uint32_t side)
{
	return message(buffer, RTM_GETTFILTER, device, side);
}

int
gate_device(const struct nlmsghdr *h)
{
	const struct ifinfomsg	*m = mnl_nlmsg_get_payload(h);

	if (h->nlmsg_type != RTM_NEWLINK || mnl_nlmsg_get_payload_len(h) < sizeof(*m) || (m->ifi_flags & IFF_LOOPBACK) != 0)
		return 0;
	return m->ifi_index;
}
