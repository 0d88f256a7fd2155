/* Messages of the packet queue, and the packets in them. */
/* links: intercept/queue.c intercept/netlink.c intercept/packet.c */
#include "netlink_message.h"
#include "packet.h"
#include "queue.h"

static void
parse(const struct nlmsghdr *h)
{
	struct queued	q;
	struct packet	p;

	if (queue_parse(h, &q) == -1)
		return;
	if (q.direction < DIRECTION_OUT || q.direction > DIRECTION_MAX || q.held.queue == 0)
		abort();
	(void)packet_parse(q.bytes, q.len, q.whole, &p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	each_message(data, size, parse);
	return 0;
}
