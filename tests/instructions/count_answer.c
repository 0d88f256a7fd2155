/*
 * resolverd's answers to what it has kept, and to what is blocked: from a client's message to the answer to it.
 */
/* links: @front */
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <sodium.h>

#include "cache.h"
#include "count.h"
#include "front.h"
#include "lists.h"
#include "lookup.h"
#include "policy.h"
#include "resolve.h"
#include "route.h"
#include "sandbox.h"

#define KEPT	200

static enum word	word = WORD_RESOLVE;	/* policyd's */
static unsigned		answers;
static struct message {
	uint8_t	bytes[512];
	size_t	len;
} questions[KEPT];

/* --- in place of policyd --- */

void
asker_judge(const struct asker *a, const struct dname *name, uint16_t type, verdict_fn *done, void *ctx)
{
	struct verdict	v = { .word = word, .who = { 7, 70, 700, false, 0 }, .reason = "this name is blocked" };

	(void)a;
	(void)name;
	(void)type;
	done(ctx, &v);
}

bool
policy_learnt(const struct names_learnt *m)
{
	(void)m;
	return true;
}

bool
policy_sift(uint32_t id, const struct names_sift *m)
{
	(void)id;
	(void)m;
	return false;
}

bool
policy_listens(void)
{
	return true;
}

void
policy_answered(const struct names_answer *a)
{
	(void)a;
}

/* --- questions and answers --- */

static void
on_send(struct reply_to *to, const uint8_t *bytes, size_t len)
{
	(void)to;
	answers += len > DNS_HEADER && bytes[word == WORD_BLOCK ? 3 : 7] != 0;
}

static void
on_drop(struct reply_to *to)
{
	(void)to;
}

static struct dname
name_of(unsigned n)
{
	char		text[32];
	struct dname	d;

	if (dname_parse(text, (size_t)snprintf(text, sizeof(text), "www.n%u.example", n), &d) == -1)
		fatalx("%s", text);
	return d;
}

/* A header, name's question for A, and what more is given. */
static void
write_message(struct message *m, const struct dname *name, const char flags[static 10], const char *more, size_t len)
{
	size_t at = DNS_HEADER + name->len;

	memset(m->bytes, 0, DNS_HEADER);
	memcpy(m->bytes + 2, flags, 10);
	memcpy(m->bytes + DNS_HEADER, name->wire, name->len);
	memcpy(m->bytes + at, "\0\1\0\1", 4);
	memcpy(m->bytes + at + 4, more, len);
	m->len = at + 4 + len;
}

static void
keep(unsigned n)
{
	static const struct origin	o = { .validation = VALID_INSECURE };
	static struct reply		r;
	struct asked			a = { .type = QTYPE_A, .name = name_of(n) };
	struct message			m;
	struct timespec			now;

	write_message(&m, &a.name, "\x81\x80\0\1\0\2\0\0\0\0",
	    "\xc0\x0c\0\1\0\1\0\1\0\0\0\4\1\2\3\4\xc0\x0c\0\1\0\1\0\1\0\0\0\4\1\2\3\5", 32);
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	if (reply_parse(m.bytes, m.len, &a, &r) == -1 ||
	    cache_store(&a.name, QTYPE_A, 0, m.bytes, m.len, &r, &o, now.tv_sec) == NULL)
		fatalx("an answer is not kept");
	write_message(&questions[n], &a.name, "\1\0\0\1\0\0\0\0\0\1", "\0\0\x29\4\xd0\0\0\0\0\0\0", 11);
}

static void
ask(unsigned n)
{
	struct reply_to	to = { .send = on_send, .drop = on_drop, .datagram = true };

	front_message(&to, questions[n % KEPT].bytes, questions[n % KEPT].len);
}

static void
blocked(unsigned n)
{
	word = WORD_BLOCK;
	ask(n);
}

int
main(void)
{
	struct event_base *base = event_base_new();

	log_init("count_answer");
	if (base == NULL || sodium_init() == -1)
		fatalx("no events, or no libsodium");
	dname_hash_init();
	cache_init(10 * KEPT, 1 << 20);
	route_init();
	resolve_init(base);
	lookup_init(base, false);
	front_init(base);
	lists_init();
	for (unsigned n = 0; n < KEPT; n++)
		keep(n);
	for (unsigned n = 0; n < KEPT; n++)	/* the program has had each before */
		ask(n);
	count("answer-kept", ask);
	count("answer-blocked", blocked);
	if (answers != KEPT + 2 * COUNT_ALL)
		fatalx("%u answers", answers);
	return 0;
}
