/*
 * The kernel's word on closed UDP sockets (sock_diag's destroy groups). Called by
 * main and the loop; watched.c acts on it. Trusts the kernel. Read at once where every
 * microsecond counts against a program that waits for the port; where the kernel compares
 * each packet's socket nobody gains by waiting, and a wake-up for each would cost more than the rest.
 * Where our part in the kernel tells (ports.h) as sockets begin to close, the word here is for those outside its cgroup.
 * Anybody may close sockets by the hundred thousand: few are read at a time, that what waits for a verdict has its turn.
 *
 * TCP needs none of this: a new connection begins with a SYN, which the rules
 * send to the queue whatever conntrack holds.
 */
#include <errno.h>
#include <linux/sock_diag.h>

#include "closed.h"
#include "later.h"
#include "live.h"
#include "netlink.h"
#include "ports.h"
#include "sandbox.h"
#include "sockdiag.h"

#define EVENT_BYTES	(4 << 20)
#define BURST		32
#define LATER_MS	5

static int		 fd = -1;
static void		(*on_closed)(uint64_t);
static void		(*on_burst_end)(void);
static void		(*on_lost)(void);

bool
closed_open(void)
{
	fd = netlink_open(NETLINK_SOCK_DIAG, EVENT_BYTES);
	if (netlink_join(fd, SKNLGRP_INET_UDP_DESTROY) == -1 ||
	    netlink_join(fd, SKNLGRP_INET6_UDP_DESTROY) == -1) {
		log_warn("this kernel does not tell of closed sockets: "
		    "UDP ports keep their verdict until conntrack forgets them");
		return false;
	}
	return true;
}

static void
read_messages(const uint8_t *buffer, size_t n)
{
	const struct nlmsghdr	*h = (const void *)buffer;
	struct sock		 s;
	int			 left = (int)n;

	for (; netlink_ok(h, left); h = mnl_nlmsg_next(h, &left))
		if (sockdiag_parse(h, &s, NULL) == 0)
			on_closed(s.cookie);
}

/* Returns whether there may be more. */
static bool
read_burst(void)
{
	static uint8_t	buffer[8192] __attribute__((aligned(8)));
	ssize_t		n;
	int		i;

	for (i = 0; i < BURST; i++) {
		if ((n = netlink_receive(fd, buffer, sizeof(buffer))) > 0) {
			read_messages(buffer, (size_t)n);
		} else if (n == -1) {
			if (errno == ENOBUFS)
				on_lost();
			break;
		}
	}
	on_burst_end();
	return i == BURST;
}

static bool
is_urgent(void)
{
	return live_watched() > 0 && !ports_told();
}

static struct later	news = { .first_ms = LATER_MS, .read = read_burst, .urgent = is_urgent };

void
closed_hurry(void)
{
	later_hurry(&news);
}

void
closed_start(struct event_base *base, void (*closed)(uint64_t), void (*burst_end)(void),
    void (*lost)(void))
{
	on_closed = closed;
	on_burst_end = burst_end;
	on_lost = lost;
	later_start(&news, base, fd);
}
