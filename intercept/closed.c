/*
 * The kernel's word on closed UDP sockets (sock_diag's destroy groups). Called by
 * main and the loop; judge.c acts on it. Trusts the kernel. Read at once: every
 * microsecond counts against a program that waits for the port.
 *
 * TCP needs none of this: a new connection begins with a SYN, which the rules
 * send to the queue whatever conntrack holds.
 */
#include <errno.h>
#include <linux/sock_diag.h>

#include <event2/event.h>

#include "closed.h"
#include "netlink.h"
#include "sandbox.h"
#include "sockdiag.h"

#define EVENT_BYTES	(4 << 20)
#define BURST		256

static int		 fd = -1;
static struct event	*readable;
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

static void
on_readable(evutil_socket_t s, short what, void *arg)
{
	static uint8_t	buffer[8192] __attribute__((aligned(8)));
	ssize_t		n;
	int		i;

	(void)what;
	(void)arg;
	for (i = 0; i < BURST; i++) {
		if ((n = netlink_receive(s, buffer, sizeof(buffer))) > 0) {
			read_messages(buffer, (size_t)n);
		} else if (n == -1) {
			if (errno == ENOBUFS)
				on_lost();
			break;
		}
	}
	on_burst_end();
}

void
closed_start(struct event_base *base, void (*closed)(uint64_t), void (*burst_end)(void),
    void (*lost)(void))
{
	on_closed = closed;
	on_burst_end = burst_end;
	on_lost = lost;
	readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, NULL);
	if (readable == NULL || event_add(readable, NULL) == -1)
		fatalx("no event for closed sockets");
}
