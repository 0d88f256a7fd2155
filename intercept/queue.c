/*
 * The kernel's packet queues. Called by main (to open), by judge.c (to answer)
 * and by the loop. Trusts the kernel's messages, not the packets in them.
 *
 * Nothing here may take long: messages are read in batches, one system call
 * for many packets where they come in bursts, and answers leave in batches.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <string.h>

#include <event2/event.h>

#include "netlink.h"
#include "packet.h"
#include "queue.h"
#include "sandbox.h"

#define RECEIVE_BYTES	(8 << 20)
#define ANSWER_BYTES	64		/* room for one answer; it has 40 */
#define ANSWERS		64		/* answers of one send */
#define SOCKETS		3

static const struct binding {
	uint16_t	number;
	uint8_t		direction;
	uint8_t		family;
} bindings[] = {
	{ 17040, DIRECTION_OUT,     4 },
	{ 17060, DIRECTION_OUT,     6 },
	{ 17140, DIRECTION_IN,      4 },
	{ 17160, DIRECTION_IN,      6 },
	{ 17240, DIRECTION_FORWARD, 4 },
	{ 17260, DIRECTION_FORWARD, 6 },
};
#define BINDINGS (sizeof(bindings) / sizeof(bindings[0]))

/* One for each direction, the socket and its answers that wait. */
static struct source {
	int		 fd;
	size_t		 used;
	unsigned	 answers;
	struct event	*readable;
	uint8_t		 out[ANSWERS * ANSWER_BYTES] __attribute__((aligned(8)));
} sources[SOCKETS];

static struct queue_counters	 counters;
static void			(*on_packet)(const struct queued *);
static void			(*on_burst_end)(void);

static struct netlink_burst	 input;		/* a packet's message is below 600 bytes */

static const struct binding *
binding_of(uint16_t number)
{
	size_t i;

	for (i = 0; i < BINDINGS; i++)
		if (bindings[i].number == number)
			return &bindings[i];
	return NULL;
}

static struct nlmsghdr *
queue_message(void *buffer, uint16_t type, uint16_t number)
{
	struct nlmsghdr		*h = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg		*g = mnl_nlmsg_put_extra_header(h, sizeof(*g));

	h->nlmsg_type = (uint16_t)(NFNL_SUBSYS_QUEUE << 8 | type);
	h->nlmsg_flags = NLM_F_REQUEST;
	g->nfgen_family = AF_UNSPEC;
	g->version = NFNETLINK_V0;
	g->res_id = htons(number);
	return h;
}

static void
queue_bind(int fd, uint16_t number)
{
	uint8_t				buffer[256] __attribute__((aligned(8)));
	struct nfqnl_msg_config_cmd	bind = { .command = NFQNL_CFG_CMD_BIND };
	struct nfqnl_msg_config_params	params = {
		.copy_range = htonl(PACKET_LOOK),
		.copy_mode = NFQNL_COPY_PACKET,
	};
	/* GSO: whole, unsplit packets. Never FAIL_OPEN. */
	uint32_t			flags = htonl(NFQA_CFG_F_GSO | NFQA_CFG_F_UID_GID);
	struct nlmsghdr			*h;

	h = queue_message(buffer, NFQNL_MSG_CONFIG, number);
	mnl_attr_put(h, NFQA_CFG_CMD, sizeof(bind), &bind);
	if (netlink_ask(fd, h, NLM_F_ACK, NULL, NULL) == -1)
		fatal("queue %u: bind", number);
	h = queue_message(buffer, NFQNL_MSG_CONFIG, number);
	mnl_attr_put(h, NFQA_CFG_PARAMS, sizeof(params), &params);
	mnl_attr_put_u32(h, NFQA_CFG_QUEUE_MAXLEN, htonl(QUEUE_LENGTH));
	mnl_attr_put_u32(h, NFQA_CFG_FLAGS, flags);
	mnl_attr_put_u32(h, NFQA_CFG_MASK, flags);
	if (netlink_ask(fd, h, NLM_F_ACK, NULL, NULL) == -1)
		fatal("queue %u: parameters", number);
}

void
queue_open(void)
{
	size_t i;

	for (i = 0; i < SOCKETS; i++)
		sources[i].fd = netlink_open(NETLINK_NETFILTER, RECEIVE_BYTES);
	for (i = 0; i < BINDINGS; i++)
		queue_bind(sources[bindings[i].direction - 1].fd, bindings[i].number);
	netlink_burst_init(&input);
}

static void
parse_hardware(const struct nlattr *a, struct queued *q)
{
	const struct nfqnl_msg_packet_hw *hw;

	if (a == NULL || mnl_attr_get_payload_len(a) < sizeof(*hw))
		return;
	hw = mnl_attr_get_payload(a);
	if (ntohs(hw->hw_addrlen) != sizeof(q->hardware))
		return;
	memcpy(q->hardware, hw->hw_addr, sizeof(q->hardware));
	q->has_hardware = true;
}

int
queue_parse(const struct nlmsghdr *h, struct queued *q)
{
	const struct nlattr			*tb[NFQA_MAX + 1];
	const struct nfqnl_msg_packet_hdr	*header;
	const struct nfgenmsg			*g;
	const struct binding			*b;
	uint32_t				whole;

	memset(q, 0, sizeof(*q));
	if (h->nlmsg_type != (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET) ||
	    attributes_of(h, sizeof(*g), tb, NFQA_MAX + 1) == -1)
		return -1;
	g = mnl_nlmsg_get_payload(h);
	if (tb[NFQA_PACKET_HDR] == NULL ||
	    mnl_attr_get_payload_len(tb[NFQA_PACKET_HDR]) < sizeof(*header) ||
	    (b = binding_of(ntohs(g->res_id))) == NULL)
		return -1;
	header = mnl_attr_get_payload(tb[NFQA_PACKET_HDR]);
	q->held.id = ntohl(header->packet_id);
	q->held.queue = b->number;
	q->direction = b->direction;
	q->family = b->family;
	(void)attribute_be32(tb[NFQA_MARK], &q->held.mark);
	(void)attribute_be32(tb[NFQA_IFINDEX_INDEV], &q->device_in);
	(void)attribute_be32(tb[NFQA_IFINDEX_OUTDEV], &q->device_out);
	(void)attribute_be32(tb[NFQA_IFINDEX_PHYSINDEV], &q->device_port);
	q->has_uid = attribute_be32(tb[NFQA_UID], &q->uid);
	parse_hardware(tb[NFQA_HWADDR], q);
	if (tb[NFQA_PAYLOAD] != NULL) {
		q->bytes = mnl_attr_get_payload(tb[NFQA_PAYLOAD]);
		q->len = q->whole = mnl_attr_get_payload_len(tb[NFQA_PAYLOAD]);
		if (attribute_be32(tb[NFQA_CAP_LEN], &whole))
			q->whole = whole;
	}
	return 0;
}

static void
read_message(const uint8_t *buffer, size_t n)
{
	const struct nlmsghdr	*h = (const void *)buffer;
	struct queued		 q;
	int			 left = (int)n;

	for (; netlink_ok(h, left); h = mnl_nlmsg_next(h, &left)) {
		/* An answer came too late: the packet was gone already, with its queue or device. */
		if (h->nlmsg_type == NLMSG_ERROR)
			continue;
		if (queue_parse(h, &q) == -1) {
			counters.unreadable++;
			continue;
		}
		counters.packets++;
		on_packet(&q);
	}
}

static void
read_failed(void)
{
	static struct log_rate rate;

	if (errno == ENOBUFS) {
		counters.overruns++;
		if (log_rate_ok(&rate, 1))
			log_warnx("packets came faster than they were read: the kernel dropped some");
	} else if (errno != EAGAIN && errno != EINTR) {
		fatal("reading a queue");
	}
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	ssize_t	len;
	int	i, n;

	(void)what;
	(void)arg;
	n = netlink_burst_receive(fd, &input);
	if (n == -1)
		read_failed();
	for (i = 0; i < n; i++) {
		len = netlink_burst_length(&input, i);
		if (len == -1)
			counters.unreadable++;
		else if (len > 0)
			read_message(input.buffer[i], (size_t)len);
	}
	on_burst_end();
}

void
queue_start(struct event_base *base, void (*packet)(const struct queued *),
    void (*burst_end)(void))
{
	size_t i;

	on_packet = packet;
	on_burst_end = burst_end;
	for (i = 0; i < SOCKETS; i++) {
		sources[i].readable = event_new(base, sources[i].fd, EV_READ | EV_PERSIST,
		    on_readable, NULL);
		if (sources[i].readable == NULL || event_add(sources[i].readable, NULL) == -1)
			fatalx("no event for a queue");
	}
}

static void
source_flush(struct source *s)
{
	if (s->used == 0)
		return;
	/* Only a kernel out of memory refuses: the packets stay held, nothing passes. */
	if (netlink_send(s->fd, s->out, s->used) == -1)
		log_warn("verdicts were not taken");
	s->used = 0;
	s->answers = 0;
}

void
queue_flush(void)
{
	size_t i;

	for (i = 0; i < SOCKETS; i++)
		source_flush(&sources[i]);
}

void
queue_answer(const struct held *held, enum nibble nibble)
{
	const struct binding		*b = binding_of(held->queue);
	struct source			*s = &sources[b->direction - 1];
	struct nfqnl_msg_verdict_hdr	 v = { .id = htonl(held->id) };
	struct nlmsghdr			*h;
	uint32_t			 mark;

	h = queue_message(s->out + s->used, NFQNL_MSG_VERDICT, held->queue);
	/* The chain runs again and acts on the mark; without one it would run for ever. */
	v.verdict = htonl(nibble == NIBBLE_DROP_NOW ? NF_DROP : NF_REPEAT);
	mnl_attr_put(h, NFQA_VERDICT_HDR, sizeof(v), &v);
	if (nibble != NIBBLE_DROP_NOW) {
		mark = (held->mark & ~MARK_MASK) | (uint32_t)nibble << MARK_SHIFT;
		mnl_attr_put_u32(h, NFQA_MARK, htonl(mark));
	}
	s->used += MNL_ALIGN(h->nlmsg_len);
	if (++s->answers == ANSWERS)
		source_flush(s);
}

const struct queue_counters *
queue_counters(void)
{
	return &counters;
}
