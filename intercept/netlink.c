/*
 * Netlink sockets: opening, asking, and taking attributes apart. Used by every
 * file here that speaks to the kernel. The kernel is trusted; other processes
 * can send to a netlink socket too and are not, so the sender is looked at.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "netlink.h"
#include "sandbox.h"

#define ASK_MS		2000
#define ASK_BYTES	32768

static uint32_t sequence;

int
netlink_open(int protocol, size_t bytes)
{
	struct sockaddr_nl	self = { .nl_family = AF_NETLINK };
	int			fd, size = (int)bytes, on = 1;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
	if (fd == -1 || bind(fd, (struct sockaddr *)&self, sizeof(self)) == -1)
		fatal("netlink %d", protocol);
	if (bytes > 0 && setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) == -1)
		log_warn("netlink %d: receive buffer of %d bytes", protocol, size);
	/* Errors come back without the whole request in them. */
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	return fd;
}

int
netlink_join(int fd, int group)
{
	return setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group));
}

ssize_t
netlink_receive(int fd, void *buffer, size_t size)
{
	struct sockaddr_nl	from = { 0 };
	struct iovec		iov = { .iov_base = buffer, .iov_len = size };
	struct msghdr		m = { .msg_name = &from, .msg_namelen = sizeof(from),
				      .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t			n;

	if ((n = recvmsg(fd, &m, MSG_DONTWAIT)) == -1)
		return -1;
	if (from.nl_pid != 0 || (m.msg_flags & MSG_TRUNC) != 0)
		return 0;
	return n;
}

void
netlink_burst_init(struct netlink_burst *b)
{
	for (int i = 0; i < NETLINK_BURST; i++) {
		b->iov[i].iov_base = b->buffer[i];
		b->iov[i].iov_len = sizeof(b->buffer[i]);
		b->msg[i].msg_hdr.msg_iov = &b->iov[i];
		b->msg[i].msg_hdr.msg_iovlen = 1;
		b->msg[i].msg_hdr.msg_name = &b->from[i];
	}
}

int
netlink_burst_receive(int fd, struct netlink_burst *b)
{
	for (int i = 0; i < NETLINK_BURST; i++)
		b->msg[i].msg_hdr.msg_namelen = sizeof(b->from[i]);
	return recvmmsg(fd, b->msg, NETLINK_BURST, MSG_DONTWAIT, NULL);
}

ssize_t
netlink_burst_length(const struct netlink_burst *b, int i)
{
	if (b->from[i].nl_pid != 0)
		return 0;
	return (b->msg[i].msg_hdr.msg_flags & MSG_TRUNC) != 0 ? -1 : (ssize_t)b->msg[i].msg_len;
}

int
netlink_send(int fd, const void *message, size_t length)
{
	static const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	if (sendto(fd, message, length, 0, (const struct sockaddr *)&kernel, sizeof(kernel)) == -1)
		return -1;
	return 0;
}

int
netlink_error(const struct nlmsghdr *h)
{
	const struct nlmsgerr *e;

	if (mnl_nlmsg_get_payload_len(h) < sizeof(e->error))
		return -1;
	e = mnl_nlmsg_get_payload(h);
	return -e->error;
}

enum asked { ASK_MORE, ASK_END, ASK_FAILED };

static enum asked
ask_datagram(const char *buffer, size_t n, uint32_t seq,
    void (*row)(void *, const struct nlmsghdr *), void *ctx)
{
	const struct nlmsghdr	*h = (const void *)buffer;
	int			left = (int)n, error;

	for (; netlink_ok(h, left); h = mnl_nlmsg_next(h, &left)) {
		if (h->nlmsg_seq != seq)
			continue;
		if (h->nlmsg_type == NLMSG_DONE)
			return ASK_END;
		if (h->nlmsg_type == NLMSG_ERROR) {
			if ((error = netlink_error(h)) == 0)
				return ASK_END;
			errno = error > 0 ? error : EPROTO;
			return ASK_FAILED;
		}
		if (row != NULL)
			row(ctx, h);
	}
	return ASK_MORE;
}

int
netlink_ask(int fd, struct nlmsghdr *request, uint16_t flags,
    void (*row)(void *, const struct nlmsghdr *), void *ctx)
{
	static char	buffer[ASK_BYTES] __attribute__((aligned(8)));
	struct pollfd	p = { .fd = fd, .events = POLLIN };
	enum asked	end;
	ssize_t		n;

	request->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	request->nlmsg_seq = ++sequence;
	if (netlink_send(fd, request, request->nlmsg_len) == -1)
		return -1;
	for (;;) {
		if ((n = netlink_receive(fd, buffer, sizeof(buffer))) == -1) {
			if (errno == EINTR)
				continue;
			if (errno != EAGAIN)
				return -1;
			if (poll(&p, 1, ASK_MS) != 1) {
				errno = ETIMEDOUT;
				return -1;
			}
			continue;
		}
		end = ask_datagram(buffer, (size_t)n, request->nlmsg_seq, row, ctx);
		if (end != ASK_MORE)
			return end == ASK_END ? 0 : -1;
	}
}

bool
attribute_bytes(const struct nlattr *a, void *to, size_t length)
{
	if (a == NULL || mnl_attr_get_payload_len(a) != length)
		return false;
	memcpy(to, mnl_attr_get_payload(a), length);
	return true;
}

bool
attribute_u8(const struct nlattr *a, uint8_t *v)
{
	return attribute_bytes(a, v, sizeof(*v));
}

bool
attribute_be16(const struct nlattr *a, uint16_t *v)
{
	if (!attribute_bytes(a, v, sizeof(*v)))
		return false;
	*v = ntohs(*v);
	return true;
}

bool
attribute_u32(const struct nlattr *a, uint32_t *v)
{
	return attribute_bytes(a, v, sizeof(*v));
}

bool
attribute_be32(const struct nlattr *a, uint32_t *v)
{
	if (!attribute_bytes(a, v, sizeof(*v)))
		return false;
	*v = ntohl(*v);
	return true;
}

bool
attribute_be64(const struct nlattr *a, uint64_t *v)
{
	if (!attribute_bytes(a, v, sizeof(*v)))
		return false;
	*v = be64toh(*v);
	return true;
}

static void
attributes_between(const struct nlattr *a, const char *end, const struct nlattr **table,
    unsigned max)
{
	for (; mnl_attr_ok(a, (int)(end - (const char *)a)); a = mnl_attr_next(a))
		if (mnl_attr_get_type(a) < max)
			table[mnl_attr_get_type(a)] = a;
}

int
attributes_of(const struct nlmsghdr *h, size_t extra, const struct nlattr **table, unsigned max)
{
	memset(table, 0, max * sizeof(*table));
	if (mnl_nlmsg_get_payload_len(h) < MNL_ALIGN(extra))
		return -1;
	attributes_between(mnl_nlmsg_get_payload_offset(h, extra),
	    (const char *)h + h->nlmsg_len, table, max);
	return 0;
}

int
attributes_in(const struct nlattr *nest, const struct nlattr **table, unsigned max)
{
	const char *inside;

	memset(table, 0, max * sizeof(*table));
	if (nest == NULL)
		return -1;
	inside = mnl_attr_get_payload(nest);
	attributes_between((const void *)inside, inside + mnl_attr_get_payload_len(nest), table,
	    max);
	return 0;
}
