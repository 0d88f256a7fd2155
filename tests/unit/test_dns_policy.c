/*
 * resolverd's end of the channel names, also while there is none.
 */
/* links: resolverd/policy.c resolverd/dname.c resolverd/selfcheck.c resolverd/build.c resolverd/query.c resolverd/reply.c */
#include <criterion/criterion.h>

#include <string.h>
#include <unistd.h>

#include <event2/event.h>
#include <sodium.h>

#include "asker.h"
#include "channel.h"
#include "lists.h"
#include "look.h"
#include "policy.h"
#include "told.h"

static struct event_base	*base;
static unsigned			 refused, forgotten;

int
lists_load(const char *name, const char *tag, int fd, struct list_report *report)
{
	(void)name, (void)tag, (void)fd, (void)report;
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

static void
on_settings(const struct names_settings *s)
{
	(void)s;
}

static void
start(void)
{
	cr_assert_neq(sodium_init(), -1);
	base = event_base_new();
	policy_start(base, on_settings);
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
