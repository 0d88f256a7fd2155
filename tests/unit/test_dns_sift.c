/*
 * Addresses that an asker may not reach are taken out of its answers, hints of HTTPS records
 * included; and what is asked of policyd for it.
 */
/* links: @message resolverd/sift.c resolverd/recent.c resolverd/hints.c resolverd/cache.c */
/* links: resolverd/address.c */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "build.h"
#include "hints.h"
#include "policy.h"
#include "sift.h"

static struct names_sift	asked;
static uint32_t			asked_id;
static unsigned			times_asked;
static bool			policy_away;

bool
policy_sift(uint32_t id, const struct names_sift *m)
{
	if (policy_away)
		return false;
	asked = *m;
	asked_id = id;
	times_asked++;
	return true;
}

/* What came of it. */
static unsigned			done;
static bool			whole, nothing;
static char			why[NAMES_REASON_BYTES];
static uint8_t			left[BUILD_MAX];
static size_t			left_len;
static struct reply		left_reply;
static const struct cached	*entry;

static void
on_sifted(void *ctx, const struct cached *answer, const char *reason)
{
	struct query	q = { .id = 77, .name = *(struct dname *)ctx, .authentic_data = true };
	struct asked	a = { .id = 77, .name = q.name };

	done++;
	nothing = answer == NULL;
	whole = answer != NULL && reason == NULL;
	(void)snprintf(why, sizeof(why), "%s", reason == NULL ? "" : reason);
	if (answer == NULL)
		return;
	a.type = answer->type;
	cr_expect(answer->name_hash == entry->name_hash && answer->until_s == entry->until_s &&
	    answer->stored_s == entry->stored_s && answer->origin.took_us == entry->origin.took_us);
	left_len = cache_answer(answer, &q, 1010, left, sizeof(left));
	cr_assert(reply_is_whole(left, left_len) && reply_fits(left, left_len, &a));
	cr_assert_eq(reply_parse(left, left_len, &a, &left_reply), 0);
}

/* --- answers --- */

static uint8_t		m[65535];
static size_t		len;
static struct dname	name;

static void
bytes(const void *p, size_t n)
{
	memcpy(m + len, p, n);
	len += n;
}
#define BYTES(s)	bytes(s, sizeof(s) - 1)

static void
begin(uint16_t type)
{
	cr_assert_eq(dname_parse("www.a.org", 9, &name), 0);
	len = 0;
	BYTES("\0\0\x81\xa0\0\1\0\0\0\0\0\0");
	bytes(name.wire, name.len);
	bytes((uint8_t[]){ (uint8_t)(type >> 8), (uint8_t)type, 0, 1 }, 4);
}

/* owner: where its name is. */
static void
record(uint16_t owner, uint16_t type, const void *data, size_t n)
{
	unsigned	count = (unsigned)(m[6] << 8 | m[7]) + 1;

	m[6] = (uint8_t)(count >> 8);
	m[7] = (uint8_t)count;
	bytes((uint8_t[]){ 0xc0 | (uint8_t)(owner >> 8), (uint8_t)owner, (uint8_t)(type >> 8), (uint8_t)type, 0, 1, 0, 0, 0, 60,
	    (uint8_t)(n >> 8), (uint8_t)n }, 12);
	bytes(data, n);
}
#define RECORD(type, s)	record(12, type, s, sizeof(s) - 1)

static void
signature(uint16_t covers)
{
	uint8_t	data[] = "\0\0\5\3\0\0\0\x3c\1\2\3\4\1\2\3\4\0\7\1a\3org\0s";

	data[0] = (uint8_t)(covers >> 8);
	data[1] = (uint8_t)covers;
	record(12, QTYPE_RRSIG, data, sizeof(data) - 1);
}

static const struct cached *
keep(uint16_t type, uint8_t variant)
{
	static struct reply	r;
	struct asked		a = { .type = type, .name = name };
	struct origin		o = { .validation = VALID_SECURE, .took_us = 5 };

	cr_assert_eq(reply_parse(m, len, &a, &r), 0);
	entry = cache_store(&name, type, variant, m, len, &r, &o, 1000);
	cr_assert_not_null(entry);
	return entry;
}

/* policyd takes these out. */
static void
answer(uint64_t out)
{
	struct names_sifted	s = { .out = out };

	(void)snprintf(s.reason, sizeof(s.reason), "%s", out == 0 ? "" : "no flag localnet");
	cr_assert_eq(sift_heard(asked_id, &s), 0);
}

static void
sifted(const struct cached *c, uint64_t out)
{
	unsigned	before = done;

	sift(7, c, on_sifted, &name);
	cr_assert_eq(done, before, "it waits for policyd");
	answer(out);
	cr_assert_eq(done, before + 1);
}

static bool
has(const void *p, size_t n)
{
	return memmem(left, left_len, p, n) != NULL;
}
#define HAS(s)	has(s, sizeof(s) - 1)

static void
start(void)
{
	cr_assert_neq(sodium_init(), -1);
	dname_hash_init();
	cache_init(100, 1 << 20);
	sift_forget();
}

TestSuite(dns_sift, .init = start, .timeout = 30);

Test(dns_sift, addresses)
{
	const struct cached	*c;

	begin(QTYPE_A);
	RECORD(QTYPE_A, "\xc0\0\2\1");
	RECORD(QTYPE_A, "\12\0\0\7");
	RECORD(QTYPE_A, "\xc0\0\2\2");
	c = keep(QTYPE_A, 0);
	sifted(c, 2);
	cr_expect_eq(asked.asker, 7);
	cr_expect_str_eq(asked.name, "www.a.org");
	cr_assert_eq(asked.addresses, 3);
	cr_expect(asked.address[1].family == 4 && asked.address[1].address[0] == 10);
	cr_expect(!nothing && !whole);
	cr_expect_str_eq(why, "no flag localnet");
	cr_expect_eq(left_reply.count, 2);
	cr_expect(HAS("\xc0\0\2\1") && HAS("\xc0\0\2\2") && !HAS("\12\0\0\7"));
	cr_expect_eq(left[3] & 0x20, 0, "what is not all of it is not authentic");
	cr_expect_not_null(memmem(c->message, c->len, "\12\0\0\7", 4), "what is kept stays whole");
	sift(8, c, on_sifted, &name);
	answer(0);
	cr_expect(whole);
	cr_expect_eq(left_reply.count, 3);
	cr_expect_eq(left[3] & 0x20, 0x20);
	sift(9, c, on_sifted, &name);
	answer(7);
	cr_expect(nothing);
	cr_expect_str_eq(why, "no flag localnet");
}

Test(dns_sift, behind_an_alias)
{
	begin(QTYPE_AAAA);
	RECORD(QTYPE_CNAME, "\1x\xc0\x10");	/* at 0x27: x.a.org */
	record(0x27, QTYPE_AAAA, "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\7", 16);
	record(0x27, QTYPE_AAAA, "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\7", 16);
	cr_assert_eq(m[0x27], 1);
	sifted(keep(QTYPE_AAAA, 0), 1);
	cr_expect_eq(left_reply.kind, REPLY_DATA);
	cr_expect_eq(left_reply.aliases, 1);
	cr_expect(!HAS("\xfd\0\0\0") && HAS("\x20\1\xd\xb8"));
	cr_expect_eq(left_reply.ttl, 50);
}

/* Signatures of what is not whole any more go; those of the alias stay. */
Test(dns_sift, signatures)
{
	begin(QTYPE_A);
	RECORD(QTYPE_A, "\xc0\0\2\1");
	RECORD(QTYPE_A, "\12\0\0\7");
	signature(QTYPE_A);
	sifted(keep(QTYPE_A, CACHE_DO), 2);
	cr_expect_eq(left_reply.count, 1);
	begin(QTYPE_ANY);
	RECORD(QTYPE_A, "\12\0\0\7");
	signature(QTYPE_A);
	RECORD(QTYPE_TXT, "\1t");
	signature(QTYPE_TXT);
	sifted(keep(QTYPE_ANY, CACHE_DO), 1);
	cr_expect_eq(left_reply.count, 2);
	cr_expect(HAS("\0\x10\0\1") && !HAS("\12\0\0\7"));
	begin(QTYPE_ANY);
	RECORD(QTYPE_A, "\12\0\0\7");
	signature(QTYPE_A);
	RECORD(QTYPE_AAAA, "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\7");
	signature(QTYPE_AAAA);
	sift(8, keep(QTYPE_ANY, CACHE_DO), on_sifted, &name);
	answer(3);
	cr_expect(nothing, "signatures alone are nothing");
}

#define V4(list)	"\0\4" list
#define V6(list)	"\0\6" list
#define PUBLIC6		"\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1"
#define LOCAL6		"\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\7"

Test(dns_sift, hints)
{
	begin(QTYPE_HTTPS);
	RECORD(QTYPE_HTTPS, "\0\1\0" "\0\1\0\3\2h2" V4("\0\x8\xc0\0\2\1\12\0\0\7") "\0\5\0\2eh" V6("\0\x20" LOCAL6 PUBLIC6)
	    "\0\7\0\1x");
	signature(QTYPE_HTTPS);
	RECORD(QTYPE_HTTPS, "\0\2\0" V4("\0\4\12\0\0\7"));
	sifted(keep(QTYPE_HTTPS, CACHE_DO), 1u << 1 | 1u << 2);
	cr_assert_eq(asked.addresses, 4, "each once");
	cr_expect_eq(asked.address[2].family, 6);
	cr_expect_eq(left_reply.count, 2, "both records without the signature");
	cr_expect(HAS("\0\1\0" "\0\1\0\3\2h2" V4("\0\4\xc0\0\2\1") "\0\5\0\2eh" V6("\0\x10" PUBLIC6) "\0\7\0\1x"));
	cr_expect(HAS("\0\x3\0\2\0"), "nothing but priority and target");
	cr_expect(!HAS("\12\0\0\7") && !HAS(LOCAL6));
	sift(8, cache_find(&name, QTYPE_HTTPS, CACHE_DO, false, 1000), on_sifted, &name);
	answer(15);
	cr_expect(!nothing, "without hints there is a target, still");
	cr_expect_eq(left_reply.count, 2);
	cr_expect(!HAS("\xc0\0\2\1"));
}

/* A record that calls its hints mandatory can't be without them. */
Test(dns_sift, mandatory_hints)
{
	begin(QTYPE_SVCB);
	RECORD(QTYPE_SVCB, "\0\1\0" "\0\0\0\4\0\1\0\4" "\0\1\0\3\2h2" V4("\0\4\12\0\0\7"));
	RECORD(QTYPE_SVCB, "\0\2\0" "\0\0\0\2\0\1" "\0\1\0\3\2h2" V4("\0\4\12\0\0\7"));
	sifted(keep(QTYPE_SVCB, 0), 1);
	cr_expect_eq(left_reply.count, 1);
	cr_expect(HAS("\0\2\0" "\0\0\0\2\0\1" "\0\1\0\3\2h2"));
	begin(QTYPE_SVCB);
	RECORD(QTYPE_SVCB, "\0\1\0" "\0\0\0\2\0\4" V4("\0\4\12\0\0\7"));
	sift(8, keep(QTYPE_SVCB, 0), on_sifted, &name);
	answer(1);
	cr_expect(nothing);
}

static bool
any(const void *ctx, uint8_t family, const uint8_t *address)
{
	(void)ctx, (void)family, (void)address;
	return true;
}

/* What is behind a malformed part is no hint, and stays as it is. */
Test(dns_sift, malformed_hints)
{
	static const struct { uint8_t data[24]; size_t len, left; unsigned hints; } rows[] = {
		{ "", 0, 0, 0 }, { "\0\1", 2, 2, 0 }, { "\0\1\0", 3, 3, 0 }, { "\0\1\7abc", 6, 6, 0 },
		{ "\0\1\0\0\4\0", 6, 6, 0 }, { "\0\1\0\0\4\0\4\12\0\0", 10, 10, 0 },
		{ "\0\1\0\0\4\0\0", 7, 7, 0 }, { "\0\1\0\0\4\0\4\12\0\0\7", 11, 3, 1 },
		{ "\0\1\0\0\4\0\5\12\0\0\7\12", 12, 8, 1 }, { "\0\1\0\0\4\0\4\12\0\0\7\0\4\0", 14, 6, 1 },
		{ "\0\1\0\0\6\0\4\12\0\0\7", 11, 11, 0 }, { "\0\1\0\0\4\0\4\12\0\0\7\0\4\0\4\12\0\0\7", 19, 3, 2 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct hints	 h;
		uint8_t		*exact = malloc(rows[i].len + 1), family;
		unsigned	 n = 0;

		memcpy(exact, rows[i].data, rows[i].len);
		hints_begin(&h, exact, rows[i].len);
		while (hints_next(&h, &family) != NULL)
			n++;
		cr_expect_eq(n, rows[i].hints, "row %zu: %u", i, n);
		cr_expect_eq(hints_take_out(exact, rows[i].len, any, NULL), rows[i].left, "row %zu", i);
		free(exact);
	}
}

/* The same of the same asker is not asked again, until policyd takes it back. */
Test(dns_sift, remembered)
{
	const struct cached	*c;

	begin(QTYPE_A);
	RECORD(QTYPE_A, "\xc0\0\2\1");
	RECORD(QTYPE_A, "\12\0\0\7");
	c = keep(QTYPE_A, 0);
	sifted(c, 2);
	for (int i = 0; i < 3; i++) {
		sift(7, c, on_sifted, &name);
		cr_expect_eq(left_reply.count, 1);
		cr_expect_str_eq(why, "no flag localnet");
	}
	cr_expect_eq(done, 4);
	cr_expect_eq(times_asked, 1);
	sift(8, c, on_sifted, &name);
	cr_expect_eq(times_asked, 2, "another asker");
	answer(0);
	sift(8, c, on_sifted, &name);
	cr_expect(whole);
	cr_expect_eq(times_asked, 2);
	begin(QTYPE_A);
	RECORD(QTYPE_A, "\12\0\0\7");
	RECORD(QTYPE_A, "\xc0\0\2\1");
	c = keep(QTYPE_A, 0);
	sift(7, c, on_sifted, &name);
	cr_expect_eq(times_asked, 3, "another answer");
	answer(1);
	sift_forget();
	sift(7, c, on_sifted, &name);
	cr_expect_eq(times_asked, 4, "taken back");
	sift_forget();
	answer(1);
	sift(7, c, on_sifted, &name);
	cr_expect_eq(times_asked, 5, "taken back while it waited");
	answer(1);
	cr_expect_eq(left_reply.count, 1);
}

/* The answer is the one that was found, whatever becomes of the cache; policyd's words come in order. */
Test(dns_sift, while_it_waits)
{
	struct names_sifted	s = { .out = 1, .reason = "x" };

	begin(QTYPE_A);
	RECORD(QTYPE_A, "\xc0\0\2\1");
	sift(7, keep(QTYPE_A, 0), on_sifted, &name);
	sift(8, cache_find(&name, QTYPE_A, 0, false, 1000), on_sifted, &name);
	cache_flush();
	begin(QTYPE_A);
	RECORD(QTYPE_A, "\xc0\0\2\2");
	(void)keep(QTYPE_A, 0);
	cr_expect_eq(sift_heard(asked_id, &s), -1, "the first is first");
	s.out = 2;
	cr_expect_eq(sift_heard(asked_id - 1, &s), -1, "it has one address");
	cr_expect_eq(done, 0);
	s = (struct names_sifted){ .out = 0 };
	cr_expect_eq(sift_heard(asked_id - 1, &s), 0);
	cr_expect(whole && HAS("\xc0\0\2\1"));
	sift_lost();
	cr_expect_eq(done, 2);
	cr_expect(nothing);
	cr_expect_str_eq(why, "");
	cr_expect_eq(sift_heard(asked_id, &s), -1, "nothing waits");
	policy_away = true;
	sift(9, cache_find(&name, QTYPE_A, 0, false, 1000), on_sifted, &name);
	cr_expect_eq(done, 3);
	cr_expect(nothing && why[0] == '\0');
}

Test(dns_sift, without_addresses)
{
	begin(QTYPE_TXT);
	RECORD(QTYPE_TXT, "\4text");
	sift(7, keep(QTYPE_TXT, 0), on_sifted, &name);
	cr_expect(whole);
	begin(QTYPE_HTTPS);
	RECORD(QTYPE_HTTPS, "\0\1\0" "\0\1\0\3\2h2");
	sift(7, keep(QTYPE_HTTPS, 0), on_sifted, &name);
	cr_expect(whole);
	cr_expect_eq(times_asked, 0);
}

/* The first 64 are judged, and long answers not at all. */
Test(dns_sift, bounds)
{
	for (unsigned i = 0; i < 2; i++) {
		begin(QTYPE_A);
		for (unsigned k = 0; k < (i == 0 ? 100 : 300); k++)
			record(12, QTYPE_A, (uint8_t[]){ 10, 0, (uint8_t)(k >> 8), (uint8_t)k }, 4);
		cr_assert_eq(len > SIFT_MOST, i == 1);
		sift(7 + i, keep(QTYPE_A, 0), on_sifted, &name);
		if (i == 0)
			answer(UINT64_MAX);
		cr_expect_eq(whole, i == 1);
		cr_expect_eq(left_reply.count, i == 0 ? 36 : 300);
	}
	cr_expect_eq(times_asked, 1);
	cr_expect_eq(asked.addresses, NAMES_ADDRESSES);
}
