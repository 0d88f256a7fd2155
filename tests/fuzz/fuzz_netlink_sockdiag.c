/* Messages about sockets. */
/* links: intercept/sockdiag.c intercept/netlink.c */
#include "netlink_message.h"
#include "sockdiag.h"

static void
parse(const struct nlmsghdr *h)
{
	struct sock s;
	struct ends e;

	if (sockdiag_parse(h, &s, &e) == 0 && e.family != 4 && e.family != 6)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	each_message(data, size, parse);
	return 0;
}
