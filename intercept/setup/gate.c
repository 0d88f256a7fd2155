/*
 * The gate at devices' ways out (intercept puts it there, ../gate.h) is taken away, and the place for filters with it,
 * if no other is left there. A device that goes meanwhile is no fault.
 */
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>

#include "handover.h"
#include "setup.h"

#define DEVICES		1024
#define EGRESS		TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS)
#define INGRESS		TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS)

struct devices {
	int		index[DEVICES];
	unsigned	count;
};

static struct nlmsghdr *
request(struct nl *nl, void *buffer, uint16_t type, int device, uint32_t parent)
{
	struct nlmsghdr	*h = mnl_nlmsg_put_header(buffer);
	struct tcmsg	*m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST;
	h->nlmsg_seq = ++nl->seq;
	m->tcm_ifindex = device;
	m->tcm_parent = parent;
	return h;
}

static int
add_device(const struct nlmsghdr *h, void *arg)
{
	const struct ifinfomsg	*m = mnl_nlmsg_get_payload(h);
	struct devices		*d = arg;

	if (h->nlmsg_type == RTM_NEWLINK && mnl_nlmsg_get_payload_len(h) >= sizeof(*m) && d->count < DEVICES)
		d->index[d->count++] = m->ifi_index;
	return 0;
}

static int
list_devices(struct nl *nl, struct devices *d)
{
	uint8_t		 buffer[128] __attribute__((aligned(8)));
	struct nlmsghdr	*h = request(nl, buffer, RTM_GETLINK, 0, 0);

	d->count = 0;
	return nl_dump(nl, h, add_device, d);
}

static int
remove_filter(struct nl *nl, int device)
{
	uint8_t		 buffer[128] __attribute__((aligned(8)));
	struct nlmsghdr	*h = request(nl, buffer, RTM_DELTFILTER, device, EGRESS);
	struct tcmsg	*m = mnl_nlmsg_get_payload(h);

	m->tcm_handle = GATE_HANDLE;
	m->tcm_info = TC_H_MAKE(GATE_PRIORITY << 16, htons(ETH_P_ALL));
	mnl_attr_put_strz(h, TCA_KIND, "bpf");
	h->nlmsg_flags |= NLM_F_ACK;
	return nl_ask(nl, h, NULL, NULL);
}

static int
count_filter(const struct nlmsghdr *h, void *arg)
{
	if (h->nlmsg_type == RTM_NEWTFILTER)
		++*(unsigned *)arg;
	return 0;
}

static void
remove_place(struct nl *nl, int device)
{
	static const uint32_t	sides[] = { EGRESS, INGRESS };
	uint8_t			buffer[128] __attribute__((aligned(8)));
	struct nlmsghdr		*h;
	struct tcmsg		*m;
	unsigned		filters = 0;

	for (unsigned i = 0; i < 2; i++)
		if (nl_dump(nl, request(nl, buffer, RTM_GETTFILTER, device, sides[i]), count_filter, &filters) == -1)
			return;
	if (filters > 0)
		return;
	h = request(nl, buffer, RTM_DELQDISC, device, TC_H_CLSACT);
	m = mnl_nlmsg_get_payload(h);
	m->tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	mnl_attr_put_strz(h, TCA_KIND, "clsact");
	h->nlmsg_flags |= NLM_F_ACK;
	(void)nl_ask(nl, h, NULL, NULL);
}

int
gate_remove(void)
{
	static struct devices	d;
	struct nl		nl;
	int			error = 0;

	if (nl_open(&nl, NETLINK_ROUTE) == -1)
		return -1;
	if (list_devices(&nl, &d) == -1)
		error = -1;
	for (unsigned i = 0; error == 0 && i < d.count; i++)
		if (remove_filter(&nl, d.index[i]) == 0)
			remove_place(&nl, d.index[i]);
	nl_close(&nl);
	return error;
}
