/*
 * For tests: names are looked up as lookup.h says, from a server of signed zones (dns_signed.h),
 * which the validator proves. Whoever asks may.
 */
#ifndef TESTS_DNS_VALIDATED_H
#define TESTS_DNS_VALIDATED_H

#include <criterion/criterion.h>

#include <poll.h>
#include <seccomp.h>
#include <string.h>
#include <time.h>

#include <event2/event.h>

#include "bogus.h"
#include "dns_signed.h"
#include "endpoint.h"
#include "front.h"
#include "front_tcp.h"
#include "front_udp.h"
#include "insecure.h"
#include "lookup.h"
#include "policy.h"
#include "route.h"
#include "servers.h"
#include "share.h"
#include "validate.h"

static struct event_base	*base;
static struct sockaddr_in	 door;		/* the endpoint's */
static unsigned			 answered;

/* What came of the last look. */
static struct {
	enum ede		ede;
	enum rcode		rcode;
	bool			from_cache, had_answer;
	uint32_t		took_us, kept_us;
	uint16_t		upstream;
	enum validation		validation;
	enum reply_kind		kind;
	unsigned		aliases, signatures;
	uint8_t			address[4];
	char			why[256];
} last;

void
asker_judge(const struct asker *a, const struct dname *n, uint16_t type, verdict_fn *done, void *ctx)
{
	struct verdict	v = { .word = WORD_RESOLVE };

	(void)a, (void)n, (void)type;
	done(ctx, &v);
}

bool
policy_sift(uint32_t id, const struct names_sift *m)
{
	(void)id, (void)m;
	return false;
}

bool
policy_learnt(const struct names_learnt *m)
{
	(void)m;
	return true;
}

bool
policy_listens(void)
{
	return false;
}

void
policy_answered(const struct names_answer *a)
{
	(void)a;
}

static void
endpoint_start(void)
{
	int	udp, tcp;

	bound_pair(&udp, &tcp, &door);
	listen(tcp, 10);
	cr_assert_eq(endpoint_init(base, udp, tcp), 0);
}

static int
anchors_of(const char *name)
{
	return open(place(name), O_RDONLY | O_CLOEXEC);
}

static void
start_looking(void)
{
	struct server	s = { .addr_len = sizeof(signed_at) };

	base = event_base_new();
	dname_hash_init();
	cache_init(1000, 1 << 20);
	route_init();
	resolve_init(base);
	memcpy(&s.addr, &signed_at, sizeof(signed_at));
	servers_set(&s, 1);
	endpoint_start();
	cr_assert_eq(validate_init(base, anchors_of("anchors")), 0);
	lookup_init(base, true);
}

static void
start(void)
{
	signed_start();
	start_looking();
}

static void
note_records(const uint8_t *m, const struct reply *r)
{
	for (unsigned i = 0; i < r->count; i++) {
		last.signatures += r->record[i].type == QTYPE_RRSIG;
		if (r->record[i].type == QTYPE_A)
			memcpy(last.address, m + r->record[i].data, 4);
	}
}

static void
on_done(void *ctx, const struct outcome *o)
{
	static uint8_t		m[BUILD_MAX];
	static struct reply	r;
	const struct query	*q = ctx;
	struct asked		a = { .id = q->id, .type = q->type, .name = q->name };
	size_t			len;

	answered++;
	memset(&last, 0, sizeof(last));
	last.ede = o->ede;
	last.rcode = o->rcode;
	last.from_cache = o->from_cache;
	last.took_us = o->took_us;
	last.had_answer = o->answer != NULL;
	snprintf(last.why, sizeof(last.why), "%s", o->why == NULL ? "" : o->why);
	if (o->answer == NULL)
		return;
	last.validation = o->answer->origin.validation;
	last.upstream = o->answer->origin.upstream;
	last.kept_us = o->answer->origin.took_us;
	len = cache_answer(o->answer, q, time(NULL), m, sizeof(m));
	cr_assert(reply_fits(m, len, &a));
	cr_assert_eq(reply_parse(m, len, &a, &r), 0);
	cr_assert_eq(r.authentic, last.validation == VALID_SECURE && (q->dnssec_ok || q->authentic_data));
	last.rcode = r.rcode;
	last.kind = r.kind;
	last.aliases = r.aliases;
	note_records(m, &r);
}

static int64_t
now_s(void)
{
	struct timespec	t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static void
look_for(const char *text, uint16_t type, uint8_t variant)
{
	static struct query	q;
	struct dname		lower;

	q = (struct query){ .id = 77, .type = type, .dnssec_ok = (variant & CACHE_DO) != 0,
			    .authentic_data = (variant & CACHE_CD) == 0 };
	cr_assert_eq(dname_parse(text, strlen(text), &q.name), 0);
	answered = 0;
	lower = q.name;
	dname_lower(&lower);
	lookup(&lower, type, variant, now_s(), on_done, &q);
	while (answered == 0)
		event_base_loop(base, EVLOOP_ONCE);
}

static void
look(const char *text)
{
	look_for(text, QTYPE_A, 0);
}

static void
is_address(const char *text, enum validation validation, const char *address)
{
	look(text);
	cr_assert(last.had_answer, "%s: %s", text, last.why);
	cr_assert_eq(last.kind, REPLY_DATA, "%s", text);
	cr_assert_eq(last.validation, validation, "%s: %d", text, (int)last.validation);
	cr_assert_arr_eq(last.address, address, 4, "%s", text);
}

static void
is_bogus(const char *text)
{
	look(text);
	cr_assert(!last.had_answer, "%s", text);
	cr_assert_eq(last.rcode, RCODE_SERVFAIL, "%s", text);
	cr_assert_eq(last.ede, EDE_BOGUS, "%s: %d", text, (int)last.ede);
	cr_assert_neq(last.why[0], 0, "%s", text);
	cr_assert_null(strstr(last.why, "127.0.0.1"), "%s", last.why);
}

static void
is_denied(const char *text, enum reply_kind kind, enum validation validation)
{
	look(text);
	cr_assert(last.had_answer, "%s: %s", text, last.why);
	cr_assert_eq(last.kind, kind, "%s: %d", text, (int)last.kind);
	cr_assert_eq(last.validation, validation, "%s", text);
}

#endif
