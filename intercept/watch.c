/*
 * The watch on nf_tables. Called by main and the loop; trusts the kernel. Each
 * change of rules by anyone ends with a new generation; the parent knows which
 * are its own. The first of a row is told at once, what follows in a moment's
 * distance together: a tool that changes many rules one by one keeps us busy
 * only a little.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <unistd.h>

#include <event2/event.h>

#include "channel.h"
#include "netlink.h"
#include "sandbox.h"
#include "watch.h"

#define EVENT_BYTES	(4 << 20)
#define QUIET_MS	20

static int		 fd = -1;
static struct event	*readable, *quiet;
static uint32_t		 newest;
static bool		 untold;

int
watch_parse(const struct nlmsghdr *h, uint32_t *generation)
{
	const struct nlattr *tb[NFTA_GEN_MAX + 1];

	if (h->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWGEN) ||
	    attributes_of(h, sizeof(struct nfgenmsg), tb, NFTA_GEN_MAX + 1) == -1 ||
	    !attribute_be32(tb[NFTA_GEN_ID], generation))
		return -1;
	return 0;
}

void
watch_open(void)
{
	fd = netlink_open(NETLINK_NETFILTER, EVENT_BYTES);
	if (netlink_join(fd, NFNLGRP_NFTABLES) == -1)
		fatal("watching rules");
}

static void
tell(void)
{
	struct control_rules_changed	changed = { .generation = newest };
	uint8_t				body[CONTROL_RULES_CHANGED_MAX];
	size_t				len;

	untold = false;
	len = control_rules_changed_pack(&changed, body, sizeof(body));
	if (len == 0 || channel_send(child_control(), CONTROL_RULES_CHANGED, 0, body, len, -1) == -1)
		log_warnx("the parent could not be told that rules were changed");
}

static void
on_quiet(evutil_socket_t s, short what, void *arg)
{
	const struct timeval wait = { .tv_usec = QUIET_MS * 1000 };

	(void)s;
	(void)what;
	(void)arg;
	if (!untold)
		return;
	tell();
	(void)event_add(quiet, &wait);
}

static bool
read_messages(const uint8_t *buffer, size_t n)
{
	const struct nlmsghdr	*h = (const void *)buffer;
	bool			 any = false;
	int			 left = (int)n;

	for (; netlink_ok(h, left); h = mnl_nlmsg_next(h, &left))
		if (watch_parse(h, &newest) == 0)
			any = true;
	return any;
}

static void
on_readable(evutil_socket_t s, short what, void *arg)
{
	static uint8_t	buffer[65536] __attribute__((aligned(8)));
	ssize_t		n;

	(void)what;
	(void)arg;
	while ((n = netlink_receive(s, buffer, sizeof(buffer))) != -1 || errno == ENOBUFS)
		if (n == -1 || read_messages(buffer, (size_t)n))
			untold = true;
	if (untold && !event_pending(quiet, EV_TIMEOUT, NULL))
		on_quiet(-1, 0, NULL);
}

void
watch_start(struct event_base *base)
{
	readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, NULL);
	quiet = event_new(base, -1, 0, on_quiet, NULL);
	if (readable == NULL || quiet == NULL || event_add(readable, NULL) == -1)
		fatalx("no event for rules");
}
