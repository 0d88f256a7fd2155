/*
 * Which sockets for packets (packet_diag) and for frames (xdp_diag) there are. Called by below.c; trusts the
 * kernel. Where it has no such look-up it is asked once and not again: each question would have it look for a module.
 */
#include <sys/socket.h>

#include <errno.h>
#include <linux/packet_diag.h>
#include <linux/sock_diag.h>
#include <linux/xdp_diag.h>
#include <string.h>

#include "below.h"
#include "netlink.h"
#include "sandbox.h"

#define SOCKETS	512	/* that are looked at */

struct view {
	struct below_socket	socket[SOCKETS];
	unsigned		count;
};

static int		 fd = -1;
static struct view	 views[2], *now = &views[0], *before = &views[1];
static bool		 no_packets, no_frames;

void
below_look_open(void)
{
	fd = netlink_open(NETLINK_SOCK_DIAG, 0);
}

static void
take(const struct below_socket *s)
{
	if (s->inode != 0 && now->count < SOCKETS)
		now->socket[now->count++] = *s;
}

static uint32_t
uid_of(const struct nlmsghdr *h, size_t extra, unsigned attribute)
{
	const struct nlattr	*tb[ATTRIBUTES_MAX];
	uint32_t		 uid;

	return attributes_of(h, extra, tb, ATTRIBUTES_MAX) == 0 && attribute_u32(tb[attribute], &uid) ? uid :
	    UINT32_MAX;
}

static void
on_packets(void *ctx, const struct nlmsghdr *h)
{
	const struct packet_diag_msg	*m = mnl_nlmsg_get_payload(h);

	(void)ctx;
	if (h->nlmsg_type == SOCK_DIAG_BY_FAMILY && mnl_nlmsg_get_payload_len(h) >= sizeof(*m) &&
	    m->pdiag_family == AF_PACKET)
		take(&(struct below_socket){ .way = BELOW_WAY_OPEN, .inode = m->pdiag_ino,
		    .uid = uid_of(h, sizeof(*m), PACKET_DIAG_UID),
		    .cookie = m->pdiag_cookie[0] | (uint64_t)m->pdiag_cookie[1] << 32 });
}

static void
on_frames(void *ctx, const struct nlmsghdr *h)
{
	const struct xdp_diag_msg	*m = mnl_nlmsg_get_payload(h);

	(void)ctx;
	if (h->nlmsg_type == SOCK_DIAG_BY_FAMILY && mnl_nlmsg_get_payload_len(h) >= sizeof(*m) &&
	    m->xdiag_family == AF_XDP)
		take(&(struct below_socket){ .way = BELOW_WAY_FRAMES, .inode = m->xdiag_ino,
		    .uid = uid_of(h, sizeof(*m), XDP_DIAG_UID),
		    .cookie = m->xdiag_cookie[0] | (uint64_t)m->xdiag_cookie[1] << 32 });
}

static void
ask(void *message, bool *none, void (*row)(void *, const struct nlmsghdr *))
{
	if (*none || netlink_ask(fd, message, NLM_F_DUMP, row, NULL) == 0)
		return;
	*none = errno == ENOENT;
	if (*none)
		log_debug("the kernel lists no sockets of family %d", ((struct packet_diag_req *)
		    mnl_nlmsg_get_payload(message))->sdiag_family);
}

static void
ask_packets(void)
{
	uint8_t			 buffer[128] __attribute__((aligned(8)));
	struct nlmsghdr		*h = mnl_nlmsg_put_header(buffer);
	struct packet_diag_req	*q = mnl_nlmsg_put_extra_header(h, sizeof(*q));

	h->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	q->sdiag_family = AF_PACKET;
	q->pdiag_show = PACKET_SHOW_INFO;
	ask(h, &no_packets, on_packets);
}

static void
ask_frames(void)
{
	uint8_t			 buffer[128] __attribute__((aligned(8)));
	struct nlmsghdr		*h = mnl_nlmsg_put_header(buffer);
	struct xdp_diag_req	*q = mnl_nlmsg_put_extra_header(h, sizeof(*q));

	h->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	q->sdiag_family = AF_XDP;
	q->xdiag_show = XDP_SHOW_INFO;
	ask(h, &no_frames, on_frames);
}

static bool
was_there(const struct below_socket *s)
{
	for (unsigned i = 0; i < before->count; i++)
		if (before->socket[i].cookie == s->cookie)
			return true;
	return false;
}

void
below_look(void (*fresh)(const struct below_socket *))
{
	struct view	*last = now;

	now = before;
	before = last;
	now->count = 0;
	ask_packets();
	ask_frames();
	for (unsigned i = 0; i < now->count; i++)
		if (!was_there(&now->socket[i]))
			fresh(&now->socket[i]);
}
