/*
 * intercept's way of a packet: the kernel's message, packet, flow, socket, holder, grant or question, verdict, live
 * flow, answer to the kernel. All of it is the product's but what is linked here in place of the kernel, whod and policyd.
 */
/* links: intercept/[a-z]*.c intercept/gate/message.c intercept/bpf/map.c intercept/bpf/ring.c */
#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <string.h>

#include <event2/event.h>

#include "conntrack.h"
#include "count.h"
#include "grant.h"
#include "judge.h"
#include "links.h"
#include "live.h"
#include "netlink.h"
#include "packet.h"
#include "report.h"
#include "sandbox.h"
#include "shared.h"
#include "sockdiag.h"
#include "whose.h"

#define USER	1000
#define PROCESS	7

static const uint8_t	ours[16] = { 10, 0, 0, 2 };
static uint32_t		asked_who;	/* the question's number */
static uint64_t		asked_policy;	/* the flow's; 0: policyd was not asked */
static bool		noted;		/* the kernel says who sent it */
static size_t		answered;	/* bytes, to the kernel */

/* --- in place of others (the linker's --wrap) --- */

bool	__wrap_sockdiag_find(const struct ends *, struct sock *);
bool	__wrap_sockdiag_listener(const struct ends *, struct sock *);
bool	__wrap_shared_port(uint8_t, uint16_t);
bool	__wrap_shared_dear(void);
bool	__wrap_address_is_own(uint8_t, const uint8_t [16]);
bool	__wrap_kernel_note_take(const struct tuple *, uint32_t, struct kernel_note *);
void	__wrap_conntrack_drain(void);
void	__wrap_who_client_ask(const struct who_question *);
int	__wrap_decide_client_request(const struct decide_request *);
int	__wrap_decide_client_uses(const struct decide_uses *);
int	__wrap_netlink_send(int, const void *, size_t);

bool
__wrap_sockdiag_find(const struct ends *e, struct sock *k)
{
	*k = (struct sock){ .cookie = e->local_port, .inode = e->local_port, .uid = USER, .state = SOCK_CONNECTED };
	return true;
}

bool
__wrap_sockdiag_listener(const struct ends *e, struct sock *k)
{
	(void)e;
	(void)k;
	return false;
}

bool
__wrap_shared_port(uint8_t proto, uint16_t port)
{
	(void)proto;
	(void)port;
	return false;
}

bool
__wrap_shared_dear(void)
{
	return false;
}

bool
__wrap_address_is_own(uint8_t family, const uint8_t address[16])
{
	return family == 4 && memcmp(address, ours, sizeof(ours)) == 0;
}

bool
__wrap_kernel_note_take(const struct tuple *t, uint32_t uid, struct kernel_note *note)
{
	*note = (struct kernel_note){ .cookie = t->sport, .inode = t->sport, .uid = uid };
	return noted;
}

void
__wrap_conntrack_drain(void)
{
}

void
__wrap_who_client_ask(const struct who_question *q)
{
	asked_who = q->ask;
}

int
__wrap_decide_client_request(const struct decide_request *r)
{
	uint8_t	body[DECIDE_REQUEST_MAX];

	if (decide_request_pack(r, body, sizeof(body)) == 0)
		fatalx("a request does not pack");
	asked_policy = r->flow;
	return 0;
}

int
__wrap_decide_client_uses(const struct decide_uses *u)
{
	static uint8_t	body[DECIDE_USES_MAX];

	return decide_uses_pack(u, body, sizeof(body)) == 0 ? -1 : 0;
}

int
__wrap_netlink_send(int fd, const void *message, size_t len)
{
	(void)fd;
	(void)message;
	answered += len;
	return 0;
}

/* --- a packet, as the kernel queues it --- */

static const uint8_t tcp4[40] = { 0x45, 0, 0, 40, 0, 1, 0, 0, 64, 6, 0, 0, 10, 0, 0, 2, 192, 0, 2, 1,
	0, 0, 1, 187, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, TCP_SYN, 0xff, 0xff };
static const uint8_t udp4[28] = { 0x45, 0, 0, 28, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 2, 192, 0, 2, 1,
	0, 0, 1, 187, 0, 8 };

static struct message {
	uint8_t	 bytes[1024] __attribute__((aligned(8)));
	uint8_t	*packet;
} tcp, udp;

static void
write_message(struct message *m, const uint8_t *packet, size_t len)
{
	struct nfgenmsg			 g = { .res_id = htons(17040) };
	struct nfqnl_msg_packet_hdr	 p = { .packet_id = htonl(1), .hook = 3 };
	struct nlmsghdr			*h = mnl_nlmsg_put_header(m->bytes);

	h->nlmsg_type = NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET;
	memcpy(mnl_nlmsg_put_extra_header(h, sizeof(g)), &g, sizeof(g));
	mnl_attr_put(h, NFQA_PACKET_HDR, sizeof(p), &p);
	mnl_attr_put_u32(h, NFQA_IFINDEX_OUTDEV, htonl(2));
	mnl_attr_put_u32(h, NFQA_UID, htonl(USER));
	m->packet = (uint8_t *)mnl_nlmsg_get_payload_tail(h) + MNL_ATTR_HDRLEN;
	mnl_attr_put(h, NFQA_PAYLOAD, len, packet);
}

/* From this port, to this host of a network. */
static void
read_packet(struct message *m, unsigned sport, unsigned host)
{
	struct queued	q;

	m->packet[19] = (uint8_t)host;
	m->packet[20] = (uint8_t)(sport >> 8);
	m->packet[21] = (uint8_t)sport;
	asked_policy = 0;
	if (queue_parse((const struct nlmsghdr *)(const void *)m->bytes, &q) == -1)
		fatalx("no packet");
	judge_packet(&q);
}

static void
whod_answers(void)
{
	struct who_answer	a = { .ask = asked_who, .status = WHO_FOUND, .count = 1, .holder = { PROCESS } };

	whose_ops.answer(&a);
}

static void
policyd_answers(uint8_t action, uint8_t grant)
{
	struct decide_verdict	v = { .flow = asked_policy, .action = action, .permanent = true, .grant = grant };

	if (asked_policy == 0)
		fatalx("policyd is not asked");
	decide_judge.verdict(&v);
}

/* --- the operations --- */

static unsigned	port = 1024;

static void
asked(struct message *m)
{
	read_packet(m, port++, 1);
	whod_answers();
	policyd_answers(ACTION_ACCEPT, GRANT_NONE);
	judge_burst_end();
}

static void
asked_tcp(unsigned n)
{
	(void)n;
	asked(&tcp);
}

static void
asked_udp(unsigned n)
{
	(void)n;
	asked(&udp);
}

static void
asked_noted(unsigned n)
{
	(void)n;
	noted = true;
	asked(&tcp);
	noted = false;
}

/* Sixteen hosts are granted. */
static void
granted(unsigned n)
{
	read_packet(&tcp, port++, 16 + n % 16);
	whod_answers();
	if (n < 16)
		policyd_answers(ACTION_ACCEPT, GRANT_PROCESS);
	else if (asked_policy != 0)
		fatalx("policyd is asked where it granted");
	judge_burst_end();
}

/* The first packet, and the same once more. */
static void
refused(unsigned n)
{
	(void)n;
	read_packet(&tcp, port, 1);
	whod_answers();
	policyd_answers(ACTION_BLOCK, GRANT_NONE);
	read_packet(&tcp, port++, 1);
	if (asked_policy != 0)
		fatalx("policyd is asked again");
	judge_burst_end();
}

int
main(void)
{
	struct event_base *base = event_base_new();

	log_init("count_packet");
	if (base == NULL)
		fatalx("no events");
	report_start(base);
	write_message(&tcp, tcp4, sizeof(tcp4));
	write_message(&udp, udp4, sizeof(udp4));
	tuple_hash_seed(1);
	count("packet-asked-tcp", asked_tcp);
	count("packet-asked-udp", asked_udp);
	count("packet-asked-noted", asked_noted);
	count("packet-granted", granted);
	count("packet-refused-twice", refused);
	if (answered == 0 || live_count() != 4 * COUNT_ALL)
		fatalx("%u live flows", live_count());
	return 0;
}
