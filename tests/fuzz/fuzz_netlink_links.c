/* Messages about interfaces, addresses and rules. */
/* links: intercept/links.c intercept/watch.c intercept/netlink.c intercept/packet.c */
#include "links.h"
#include "netlink_message.h"
#include "watch.h"

static void
parse(const struct nlmsghdr *h)
{
	struct link		l;
	struct decide_net	n;
	uint32_t		index;

	if (links_parse_link(h, &l) == 0 && l.name[DEVICE_BYTES - 1] != '\0')
		abort();
	if (links_parse_net(h, &n, &index) == 0 && n.prefix > (n.family == 4 ? 32 : 128))
		abort();
	(void)watch_parse(h, &index);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	each_message(data, size, parse);
	return 0;
}
