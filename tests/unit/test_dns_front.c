/*
 * The whole way of a question: a client's socket, the front, a server behind.
 */
/* links: resolverd/dname.c resolverd/query.c resolverd/reply.c resolverd/build.c resolverd/ask.c */
/* links: resolverd/cache.c resolverd/keep.c resolverd/servers.c resolverd/resolve.c resolverd/front.c */
/* links: resolverd/selfcheck.c resolverd/front_udp.c resolverd/front_tcp.c resolverd/address.c resolverd/told.c */
/* links: resolverd/tls.c resolverd/tls_stream.c resolverd/tls_peer.c */
/* links: resolverd/bogus.c resolverd/validate.c resolverd/endpoint.c resolverd/lookup.c resolverd/probe.c */
/* links: resolverd/lists.c resolverd/list_file.c resolverd/list_line.c resolverd/list_set.c */
/* links: resolverd/special.c resolverd/settings.c resolverd/server_url.c */
#include <criterion/criterion.h>

#include <arpa/inet.h>
#include <poll.h>
#include <string.h>

#include "dns_server.h"
#include "front.h"
#include "front_tcp.h"
#include "front_udp.h"
#include "lists.h"
#include "lookup.h"
#include "policy.h"
#include "resolve.h"
#include "servers.h"
#include "told.h"

static struct sockaddr_in	door;
static struct asker		last_asker;
static unsigned			judged;
static uint64_t			asker = 7;
static uint8_t			got[65536];
static struct reply		reply;

/* policyd's word, by the name. */
void
asker_judge(const struct asker *a, const struct dname *n, uint16_t type, verdict_fn *done, void *ctx)
{
	struct verdict	v = { .word = WORD_RESOLVE, .asker = asker };
	char		text[DNAME_TEXT];

	(void)type;
	dname_text(n, text);
	judged++;
	last_asker = *a;
	if (strstr(text, "blocked") != NULL)
		v = (struct verdict){ WORD_BLOCK, 7, "list ads, line 7" };
	if (strstr(text, "refused") != NULL)
		v = (struct verdict){ WORD_REFUSE, 7, "this program may not" };
	done(ctx, &v);
}

/* What policyd is told. */
static bool			policy_away;
static struct names_learnt	learnt;
static unsigned			times_learnt;
static struct names_answer	answered;

bool
policy_learnt(const struct names_learnt *m)
{
	learnt = *m;
	times_learnt++;
	return !policy_away;
}

bool
policy_listens(void)
{
	return true;
}

void
policy_answered(const struct names_answer *a)
{
	answered = *a;
}

static int
bound(int type)
{
	struct sockaddr_in	in = door;
	socklen_t		len = sizeof(door);
	int			fd = socket(AF_INET, type | SOCK_NONBLOCK, 0);

	in.sin_family = AF_INET;
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	cr_assert_eq(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	getsockname(fd, (struct sockaddr *)&door, &len);
	return fd;
}

static void
start(void)
{
	struct server	s = { .addr_len = sizeof(at) };
	int		fd;

	server_start();
	dname_hash_init();
	cache_init(1000, 1 << 20);
	resolve_init(base);
	lookup_init(base, false);
	lists_init();
	memcpy(&s.addr, &at, sizeof(at));
	servers_set(&s, 1);
	cr_assert_eq(front_udp_add(base, bound(SOCK_DGRAM), front_message), 0);
	fd = bound(SOCK_STREAM);
	listen(fd, 100);
	cr_assert_eq(front_tcp_add(base, fd, front_message), 0);
}

TestSuite(front, .init = start, .timeout = 30);

static int
client(int type)
{
	int fd = socket(AF_INET, type, 0);

	cr_assert_eq(connect(fd, (struct sockaddr *)&door, sizeof(door)), 0);
	return fd;
}

static struct asked
put_question(const char *text, uint8_t *m, size_t *len)
{
	static uint16_t		id = 100;
	struct question_options o = { 0 };
	struct asked		a = { .id = id++, .type = QTYPE_A, .exact_case = true };

	dname_parse(text, strlen(text), &a.name);
	*len = build_question(&a, &o, m, 512);
	return a;
}

/* Runs the loop until something can be read, at most so long. */
static bool
readable(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (; ms > 0; ms--) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		if (poll(&p, 1, 1) == 1)
			return true;
	}
	return false;
}

static void
ask(int fd, const char *text)
{
	uint8_t		m[512];
	size_t		len;
	struct asked	a = put_question(text, m, &len);
	ssize_t		n;

	cr_assert_eq(send(fd, m, len, 0), len);
	cr_assert(readable(fd, 2000), "%s", text);
	n = recv(fd, got, sizeof(got), 0);
	cr_assert_gt(n, 0);
	cr_assert(reply_fits(got, (size_t)n, &a), "%s", text);
	cr_assert_eq(reply_parse(got, (size_t)n, &a, &reply), 0);
}

Test(front, datagrams)
{
	int			fd = client(SOCK_DGRAM);
	struct sockaddr_in	me;
	socklen_t		len = sizeof(me);

	getsockname(fd, (struct sockaddr *)&me, &len);
	ask(fd, "Ok.example.org");
	cr_assert_eq(reply.kind, REPLY_DATA);
	cr_assert_eq(last_asker.tuple.sport, ntohs(me.sin_port), "policyd is told whose it is");
	cr_assert_eq(last_asker.tuple.dport, ntohs(door.sin_port));
	ask(fd, "oK.example.org");
	cr_assert_eq(judged, 2, "from the cache, but asked for");
	cr_assert_eq(udp_questions, 1, "%u", udp_questions);
	ask(fd, "blocked.example.org");
	cr_assert_eq(reply.kind, REPLY_NXDOMAIN);
	cr_assert_not_null(memmem(got, sizeof(got), "list ads, line 7", 16));
	cr_assert_str_eq(answered.reason, "list ads, line 7");
	ask(fd, "refused.example.org");
	cr_assert_eq(reply.rcode, RCODE_REFUSED);
	cr_assert_eq(udp_questions, 1, "no server heard of those");
}

/* Of several names for one address that counts which was asked last. */
Test(front, policyd_is_told_what_was_asked_last)
{
	int	fd = client(SOCK_DGRAM);

	ask(fd, "ok.example.org");
	ask(fd, "OK.example.org");
	cr_assert_eq(times_learnt, 1, "%u", times_learnt);
	cr_assert_str_eq(learnt.name[0], "ok.example.org");
	ask(fd, "ok.example.com");
	cr_assert_eq(times_learnt, 2, "%u", times_learnt);
	cr_assert_str_eq(learnt.name[0], "ok.example.com");
	ask(fd, "ok.example.org");
	cr_assert_eq(times_learnt, 3, "from the cache, but another name came between: %u", times_learnt);
	cr_assert_str_eq(learnt.name[0], "ok.example.org");
	told_forget();
	ask(fd, "ok.example.org");
	cr_assert_eq(times_learnt, 4, "policyd knows nothing any more: %u", times_learnt);
}

Test(front, datagrams_that_are_no_questions)
{
	int	fd = client(SOCK_DGRAM);
	uint8_t	m[512] = { 0 };

	(void)!send(fd, m, 3, 0);
	m[2] = 0x80;
	(void)!send(fd, m, 12, 0);
	(void)!send(fd, m, 0, 0);
	cr_assert(!readable(fd, 50));
	ask(fd, "ok.example.org");
	cr_assert_eq(front_waiting(), 0);
}

Test(front, many_datagrams_at_once)
{
	int	fd = client(SOCK_DGRAM), n = 0;
	uint8_t	m[512];
	size_t	len;

	for (int i = 0; i < 100; i++) {
		(void)put_question("ok.example.org", m, &len);
		(void)!send(fd, m, len, 0);
	}
	while (n < 100 && readable(fd, 1000))
		n += recv(fd, got, sizeof(got), 0) > 0;
	cr_assert_eq(n, 100);
	cr_assert_eq(udp_questions, 1, "%u", udp_questions);
}

/* What servers do not answer: one program's questions leave room for another's. */
Test(front, many_of_one_program)
{
	int	fd = client(SOCK_DGRAM), other = client(SOCK_DGRAM);
	char	text[64];
	uint8_t	m[512];
	size_t	len;

	for (unsigned i = 0; i < 150; i++) {
		(void)snprintf(text, sizeof(text), "silent.n%u.example.org", i);
		(void)put_question(text, m, &len);
		(void)!send(fd, m, len, 0);
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	cr_assert(readable(fd, 500));
	cr_assert_gt(recv(fd, got, sizeof(got), 0), 0);
	cr_assert_not_null(memmem(got, sizeof(got), "of this program", 15));
	cr_assert_eq(front_waiting(), 128, "%u", front_waiting());
	asker = 8;
	ask(other, "ok.example.org");
	cr_assert_eq(reply.kind, REPLY_DATA);
	for (int i = 0; i < 5000 && front_waiting() > 0; i++)
		(void)readable(other, 1);
	asker = 7;
	ask(other, "on.example.org");
	cr_assert_eq(reply.kind, REPLY_DATA);
}

static size_t
read_stream(int fd, size_t want)
{
	size_t n = 0;

	while (n < want && readable(fd, 1000)) {
		ssize_t k = recv(fd, got + n, want - n, 0);

		if (k <= 0)
			break;
		n += (size_t)k;
	}
	return n;
}

Test(front, many_questions_on_one_connection)
{
	int	fd = client(SOCK_STREAM);
	uint8_t	m[512];
	size_t	len;

	for (int i = 0; i < 200; i++) {
		(void)put_question(i % 2 ? "ok.example.org" : "blocked.example.org", m + 2, &len);
		m[0] = (uint8_t)(len >> 8);
		m[1] = (uint8_t)len;
		cr_assert_eq(send(fd, m, 1, 0), 1, "torn");
		cr_assert_eq(send(fd, m + 1, len + 1, 0), len + 1);
	}
	for (int i = 0; i < 200; i++) {
		cr_assert_eq(read_stream(fd, 2), 2, "%d", i);
		len = (size_t)got[0] << 8 | got[1];
		cr_assert_eq(read_stream(fd, len), len);
	}
	cr_assert_eq(judged, 200);
	close(fd);
	for (int i = 0; i < 50 && front_tcp_count() > 0; i++)
		(void)readable(client(SOCK_DGRAM), 2);
	cr_assert_eq(front_tcp_count(), 0);
	cr_assert_eq(front_waiting(), 0);
}

Test(front, clients_that_leave)
{
	uint8_t	m[512];
	size_t	len;
	int	fd;

	for (int i = 0; i < 20; i++) {
		fd = client(SOCK_STREAM);
		(void)put_question("silent.example.org", m + 2, &len);
		m[0] = (uint8_t)(len >> 8);
		m[1] = (uint8_t)len;
		(void)!send(fd, m, len + 2, 0);
		(void)readable(fd, 3);
		close(fd);
	}
	fd = client(SOCK_DGRAM);
	ask(fd, "ok.example.org");
	cr_assert_eq(front_tcp_count(), 0);
	for (int i = 0; i < 5000 && front_waiting() > 0; i++)
		(void)readable(fd, 1);
	cr_assert_eq(front_waiting(), 0, "their questions ended with the servers' time");
}

Test(front, too_short_for_a_message)
{
	int fd = client(SOCK_STREAM);

	(void)!send(fd, "\0\5hello", 7, 0);
	cr_assert(readable(fd, 1000));
	cr_assert_eq(recv(fd, got, 1, 0), 0, "ended");
}

Test(front, more_connections_than_places)
{
	struct sockaddr_in	first = door;
	int			fd[TCP_CONNECTIONS + 20], other, elsewhere;

	door.sin_port = 0;
	other = bound(SOCK_STREAM);
	listen(other, 10);
	cr_assert_eq(front_tcp_add(base, other, front_message), 0);
	elsewhere = client(SOCK_STREAM);
	door = first;
	for (int i = 0; i < TCP_CONNECTIONS + 20; i++) {
		fd[i] = client(SOCK_STREAM);
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	for (int i = 0; i < 100; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
	cr_assert_leq(front_tcp_count(), TCP_CONNECTIONS + 1);
	cr_assert(readable(fd[0], 100), "the longest idle one was ended");
	cr_assert(!readable(elsewhere, 20), "but none of another door, as the validator's is");
	ask(client(SOCK_DGRAM), "ok.example.org");
}
