/*
 * The gate at devices' ways out (intercept puts it there, ../gate.h) is taken away, and the place for filters with it,
 * if no other is left there. A device that goes meanwhile is no fault.
 */
#include <errno.h>
#include <linux/rtnetlink.h>

#include "../gate/message.h"
#include "setup.h"

#define TRIES	20	/* of a list that changes while it is read */

static struct nlmsghdr *
numbered(struct nl *nl, struct nlmsghdr *h)
{
	h->nlmsg_flags = NLM_F_REQUEST;
	h->nlmsg_seq = ++nl->seq;
	return h;
}

static int
count_filter(const struct nlmsghdr *h, void *arg)
{
	if (h->nlmsg_type == RTM_NEWTFILTER)
		++*(unsigned *)arg;
	return 0;
}

static bool
is_empty(struct nl *nl, int device, uint32_t side)
{
	uint8_t		buffer[GATE_MESSAGE] __attribute__((aligned(8)));
	unsigned	filters = 0;

	return nl_dump(nl, numbered(nl, gate_ask_filters(buffer, device, side)), count_filter, &filters) == 0 &&
	    filters == 0;
}

static int
take(const struct nlmsghdr *h, void *arg)
{
	uint8_t		 buffer[GATE_MESSAGE] __attribute__((aligned(8)));
	struct nl	*nl = arg;
	int		 device = gate_device(h);

	if (device != 0 && nl_ask(nl, numbered(nl, gate_filter(buffer, RTM_DELTFILTER, device)), NULL, NULL) == 0 &&
	    is_empty(nl, device, GATE_EGRESS) && is_empty(nl, device, GATE_INGRESS))
		(void)nl_ask(nl, numbered(nl, gate_place(buffer, RTM_DELQDISC, device)), NULL, NULL);
	return 0;
}

static int
sweep(void)
{
	uint8_t		buffer[GATE_MESSAGE] __attribute__((aligned(8)));
	struct nl	devices, ask;
	int		error = -1;

	if (nl_open(&devices, NETLINK_ROUTE) == -1)
		return -1;
	if (nl_open(&ask, NETLINK_ROUTE) == 0) {
		error = nl_dump(&devices, numbered(&devices, gate_ask_devices(buffer)), take, &ask);
		nl_close(&ask);
	}
	nl_close(&devices);
	return error;
}

int
gate_remove(void)
{
	int	error = sweep();

	for (int i = 1; error == -1 && errno == EINTR && i < TRIES; i++)
		error = sweep();
	return error;
}
