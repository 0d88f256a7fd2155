/*
 * One question to one server, with servers that lie, cut, change letters or are silent.
 */
/* links: resolverd/dname.c resolverd/query.c resolverd/reply.c resolverd/build.c resolverd/ask.c */
#include <criterion/criterion.h>

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "ask.h"

static struct event_base	*base;
static int			 udp, tcp;
static struct sockaddr_in	 at;
static uint8_t			 got[65536];
static size_t			 got_len;
static bool			 done;
static unsigned			 tcp_questions;
static struct event		*on_questions;

/* The answer to a question, true or with a lie. */
static size_t
answer_to(const uint8_t *m, size_t len, uint8_t *to, const char *lie)
{
	size_t	end = DNS_HEADER;

	(void)len;
	while (m[end] != 0)
		end += m[end] + (size_t)1;
	end += 5;
	memcpy(to, m, end);
	to[2] = 0x81;
	to[3] = 0x80;
	to[7] = 1;
	to[11] = 0;
	memcpy(to + end, "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\1\1\1\1", 16);
	if (strcmp(lie, "id") == 0)
		to[0] ^= 1;
	if (strcmp(lie, "name") == 0)
		to[DNS_HEADER + 1] ^= 2;
	if (strcmp(lie, "cut") == 0) {
		to[2] |= 2;
		to[7] = 0;
		return end;
	}
	if (strcmp(lie, "letters") == 0)
		for (size_t i = DNS_HEADER + 1; m[i + 5] != 0 && i < end - 5; i++)
			if (to[i] >= 'A' && to[i] <= 'Z')
				to[i] |= 0x20;
	if (strcmp(lie, "id") == 0 || strcmp(lie, "name") == 0)
		memcpy(to + end + 12, "\6\6\6\6", 4);
	return end + 16;
}

/* The first label says what the server does. */
static bool
told(const uint8_t *m, const char *what)
{
	return m[DNS_HEADER] == strlen(what) && strncasecmp((const char *)m + DNS_HEADER + 1, what, strlen(what)) == 0;
}

static void
on_udp(evutil_socket_t fd, short what, void *arg)
{
	uint8_t			m[2048], to[2048];
	struct sockaddr_in	from;
	socklen_t		from_len = sizeof(from);
	ssize_t			n = recvfrom(fd, m, sizeof(m), 0, (struct sockaddr *)&from, &from_len);

	(void)what, (void)arg;
#define ANSWER(lie) (void)!sendto(fd, to, answer_to(m, (size_t)n, to, lie), 0, (struct sockaddr *)&from, from_len)
	if (told(m, "silent"))
		return;
	if (told(m, "late"))
		for (int i = 0; i < 50; i++) {
			ANSWER("id");
			ANSWER("name");
			(void)!sendto(fd, m, 5, 0, (struct sockaddr *)&from, from_len);
			(void)!sendto(fd, m, (size_t)n, 0, (struct sockaddr *)&from, from_len);
		}
	if (told(m, "cut"))
		ANSWER("cut");
	else if (told(m, "letters"))
		ANSWER("letters");
	else
		ANSWER("");
}

static void
on_connection(evutil_socket_t fd, short what, void *arg)
{
	uint8_t	m[2048], to[2048];
	ssize_t	n = recv(fd, m, sizeof(m), 0);
	size_t	len;

	(void)what;
	tcp_questions++;
	cr_assert_gt(n, 2);
	len = answer_to(m + 2, (size_t)n - 2, to + 2, "");
	to[0] = (uint8_t)(len >> 8);
	to[1] = (uint8_t)len;
	/* In two parts, the length itself torn. */
	(void)!send(fd, to, 1, 0);
	usleep(2000);
	(void)!send(fd, to + 1, len + 1, 0);
	event_free(*(struct event **)arg);
	close(fd);
}

static void
on_tcp(evutil_socket_t fd, short what, void *arg)
{
	static struct event	*e;

	(void)what, (void)arg;
	e = event_new(base, accept(fd, NULL, NULL), EV_READ, on_connection, &e);
	event_add(e, NULL);
}

static void
start(void)
{
	socklen_t len = sizeof(at);

	base = event_base_new();
	udp = socket(AF_INET, SOCK_DGRAM, 0);
	tcp = socket(AF_INET, SOCK_STREAM, 0);
	at = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	cr_assert_eq(bind(udp, (struct sockaddr *)&at, sizeof(at)), 0);
	getsockname(udp, (struct sockaddr *)&at, &len);
	cr_assert_eq(bind(tcp, (struct sockaddr *)&at, sizeof(at)), 0);
	listen(tcp, 5);
	on_questions = event_new(base, udp, EV_READ | EV_PERSIST, on_udp, NULL);
	event_add(on_questions, NULL);
	event_add(event_new(base, tcp, EV_READ | EV_PERSIST, on_tcp, NULL), NULL);
}

TestSuite(ask, .init = start, .timeout = 20);

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
	cr_assert_lt(took, 1500);
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
	cr_assert_lt(ask("ok.example.org", 5000), 1000, "the kernel says so at once");
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
