/*
 * See udp_out.h. Called by front_udp.c. Answers of one length to one client pass the
 * kernel as one datagram that it cuts where the client reads (UDP_SEGMENT, udp(7)): what a
 * datagram costs is its way through the kernel. What clients get, policyd knows before.
 */
#include <string.h>

#include <netinet/udp.h>

#include "query.h"
#include "told.h"
#include "udp_out.h"

/* Of one length, to one client. */
struct group {
	union address	client;
	socklen_t	client_len;
	unsigned	count;
	struct iovec	iov[UDP_OUT_MOST];
	union {
		struct cmsghdr	align;
		char		bytes[CMSG_SPACE(sizeof(uint16_t))];
	} control;
};

static struct {
	int		 fd;
	unsigned	 count, groups;
	unsigned	 losses;	/* told_losses() before the first of these */
	struct group	 group[UDP_OUT_MOST];
	struct mmsghdr	 header[UDP_OUT_MOST];
	uint8_t		 bytes[UDP_OUT_MOST][UDP_MOST];
} out;

static void
cut_each(struct group *g, struct msghdr *h)
{
	const uint16_t	 each = (uint16_t)g->iov[0].iov_len;
	struct cmsghdr	*c;

	h->msg_control = g->control.bytes;
	h->msg_controllen = sizeof(g->control.bytes);
	c = CMSG_FIRSTHDR(h);
	c->cmsg_level = SOL_UDP;
	c->cmsg_type = UDP_SEGMENT;
	c->cmsg_len = CMSG_LEN(sizeof(each));
	memcpy(CMSG_DATA(c), &each, sizeof(each));
}

static void
address_group(struct group *g, struct msghdr *h)
{
	*h = (struct msghdr){ .msg_name = &g->client, .msg_namelen = g->client_len,
			      .msg_iov = g->iov, .msg_iovlen = g->count };
	if (g->count > 1)
		cut_each(g, h);
}

/* Where the kernel does not take them as one. */
static void
send_one_by_one(struct group *g)
{
	struct mmsghdr	h = { .msg_hdr = { .msg_name = &g->client, .msg_namelen = g->client_len, .msg_iovlen = 1 } };

	for (unsigned i = 0; i < g->count; i++) {
		h.msg_hdr.msg_iov = &g->iov[i];
		(void)sendmmsg(out.fd, &h, 1, MSG_DONTWAIT);
	}
}

static void
send_groups(void)
{
	int	sent;

	for (unsigned i = 0; i < out.groups; i++)
		address_group(&out.group[i], &out.header[i].msg_hdr);
	for (unsigned i = 0; i < out.groups; i += (unsigned)sent) {
		sent = sendmmsg(out.fd, &out.header[i], out.groups - i, MSG_DONTWAIT);
		if (sent > 0)
			continue;
		if (out.group[i].count > 1)
			send_one_by_one(&out.group[i]);
		sent = 1;	/* one that is refused takes no other with it */
	}
}

void
udp_out_flush(void)
{
	(void)told_send();
	if (told_losses() == out.losses)
		send_groups();
	out.count = out.groups = 0;
}

static struct group *
group_for(const union address *client, socklen_t client_len, size_t len)
{
	struct group	*g;

	for (unsigned i = 0; i < out.groups; i++) {
		g = &out.group[i];
		if (g->iov[0].iov_len == len && g->client_len == client_len &&
		    memcmp(&g->client, client, client_len) == 0)
			return g;
	}
	g = &out.group[out.groups++];
	memcpy(&g->client, client, client_len);
	g->client_len = client_len;
	g->count = 0;
	return g;
}

bool
udp_out_add(int fd, const union address *client, socklen_t client_len, const uint8_t *message, size_t len)
{
	struct group	*g;
	unsigned	 losses = told_losses();	/* what is lost now may be this one's, too */

	if (out.count == UDP_OUT_MOST || (out.count > 0 && out.fd != fd))
		udp_out_flush();
	out.fd = fd;
	if (out.count == 0)
		out.losses = losses;
	memcpy(out.bytes[out.count], message, len);
	g = group_for(client, client_len, len);
	g->iov[g->count++] = (struct iovec){ out.bytes[out.count], len };
	return out.count++ == 0;
}
