/* Who holds the other end of a connection at the Unix door: real sockets, whod's word by hand. */
/* links: intercept/callers.c intercept/sockdiag.c intercept/netlink.c */
#include <criterion/criterion.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "caller.h"
#include "callers.h"
#include "decide_client.h"
#include "flow.h"
#include "sockdiag.h"
#include "who_client.h"

static struct who_question	last;
static struct decide_notice	notice;
static unsigned			questions, notices;
static int			pair[2];

void
who_client_ask(const struct who_question *q)
{
	last = *q;
	questions++;
}

void
who_client_flush(void)
{
}

bool
who_client_full(void)
{
	return false;
}

int
decide_client_notice(const struct decide_notice *n)
{
	notice = *n;
	notices++;
	return 0;
}

uint64_t
flow_next_id(void)
{
	return 77;
}

static uint32_t
inode(int fd)
{
	struct stat	st;

	cr_assert_eq(fstat(fd, &st), 0);
	return (uint32_t)st.st_ino;
}

static void
start(void)
{
	sockdiag_open();
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
}

TestSuite(callers, .init = start, .timeout = 30);

static void
ask(uint64_t caller, int fd)
{
	callers_whose(&(struct decide_whose){ .caller = caller, .inode = inode(fd) });
}

static void
answer(uint8_t status, uint8_t count)
{
	callers_answer(&(struct who_answer){ .ask = last.ask, .status = status, .count = count,
	    .holder = { 5, 6 } });
}

Test(callers, one_holder)
{
	ask(9, pair[0]);
	cr_assert_eq(questions, 1);
	cr_expect_eq(last.inode, inode(pair[1]), "the other end is asked for");
	cr_expect_eq(last.kind, WHO_HELD);
	cr_expect_neq(last.ask & FLOW_ASK_CALLER, 0);
	answer(WHO_FOUND, 1);
	cr_assert_eq(notices, 1);
	cr_expect_eq(caller_number(&notice.tuple), 9);
	cr_expect_eq(notice.process, 5);
	cr_expect_neq(notice.cookie, 0);
	answer(WHO_FOUND, 1);
	cr_expect_eq(notices, 1, "each is answered once");
}

Test(callers, nobody_or_several)
{
	ask(9, pair[0]);
	answer(WHO_FOUND, 2);
	ask(10, pair[0]);
	answer(WHO_NOBODY, 0);
	ask(11, pair[0]);
	answer(WHO_TOO_MANY, 0);
	cr_expect_eq(notices, 0);
}

Test(callers, looked_for_everywhere_once)
{
	ask(9, pair[0]);
	answer(WHO_NOT_SEEN, 0);
	cr_assert_eq(questions, 2);
	cr_expect(last.thorough);
	answer(WHO_NOT_SEEN, 0);
	cr_expect_eq(questions, 2);
	cr_expect_eq(notices, 0);
}

/* By the time of the answer the number may be another socket's. */
Test(callers, closed_meanwhile)
{
	ask(9, pair[0]);
	close(pair[1]);
	answer(WHO_FOUND, 1);
	cr_expect_eq(notices, 0);
}

Test(callers, no_connection)
{
	int	packets[2], udp = socket(AF_INET, SOCK_DGRAM, 0), lonely = socket(AF_UNIX, SOCK_STREAM, 0);

	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, packets), 0);
	ask(1, packets[0]);
	ask(2, udp);
	ask(3, lonely);
	close(pair[1]);
	ask(4, pair[0]);
	cr_expect_eq(questions, 0);
}

/* However many sockets there are to walk through, intercept has packets to judge. */
Test(callers, at_most_so_much_of_a_second)
{
	struct timespec	begin, now;
	unsigned	asked_for = 0;
	int		more[2];

	for (unsigned i = 0; i < 400; i++)
		cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, more), 0);
	(void)clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		ask(9, pair[0]);
		asked_for++;
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
	} while (questions == asked_for && now.tv_sec - begin.tv_sec < 5);
	cr_assert_lt(questions, asked_for, "a look that was refused");
	sleep(1);
	ask(9, pair[0]);
	cr_expect_eq(questions, asked_for, "the next second has its own");
}

Test(callers, a_fresh_whod)
{
	ask(9, pair[0]);
	callers_forget();
	answer(WHO_FOUND, 1);
	cr_expect_eq(notices, 0);
}
