/*
 * One question to one server, with servers that lie, cut, change letters or are silent.
 */
/* links: @message resolverd/ask.c resolverd/udp_port.c */
#include <criterion/criterion.h>

#include <string.h>
#include <time.h>

#include "ask.h"
#include "dns_server.h"

static uint8_t	got[65536];
static size_t	got_len;
static bool	done;

TestSuite(ask, .init = server_start, .timeout = 20);

static void
on_done(void *ctx, const uint8_t *message, size_t len, const struct asked *a)
{
	(void)ctx;
	cr_assert(!done);
	done = true;
	got_len = len;
	if (message == NULL)
		return;
	cr_assert(reply_fits(message, len, a));
	memcpy(got, message, len);
}

/* Asks and waits; milliseconds it took. */
static int
ask(const char *text, unsigned ms)
{
	struct question_options	o = { .dnssec_ok = true };
	struct timespec		begin, end;
	struct dname		n;

	dname_parse(text, strlen(text), &n);
	done = false;
	got_len = 0;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	cr_assert_not_null(ask_new(base, (struct sockaddr *)&at, sizeof(at), &n, QTYPE_A, &o, ms, on_done, NULL));
	while (!done)
		event_base_loop(base, EVLOOP_ONCE);
	clock_gettime(CLOCK_MONOTONIC, &end);
	return (int)((end.tv_sec - begin.tv_sec) * 1000 + (end.tv_nsec - begin.tv_nsec) / 1000000);
}

static void
is_true(void)
{
	cr_assert_gt(got_len, 16);
	cr_assert_arr_eq(got + got_len - 4, "\1\1\1\1", 4);
}

Test(ask, answered)
{
	ask("ok.example.org", 1000);
	is_true();
	cr_assert_eq(tcp_questions, 0);
}

Test(ask, the_truth_behind_lies)
{
	ask("late.example.org", 1000);
	is_true();
}

Test(ask, over_tcp_if_cut)
{
	ask("cut.example.org", 1000);
	is_true();
	cr_assert_eq(tcp_questions, 1);
}

Test(ask, over_tcp_if_letters_change)
{
	int took = ask("letters.example-of-a-long-name.org", 5000);

	is_true();
	cr_assert_eq(tcp_questions, 1);
	cr_assert_lt(took, 4000);
}

Test(ask, over_tcp_if_it_is_not_whole)
{
	ask("torn.example.org", 5000);
	is_true();
	cr_assert_eq(tcp_questions, 1);
}

Test(ask, silence)
{
	int took = ask("silent.example.org", 200);

	cr_assert_eq(got_len, 0);
	cr_assert_geq(took, 190);
}

Test(ask, nobody_there)
{
	event_free(on_questions);
	close(udp);
	cr_assert_lt(ask("ok.example.org", 5000), 4000, "the kernel says so at once");
	cr_assert_eq(got_len, 0);
}

Test(ask, each_time_another_port_and_other_letters)
{
	struct question_options	 o = { 0 };
	struct sockaddr_in	 from[2];
	struct dname		 n;
	int			 fd = socket(AF_INET, SOCK_DGRAM, 0);
	socklen_t		 len = sizeof(at);
	uint8_t			 m[2][512];

	at.sin_port = 0;
	bind(fd, (struct sockaddr *)&at, sizeof(at));
	getsockname(fd, (struct sockaddr *)&at, &len);
	dname_parse("a-name-with-many-letters.example.org", 36, &n);
	for (int i = 0; i < 2; i++) {
		struct ask *a = ask_new(base, (struct sockaddr *)&at, sizeof(at), &n, QTYPE_A, &o, 1000, on_done, NULL);

		len = sizeof(from[i]);
		cr_assert_gt(recvfrom(fd, m[i], sizeof(m[i]), 0, (struct sockaddr *)&from[i], &len), 0);
		ask_cancel(a);
	}
	cr_assert_neq(from[0].sin_port, from[1].sin_port);
	cr_assert_arr_neq(m[0] + DNS_HEADER, m[1] + DNS_HEADER, n.len);
}
