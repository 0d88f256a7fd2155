/* Sockets are used again a few times, while they are good and somebody asks. */
/* links: resolverd/udp_port.c */
#include <criterion/criterion.h>

#include <netinet/in.h>
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

static in_port_t
asked_from(bool answered)
{
	int		 fd;
	struct udp_port	*p = open_port(&fd);
	in_port_t	 port = ask(fd);

	udp_port_close(p, answered);
	return port;
}

/* The loop for so long. */
static void
pass(int ms)
{
	struct timeval	t = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	event_base_loopexit(base, &t);
	event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY);
}

Test(udp_port, another_one_after_a_few_questions)
{
	in_port_t	seen[20];
	unsigned	same = 0;

	for (unsigned i = 0; i < 20; i++) {
		seen[i] = asked_from(true);
		for (unsigned j = 1; j < UDP_PORT_QUESTIONS; j++)
			cr_expect_eq(asked_from(true), seen[i]);
		for (unsigned j = 0; j < i; j++)
			same += seen[i] == seen[j] ? 1 : 0;
	}
	cr_expect_lt(same, 5, "%u times a port that was there before", same);
}

Test(udp_port, one_question_at_a_time)
{
	int		 a, b;
	struct udp_port	*p = open_port(&a), *q = open_port(&b);

	cr_expect_neq(ask(a), ask(b));
	udp_port_close(p, true);
	udp_port_close(q, true);
}

Test(udp_port, not_again_if_no_answer_came)
{
	in_port_t	first = asked_from(false), second = asked_from(false);

	cr_expect_neq(asked_from(true), second);
	cr_expect_neq(second, first);
}

Test(udp_port, not_of_another_server)
{
	int			 fd;
	in_port_t		 first = asked_from(true);
	struct sockaddr_in	 there = at;
	struct sockaddr_in	 me;
	socklen_t		 len = sizeof(me);
	struct udp_port		*p;

	there.sin_port ^= 1;
	p = udp_port_open(base, (struct sockaddr *)&there, sizeof(there), on_readable, &fd);
	cr_assert_not_null(p);
	cr_assert_eq(getsockname(udp_port_fd(p), (struct sockaddr *)&me, &len), 0);
	cr_expect_neq(me.sin_port, first);
	udp_port_close(p, true);
}

Test(udp_port, closed_when_nobody_asks)
{
	in_port_t	first = asked_from(true);
	int		fd;

	pass(2 * UDP_PORT_IDLE_MS + 200);
	cr_assert_neq(fd = socket(AF_INET, SOCK_DGRAM, 0), -1);
	cr_assert_eq(bind(fd, (struct sockaddr *)&(struct sockaddr_in){ .sin_family = AF_INET, .sin_port = first,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) }, sizeof(struct sockaddr_in)), 0, "the port is free");
}

Test(udp_port, closed_when_the_network_is_another)
{
	in_port_t	first = asked_from(true);

	udp_port_forget();
	cr_expect_neq(asked_from(true), first);
}

/* What comes while nobody asks: a second answer, a guess. */
Test(udp_port, closed_when_something_comes_unasked)
{
	in_port_t	first = asked_from(true);

	answer();
	pass(20);
	cr_expect_eq(times, 0);
	cr_expect_neq(asked_from(true), first);
}

Test(udp_port, closed_when_the_server_goes)
{
	in_port_t	first = asked_from(true);
	int		fd, was = server;
	struct udp_port	*p = open_port(&fd);

	close(was);
	cr_assert_eq(send(fd, "?", 1, 0), 1);
	udp_port_close(p, true);
	pass(20);
	cr_assert_neq(server = socket(AF_INET, SOCK_DGRAM, 0), -1);
	cr_assert_eq(bind(server, (struct sockaddr *)&at, sizeof(at)), 0);
	cr_expect_neq(asked_from(true), first);
}
