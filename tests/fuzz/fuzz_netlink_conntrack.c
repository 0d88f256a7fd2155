/* Messages of connection tracking. */
/* links: intercept/conntrack.c intercept/later.c intercept/netlink.c */
#include "conntrack.h"
#include "netlink_message.h"

static void
parse(const struct nlmsghdr *h)
{
	struct ct_entry e;

	(void)conntrack_is_end(h);
	if (conntrack_parse(h, &e) == 0 && e.tuple.family != 4 && e.tuple.family != 6)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	each_message(data, size, parse);
	return 0;
}
