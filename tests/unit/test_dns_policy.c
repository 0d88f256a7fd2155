/*
 * resolverd's end of the channel names, also while there is none.
 */
/* links: @message resolverd/policy.c resolverd/grants.c resolverd/selfcheck.c */
#include <criterion/criterion.h>

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <sodium.h>

#include "asker.h"
#include "caller.h"
#include "channel.h"
#include "lists.h"
#include "look.h"
#include "policy.h"
#include "sift.h"
#include "told.h"

static struct event_base	*base;
static unsigned			 refused, forgotten;
static uint64_t			 ended;

int
lists_load(unsigned number, const char *name, const char *tag, int fd, struct list_report *report)
{
	(void)number, (void)name, (void)tag, (void)fd, (void)report;
	return -1;
}

int
lists_drop(const char *name)
{
	(void)name;
	return -1;
}

void
look_tell(struct channel *c, uint32_t id, const struct names_look *m, int64_t now_ms)
{
	(void)c, (void)id, (void)m, (void)now_ms;
}

void
lookup_flush(void)
{
}

void
told_forget(void)
{
	forgotten++;
}

static struct names_sifted	sifted;
static uint32_t			sifted_id;
static unsigned			sifts_lost, sifts_forgotten;

int
sift_heard(uint32_t id, const struct names_sifted *m)
{
	sifted_id = id;
	sifted = *m;
	return id == 5 ? 0 : -1;
}

void
sift_lost(void)
{
	sifts_lost++;
}

void
sift_forget(void)
{
	sifts_forgotten++;
}

static void
on_settings(const struct names_settings *s)
{
	(void)s;
}

static void
on_caller_ended(uint64_t caller)
{
	ended = caller;
}

static void
start(void)
{
	cr_assert_neq(sodium_init(), -1);
	base = event_base_new();
	policy_start(base, on_settings, on_caller_ended);
}

TestSuite(dns_policy, .init = start, .timeout = 30);

/* As the front does with each verdict: people are told of it. */
static void
on_verdict(void *ctx, const struct verdict *v)
{
	struct names_answer	a = { .word = NAMES_REFUSE, .validation = NAMES_UNCHECKED, .name = "a.example",
		.tuple = { .family = 4, .proto = 17, .sport = 4000, .dport = 53, .src = { 127, 0, 0, 1 },
		.dst = { 127, 0, 0, 17 } } };

	(void)ctx;
	cr_assert_eq(v->word, WORD_REFUSE);
	refused++;
	if (policy_listens())
		policy_answered(&a);
}

static void
ask(unsigned count)
{
	struct asker	a = { .tuple = { .family = 4, .proto = 17, .sport = 4000, .dport = 53,
		.src = { 127, 0, 0, 1 }, .dst = { 127, 0, 0, 17 } } };
	struct dname	n;

	cr_assert_eq(dname_parse("a.example", 9, &n), 0);
	for (unsigned i = 0; i < count; i++)
		asker_judge(&a, &n, 1, on_verdict, NULL);
}

Test(dns_policy, answers_while_nobody_listens_are_counted)
{
	int		 ends[2];

	ask(300);
	cr_expect_eq(refused, 300);
	cr_assert_eq(channel_pair(ends), 0);
	cr_assert_eq(policy_attach(ends[0], 1), 0);
	ask(100);		/* these wait for a verdict */
	cr_expect_eq(refused, 300);
	cr_assert_eq(policy_attach(ends[1], 2), 0);
	cr_expect_eq(refused, 400);
}

static struct verdict	given;

static void
on_given(void *ctx, const struct verdict *v)
{
	(void)ctx;
	given = *v;
}

static void
judge_one(void)
{
	struct asker	a = { .tuple = { .family = 4, .proto = 17, .sport = 4000, .dport = 53,
		.src = { 127, 0, 0, 1 }, .dst = { 127, 0, 0, 17 } } };
	struct dname	n;

	given = (struct verdict){ .word = WORD_REFUSE };
	cr_assert_eq(dname_parse("a.example", 9, &n), 0);
	asker_judge(&a, &n, 1, on_given, NULL);
}

static const struct verb	silent[] = { { .handle = NULL } };

/* What policyd said before a question was read counts for it, though the loop did not come to it yet. */
Test(dns_policy, catches_up)
{
	struct names_grant	 g = { .asker = 5, .program = 50, .user = 500, .tuple = { .family = 4, .proto = 17, .sport = 4000,
		.dport = 53, .src = { 127, 0, 0, 1 }, .dst = { 9, 9, 9, 9 } } };
	struct names_forget	 f = { .tuple = g.tuple };
	struct channel		*there;
	uint8_t			 m[NAMES_GRANT_MAX];
	int			 ends[2];

	asker_catch_up();	/* nobody is there */
	cr_assert_eq(channel_pair(ends), 0);
	cr_assert_eq(policy_attach(ends[0], 1), 0);
	cr_assert_not_null(there = channel_new(base, ends[1], silent, NULL, NULL));
	cr_assert_eq(channel_send(there, NAMES_GRANT, 0, m, names_grant_pack(&g, m, sizeof(m)), -1), 0);
	asker_catch_up();
	judge_one();
	cr_expect_eq(given.word, WORD_RESOLVE);
	cr_expect_eq(given.who.asker, 5);
	cr_expect_eq(given.who.program, 50);
	cr_expect_eq(given.who.user, 500);
	/* However much came before it. */
	g.tuple.sport = 5000;
	for (int i = 0; i < 100; i++)
		cr_assert_eq(channel_send(there, NAMES_GRANT, 0, m, names_grant_pack(&g, m, sizeof(m)), -1), 0);
	cr_assert_eq(channel_send(there, NAMES_FORGET, 0, m, names_forget_pack(&f, m, sizeof(m)), -1), 0);
	asker_catch_up();
	judge_one();
	cr_expect_eq(given.word, WORD_REFUSE, "it is asked about");
}

/* The parent gives a running one no second end: it has to be started anew. */
Test(dns_policy, ends_with_its_channel, .exit_code = 1)
{
	int	ends[2];

	cr_assert_eq(channel_pair(ends), 0);
	cr_assert_eq(policy_attach(ends[0], 1), 0);
	(void)close(ends[1]);
	(void)event_base_loop(base, EVLOOP_ONCE);
	_exit(0);
}

/* What policyd got: by type, the last caller's number and whether a descriptor came. */
static uint64_t			 told[NAMES_LEFT + 1];
static bool			 with_socket;

static int
on_caller(void *ctx, struct channel *c, struct frame *f)
{
	struct names_caller	m;

	(void)ctx, (void)c;
	cr_assert_eq(names_caller_unpack(f->body, f->len, &m), 0);
	told[f->type] = m.number;
	with_socket |= f->fd != -1;
	return 0;
}

static const struct verb	policyd[] = {
	{ NAMES_CALLER, "caller", PHASE_RUNNING, NAMES_CALLER_MAX, true,  on_caller },
	{ NAMES_LEFT,	"left",	  PHASE_RUNNING, NAMES_LEFT_MAX,   false, on_caller },
	{ .handle = NULL },
};

static void
on_lost(void *ctx, struct channel *c, const char *why)
{
	(void)ctx, (void)c;
	cr_assert_fail("%s", why);
}

Test(dns_policy, callers)
{
	struct names_forget	 f;
	struct channel		*there;
	uint8_t			 body[NAMES_FORGET_MAX];
	int			 ends[2], pair[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	cr_expect_eq(policy_caller(pair[0]), 0, "nobody is there");
	cr_assert_eq(channel_pair(ends), 0);
	cr_assert_eq(policy_attach(ends[0], 3), 0);
	cr_assert_not_null(there = channel_new(base, ends[1], policyd, on_lost, NULL));
	cr_expect_eq(policy_caller(pair[0]), UINT64_C(0x300000001));
	cr_expect_eq(policy_caller(pair[0]), UINT64_C(0x300000002));
	policy_caller_left(UINT64_C(0x300000001));
	caller_tuple(UINT64_C(0x300000002), &f.tuple);
	cr_assert_eq(channel_send(there, NAMES_FORGET, 0, body, names_forget_pack(&f, body, sizeof(body)), -1), 0);
	for (int i = 0; i < 4; i++)
		(void)event_base_loop(base, EVLOOP_NONBLOCK);
	cr_expect_eq(told[NAMES_CALLER], UINT64_C(0x300000002));
	cr_expect_eq(told[NAMES_LEFT], UINT64_C(0x300000001));
	cr_expect(with_socket);
	cr_expect_eq(ended, UINT64_C(0x300000002));
}

/* policyd's part in the sifting of answers: it says of whom, by grants too, and which addresses. */
static unsigned			 questions, resolved;
static struct names_sift	 sifting;

static int
on_ask(void *ctx, struct channel *c, struct frame *f)
{
	const struct names_verdict	v = { .word = NAMES_RESOLVE, .asker = 7, .program = 70, .user = 700,
						    .grant = true, .sift = true };
	uint8_t				body[NAMES_VERDICT_MAX];

	(void)ctx;
	questions++;
	return channel_send(c, NAMES_VERDICT, f->id, body, names_verdict_pack(&v, body, sizeof(body)), -1);
}

static int
on_sift(void *ctx, struct channel *c, struct frame *f)
{
	const struct names_sifted	m = { .out = 1, .reason = "a rule" };
	uint8_t				body[NAMES_SIFTED_MAX];

	(void)ctx;
	cr_assert_eq(names_sift_unpack(f->body, f->len, &sifting), 0);
	return channel_send(c, NAMES_SIFTED, f->id, body, names_sifted_pack(&m, body, sizeof(body)), -1);
}

static const struct verb	sifts[] = {
	{ NAMES_ASK,  "ask",  PHASE_RUNNING, NAMES_ASK_MAX,  false, on_ask },
	{ NAMES_SIFT, "sift", PHASE_RUNNING, NAMES_SIFT_MAX, false, on_sift },
	{ .handle = NULL },
};

static void
on_resolve(void *ctx, const struct verdict *v)
{
	(void)ctx;
	cr_expect(v->word == WORD_RESOLVE && v->who.asker == 7 && v->who.sift);
	resolved++;
}

Test(dns_policy, sifting)
{
	struct asker		a = { .tuple = { .family = 4, .proto = 17, .sport = 4000, .dport = 53,
		.src = { 127, 0, 0, 1 }, .dst = { 127, 0, 0, 17 } } };
	struct names_sift	m = { .asker = 7, .name = "a.example", .addresses = 1, .address = { { 4, { 10 } } } };
	struct channel		*there;
	struct dname		n;
	int			ends[2];

	cr_expect(!policy_sift(5, &m), "nobody is there");
	cr_assert_eq(dname_parse("a.example", 9, &n), 0);
	cr_assert_eq(channel_pair(ends), 0);
	cr_assert_eq(policy_attach(ends[0], 3), 0);
	cr_expect_eq(sifts_lost, 1);
	cr_assert_not_null(there = channel_new(base, ends[1], sifts, on_lost, NULL));
	for (int i = 0; i < 2; i++) {
		asker_judge(&a, &n, 1, on_resolve, NULL);
		for (int k = 0; k < 4; k++)
			(void)event_base_loop(base, EVLOOP_NONBLOCK);
	}
	cr_expect_eq(questions, 1);
	cr_expect_eq(resolved, 2);
	cr_expect(policy_sift(5, &m));
	for (int k = 0; k < 4; k++)
		(void)event_base_loop(base, EVLOOP_NONBLOCK);
	cr_expect_eq(sifting.asker, 7);
	cr_expect_eq(sifted_id, 5);
	cr_expect_eq(sifted.out, 1);
	cr_expect_str_eq(sifted.reason, "a rule");
	cr_expect_eq(sifts_forgotten, 1, "at start");
	cr_assert_eq(channel_send(there, NAMES_REVOKE, 0, NULL, 0, -1), 0);
	for (int k = 0; k < 4; k++)
		(void)event_base_loop(base, EVLOOP_NONBLOCK);
	cr_expect_eq(sifts_forgotten, 2, "and with all that was granted");
}
