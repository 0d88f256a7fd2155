/* Sockets are used again; their ports, and what came there, are not. */
/* links: resolverd/udp_port.c */
#include <criterion/criterion.h>

#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include <event2/event.h>

#include "loopback.h"
#include "udp_port.h"

static struct event_base	*base;
static struct sockaddr_in	 at, from;
static int			 server;
static unsigned			 times;

static void
start(void)
{
	socklen_t	len = sizeof(at);

	loopback_up();
	base = event_base_new();
	server = socket(AF_INET, SOCK_DGRAM, 0);
	at = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	cr_assert_eq(bind(server, (struct sockaddr *)&at, sizeof(at)), 0);
	cr_assert_eq(getsockname(server, (struct sockaddr *)&at, &len), 0);
}

TestSuite(udp_port, .init = start, .timeout = 10);

static void
on_readable(void *ctx)
{
	char	byte;

	times++;
	cr_expect_eq(recv(*(int *)ctx, &byte, 1, 0), 1);
}

static struct udp_port *
open_port(int *fd)
{
	struct udp_port	*p = udp_port_open(base, (struct sockaddr *)&at, sizeof(at), on_readable, fd);

	cr_assert_not_null(p);
	*fd = udp_port_fd(p);
	return p;
}

/* The question comes to the server, which sees where from. */
static in_port_t
ask(int fd)
{
	socklen_t	len = sizeof(from);
	char		byte;

	cr_assert_eq(send(fd, "?", 1, 0), 1);
	cr_assert_eq(recvfrom(server, &byte, 1, 0, (struct sockaddr *)&from, &len), 1);
	return from.sin_port;
}

static void
answer(void)
{
	(void)sendto(server, "!", 1, 0, (struct sockaddr *)&from, sizeof(from));
}

static bool
is_readable(int fd)
{
	return poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 0) == 1;
}

Test(udp_port, another_port_each_time)
{
	in_port_t	seen[200];
	unsigned	same = 0;
	int		fd, first = -1;

	for (unsigned i = 0; i < 200; i++) {
		struct udp_port	*p = open_port(&fd);

		first = i == 0 ? fd : first;
		cr_expect_eq(fd, first, "one socket does");
		seen[i] = ask(fd);
		for (unsigned j = 0; j < i; j++)
			same += seen[i] == seen[j] ? 1 : 0;
		udp_port_close(p);
	}
	cr_expect_lt(same, 10, "%u times a port that was there before", same);
}

Test(udp_port, what_came_for_the_last_one_is_gone)
{
	int		 fd;
	struct udp_port	*p = open_port(&fd);

	ask(fd);
	answer();
	event_base_loop(base, EVLOOP_NONBLOCK);
	cr_expect_eq(times, 1);
	answer();
	answer();
	udp_port_close(p);
	answer();
	event_base_loop(base, EVLOOP_NONBLOCK);
	p = open_port(&fd);
	cr_expect(!is_readable(fd));
	event_base_loop(base, EVLOOP_NONBLOCK);
	cr_expect_eq(times, 1);
	ask(fd);
	answer();
	event_base_loop(base, EVLOOP_NONBLOCK);
	cr_expect_eq(times, 2);
	udp_port_close(p);
}

/* What is sent back by a machine where nobody listens is the last one's, too. */
Test(udp_port, errors_stay_with_the_question)
{
	int		 fd, was = server;
	struct udp_port	*p = open_port(&fd);

	close(was);
	cr_assert_eq(send(fd, "?", 1, 0), 1);
	udp_port_close(p);
	start();
	p = open_port(&fd);
	ask(fd);
	cr_expect(!is_readable(fd));
	udp_port_close(p);
}
