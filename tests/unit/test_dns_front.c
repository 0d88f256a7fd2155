/*
 * The whole way of a question: a client's socket, the front, a server behind.
 */
/* links: @front */
#include <criterion/criterion.h>

#include <arpa/inet.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "bogus.h"
#include "cache.h"
#include "clock_ahead.h"
#include "designate.h"
#include "dns_server.h"
#include "front.h"
#include "front_tcp.h"
#include "front_udp.h"
#include "lists.h"
#include "lookup.h"
#include "policy.h"
#include "resolve.h"
#include "route.h"
#include "servers.h"
#include "settings.h"
#include "share.h"
#include "sift.h"
#include "told.h"

static struct sockaddr_in	door;
static struct asker		last_asker;
static unsigned			judged, caught_up;
static uint64_t			asker = 7, program = 70, user = 700;
static bool			to_sift;	/* the asker may not reach all */
static uint8_t			got[65536];
static struct reply		reply;

/* Between the reading of a question and its judgement. */
static void
catch_up(void)
{
	caught_up++;
}

static uint64_t counting = UINT64_MAX;	/* lists */

/* policyd's word, by the name. */
void
asker_judge(const struct asker *a, const struct dname *n, uint16_t type, verdict_fn *done, void *ctx)
{
	struct verdict	v = { .word = WORD_RESOLVE, .who = { asker, program, user, to_sift, counting } };
	char		text[DNAME_TEXT];

	(void)type;
	dname_text(n, text);
	judged++;
	cr_expect_gt(caught_up, 0);
	last_asker = *a;
	if (strstr(text, "blocked") != NULL)
		v = (struct verdict){ WORD_BLOCK, { 7, 70, 700, false, 0 }, "list ads, line 7" };
	if (strstr(text, "asked") != NULL)
		v = (struct verdict){ WORD_LATER, { 0, 0, 0, false, 0 }, "somebody is asked" };
	if (strstr(text, "refused") != NULL)
		v = (struct verdict){ WORD_REFUSE, { 7, 70, 700, false, 0 }, "this program may not" };
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

static struct names_sift	sifting;
static uint32_t			sifting_id;
static unsigned			times_sifted;

bool
policy_sift(uint32_t id, const struct names_sift *m)
{
	sifting = *m;
	sifting_id = id;
	times_sifted++;
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

/* Both ends of all connections are ours: more than a shell's usual 1024. */
static void
many_descriptors(void)
{
	struct rlimit most;

	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &most), 0);
	if (most.rlim_cur >= 4096)
		return;
	most.rlim_cur = most.rlim_max < 4096 ? most.rlim_max : 4096;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &most), 0);
}

static void
start(void)
{
	struct server	s = { .addr_len = sizeof(at) };
	int		datagrams, stream;

	many_descriptors();
	server_start();
	dname_hash_init();
	cache_init(1000, 1 << 20);
	route_init();
	resolve_init(base);
	designate_init(base);
	lookup_init(base, false);
	front_init(base);
	lists_init();
	memcpy(&s.addr, &at, sizeof(at));
	servers_set(&s, 1);
	bind_both(SOCK_NONBLOCK, &datagrams, &stream, &door);
	listen(stream, 100);
	cr_assert_eq(front_udp_add(base, datagrams, front_message, catch_up), 0);
	cr_assert_eq(front_tcp_add(base, stream, front_message, catch_up), 0);
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
	cr_assert(readable(fd, 5000), "%s", text);
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
	ask(fd, "asked.example.org");
	cr_assert_eq(reply.rcode, RCODE_SERVFAIL);
	cr_assert_not_null(memmem(got, sizeof(got), "somebody is asked", 17));
	cr_assert(answered.word == NAMES_LATER && answered.asker == 0);
	cr_assert_eq(udp_questions, 1, "no server heard of those");
}

/* A list's names are found in whatever letters they are asked for, or are aliases in. */
Test(front, listed_ones)
{
	static const char	text[] = "ok.listed.org\nx.below.example.org\n";
	struct list_report	report;
	int			fd = client(SOCK_DGRAM), list = memfd_create("list", 0);

	cr_assert_eq(write(list, text, strlen(text)), strlen(text));
	cr_assert_eq(lists_load(0, "ads", "ads", list, &report), 0);
	close(list);
	ask(fd, "oK.Listed.org");
	cr_assert_eq(reply.kind, REPLY_NXDOMAIN);
	cr_assert_eq(udp_questions, 0);
	cr_assert_str_eq(answered.name, "ok.listed.org");
	cr_assert_str_eq(answered.reason, "list \"ads\", line 1");
	for (int i = 0; i < 2; i++) {
		ask(fd, "bELOW.eXample.org");
		cr_assert_eq(reply.kind, REPLY_NXDOMAIN);
		cr_assert_str_eq(answered.reason, "list \"ads\", line 2");
	}
	cr_assert_eq(times_learnt, 0);
}

/* The server is asked for all names as somebody else's, and for some as the network's. */
static void
settle(const char *scope, struct names_settings *s)
{
	s->blocked = NAMES_AS_NXDOMAIN;
	s->rebinding = true;
	s->servers = 1;
	snprintf(s->server[0], sizeof(s->server[0]), "udp://127.0.0.1:%u?public", ntohs(at.sin_port));
	if (scope != NULL)
		snprintf(s->server[s->servers++], sizeof(s->server[0]), "udp://127.0.0.1:%u?search=%s",
		    ntohs(at.sin_port), scope);
	s->network_servers = 1;
	snprintf(s->network_server[0], sizeof(s->network_server[0]), "udp://127.0.0.1:%u", ntohs(at.sin_port));
	settings_take(s);
}

/* By setting only the name itself is looked for; and not every list counts for everybody. */
Test(front, listed_aliases)
{
	static struct names_settings	s = { .list_aliases = false };
	static const char		text[] = "x.below.example.org\nok.listed.org\n";
	struct list_report		report;
	int				fd = client(SOCK_DGRAM), list = memfd_create("list", 0);

	settle(NULL, &s);
	cr_assert_eq(write(list, text, strlen(text)), strlen(text));
	cr_assert_eq(lists_load(5, "ads", "ads", list, &report), 0);
	close(list);
	ask(fd, "below.example.org");
	cr_expect_eq(reply.kind, REPLY_DATA);
	ask(fd, "ok.listed.org");
	cr_expect_eq(reply.kind, REPLY_NXDOMAIN);
	counting = ~(UINT64_C(1) << 5);
	ask(fd, "ok.listed.org");
	cr_expect_eq(reply.kind, REPLY_DATA);
	s.list_aliases = true;
	settings_take(&s);
	ask(fd, "below.example.org");
	cr_expect_eq(reply.kind, REPLY_DATA, "the list does not count");
	counting = UINT64_MAX;
	ask(fd, "below.example.org");
	cr_expect_eq(reply.kind, REPLY_NXDOMAIN);
}

static int
client_of_datagrams(const char *text)
{
	int	fd = client(SOCK_DGRAM);
	uint8_t	m[512];
	size_t	len;

	(void)put_question(text, m, &len);
	(void)!send(fd, m, len, 0);
	return fd;
}

/* What is answered together is told together; where policyd can not be told, there is no answer. */
Test(front, policyd_is_told_before_what_leaves)
{
	static const char *const	name[] = { "ok1.example.org", "ok2.example.org", "ok3.example.org" };
	int				fd[3];

	for (int i = 0; i < 3; i++) {
		int	first = client_of_datagrams(name[i]);

		cr_assert(readable(first, 5000));
	}
	told_forget();
	times_learnt = 0;
	for (int i = 0; i < 3; i++)
		fd[i] = client_of_datagrams(name[i]);
	for (int i = 0; i < 3; i++)
		cr_assert(readable(fd[i], 1000));
	cr_expect_eq(times_learnt, 1, "%u", times_learnt);
	cr_expect_eq(learnt.count, 3);
	for (int i = 0; i < 3; i++)
		cr_expect_str_eq(learnt.told[i].name[0], name[i]);

	told_forget();
	policy_away = true;
	for (int i = 0; i < 3; i++)
		fd[i] = client_of_datagrams(name[i]);
	for (int i = 0; i < 3; i++)
		cr_expect(!readable(fd[i], 20), "an answer left that policyd does not know");
	policy_away = false;
	fd[0] = client_of_datagrams(name[0]);
	cr_expect(readable(fd[0], 1000), "and asked again there is one");
}

/* Of several names for one address that counts which was asked last. */
Test(front, policyd_is_told_what_was_asked_last)
{
	int	fd = client(SOCK_DGRAM);

	ask(fd, "ok.example.org");
	ask(fd, "OK.example.org");
	cr_assert_eq(times_learnt, 1, "%u", times_learnt);
	cr_assert_str_eq(learnt.told[learnt.count - 1].name[0], "ok.example.org");
	ask(fd, "ok.example.com");
	cr_assert_eq(times_learnt, 2, "%u", times_learnt);
	cr_assert_str_eq(learnt.told[learnt.count - 1].name[0], "ok.example.com");
	ask(fd, "ok.example.org");
	cr_assert_eq(times_learnt, 3, "from the cache, but another name came between: %u", times_learnt);
	cr_assert_str_eq(learnt.told[learnt.count - 1].name[0], "ok.example.org");
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

/* In steps, as what is due may set what is due next. */
static void
pass(int ms)
{
	for (; ms > 0; ms -= 250)
		later(base, 250);
}

/* What servers do not answer ends with their time. */
static void
wait_ends(void)
{
	pass(4000);
	cr_assert_eq(front_waiting(), 0, "%u", front_waiting());
}

static void
has_words(int fd, const char *words)
{
	cr_assert(readable(fd, 500));
	cr_assert_gt(recv(fd, got, sizeof(got), 0), 0);
	cr_assert_not_null(memmem(got, sizeof(got), words, strlen(words)), "%s", words);
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
	has_words(fd, "of this program");
	cr_assert_eq(front_waiting(), SHARE_ASKER, "%u", front_waiting());
	asker = 8;
	ask(other, "ok.example.org");
	cr_assert_eq(reply.kind, REPLY_DATA);
	wait_ends();
	asker = 7;
	ask(other, "on.example.org");
	cr_assert_eq(reply.kind, REPLY_DATA);
}

/* Asks for so many names that no server answers, each of another process and, if so, program. */
static void
ask_silent(int fd, unsigned count, bool programs)
{
	char	text[64];
	uint8_t	m[512];
	size_t	len;

	for (unsigned i = 0; i < count; i++) {
		asker = 100 + i;
		program = programs ? 100 + i : program;
		(void)snprintf(text, sizeof(text), "silent.n%u.example.org", i);
		(void)put_question(text, m, &len);
		(void)!send(fd, m, len, 0);
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
}

/* A program that is started again and again leaves room for others, too. */
Test(front, many_processes_of_one_program)
{
	int	fd = client(SOCK_DGRAM), other = client(SOCK_DGRAM);

	ask_silent(fd, 300, false);
	cr_assert_eq(front_waiting(), SHARE_PROGRAM, "%u", front_waiting());
	has_words(fd, "of this program");
	program = 80;
	ask(other, "ok.example.org");
	cr_assert_eq(reply.kind, REPLY_DATA, "another program of the same user");
	wait_ends();
	program = 70;
	ask(other, "on.example.org");
	cr_assert_eq(reply.kind, REPLY_DATA);
}

/* And who starts many programs leaves room for other users. */
Test(front, many_programs_of_one_user)
{
	int	fd = client(SOCK_DGRAM), other = client(SOCK_DGRAM);

	ask_silent(fd, 600, true);
	cr_assert_eq(front_waiting(), SHARE_USER, "%u", front_waiting());
	has_words(fd, "of this user");
	user = 800;
	ask(other, "ok.example.org");
	cr_assert_eq(reply.kind, REPLY_DATA, "another user");
	wait_ends();
	user = 700;
	ask(other, "on.example.org");
	cr_assert_eq(reply.kind, REPLY_DATA);
}

/* Milliseconds until an answer is there. */
static int
time_of(int fd, const char *name)
{
	struct timespec	b, e;

	clock_gettime(CLOCK_MONOTONIC, &b);
	ask(fd, name);
	clock_gettime(CLOCK_MONOTONIC, &e);
	return (int)((e.tv_sec - b.tv_sec) * 1000 + (e.tv_nsec - b.tv_nsec) / 1000000);
}

/* The cache is no way to learn what another program asked. */
Test(front, time_says_nothing_of_others)
{
	int	fd = client(SOCK_DGRAM), took;
	uint8_t	m[512], again[512];
	size_t	len;

	server_delay_ms = 300;
	took = time_of(fd, "ok.example.org");
	cr_assert_geq(took, 290);
	cr_assert_lt(time_of(fd, "ok.example.org"), 150, "it asked before");
	asker = 8;
	cr_assert_lt(time_of(fd, "OK.example.org"), 150, "another process of the same program");
	program = 80;
	cr_assert_geq(time_of(fd, "ok.example.org"), 290, "another program");
	cr_assert_lt(time_of(fd, "ok.example.org"), 150, "which has asked now");
	cr_assert_eq(udp_questions, 1, "%u", udp_questions);

	/* Two questions, one behind the other: as from servers, both answers come at the same time. */
	program = 90;
	(void)put_question("ok.example.org", m, &len);
	(void)!send(fd, m, len, 0);
	cr_assert(!readable(fd, 100));
	memcpy(again, m, len);
	again[0] ^= 1;
	(void)!send(fd, again, len, 0);
	cr_assert(!readable(fd, 100));
	cr_assert(readable(fd, 1000));
	cr_assert_gt(recv(fd, got, sizeof(got), 0), 0);
	cr_assert(readable(fd, 50));
	cr_assert_gt(recv(fd, got, sizeof(got), 0), 0);

	/* While another program's question is at the servers: no sooner than a question of its own. */
	program = 100;
	(void)put_question("on.example.org", m, &len);
	(void)!send(fd, m, len, 0);
	cr_assert(!readable(fd, 150));
	program = 110;
	cr_assert_geq(time_of(client(SOCK_DGRAM), "on.example.org"), 290);
	cr_assert_eq(udp_questions, 2);
}

/* Nor is it when the answer that the program had itself is over, and another one got it anew. */
Test(front, time_says_nothing_of_others_later)
{
	int		fd = client(SOCK_DGRAM);
	struct dname	n;

	cr_assert_eq(dname_parse("ok.example.org", 14, &n), 0);
	server_delay_ms = 300;
	cr_assert_geq(time_of(fd, "ok.example.org"), 290);
	cache_drop(&n, QTYPE_A, 0);
	program = 80;
	cr_assert_geq(time_of(fd, "ok.example.org"), 290);
	cr_assert_eq(udp_questions, 2, "%u", udp_questions);
	program = 70;
	cr_assert_geq(time_of(fd, "ok.example.org"), 290, "it had another answer");
	cr_assert_lt(time_of(fd, "ok.example.org"), 150);
	cr_assert_eq(udp_questions, 2, "%u", udp_questions);
}

/* Who has a zone of its own could ask by its aliases. */
Test(front, time_says_nothing_of_an_alias_target)
{
	int	fd = client(SOCK_DGRAM);

	server_delay_ms = 300;
	cr_assert_geq(time_of(fd, "ok.victim.zz"), 290);
	program = 80;
	cr_assert_geq(time_of(fd, "away.example.org"), 290, "the target is another program's");
	cr_assert_lt(time_of(fd, "away.example.org"), 150);
	cr_assert_eq(udp_questions, 2, "%u", udp_questions);
}

Test(front, time_says_nothing_of_failures)
{
	int		fd = client(SOCK_DGRAM), other = client(SOCK_DGRAM);
	uint8_t		m[512];
	size_t		len;
	struct dname	n;
	struct timespec	now;

	lookup_init(base, true);
	cr_assert_eq(dname_parse("bogus.example.org", 17, &n), 0);
	clock_gettime(CLOCK_MONOTONIC, &now);
	bogus_add(&n, QTYPE_A, "a signature is wrong", 300000, now.tv_sec);
	cr_assert_geq(time_of(fd, "bogus.example.org"), 290);
	cr_assert_eq(reply.rcode, RCODE_SERVFAIL);
	cr_assert_not_null(memmem(got, sizeof(got), "signature is wrong", 18));
	lookup_init(base, false);

	/* While another program's question waits for a silent server. */
	(void)put_question("silent.example.org", m, &len);
	(void)!send(fd, m, len, 0);
	cr_assert(!readable(fd, 50));
	pass(1750);
	program = 80;
	(void)put_question("silent.example.org", m, &len);
	(void)!send(other, m, len, 0);
	cr_assert(!readable(other, 50));
	pass(2250);
	cr_assert(readable(fd, 50), "its own time is over");
	cr_assert(!readable(other, 50), "as long as the first one waited");
	pass(750);
	cr_assert(!readable(other, 50));
	pass(1250);
	cr_assert(readable(other, 50));
	cr_assert_gt(recv(other, got, sizeof(got), 0), 0);
	cr_assert_eq(got[3] & 15, RCODE_SERVFAIL);
	cr_assert_eq(udp_questions, 1, "%u", udp_questions);
}

/* What is kept of this name. */
static struct cached *
kept(const char *text)
{
	struct dname		 n;
	struct timespec		 now;
	const struct cached	*c;

	cr_assert_eq(dname_parse(text, strlen(text), &n), 0);
	clock_gettime(CLOCK_MONOTONIC, &now);
	c = cache_find(&n, QTYPE_A, 0, false, now.tv_sec);
	cr_assert_not_null(c);
	return (struct cached *)c;
}

/* Asks for it, and makes it an answer that was kept for long and ends in a minute. */
static void
ask_long_ago(int fd, const char *text)
{
	ask(fd, text);
	kept(text)->stored_s -= 1000;
}

/* Waits until it is another one than was kept for long. */
static void
asked_anew(int fd, const char *text)
{
	for (int i = 0; i < 2000 && kept(text)->former == 0; i++)
		(void)readable(fd, 1);
	cr_assert_neq(kept(text)->former, 0);
}

Test(front, asked_for_again_before_the_end)
{
	int	fd = client(SOCK_DGRAM);

	ask_long_ago(fd, "ok.example.org");
	ask(fd, "ok.example.org");
	cr_assert_eq(reply.ttl, 1, "%u", reply.ttl);
	asked_anew(fd, "ok.example.org");
	ask(fd, "ok.example.org");
	cr_assert_geq(reply.ttl, 59, "%u", reply.ttl);
	cr_assert_eq(udp_questions, 2, "%u", udp_questions);
}

Test(front, asked_for_again_once)
{
	int	fd = client(SOCK_DGRAM);

	ask_long_ago(fd, "ok.example.org");
	ask(fd, "on.example.org");
	server_delay_ms = 300;
	for (int i = 0; i < 3; i++)
		cr_assert_lt(time_of(fd, "ok.example.org"), 150, "what is kept is given meanwhile");
	asked_anew(fd, "ok.example.org");
	cr_assert_eq(udp_questions, 3, "%u", udp_questions);
}

/* Who wants no recursion has nobody asked. */
Test(front, not_without_recursion)
{
	int		fd = client(SOCK_DGRAM);
	uint8_t		m[512];
	size_t		len;

	ask_long_ago(fd, "ok.example.org");
	(void)put_question("ok.example.org", m, &len);
	m[2] &= 0xfe;
	(void)!send(fd, m, len, 0);
	cr_assert(readable(fd, 1000));
	cr_assert_gt(recv(fd, got, sizeof(got), 0), 0);
	cr_assert(!readable(fd, 50));
	cr_assert_eq(udp_questions, 1, "%u", udp_questions);
}

Test(front, few_are_asked_for_again_at_a_time)
{
	int	fd = client(SOCK_DGRAM);
	char	text[64];

	for (unsigned i = 0; i < LOOKUP_AGAIN + 9; i++) {
		(void)snprintf(text, sizeof(text), "ok.n%u.example.org", i);
		ask_long_ago(fd, text);
	}
	server_delay_ms = 2000;
	for (unsigned i = 0; i < LOOKUP_AGAIN + 9; i++) {
		(void)snprintf(text, sizeof(text), "ok.n%u.example.org", i);
		ask(fd, text);
	}
	for (int i = 0; i < 100; i++)
		(void)readable(fd, 1);
	cr_assert_eq(udp_questions, 2 * LOOKUP_AGAIN + 9, "%u", udp_questions);
}

/*
 * That another program had an answer asked for again is not told by the time: the new one takes
 * none for who would have had the old one, or had asked for it again; and all of it for others.
 */
Test(front, time_says_nothing_of_who_asked_again)
{
	int		fd = client(SOCK_DGRAM);
	struct cached	*c;

	server_delay_ms = 300;
	ask_long_ago(fd, "ok.example.org");
	c = kept("ok.example.org");
	c->until_s += 1000;
	for (program = 70; program < 74; program++)
		cr_assert_geq(time_of(fd, "ok.example.org"), 290, "all of them have this one now");
	cr_assert_eq(udp_questions, 1, "%u", udp_questions);
	c->until_s -= 1000;
	program = 70;
	cr_assert_lt(time_of(fd, "ok.example.org"), 150, "this one has it asked for");
	program = 71;
	cr_assert_lt(time_of(fd, "ok.example.org"), 150, "this one asks meanwhile");
	asked_anew(fd, "ok.example.org");
	program = 72;
	cr_assert_lt(time_of(fd, "ok.example.org"), 150, "it would have the old one yet");
	program = 80;
	cr_assert_geq(time_of(fd, "ok.example.org"), 290, "it never had any");
	kept("ok.example.org")->former_until_s = 0;
	for (program = 70; program < 73; program++)
		cr_assert_lt(time_of(fd, "ok.example.org"), 150, "these asked in the last tenth");
	program = 73;
	cr_assert_geq(time_of(fd, "ok.example.org"), 290, "to this one it is over");
	cr_assert_eq(udp_questions, 2, "%u", udp_questions);
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
	wait_ends();
	cr_assert_eq(front_tcp_count(), 0);
}

static int
client_from(uint16_t port)
{
	struct sockaddr_in	a = { .sin_family = AF_INET, .sin_port = port, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int			fd = socket(AF_INET, SOCK_STREAM, 0);

	cr_assert_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	cr_assert_eq(connect(fd, (struct sockaddr *)&door, sizeof(door)), 0);
	return fd;
}

/* What one asked that left is not judged as a question of who has its port now. */
Test(front, a_port_that_another_has_now)
{
	const struct linger	none = { .l_onoff = 1 };
	struct sockaddr_in	me;
	socklen_t		me_len = sizeof(me);
	uint8_t			m[512];
	size_t			len;
	int			fd = client(SOCK_STREAM), next;

	cr_assert_eq(getsockname(fd, (struct sockaddr *)&me, &me_len), 0);
	for (unsigned i = 0; i < TCP_PIPELINE + 6; i++) {
		(void)put_question("silent.example.org", m + 2, &len);
		m[0] = (uint8_t)(len >> 8);
		m[1] = (uint8_t)len;
		cr_assert_eq(send(fd, m, len + 2, 0), len + 2);
	}
	(void)readable(fd, 20);
	cr_assert_eq(judged, TCP_PIPELINE, "%u", judged);
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	close(fd);
	next = client_from(me.sin_port);
	for (int i = 0; i < 6000 && front_waiting() > 0; i++)
		(void)readable(next, 1);
	cr_expect_eq(judged, TCP_PIPELINE, "%u", judged);
	cr_expect_eq(front_tcp_count(), 1);
}

/* RFC 7766, 6.2.4: who sends no more may still read. */
Test(front, clients_that_ask_no_more)
{
	static const char	*const name[] = { "ok.example.org", "late.example.org" };
	uint8_t			 m[512];
	size_t			 len;
	int			 fd = client(SOCK_STREAM), n = 0;

	for (unsigned i = 0; i < 100; i++) {
		(void)put_question(name[i % 2], m + 2, &len);
		m[0] = (uint8_t)(len >> 8);
		m[1] = (uint8_t)len;
		cr_assert_eq(send(fd, m, len + 2, 0), len + 2);
	}
	shutdown(fd, SHUT_WR);
	while (read_stream(fd, 2) == 2) {
		len = (size_t)got[0] << 8 | got[1];
		cr_assert_eq(read_stream(fd, len), len);
		n++;
	}
	cr_assert_eq(n, 100, "%d", n);
	cr_assert_eq(recv(fd, got, 1, MSG_DONTWAIT), 0, "and then it is ended");
	cr_assert_eq(front_tcp_count(), 0);
}

/* The client in the queue is not asked for again and again. */
Test(front, without_descriptors)
{
	struct rlimit	few = { 0 }, before;
	struct timespec	b, e;
	int		fd[3], turns = 0;

	fd[0] = client(SOCK_STREAM);
	(void)readable(fd[0], 5);
	cr_assert_eq(front_tcp_count(), 1);
	fd[1] = client(SOCK_STREAM);
	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = (rlim_t)fd[1] + 1;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	clock_gettime(CLOCK_MONOTONIC, &b);
	do {
		event_base_loop(base, EVLOOP_NONBLOCK);
		clock_gettime(CLOCK_MONOTONIC, &e);
		turns += front_tcp_count() == 1;
	} while ((e.tv_sec - b.tv_sec) * 1000 + (e.tv_nsec - b.tv_nsec) / 1000000 < 50);
	cr_assert_eq(front_tcp_count(), 0, "the idle one made room");
	cr_assert_leq(turns, 1);
	(void)readable(fd[1], 150);
	cr_assert_eq(front_tcp_count(), 1);
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
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
	int			fd[TCP_CONNECTIONS + 20], unused, other, elsewhere;

	bind_both(SOCK_NONBLOCK, &unused, &other, &door);
	listen(other, 10);
	cr_assert_eq(front_tcp_add(base, other, front_message, NULL), 0);
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

/* Nobody keeps others away by questions that wait. */
Test(front, more_connections_that_wait_than_places)
{
	int	fd[TCP_CONNECTIONS], last;
	uint8_t	m[512];
	size_t	len;

	for (unsigned i = 0; i < TCP_CONNECTIONS; i++) {
		asker = program = user = 7 + i / 60;	/* also where two share a place (share.c) */
		fd[i] = client(SOCK_STREAM);
		(void)put_question("silent.example.org", m + 2, &len);
		m[0] = (uint8_t)(len >> 8);
		m[1] = (uint8_t)len;
		cr_assert_eq(send(fd[i], m, len + 2, 0), len + 2);
		for (int k = 0; k < 1000 && front_waiting() == i; k++)
			(void)readable(fd[i], 1);
	}
	cr_assert_eq(front_waiting(), TCP_CONNECTIONS, "%u", front_waiting());
	asker = 7000;
	last = client(SOCK_STREAM);
	(void)readable(last, 5);
	(void)put_question("ok.example.org", m + 2, &len);
	m[1] = (uint8_t)len;
	cr_assert_eq(send(last, m, len + 2, 0), len + 2);
	cr_assert_eq(read_stream(last, 2), 2, "the newest is served");
	cr_assert(readable(fd[0], 100), "the longest waiting was ended");
	cr_assert_eq(front_tcp_count(), TCP_CONNECTIONS);
}

/* Two programs ask the same at the same time: one may not reach the address, and hears of it neither later. */
Test(front, what_one_may_not_reach)
{
	struct names_sifted	out = { .out = 1, .reason = "no flag localnet" };
	int			fd = client(SOCK_DGRAM), other = client(SOCK_DGRAM);
	struct asked		a;
	uint8_t			m[512];
	size_t			len;

	server_delay_ms = 50;
	to_sift = true;
	a = put_question("ok.example.org", m, &len);
	(void)!send(fd, m, len, 0);
	cr_assert(!readable(fd, 10));
	to_sift = false;
	asker = 8;
	program = 80;
	ask(other, "ok.example.org");
	cr_expect_eq(reply.kind, REPLY_DATA);
	cr_expect_eq(learnt.told[0].asker, 8);
	cr_expect_eq(udp_questions, 1, "one question for both: %u", udp_questions);
	cr_assert_eq(times_sifted, 1);
	cr_expect_eq(sifting.asker, 7);
	cr_expect_str_eq(sifting.name, "ok.example.org");
	cr_assert(!readable(fd, 5), "it waits for policyd");
	cr_assert_eq(sift_heard(sifting_id, &out), 0);
	cr_assert(readable(fd, 1000));
	len = (size_t)recv(fd, got, sizeof(got), 0);
	cr_assert(reply_fits(got, len, &a) && reply_parse(got, len, &a, &reply) == 0);
	cr_expect_eq(reply.kind, REPLY_NODATA);
	cr_expect_not_null(memmem(got, len, "no flag localnet", 16));
	cr_expect(answered.asker == 7 && answered.word == NAMES_BLOCK && answered.addresses == 0);
	cr_expect_str_eq(answered.reason, "no flag localnet");
	cr_expect_eq(times_learnt, 1, "policyd learns what is delivered");
	cr_assert_eq(front_waiting(), 0);

	/* From the cache, without policyd's help. */
	to_sift = true;
	asker = 7;
	program = 70;
	ask(fd, "ok.example.org");
	cr_expect_eq(reply.kind, REPLY_NODATA);
	cr_expect_eq(times_sifted, 1);
	asker = 9;
	policy_away = true;
	ask(fd, "ok.example.org");
	cr_expect_eq(reply.rcode, RCODE_SERVFAIL, "nobody to say what it may reach");
	cr_expect_eq(front_waiting(), 0);
}

/* An answer that waits for policyd is told and delivered as it was found. */
Test(front, what_one_may_reach)
{
	struct names_sifted	out = { .out = 0 };
	int			fd = client(SOCK_DGRAM);
	struct asked		a;
	uint8_t			m[512];
	size_t			len;

	to_sift = true;
	a = put_question("ok.example.org", m, &len);
	(void)!send(fd, m, len, 0);
	for (int i = 0; i < 1000 && times_sifted == 0; i++)
		(void)readable(fd, 1);
	cr_assert_eq(times_sifted, 1);
	cr_expect_eq(times_learnt, 0, "not before it is known");
	lookup_flush();
	cr_assert_eq(sift_heard(sifting_id, &out), 0);
	cr_assert(readable(fd, 1000));
	len = (size_t)recv(fd, got, sizeof(got), 0);
	cr_assert(reply_fits(got, len, &a) && reply_parse(got, len, &a, &reply) == 0);
	cr_expect_eq(reply.kind, REPLY_DATA);
	cr_expect_eq(times_learnt, 1);
	cr_expect(answered.word == NAMES_RESOLVE && answered.addresses == 1);
	cr_expect_eq(front_waiting(), 0);
}

Test(front, private_addresses_in_scopes)
{
	static struct names_settings	s = { .network_names = true, .searches = 1, .search = { "net.example" } };
	int				fd = client(SOCK_DGRAM);

	settle("corp.example", &s);
	ask(fd, "inner.example.org");
	cr_expect_eq(reply.kind, REPLY_NXDOMAIN, "a name of the Internet");
	cr_expect_not_null(memmem(got, sizeof(got), "rebinding", 9));
	ask(fd, "localhost");
	cr_expect_eq(reply.kind, REPLY_DATA, "this machine's");
	ask(fd, "inner.corp.example");
	cr_expect_eq(reply.kind, REPLY_DATA, "a scope's");
	ask(fd, "inner.net.example");
	cr_expect_eq(reply.kind, REPLY_DATA, "a search domain's");
	ask(fd, "inner.internal");
	cr_expect_eq(reply.kind, REPLY_DATA);
	ask(fd, "here.corp.example");
	cr_expect_eq(reply.kind, REPLY_DATA, "a scope's may be of this machine");
	ask(fd, "here.net.example");
	cr_expect_eq(reply.kind, REPLY_NXDOMAIN, "but no name of the network");
	ask(fd, "here.internal");
	cr_expect_eq(reply.kind, REPLY_NXDOMAIN);
	s.network_names = false;
	settings_take(&s);
	ask(fd, "inner.net.example");
	cr_expect_eq(reply.kind, REPLY_NXDOMAIN, "a search domain that is not heard");
	ask(fd, "inner.internal");
	cr_expect_eq(reply.kind, REPLY_NXDOMAIN, "and nobody to ask");
	cr_expect_eq(answered.server[0], '\0');
}

Test(front, captive_portals)
{
	static struct names_settings	s = { .captive = true };
	int				fd = client(SOCK_DGRAM);

	settle(NULL, &s);
	ask(fd, "detectportal.firefox.com");
	cr_expect_eq(reply.kind, REPLY_DATA);
	cr_expect_leq(reply.ttl, 10, "%u", reply.ttl);
	cr_expect_eq(answered.validation, NAMES_CAPTIVE);
	ask(fd, "detectportal.firefox.com");
	cr_expect(answered.cached && answered.validation == NAMES_CAPTIVE);
	cr_expect_eq(udp_questions, 1, "%u", udp_questions);
	ask(fd, "captive.apple.com");
	cr_expect_eq(reply.aliases, 1);
	cr_expect_not_null(memmem(got, sizeof(got), "\6\6\6\6", 4), "what it is an alias of comes along");
	memset(got, 0, sizeof(got));
	ask(fd, "ok.victim.zz");
	cr_expect_null(memmem(got, sizeof(got), "\6\6\6\6", 4), "but is believed there alone");
	cr_expect_eq(answered.validation, NAMES_UNCHECKED);
	ask(fd, "nmcheck.gnome.org");
	cr_expect_eq(reply.kind, REPLY_NXDOMAIN, "no portal is on this machine");
	ask(fd, "ok.firefox.com");
	cr_expect_eq(answered.validation, NAMES_UNCHECKED);
	cr_expect_gt(reply.ttl, 10);
	s.captive = false;
	settings_take(&s);
	ask(fd, "detectportal.firefox.com");
	cr_expect_eq(answered.validation, NAMES_UNCHECKED, "a name like others");
	cr_expect_gt(reply.ttl, 10);
}

Test(front, another_network)
{
	static struct names_settings	s;
	int				fd = client(SOCK_DGRAM);
	struct dname			n;
	uint32_t			took;

	settle(NULL, &s);
	cr_assert_eq(dname_parse("bogus.example.org", 17, &n), 0);
	bogus_add(&n, QTYPE_A, "it is", 77, 100);
	ask(fd, "ok.example.org");
	settings_take(&s);
	cr_expect_not_null(bogus_why(&n, QTYPE_A, 100, &took));
	ask(fd, "ok.example.org");
	cr_expect_eq(udp_questions, 1, "%u", udp_questions);
	s.network++;
	settings_take(&s);
	ask(fd, "ok.example.org");
	cr_expect_eq(udp_questions, 2, "the same servers' addresses are others' there: %u", udp_questions);
	cr_expect_null(bogus_why(&n, QTYPE_A, 100, &took), "and what they made bogus");
}
