/* Answers that leave together: each arrives whole, by itself, at its client. */
/* links: resolverd/udp_out.c */
#include <criterion/criterion.h>

#include <string.h>
#include <unistd.h>

#include "loopback.h"
#include "told.h"
#include "udp_out.h"

/* Whether policyd could be told. */
static bool	policy_away;
static unsigned	losses;

bool
told_send(void)
{
	losses += policy_away;
	return !policy_away;
}

unsigned
told_losses(void)
{
	return losses;
}

#define CLIENTS	3

static int		door, client[CLIENTS];
static union address	at[CLIENTS];

static int
bound(union address *a)
{
	int		fd = socket(AF_INET, SOCK_DGRAM, 0);
	socklen_t	len = sizeof(*a);

	a->in = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	cr_assert_eq(bind(fd, &a->sa, sizeof(a->in)), 0);
	cr_assert_eq(getsockname(fd, &a->sa, &len), 0);
	return fd;
}

static void
start(void)
{
	union address	a;

	loopback_up();
	door = bound(&a);
	for (int i = 0; i < CLIENTS; i++)
		client[i] = bound(&at[i]);
}

TestSuite(udp_out, .init = start, .timeout = 10);

/* An answer that tells whose it is and which. */
static bool
add(unsigned to, unsigned n, size_t len)
{
	uint8_t	m[1232];

	memset(m, (int)(to << 6 | n), sizeof(m));
	return udp_out_add(door, &at[to], sizeof(at[to].in), m, len);
}

static void
expect(unsigned to, unsigned n, size_t len)
{
	uint8_t	m[2000], want[1232];
	ssize_t	got = recv(client[to], m, sizeof(m), MSG_DONTWAIT);

	memset(want, (int)(to << 6 | n), sizeof(want));
	cr_assert_eq(got, (ssize_t)len, "client %u, answer %u: %zd of %zu bytes", to, n, got, len);
	cr_expect_arr_eq(m, want, len);
}

static void
expect_no_more(unsigned to)
{
	uint8_t	m[2000];

	cr_expect_eq(recv(client[to], m, sizeof(m), MSG_DONTWAIT), -1);
}

Test(udp_out, of_one_length_and_of_others)
{
	cr_expect(add(0, 0, 60), "the first");
	for (unsigned n = 1; n < 8; n++) {
		cr_expect(!add(0, n, 60));
		cr_expect(!add(1, n, n % 2 ? 60 : 1232));
	}
	cr_expect(!add(2, 1, 100));
	udp_out_flush();
	for (unsigned n = 0; n < 8; n++)
		expect(0, n, 60);
	for (unsigned n = 1; n < 8; n += 2)
		expect(1, n, 60);
	for (unsigned n = 2; n < 8; n += 2)
		expect(1, n, 1232);
	expect(2, 1, 100);
	for (unsigned i = 0; i < CLIENTS; i++)
		expect_no_more(i);
}

Test(udp_out, more_than_leave_together)
{
	for (unsigned n = 0; n < UDP_OUT_MOST + 5; n++)
		(void)add(1, n, 1232);
	udp_out_flush();
	for (unsigned n = 0; n < UDP_OUT_MOST + 5; n++)
		expect(1, n, 1232);
	expect_no_more(1);
}

/* Broadcasts are refused to a socket that did not ask for them. */
Test(udp_out, one_that_is_refused_takes_no_other_with_it)
{
	at[1].in.sin_addr.s_addr = htonl(INADDR_BROADCAST);
	for (unsigned n = 0; n < 3; n++) {
		(void)add(0, n, 60);
		(void)add(1, n, 60);
		(void)add(2, n, 60 + n);
	}
	udp_out_flush();
	for (unsigned n = 0; n < 3; n++) {
		expect(0, n, 60);
		expect(2, n, 60 + n);
	}
	expect_no_more(1);
	cr_expect(add(0, 5, 60), "nothing waits");
}

Test(udp_out, nothing_leaves_that_policyd_was_not_told)
{
	(void)add(0, 1, 60);
	policy_away = true;
	udp_out_flush();
	policy_away = false;
	expect_no_more(0);
	(void)add(0, 2, 60);
	losses++;	/* one before was told while this one waited */
	udp_out_flush();
	expect_no_more(0);
	cr_expect(add(0, 3, 60));
	udp_out_flush();
	expect(0, 3, 60);
}

/* It was to be told with those before it, which it found no room beside. */
Test(udp_out, what_was_lost_as_it_came_does_not_leave_later)
{
	for (unsigned n = 0; n < UDP_OUT_MOST; n++)
		(void)add(1, n, 100);
	policy_away = true;
	cr_expect(add(0, 1, 100), "the first again");
	policy_away = false;
	udp_out_flush();
	expect_no_more(0);
	expect_no_more(1);
	(void)add(0, 2, 100);
	udp_out_flush();
	expect(0, 2, 100);
}
