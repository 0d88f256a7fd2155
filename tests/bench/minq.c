/*
 * The least that a program at a netfilter queue can do: accept every packet.
 * What it costs is the lower limit for any firewall that asks user space.
 *	minq QUEUE
 */
#include <arpa/inet.h>
#include <err.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static struct mnl_socket *nl;
static uint16_t queue;

static struct nlmsghdr *
message(void *buffer, uint16_t type)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *g;

	h->nlmsg_type = (uint16_t)(NFNL_SUBSYS_QUEUE << 8 | type);
	h->nlmsg_flags = NLM_F_REQUEST;
	g = mnl_nlmsg_put_extra_header(h, sizeof *g);
	g->version = NFNETLINK_V0;
	g->res_id = htons(queue);
	return h;
}

static void
bind_queue(void)
{
	char buffer[256];
	struct nfqnl_msg_config_cmd cmd = { .command = NFQNL_CFG_CMD_BIND, .pf = htons(AF_INET) };
	struct nfqnl_msg_config_params params = { .copy_range = htonl(128), .copy_mode = NFQNL_COPY_PACKET };
	struct nlmsghdr *h;

	h = message(buffer, NFQNL_MSG_CONFIG);
	mnl_attr_put(h, NFQA_CFG_CMD, sizeof cmd, &cmd);
	mnl_attr_put(h, NFQA_CFG_PARAMS, sizeof params, &params);
	if (mnl_socket_sendto(nl, h, h->nlmsg_len) < 0)
		err(1, "bind");
}

static int
on_packet(const struct nlmsghdr *h, void *ctx)
{
	char buffer[256];
	const struct nlattr *a;
	struct nlmsghdr *answer;
	struct nfqnl_msg_verdict_hdr verdict = { .verdict = htonl(NF_ACCEPT) };

	(void)ctx;
	for (a = mnl_nlmsg_get_payload_offset(h, sizeof(struct nfgenmsg));
	    mnl_attr_ok(a, (int)((const char *)mnl_nlmsg_get_payload_tail(h) - (const char *)a));
	    a = mnl_attr_next(a))
		if (mnl_attr_get_type(a) == NFQA_PACKET_HDR)
			verdict.id = ((struct nfqnl_msg_packet_hdr *)mnl_attr_get_payload(a))->packet_id;
	answer = message(buffer, NFQNL_MSG_VERDICT);
	mnl_attr_put(answer, NFQA_VERDICT_HDR, sizeof verdict, &verdict);
	if (mnl_socket_sendto(nl, answer, answer->nlmsg_len) < 0)
		warn("verdict");
	return MNL_CB_OK;
}

int
main(int argc, char **argv)
{
	static char buffer[1 << 16];
	ssize_t got;

	if (argc != 2)
		errx(2, "usage: minq QUEUE");
	queue = (uint16_t)strtoul(argv[1], NULL, 10);
	nl = mnl_socket_open(NETLINK_NETFILTER);
	if (nl == NULL || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) == -1)
		err(1, "netlink");
	bind_queue();
	while ((got = mnl_socket_recvfrom(nl, buffer, sizeof buffer)) > 0)
		if (mnl_cb_run(buffer, (size_t)got, 0, 0, on_packet, NULL) == -1)
			warn("queue");
	err(1, "recv");
}
