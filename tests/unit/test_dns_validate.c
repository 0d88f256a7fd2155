/*
 * From a question to a validated answer: signed zones, spoilt ones, and who else tries
 * the validator's endpoint.
 */
/* links: @front */
#include "dns_validated.h"

/* Signatures hold four weeks. */
static void
start_in_two_months(void)
{
	char	now[32];

	snprintf(now, sizeof(now), "%ld", (long)time(NULL) + 60 * 86400);
	setenv("BULWARK_TEST_NOW", now, 1);
	start();
}

TestSuite(in_two_months, .init = start_in_two_months, .fini = signed_finish, .timeout = 60);
TestSuite(validate, .init = start, .fini = signed_finish, .timeout = 60);

Test(validate, good_ones)
{
	is_address("www.good.example", VALID_SECURE, "\300\0\2\1");
	cr_assert_eq(last.signatures, 0, "who does not ask for them gets none");
	cr_assert_eq(last.upstream, 0, "it is known which server it came from");
	is_address("WWW.good.Example", VALID_SECURE, "\300\0\2\1");
	cr_assert(last.from_cache);
	look_for("www.good.example", QTYPE_A, CACHE_DO);
	cr_assert(last.had_answer && last.signatures == 1 && last.validation == VALID_SECURE);
	is_address("alias.good.example", VALID_SECURE, "\300\0\2\1");
	cr_assert_eq(last.aliases, 1);
	is_address("any.wild.good.example", VALID_SECURE, "\300\0\2\2");
	is_address("www.nsec3.example", VALID_SECURE, "\300\0\2\1");
	is_address("to-good.example", VALID_SECURE, "\300\0\2\1");
	look_for("large.example", QTYPE_TXT, CACHE_DO);
	cr_assert(last.had_answer && last.validation == VALID_SECURE, "over TCP: %s", last.why);
	look_for("", QTYPE_DNSKEY, 0);
	cr_assert(last.had_answer && last.validation == VALID_SECURE, "the root's own");
}

Test(validate, insecure_ones)
{
	is_address("www.plain.example", VALID_INSECURE, "\300\0\2\1");
	is_address("to-plain.example", VALID_INSECURE, "\300\0\2\1");
	is_address("www.plain.optout.example", VALID_INSECURE, "\300\0\2\1");
	is_address("www.optout.example", VALID_SECURE, "\300\0\2\1");
	is_denied("none.plain.example", REPLY_NXDOMAIN, VALID_INSECURE);
}

Test(validate, rolls_of_the_algorithm)
{
	is_address("www.roll.example", VALID_SECURE, "\300\0\2\1");
	is_address("www.half.example", VALID_SECURE, "\300\0\2\1");
}

Test(validate, denials)
{
	is_denied("none.good.example", REPLY_NXDOMAIN, VALID_SECURE);
	is_denied("none.nsec3.example", REPLY_NXDOMAIN, VALID_SECURE);
	is_denied("none.example", REPLY_NXDOMAIN, VALID_SECURE);
	/* RFC 5155, 9.2: where any name may be hidden, its absence is not proved. */
	is_denied("none.optout.example", REPLY_NXDOMAIN, VALID_INSECURE);
	is_denied("good.example", REPLY_NODATA, VALID_SECURE);
	is_denied("router.home.arpa", REPLY_NXDOMAIN, VALID_NONE);	/* a name of this network: as its servers say */
	is_bogus("none.nodenial.example");
	is_address("www.nodenial.example", VALID_SECURE, "\300\0\2\1");
	is_bogus("nodenial.example");
}

Test(validate, bogus_ones)
{
	is_bogus("www.stripped.example");
	is_bogus("to-changed.example");
	/* Who checks for himself gets it, also when it is known to be bogus (RFC 4035, 3.2.2). */
	look_for("www.changed.example", QTYPE_A, CACHE_CD | CACHE_DO);
	cr_assert(last.had_answer && last.validation == VALID_NONE);
	cr_assert_arr_eq(last.address, "\300\0\2\102", 4);
	cache_flush();
	is_bogus("www.changed.example");
	cr_assert_eq(cache_count(), 0, "nothing of it is kept");
	is_bogus("www.changed.example");
	look_for("www.changed.example", QTYPE_A, CACHE_CD | CACHE_DO);
	cr_assert(last.had_answer && last.validation == VALID_NONE);
	cache_flush();
	is_address("www.good.example", VALID_SECURE, "\300\0\2\1");
}

/* What was on its way when the servers changed is not known of the others. */
Test(validate, bogus_of_servers_before)
{
	static struct query	q = { .id = 77, .type = QTYPE_A };
	struct timespec		now;
	uint32_t		took;

	cr_assert_eq(dname_parse("www.changed.example", 19, &q.name), 0);
	answered = 0;
	lookup(&q.name, QTYPE_A, 0, now_s(), on_done, &q);
	resolve_anew();
	while (answered == 0)
		event_base_loop(base, EVLOOP_ONCE);
	cr_assert_eq(last.ede, EDE_BOGUS);
	cr_assert_neq(last.why[0], 0);
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	cr_assert_null(bogus_why(&q.name, QTYPE_A, now.tv_sec, &took));
}

/* Who asks the same later, and so waits less, is not told that another one asked: time says it took as long. */
Test(validate, bogus_for_two)
{
	static struct query	q = { .id = 77, .type = QTYPE_A };
	struct timespec		now;
	uint32_t		took = 0;

	cr_assert_eq(dname_parse("www.changed.example", 19, &q.name), 0);
	answered = 0;
	lookup(&q.name, QTYPE_A, 0, now_s(), on_done, &q);
	usleep(60000);
	lookup(&q.name, QTYPE_A, 0, now_s(), on_done, &q);
	while (answered < 2)
		event_base_loop(base, EVLOOP_ONCE);
	cr_assert_eq(last.ede, EDE_BOGUS);
	cr_assert_geq(last.took_us, 60000);
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	cr_assert_not_null(bogus_why(&q.name, QTYPE_A, now.tv_sec, &took));
	cr_assert_geq(took, 60000);
}

/* A scope is validated like all else, unless it is called insecure. */
Test(validate, scopes)
{
	struct server	s[2] = { *servers_at(0), *servers_at(0) };

	s[1].aside = true;
	s[1].scopes = 2;
	cr_assert_eq(dname_parse("changed.example", 15, &s[1].scope[0]), 0);
	cr_assert_eq(dname_parse("good.example", 12, &s[1].scope[1]), 0);
	servers_set(s, 2);
	is_bogus("www.changed.example");
	is_address("www.good.example", VALID_SECURE, "\300\0\2\1");
	cr_assert_eq(last.upstream, 1, "%u", last.upstream);
	is_address("www.nsec3.example", VALID_SECURE, "\300\0\2\1");
	cr_assert_eq(last.upstream, 0, "%u", last.upstream);
	s[1].insecure = true;
	servers_set(s, 2);
	cache_flush();
	is_address("www.changed.example", VALID_NONE, "\300\0\2\102");
	is_address("www.good.example", VALID_NONE, "\300\0\2\1");
	is_address("www.nsec3.example", VALID_SECURE, "\300\0\2\1");
	/* What a name of the scope is an alias of is not believed outside of it. */
	cr_assert_eq(dname_parse("to-good.example", 15, &s[1].scope[1]), 0);
	servers_set(s, 2);
	cache_flush();
	is_address("to-good.example", VALID_NONE, "\300\0\2\1");
	is_address("www.good.example", VALID_SECURE, "\300\0\2\1");
	cr_assert_not(last.from_cache);
}

static void
count(void *ctx, const struct outcome *o)
{
	*(unsigned *)ctx += o->answer != NULL;
}

Test(validate, nothing_of_the_chain_is_kept_twice)
{
	is_address("www.good.example", VALID_SECURE, "\300\0\2\1");
	cr_assert_eq(cache_count(), 1, "%u", cache_count());
}

/* A server that hands questions on to the one of the signed zones, and counts those for keys. */
static unsigned	keys_asked;
static bool	hides_keys;	/* it gives no answer to who asks for those of zones below example */

static void
on_relayed(evutil_socket_t fd, short what, void *arg)
{
	uint8_t			m[4096];
	struct sockaddr_in	from;
	struct query		q;
	enum rcode		rcode;
	socklen_t		len = sizeof(from);
	ssize_t			n = recvfrom(fd, m, sizeof(m), 0, (struct sockaddr *)&from, &len);
	int			*behind = arg;

	(void)what;
	cr_assert_gt(n, 0);
	cr_assert_eq(query_parse(m, (size_t)n, &q, &rcode), 0);
	keys_asked += q.type == QTYPE_DNSKEY;
	if (hides_keys && q.type == QTYPE_DNSKEY && dname_labels(&q.name) > 1)
		return;
	cr_assert_eq(send(*behind, m, (size_t)n, 0), n);
	n = recv(*behind, m, sizeof(m), 0);
	cr_assert_gt(n, 0);
	cr_assert_eq(sendto(fd, m, (size_t)n, 0, (struct sockaddr *)&from, len), n);
}

static void
relay(void)
{
	static int		behind;
	struct server		s = { .addr_len = sizeof(struct sockaddr_in) };
	int			fd = bound_to(SOCK_DGRAM, 0, (struct sockaddr_in *)&s.addr);
	struct event		*e = event_new(base, fd, EV_READ | EV_PERSIST, on_relayed, &behind);

	behind = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(connect(behind, (struct sockaddr *)&signed_at, sizeof(signed_at)), 0);
	cr_assert(e != NULL && event_add(e, NULL) == 0);
	servers_set(&s, 1);
}

Test(validate, keys_are_forgotten)
{
	unsigned	each;

	relay();
	is_address("www.good.example", VALID_SECURE, "\300\0\2\1");
	each = keys_asked;
	cr_assert_geq(each, 3, "of the root, example and good.example: %u", each);
	is_address("alias.good.example", VALID_SECURE, "\300\0\2\1");
	cr_assert_eq(keys_asked, each, "they are known: %u", keys_asked);
	for (unsigned i = 2; i <= VALIDATE_LIBRARIES; i++) {
		lookup_flush();
		lookup_flush();		/* nothing was asked: there is nothing to forget */
		is_address("www.good.example", VALID_SECURE, "\300\0\2\1");
		cr_assert_eq(keys_asked, i * each, "%u: %u", i, keys_asked);
	}
	lookup_flush();
	is_address("www.good.example", VALID_SECURE, "\300\0\2\1");
	cr_assert_eq(keys_asked, VALIDATE_LIBRARIES * each, "those of the first count again: %u", keys_asked);
}

/* What is on its way meanwhile has its answer. */
Test(validate, forgotten_on_the_way)
{
	struct dname	n;
	unsigned	good = 0;

	dname_parse("www.good.example", 16, &n);
	for (unsigned i = 0; i < 10; i++) {
		lookup(&n, QTYPE_A, 0, now_s(), count, &good);
		validate_forget();
	}
	while (validate_waiting() > 0)
		event_base_loop(base, EVLOOP_ONCE);
	cr_assert_eq(good, 10, "%u", good);
}

/* The last tenth of its time: it is proved again, and counts from now. */
Test(validate, asked_for_again)
{
	struct dname		 n;
	struct cached		*c;
	int64_t			 until_s;

	is_address("www.good.example", VALID_SECURE, "\300\0\2\1");
	dname_parse("www.good.example", 16, &n);
	lookup_again(&n, QTYPE_A, 0, now_s());
	cr_assert_eq(validate_waiting(), 0, "it is not late");
	c = (struct cached *)cache_find(&n, QTYPE_A, 0, false, now_s());
	c->stored_s -= 100 * (c->until_s - c->stored_s);
	until_s = c->until_s -= 2;
	lookup_again(&n, QTYPE_A, 0, now_s());
	lookup_again(&n, QTYPE_A, 0, now_s());
	cr_assert_eq(validate_waiting(), 1, "%u", validate_waiting());
	look("www.good.example");
	cr_assert(last.from_cache, "what is kept is given meanwhile");
	while (validate_waiting() > 0)
		event_base_loop(base, EVLOOP_ONCE);
	c = (struct cached *)cache_find(&n, QTYPE_A, 0, false, now_s());
	cr_assert(c != NULL && c->until_s > until_s && c->origin.validation == VALID_SECURE);
}

/* If that fails, what is kept stays for its time. */
Test(validate, asked_for_again_in_vain)
{
	struct dname		 n;
	struct cached		*c;

	is_address("www.good.example", VALID_SECURE, "\300\0\2\1");
	dname_parse("www.good.example", 16, &n);
	c = (struct cached *)cache_find(&n, QTYPE_A, 0, false, now_s());
	c->stored_s -= 100 * (c->until_s - c->stored_s);
	signed_stop();
	lookup_again(&n, QTYPE_A, 0, now_s());
	while (validate_waiting() > 0)
		event_base_loop(base, EVLOOP_ONCE);
	cr_assert_eq(cache_find(&n, QTYPE_A, 0, false, now_s()), c);
	cr_assert_not(cache_take_late(&n, QTYPE_A, 0, now_s()), "not twice");
}

Test(in_two_months, signatures_have_ended)
{
	is_bogus("www.good.example");
	cr_assert_not_null(strstr(last.why, "expired"), "%s", last.why);
}

Test(validate, servers_fail)
{
	is_address("www.good.example", VALID_SECURE, "\300\0\2\1");
	signed_stop();
	look("www.roll.example");
	cr_assert(!last.had_answer);
	cr_assert_eq(last.rcode, RCODE_SERVFAIL);
	cr_assert_eq(last.ede, EDE_NETWORK, "%d", (int)last.ede);
	servers_set(NULL, 0);
	look("alias.roll.example");
	cr_assert_eq(last.ede, EDE_NO_SERVER);
}

Test(validate, silence_has_an_end)
{
	struct server		silent = { .addr_len = sizeof(struct sockaddr_in) }, s = *servers_at(0);
	struct timespec		b, e;

	cr_assert_neq(bound_to(SOCK_DGRAM, 0, (struct sockaddr_in *)&silent.addr), -1);
	servers_set(&silent, 1);
	clock_gettime(CLOCK_MONOTONIC, &b);
	look("www.good.example");
	clock_gettime(CLOCK_MONOTONIC, &e);
	cr_assert(!last.had_answer);
	cr_assert_eq(last.ede, EDE_NETWORK);
	cr_assert_lt(e.tv_sec - b.tv_sec, 5);
	servers_set(&s, 1);
	is_address("www.half.example", VALID_SECURE, "\300\0\2\1");
}

Test(validate, many_at_once)
{
	struct dname	n;
	unsigned	good = 0;
	char		text[64];

	for (int i = 0; i < 300; i++) {
		snprintf(text, sizeof(text), "n%d.wild.good.example", i / 2);
		dname_parse(text, strlen(text), &n);
		lookup(&n, QTYPE_A, 0, now_s(), count, &good);
	}
	while (validate_waiting() > 0)
		event_base_loop(base, EVLOOP_ONCE);
	cr_assert_eq(good, 300, "%u", good);
	cr_assert_eq(cache_count(), 150);
}

static void
done_never(void *ctx, const struct validated *v)
{
	(void)ctx, (void)v;
	cr_assert_fail();
}

Test(validate, cancelled)
{
	struct validating	*v;
	struct dname		 n;

	dname_parse("www.good.example", 16, &n);
	v = validate(&n, QTYPE_A, done_never, NULL);
	cr_assert_not_null(v);
	validate_cancel(v);
	while (validate_waiting() > 0)
		event_base_loop(base, EVLOOP_ONCE);
}

/* Afterwards a file, a thread, a program or a socket beyond IPv4 is the end. */
static void
narrow(void)
{
	static const int	calls[] = { SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(openat2), SCMP_SYS(newfstatat),
					    SCMP_SYS(clone), SCMP_SYS(clone3), SCMP_SYS(fork), SCMP_SYS(vfork),
					    SCMP_SYS(execve) };
	scmp_filter_ctx		f = seccomp_init(SCMP_ACT_ALLOW);

	for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		seccomp_rule_add(f, SCMP_ACT_KILL_PROCESS, calls[i], 0);
	seccomp_rule_add(f, SCMP_ACT_KILL_PROCESS, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_NE, AF_INET));
	if (seccomp_load(f) != 0)
		_exit(2);
}

Test(validate, after_the_start_no_file_is_opened)
{
	int	status;
	pid_t	child = fork();

	if (child == 0) {
		event_reinit(base);
		narrow();
		look("www.good.example");
		look("none.nsec3.example");
		look("www.plain.example");
		look_for("large.example", QTYPE_TXT, 0);
		lookup_flush();
		look("www.good.example");
		if (last.validation == VALID_SECURE)
			look("www.changed.example");
		_exit(last.ede == EDE_BOGUS ? 0 : 1);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert_eq(status, 0, "%x", (unsigned)status);
}

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

/* A question as the validator writes it: OPT with one option. */
static size_t
marked(uint8_t *m, const char *mark)
{
	static const uint8_t	head[] = "\0\7\1\0\0\1\0\0\0\0\0\1\3www\4good\7example\0\0\1\0\1"
				         "\0\0\51\4\320\0\0\200\0\0\44\375\351\0\40";

	memcpy(m, head, sizeof(head) - 1);
	memcpy(m + sizeof(head) - 1, mark, ENDPOINT_MARK);
	return sizeof(head) - 1 + ENDPOINT_MARK;
}

Test(validate, the_endpoint_answers_no_other)
{
	uint8_t	m[512], got[2048];
	size_t	len = marked(m, "0123456789abcdef0123456789abcdef");
	int	fd = socket(AF_INET, SOCK_DGRAM, 0);

	cr_assert_eq(connect(fd, (struct sockaddr *)&door, sizeof(door)), 0);
	for (size_t n = 0; n <= len; n++)
		(void)!send(fd, m, n, 0);
	cr_assert(!readable(fd, 100));
	len = marked(m, endpoint_mark());
	(void)!send(fd, m, len - 1, 0);
	cr_assert(!readable(fd, 50));
	(void)!send(fd, m, len, 0);
	cr_assert(readable(fd, 2000));
	cr_assert_gt(recv(fd, got, sizeof(got), 0), 100);
	cr_assert_eq(got[3] & 0x20, 0, "it validates nothing itself");
}

static void
door_udp(struct sockaddr_in *where)
{
	cr_assert_eq(front_udp_add(base, bound_to(SOCK_DGRAM, 0, where), front_message, NULL), 0);
}

/* The whole way, as a client sees it. */
static ssize_t
client_asks(const struct sockaddr_in *where, const char *text, unsigned flags, uint8_t got[static 2048])
{
	struct asked			a = { .id = 9, .type = QTYPE_A };
	struct question_options		o = { .checking_disabled = (flags & 0x10) != 0 };
	uint8_t				m[512];
	int				fd = socket(AF_INET, SOCK_DGRAM, 0);
	size_t				len;
	ssize_t				n;

	dname_parse(text, strlen(text), &a.name);
	len = build_question(&a, &o, m, sizeof(m));
	m[3] |= (uint8_t)flags;
	cr_assert_eq(connect(fd, (const struct sockaddr *)where, sizeof(*where)), 0);
	(void)!send(fd, m, len, 0);
	cr_assert(readable(fd, 5000), "%s", text);
	n = recv(fd, got, 2048, 0);
	close(fd);
	return n;
}

/* How many more of one process may wait. */
static unsigned
share_left(void)
{
	static const struct who	who = { 0 };
	unsigned		n = 0;

	while (share_take(&who) == NULL)
		n++;
	for (unsigned i = 0; i < n; i++)
		share_give(&who);
	return n;
}

/* Who asks for what takes long gets no places at the validator beyond his share by asking again when it was given up. */
Test(validate, what_is_given_up_counts_until_it_is_through)
{
	struct sockaddr_in	where;
	uint8_t			got[2048];

	relay();
	hides_keys = true;
	door_udp(&where);
	cr_assert_gt(client_asks(&where, "www.good.example", 0, got), 0);
	cr_expect_eq(got[3] & 15, RCODE_SERVFAIL);
	cr_assert_eq(validate_waiting(), 1, "the validator asks for the keys once more");
	cr_expect_eq(share_left(), SHARE_ASKER - 1, "%u", share_left());
	while (validate_waiting() > 0)
		event_base_loop(base, EVLOOP_ONCE);
	cr_expect_eq(share_left(), SHARE_ASKER, "%u", share_left());
}

/* Other servers may answer otherwise: the library keeps no answer of those before. */
Test(validate, servers_change)
{
	static const char *const	names[] = { "www.plain.example", "www.good.example", "none.good.example",
						    "alias.good.example" };

	for (unsigned i = 0; i < 4; i++) {
		look(names[i]);
		cr_assert(last.had_answer, "%s", names[i]);
	}
	cache_flush();
	resolve_anew();
	signed_stop();
	for (unsigned i = 0; i < 4; i++) {
		look(names[i]);
		cr_assert(!last.had_answer, "%s", names[i]);
	}
}

/* What was believed without proof is not believed any more when one is wanted. */
Test(validate, wanted_later)
{
	lookup_validates(false, false);
	look("www.changed.example");
	cr_assert(last.had_answer && last.validation == VALID_NONE);
	lookup_validates(true, false);
	is_bogus("www.changed.example");
	lookup_validates(false, false);
	look("www.changed.example");
	cr_assert(last.had_answer);
}

Test(validate, as_a_client_sees_it)
{
	struct sockaddr_in	where;
	uint8_t			got[2048];
	ssize_t			n;

	door_udp(&where);
	cr_assert_gt(client_asks(&where, "www.good.example", 0x20, got), 40);
	cr_assert_eq(got[3], 0xa0, "AD: %x", got[3]);
	cr_assert_gt(client_asks(&where, "www.good.example", 0, got), 40);
	cr_assert_eq(got[3], 0x80, "not asked for: %x", got[3]);
	cr_assert_gt(client_asks(&where, "www.plain.example", 0x20, got), 40);
	cr_assert_eq(got[3], 0x80);
	n = client_asks(&where, "www.changed.example", 0x20, got);
	cr_assert_eq(got[3], 0x80 | RCODE_SERVFAIL);
	cr_assert_not_null(memmem(got, (size_t)n, "\0\17", 2));
	cr_assert_not_null(memmem(got, (size_t)n, "validation failure", 18));
}

Test(anchors, that_are_none, .init = folder_start, .fini = folder_finish)
{
	static const char *const	text[] = { "", "\n; nothing\n", ". IN A 192.0.2.1\n", ". IN DS x\n",
					   ". IN DS 1 13 2 \001\n" };

	base = event_base_new();
	endpoint_start();
	for (unsigned i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		put("bad", "%s", text[i]);
		cr_assert_eq(validate_init(base, anchors_of("bad")), -1, "%u", i);
	}
	cr_assert_eq(validate_init(base, -1), -1);
}

Test(validate, without_anchors)
{
	lookup_init(base, false);
	look("www.changed.example");
	cr_assert(last.had_answer && last.validation == VALID_NONE);
	cr_assert_eq(validate_waiting(), 0);
}

Test(bogus, for_a_short_time)
{
	struct dname	n, other;
	uint32_t	took = 0;

	dname_hash_init();
	dname_parse("www.example.org", 15, &n);
	dname_parse("www.example.com", 15, &other);
	cr_assert_null(bogus_why(&n, 1, 100, &took));
	bogus_add(&n, 1, "why", 77, 100);
	cr_assert_str_eq(bogus_why(&n, 1, 100 + BOGUS_S - 1, &took), "why");
	cr_assert_eq(took, 77);
	cr_assert_null(bogus_why(&n, 1, 100 + BOGUS_S, &took));
	cr_assert_null(bogus_why(&n, 28, 100, &took));
	cr_assert_null(bogus_why(&other, 1, 100, &took));
	for (unsigned i = 0; i < 1000; i++)
		bogus_add(&other, (uint16_t)i, "x", 77, 100);
}
