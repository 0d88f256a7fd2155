/*
 * The question to ourselves: what is sent, by which way, and that nobody else's counts.
 */
/* links: @message resolverd/selfcheck.c */
#include <criterion/criterion.h>

#include <arpa/inet.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "loopback.h"
#include "names.h"
#include "selfcheck.h"

static uint32_t	came;

static void
on_came(uint32_t id)
{
	came = id;
}

static void
start(void)
{
	loopback_up();
	cr_assert_neq(sodium_init(), -1);
}

TestSuite(dns_selfcheck, .init = start, .timeout = 10);

/* The next descriptor that is opened. */
static int
next_fd(void)
{
	int	fd = open("/dev/null", O_RDONLY);

	close(fd);
	return fd;
}

Test(dns_selfcheck, a_name_that_nobody_knows_counts_once)
{
	struct dname	first, other;

	cr_assert_null(selfcheck_name());
	cr_assert_eq(dname_parse("a.bulwark.invalid", 17, &other), 0);
	cr_assert(!selfcheck_heard(&other));
	selfcheck_try(7, on_came);
	cr_assert_not_null(selfcheck_name());
	first = *selfcheck_name();
	cr_assert_geq(first.len, 32);
	cr_assert(!selfcheck_heard(&other));
	other = first;
	other.wire[1] ^= 1;
	cr_assert(!selfcheck_heard(&other));
	cr_assert_eq(came, 0);
	cr_assert(selfcheck_heard(&first));
	cr_assert_eq(came, 7);
	cr_assert(!selfcheck_heard(&first), "once");
	selfcheck_try(8, on_came);
	cr_assert(!selfcheck_heard(&first), "another name each time");
	first = *selfcheck_name();
	selfcheck_try(9, on_came);
	cr_assert(!selfcheck_heard(&first), "one that was given up");
}

Test(dns_selfcheck, its_socket_leads_to_the_loopback_alone)
{
	static const uint8_t	nowhere[4] = NAMES_NOWHERE;
	int			fd = next_fd(), device = 0;
	struct sockaddr_in	from, to;
	socklen_t		len = sizeof(device);

	selfcheck_try(7, on_came);
	cr_assert_eq(getsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &device, &len), 0);
	cr_assert_eq(device, 1);
	len = sizeof(from);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&from, &len), 0);
	cr_assert_eq(from.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
	cr_assert_eq(getpeername(fd, (struct sockaddr *)&to, &len), 0);
	cr_assert_eq(memcmp(&to.sin_addr, nowhere, 4), 0);
	cr_assert_eq(to.sin_port, htons(53));
	for (uint32_t i = 8; i < 100; i++)
		selfcheck_try(i, on_came);
	cr_assert_leq(next_fd(), fd + 1, "none is left open");
}
