/*
 * Questions to all neighbours: how they are sent, who is believed, and when no socket is open.
 */
/* links: @message resolverd/address.c resolverd/multicast.c */
#include <criterion/criterion.h>

#include <errno.h>
#include <time.h>

#include "multicast.h"
#include "neighbour.h"

static struct event_base	*base;
static unsigned			 calls;
static bool			 believed = true;
static uint8_t			 last_byte;	/* of what was heard; 0: silence */

static void
start(void)
{
	base = event_base_new();
	neighbour_start();
	multicast_init(base);
	multicast_set(&loopback, 1);
}

TestSuite(multicast, .init = start, .timeout = 30);

static bool
on_heard(void *ctx, const uint8_t *m, size_t len, const struct asked *a)
{
	(void)ctx;
	calls++;
	last_byte = m == NULL ? 0 : m[len - 1];
	cr_assert(m == NULL || reply_fits(m, len, a));
	return believed;
}

static struct multicast *
ask(const char *text, uint16_t type)
{
	struct dname	n;

	cr_assert_eq(dname_parse(text, strlen(text), &n), 0);
	return multicast_new(&n, type, on_heard, NULL);
}

/* What was sent on the loopback device is there already. */
static void
turn(void)
{
	event_base_loop(base, EVLOOP_NONBLOCK);
}

Test(multicast, asked_and_answered)
{
	struct query	q;
	enum rcode	rcode;
	uint8_t		m[600];

	cr_assert_not_null(ask("printer.local", QTYPE_A));
	hear();
	cr_assert_eq(hops, 255);
	cr_assert_eq(question_len, DNS_HEADER + 15 + 4, "nothing behind the question");
	cr_assert_eq(query_parse(question, question_len, &q, &rcode), 0);
	cr_assert(rcode == RCODE_NOERROR && q.type == QTYPE_A && !q.recursion_desired && !q.checking_disabled);
	cr_assert_neq(ntohs(asker_at.in.sin_port), GROUP_PORT);
	send_from(neighbour, m, address_answer(7, m));
	turn();
	cr_assert_eq(calls, 1);
	cr_assert_eq(last_byte, 7);
	turn();
	cr_assert_eq(calls, 1, "the question is gone");
}

/* Each lie is followed by the truth. */
Test(multicast, who_is_believed)
{
	struct names_net	one = { "lo", 4, 32, { 127, 0, 0, 1 } };
	uint8_t			m[600];
	int			port = bound(5354, INADDR_LOOPBACK), off = bound(GROUP_PORT, 0x7f000002);
	size_t			len;

	multicast_set(&one, 1);
	cr_assert_not_null(ask("printer.local", QTYPE_A));
	hear();
	len = address_answer(66, m);
	send_from(port, m, len);
	send_from(off, m, len);
	m[0] ^= 1;
	send_from(neighbour, m, len);
	m[0] ^= 1;
	m[DNS_HEADER + 1] ^= 1;
	send_from(neighbour, m, len);
	m[DNS_HEADER + 1] ^= 1;
	m[2] &= 0x7f;
	send_from(neighbour, m, len);
	send_from(neighbour, m, 3);
	turn();
	cr_assert_eq(calls, 0);
	send_from(neighbour, m, address_answer(7, m));
	turn();
	cr_assert_eq(calls, 1);
	cr_assert_eq(last_byte, 7);
}

/* Of an IPv6 net nobody is asked over IPv4. */
Test(multicast, versions)
{
	struct names_net	six = { "lo", 6, 128, { [15] = 1 } };

	multicast_set(&six, 1);
	(void)ask("printer.local", QTYPE_A);
	cr_assert_eq(recv(neighbour, question, sizeof(question), MSG_DONTWAIT), -1);
}

Test(multicast, what_does_not_serve_is_awaited_further)
{
	uint8_t	m[600];

	cr_assert_not_null(ask("printer.local", QTYPE_A));
	hear();
	believed = false;
	send_from(neighbour, m, address_answer(6, m));
	turn();
	believed = true;
	send_from(neighbour, m, address_answer(7, m));
	turn();
	cr_assert_eq(calls, 2);
	cr_assert_eq(last_byte, 7);
}

Test(multicast, silence)
{
	struct timespec	b, e;
	long		ms;

	cr_assert_not_null(ask("nobody.local", QTYPE_A));
	clock_gettime(CLOCK_MONOTONIC, &b);
	while (calls == 0)
		event_base_loop(base, EVLOOP_ONCE);
	clock_gettime(CLOCK_MONOTONIC, &e);
	ms = (e.tv_sec - b.tv_sec) * 1000 + (e.tv_nsec - b.tv_nsec) / 1000000;
	cr_assert_geq(ms, MULTICAST_MS - 20);
	cr_assert_eq(last_byte, 0);
}

/* Does a socket of ours have that port? The kernel says so to who is connected. */
static bool
is_open(const union address *port)
{
	struct sockaddr_in	to = port->in;
	int			fd = socket(AF_INET, SOCK_DGRAM, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	cr_assert_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	cr_assert_eq(send(fd, "x", 1, 0), 1);
	return send(fd, "x", 1, 0) == 1 || errno != ECONNREFUSED;
}

Test(multicast, one_socket_for_all_and_none_for_nobody)
{
	struct multicast	*a = ask("one.local", QTYPE_A), *b;
	union address		 first;
	uint8_t			 m[600];

	hear();
	first = asker_at;
	b = ask("two.local", QTYPE_A);
	hear();
	cr_assert_eq(asker_at.in.sin_port, first.in.sin_port);
	multicast_cancel(a);
	cr_assert(is_open(&first));
	multicast_cancel(b);
	cr_assert_not(is_open(&first));
	cr_assert_not_null(ask("three.local", QTYPE_A));
	hear();
	first = asker_at;
	send_from(neighbour, m, address_answer(7, m));
	turn();
	cr_assert_eq(calls, 1, "%u", calls);
	cr_assert_not(is_open(&first));
}

Test(multicast, other_nets_meanwhile)
{
	struct names_net	none = loopback;
	uint8_t			m[600];

	cr_assert_not_null(ask("printer.local", QTYPE_A));
	hear();
	multicast_set(&none, 0);
	cr_assert_not(is_open(&asker_at));
	cr_assert_null(ask("printer.local", QTYPE_A), "nowhere");
	send_from(neighbour, m, address_answer(7, m));
	while (calls == 0)
		event_base_loop(base, EVLOOP_ONCE);
	cr_assert_eq(last_byte, 0, "the first one hears nothing more");
	strcpy(none.device, "gone0");
	multicast_set(&none, 1);
	cr_assert_null(ask("printer.local", QTYPE_A), "no such device");
}
