/*
 * The Unix door: a program's connection, its calls, what the front answers to the
 * questions that they become.
 */
/* links: @message resolverd/front_varlink.c resolverd/varlink_call.c resolverd/varlink_answer.c */
/* links: resolverd/varlink_text.c */
#include <criterion/criterion.h>

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/event.h>

#include "caller.h"
#include "front_varlink.h"
#include "policy.h"
#include "varlink_call.h"

#define HOSTNAME(PARAMETERS) \
	"{\"method\":\"io.systemd.Resolve.ResolveHostname\",\"parameters\":" PARAMETERS "}"
#define QUESTIONS	(2 * CALLERS_MOST)

static struct event_base	*base;
static struct sockaddr_un	 door;
static socklen_t		 door_len;
static uint64_t			 shown, left;
static bool			 policy_away, later;
static char			 got[VARLINK_REPLY_MOST];

/* Questions that the front was given and, with later, has not answered yet. */
static struct { struct reply_to *to; struct query query; } asked[QUESTIONS];
static unsigned			 count;

uint64_t
policy_caller(int fd)
{
	cr_expect_neq(fd, -1);
	return policy_away ? 0 : ++shown;
}

void
policy_caller_left(uint64_t number)
{
	left = number;
}

/* One record behind the question. */
static size_t
put_record(uint8_t *m, size_t len, uint16_t type, const uint8_t *data, size_t data_len)
{
	static const uint8_t	head[] = { 0xc0, 12, 0, 0, 0, 1, 0, 0, 0, 60, 0, 0 };

	memcpy(m + len, head, sizeof(head));
	m[len + 3] = (uint8_t)type;
	m[len + 11] = (uint8_t)data_len;
	memcpy(m + len + 12, data, data_len);
	m[7]++;
	return len + 12 + data_len;
}

static void
answer(unsigned i)
{
	static const uint8_t	four[] = { 192, 0, 2, 1 }, six[16] = { 32, 1, 13, 184, [15] = 1 },
				name[] = { 1, 'n', 0 };
	const struct query	*q = &asked[i].query;
	struct question_options	 none = { 0 };
	struct asked		 a = { .id = q->id, .type = q->type, .name = q->name };
	uint8_t			 m[1024];
	char			 text[DNAME_TEXT];
	size_t			 len;

	dname_text(&q->name, text);
	if (strcmp(text, "nobody") == 0)
		len = build_error(q, RCODE_REFUSED, EDE_PROHIBITED, "nobody is known", m, sizeof(m));
	else if (strcmp(text, "blocked") == 0)
		len = build_error(q, RCODE_NXDOMAIN, EDE_BLOCKED, "no", m, sizeof(m));
	else if (strcmp(text, "bogus") == 0)
		len = build_error(q, RCODE_SERVFAIL, EDE_BOGUS, "no", m, sizeof(m));
	else if (strcmp(text, "silent") == 0)
		len = build_error(q, RCODE_SERVFAIL, EDE_NETWORK, NULL, m, sizeof(m));
	else if (strcmp(text, "serverless") == 0)
		len = build_error(q, RCODE_SERVFAIL, EDE_NO_SERVER, NULL, m, sizeof(m));
	else if (strcmp(text, "empty") == 0 || (strcmp(text, "four") == 0 && q->type == QTYPE_AAAA))
		len = build_error(q, RCODE_NOERROR, EDE_NONE, NULL, m, sizeof(m));
	else {
		len = build_question(&a, &none, m, sizeof(m)) - 11;	/* without its OPT */
		m[2] |= 0x80;
		m[3] |= 0x80 | (strcmp(text, "signed") == 0 ? 0x20 : 0);
		m[11] = 0;
		len = q->type == QTYPE_A ? put_record(m, len, QTYPE_A, four, sizeof(four)) :
		    q->type == QTYPE_AAAA ? put_record(m, len, QTYPE_AAAA, six, sizeof(six)) :
		    put_record(m, len, QTYPE_PTR, name, sizeof(name));
	}
	asked[i].to->send(asked[i].to, m, len);
}

static void
take(struct reply_to *to, const uint8_t *message, size_t len)
{
	enum rcode	rcode;

	cr_assert_lt(count, QUESTIONS);
	asked[count].to = to;
	cr_assert_eq(query_parse(message, len, &asked[count].query, &rcode), 0);
	cr_expect_eq(rcode, RCODE_NOERROR);
	cr_expect_eq(caller_number(&to->asker.tuple), shown);
	cr_expect(asked[count].query.authentic_data && !to->datagram);
	if (!later)
		answer(count);
	count++;
}

static void
start(void)
{
	int	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	base = event_base_new();
	door.sun_family = AF_UNIX;
	/* An abstract name that the kernel chooses. */
	cr_assert_eq(bind(fd, (struct sockaddr *)&door, sizeof(door.sun_family)), 0);
	door_len = sizeof(door);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&door, &door_len), 0);
	cr_assert_eq(listen(fd, 16), 0);
	cr_assert_eq(front_varlink_add(base, fd, take), 0);
}

TestSuite(varlink_front, .init = start, .timeout = 30);

static int
client(void)
{
	int	fd = socket(AF_UNIX, SOCK_STREAM, 0);

	cr_assert_eq(connect(fd, (struct sockaddr *)&door, door_len), 0);
	return fd;
}

static void
turn(unsigned times)
{
	while (times-- > 0) {
		(void)event_base_loop(base, EVLOOP_NONBLOCK);
		(void)poll(NULL, 0, 2);
	}
}

/* Until there is something, at most so long. Its length; 0: hung up; -1: nothing. */
static ssize_t
hear(int fd)
{
	struct pollfd	p = { .fd = fd, .events = POLLIN };

	for (int i = 0; i < 50 && poll(&p, 1, 0) == 0; i++)
		turn(1);
	memset(got, 0, sizeof(got));
	return recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT);
}

static void
say(int fd, const char *call)
{
	cr_assert_eq(send(fd, call, strlen(call) + 1, MSG_NOSIGNAL), (ssize_t)strlen(call) + 1);
}

static const struct {
	const char	*call, *reply;
} talks[] = {
	{ HOSTNAME("{\"name\":\"four\",\"family\":2}"), "{\"parameters\":{\"addresses\":[{\"family\":2,"
	    "\"address\":[192,0,2,1]}],\"name\":\"four\",\"flags\":1}}" },
	{ HOSTNAME("{\"name\":\"four\"}"), "{\"parameters\":{\"addresses\":[{\"family\":2,"
	    "\"address\":[192,0,2,1]}],\"name\":\"four\",\"flags\":1}}" },
	{ HOSTNAME("{\"name\":\"four\",\"family\":10}"), "{\"error\":\"io.systemd.Resolve.NoSuchResourceRecord\","
	    "\"parameters\":{}}" },
	{ HOSTNAME("{\"name\":\"signed\",\"family\":2}"), "{\"parameters\":{\"addresses\":[{\"family\":2,"
	    "\"address\":[192,0,2,1]}],\"name\":\"signed\",\"flags\":513}}" },
	{ HOSTNAME("{\"name\":\"six\",\"family\":10}"), "{\"parameters\":{\"addresses\":[{\"family\":10,"
	    "\"address\":[32,1,13,184,0,0,0,0,0,0,0,0,0,0,0,1]}],\"name\":\"six\",\"flags\":1}}" },
	{ HOSTNAME("{\"name\":\"blocked\"}"), "{\"error\":\"io.systemd.Resolve.DNSError\","
	    "\"parameters\":{\"rcode\":3}}" },
	{ HOSTNAME("{\"name\":\"bogus\"}"), "{\"error\":\"io.systemd.Resolve.DNSSECValidationFailed\","
	    "\"parameters\":{\"result\":\"invalid\"}}" },
	{ HOSTNAME("{\"name\":\"silent\"}"), "{\"error\":\"io.systemd.Resolve.QueryTimedOut\",\"parameters\":{}}" },
	{ HOSTNAME("{\"name\":\"serverless\"}"), "{\"error\":\"io.systemd.Resolve.NoNameServers\",\"parameters\":{}}" },
	{ HOSTNAME("{\"name\":\"empty\"}"), "{\"error\":\"io.systemd.Resolve.NoSuchResourceRecord\","
	    "\"parameters\":{}}" },
	{ "{\"method\":\"io.systemd.Resolve.ResolveAddress\",\"parameters\":{\"family\":2,\"address\":[192,0,2,1]}}",
	    "{\"parameters\":{\"names\":[{\"name\":\"n\"}],\"flags\":1}}" },
	{ "{\"method\":\"a.b\"}", "{\"error\":\"org.varlink.service.InterfaceNotFound\","
	    "\"parameters\":{\"interface\":\"a\"}}" },
};

Test(varlink_front, calls_on_one_connection)
{
	int	fd = client();

	for (size_t i = 0; i < sizeof(talks) / sizeof(talks[0]); i++) {
		count = 0;
		say(fd, talks[i].call);
		cr_assert_eq(hear(fd), (ssize_t)strlen(talks[i].reply) + 1, "%s: %s", talks[i].call, got);
		cr_expect_str_eq(got, talks[i].reply);
	}
	cr_expect_eq(shown, 11, "with each call for a name it is asked who it is");
	cr_expect_eq(left, 10);
	close(fd);
	turn(5);
	cr_expect_eq(front_varlink_count(), 0);
	cr_expect_eq(left, 11);
}

Test(varlink_front, one_after_the_other)
{
	int	fd = client();

	later = true;
	say(fd, talks[0].call);
	say(fd, talks[4].call);
	turn(10);
	cr_assert_eq(count, 1, "the second waits for the first");
	answer(0);
	turn(10);
	cr_assert_eq(count, 2);
	answer(1);
	turn(2);
	cr_assert_eq(hear(fd), (ssize_t)(strlen(talks[0].reply) + 1 + strlen(talks[4].reply) + 1));
	cr_expect_str_eq(got, talks[0].reply);
}

Test(varlink_front, who_is_nobody_is_left_to_dns)
{
	int	fd = client();

	say(fd, HOSTNAME("{\"name\":\"nobody\"}"));
	cr_expect_eq(hear(fd), 0);
	cr_expect_eq(left, 1);
	policy_away = true;
	fd = client();
	say(fd, talks[0].call);
	cr_expect_eq(hear(fd), 0);
	cr_expect_eq(front_varlink_count(), 0);
}

/* What its former program asked, the one in its place does not get. */
Test(varlink_front, a_program_that_ended_gets_nothing)
{
	int	fd = client();

	later = true;
	say(fd, talks[1].call);
	turn(10);
	cr_assert_eq(count, 2);
	front_varlink_ended(7);
	cr_expect_eq(front_varlink_count(), 1);
	front_varlink_ended(1);
	cr_expect_eq(front_varlink_count(), 0);
	answer(0);
	asked[1].to->drop(asked[1].to);
	cr_expect_eq(hear(fd), 0);
}

Test(varlink_front, nonsense_ends_the_connection)
{
	static char	much[VARLINK_CALL_MOST + 2];
	int		fd = client();

	say(fd, "nonsense");
	cr_expect_eq(hear(fd), 0);
	fd = client();
	memset(much, ' ', sizeof(much));
	cr_assert_eq(send(fd, much, sizeof(much), MSG_NOSIGNAL), (ssize_t)sizeof(much));
	cr_expect_leq(hear(fd), 0, "more than a call may be");
	cr_expect_eq(front_varlink_count(), 0);
}

Test(varlink_front, the_longest_idle_goes)
{
	int	first = client(), fd = -1;

	turn(2);
	for (int i = 0; i < CALLERS_MOST; i++) {
		fd = client();
		turn(1);
	}
	cr_expect_eq(hear(first), 0);
	cr_expect_eq(front_varlink_count(), CALLERS_MOST);
	say(fd, talks[0].call);
	cr_expect_gt(hear(fd), 0);
}

/* Nobody keeps others away by calls that wait. */
Test(varlink_front, the_longest_waiting_goes_if_all_wait)
{
	int	first = client(), fd = -1;

	later = true;
	say(first, talks[0].call);
	turn(2);
	for (int i = 1; i < CALLERS_MOST; i++) {
		fd = client();
		say(fd, talks[0].call);
		turn(2);
	}
	cr_assert_eq(count, CALLERS_MOST);
	later = false;
	fd = client();
	turn(2);
	say(fd, talks[0].call);
	cr_expect_gt(hear(fd), 0);
	cr_expect_eq(hear(first), 0);
	cr_expect_eq(front_varlink_count(), CALLERS_MOST);
}
