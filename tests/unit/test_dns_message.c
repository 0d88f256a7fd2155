/*
 * Names, questions and answers on the wire.
 */
/* links: resolverd/dname.c resolverd/query.c resolverd/reply.c */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "reply.h"

/* A message that grows. */
struct build {
	size_t	len;
	uint8_t	bytes[8192];
};

static void
put(struct build *b, const void *bytes, size_t n)
{
	memcpy(b->bytes + b->len, bytes, n);
	b->len += n;
}

static void
put16(struct build *b, unsigned v)
{
	uint8_t p[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	put(b, p, 2);
}

static void
put32(struct build *b, uint32_t v)
{
	put16(b, v >> 16);
	put16(b, v & 0xffff);
}

static struct dname
name(const char *text)
{
	struct dname n;

	cr_assert_eq(dname_parse(text, strlen(text), &n), 0, "%s", text);
	return n;
}

static void
put_name(struct build *b, const char *text)
{
	struct dname n = name(text);

	put(b, n.wire, n.len);
}

static void
header(struct build *b, unsigned flags, unsigned qd, unsigned an, unsigned ns, unsigned ar)
{
	b->len = 0;
	put16(b, 0x1234);
	put16(b, flags);
	put16(b, qd);
	put16(b, an);
	put16(b, ns);
	put16(b, ar);
}

static void
question(struct build *b, const char *text, unsigned type)
{
	put_name(b, text);
	put16(b, type);
	put16(b, 1);
}

static void
record(struct build *b, const char *owner, unsigned type, uint32_t ttl, const void *data, size_t n)
{
	put_name(b, owner);
	put16(b, type);
	put16(b, 1);
	put32(b, ttl);
	put16(b, (unsigned)n);
	put(b, data, n);
}

static void
alias(struct build *b, const char *owner, const char *to, uint32_t ttl)
{
	struct dname n = name(to);

	record(b, owner, QTYPE_CNAME, ttl, n.wire, n.len);
}

static void
soa(struct build *b, const char *zone, uint32_t ttl, uint32_t least)
{
	uint8_t data[22] = { 0 };

	data[18] = (uint8_t)(least >> 24);
	data[19] = (uint8_t)(least >> 16);
	data[20] = (uint8_t)(least >> 8);
	data[21] = (uint8_t)least;
	record(b, zone, QTYPE_SOA, ttl, data, sizeof(data));
}

Test(dname, text_and_back)
{
	static const char *const same[] = { ".", "com", "www.example.org", "a\\.b.c", "x\\000y\\255" };
	char buf[DNAME_TEXT];

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		struct dname n = name(same[i]), again;

		dname_text(&n, buf);
		cr_assert_eq(dname_parse(buf, strlen(buf), &again), 0);
		cr_assert(dname_equal(&n, &again), "%s", same[i]);
	}
	struct dname n = name("WWW.Example.org.");
	dname_text(&n, buf);
	cr_assert_str_eq(buf, "WWW.Example.org");
	n = name("\\027[31m");
	dname_text(&n, buf);
	cr_assert_str_eq(buf, "\\027\\09131m");
}

Test(dname, wrong_text)
{
	static const char *const wrong[] = { "..", ".a", "a..b", "\\25", "\\256", "a\\" };
	char longest[300];
	struct dname n;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		cr_assert_eq(dname_parse(wrong[i], strlen(wrong[i]), &n), -1, "%s", wrong[i]);
	memset(longest, 'a', sizeof(longest));
	cr_assert_eq(dname_parse(longest, 63, &n), 0);
	cr_assert_eq(dname_parse(longest, 64, &n), -1);
	for (int i = 1; i < 300; i += 2)
		longest[i] = '.';
	cr_assert_eq(dname_parse(longest, 253, &n), 0);
	cr_assert_eq(n.len, DNAME_MAX);
	cr_assert_eq(dname_labels(&n), 127);
	cr_assert_eq(dname_parse(longest, 255, &n), -1);
}

Test(dname, zones)
{
	struct dname www = name("www.Example.org"), zone = name("example.ORG"), root = name("."),
		     other = name("notexample.org"), up;

	cr_assert(dname_within(&www, &zone));
	cr_assert(dname_within(&zone, &zone));
	cr_assert(dname_within(&www, &root));
	cr_assert(!dname_within(&zone, &www));
	cr_assert(!dname_within(&other, &zone));
	dname_parent(&www, 1, &up);
	cr_assert(dname_equal(&up, &zone));
	dname_parent(&www, 9, &up);
	cr_assert(dname_equal(&up, &root));
	dname_lower(&www);
	cr_assert_arr_eq(www.wire, "\3www\7example\3org", 17);
}

Test(dname, compressed)
{
	static const uint8_t m[] = "\3org\0\7example\xc0\x00\3www\xc0\x05\xc0\x13\xc0\x15\xc0\x20";
	struct dname n, want = name("www.example.org");
	size_t at = 15;

	cr_assert_eq(dname_read(m, sizeof(m) - 1, &at, &n), 0);
	cr_assert_eq(at, 21);
	cr_assert(dname_equal(&n, &want));
	at = 15;
	cr_assert_eq(dname_skip(m, sizeof(m) - 1, &at), 0);
	cr_assert_eq(at, 21);
	at = 21;
	cr_assert_eq(dname_read(m, sizeof(m) - 1, &at, &n), 0, "to a pointer");
	at = 23;
	cr_assert_eq(dname_read(m, sizeof(m) - 1, &at, &n), 0);
	at = 25;
	cr_assert_eq(dname_read(m, sizeof(m) - 1, &at, &n), -1, "forwards");
	for (size_t len = 15; len < 21; len++) {
		at = 15;
		cr_assert_eq(dname_read(m, len, &at, &n), -1, "cut at %zu", len);
	}
	static const uint8_t self[] = { 0xc0, 0 }, reserved[] = { 0x80, 0 };
	at = 0;
	cr_assert_eq(dname_read(self, 2, &at, &n), -1);
	at = 0;
	cr_assert_eq(dname_read(reserved, 2, &at, &n), -1);
}

static enum rcode
ask(const struct build *b, struct query *q)
{
	enum rcode rcode;

	cr_assert_eq(query_parse(b->bytes, b->len, q, &rcode), 0);
	return rcode;
}

Test(query, plain)
{
	struct build b;
	struct query q;
	struct dname want = name("wWw.example.org");

	header(&b, 0x0110, 1, 0, 0, 0);
	question(&b, "wWw.example.org", QTYPE_AAAA);
	cr_assert_eq(ask(&b, &q), RCODE_NOERROR);
	cr_assert_eq(q.id, 0x1234);
	cr_assert_eq(q.type, QTYPE_AAAA);
	cr_assert(q.recursion_desired && q.checking_disabled && !q.has_edns);
	cr_assert_eq(q.udp_size, UDP_PLAIN);
	cr_assert_arr_eq(q.name.wire, want.wire, want.len, "the case stays");
	for (size_t len = 0; len < b.len; len++) {
		struct build cut = b;

		cut.len = len;
		if (len < DNS_HEADER) {
			enum rcode rcode;

			cr_assert_eq(query_parse(cut.bytes, len, &q, &rcode), -1);
		} else {
			cr_assert_eq(ask(&cut, &q), RCODE_FORMERR, "%zu", len);
		}
	}
	put(&b, "x", 1);
	cr_assert_eq(ask(&b, &q), RCODE_FORMERR, "something behind it");
}

static void
opt(struct build *b, unsigned size, unsigned version, bool dnssec_ok, const void *data, size_t n)
{
	put(b, "", 1);
	put16(b, QTYPE_OPT);
	put16(b, size);
	put32(b, version << 16 | (dnssec_ok ? 0x8000 : 0));
	put16(b, (unsigned)n);
	put(b, data, n);
}

static enum rcode
ask_opt(struct query *q, unsigned size, unsigned version, const void *data, size_t n)
{
	struct build b;

	header(&b, 0x0100, 1, 0, 0, 1);
	question(&b, "example.org", QTYPE_A);
	opt(&b, size, version, true, data, n);
	return ask(&b, q);
}

Test(query, edns)
{
	struct query q;
	struct build b;

	cr_assert_eq(ask_opt(&q, 4096, 0, "", 0), RCODE_NOERROR);
	cr_assert(q.has_edns && q.dnssec_ok);
	cr_assert_eq(q.udp_size, UDP_MOST);
	cr_assert_eq(ask_opt(&q, 100, 0, "", 0), RCODE_NOERROR);
	cr_assert_eq(q.udp_size, UDP_PLAIN);
	cr_assert_eq(ask_opt(&q, 4096, 1, "", 0), RCODE_BADVERS);
	cr_assert_eq(ask_opt(&q, 4096, 0, "\0\x0a\0\x08" "12345678", 12), RCODE_NOERROR);
	cr_assert_eq(q.cookie_len, 8);
	cr_assert_arr_eq(q.cookie, "12345678", 8);
	cr_assert_eq(ask_opt(&q, 4096, 0, "\0\x0a\0\x09" "123456789", 13), RCODE_FORMERR);
	cr_assert_eq(ask_opt(&q, 4096, 0, "\0\x0a\0\x09" "12345678", 12), RCODE_FORMERR, "cut");
	cr_assert_eq(ask_opt(&q, 4096, 0, "\0\x0f\0", 3), RCODE_FORMERR);
	header(&b, 0x0100, 1, 0, 0, 2);
	question(&b, "example.org", QTYPE_A);
	opt(&b, 1232, 0, false, "", 0);
	opt(&b, 1232, 0, false, "", 0);
	cr_assert_eq(ask(&b, &q), RCODE_FORMERR, "two OPT");
}

Test(query, what_is_refused)
{
	struct build b;
	struct query q;
	enum rcode rcode;

	header(&b, 0x8100, 1, 0, 0, 0);
	question(&b, "example.org", QTYPE_A);
	cr_assert_eq(query_parse(b.bytes, b.len, &q, &rcode), -1, "an answer");
	header(&b, 0x2100, 1, 0, 0, 0);
	question(&b, "example.org", QTYPE_SOA);
	cr_assert_eq(ask(&b, &q), RCODE_NOTIMP, "NOTIFY");
	header(&b, 0x0100, 2, 0, 0, 0);
	question(&b, "example.org", QTYPE_A);
	question(&b, "example.com", QTYPE_A);
	cr_assert_eq(ask(&b, &q), RCODE_FORMERR, "RFC 9619");
	header(&b, 0x0100, 0, 0, 0, 0);
	cr_assert_eq(ask(&b, &q), RCODE_FORMERR);
	header(&b, 0x0100, 1, 0, 0, 0);
	question(&b, "example.org", QTYPE_AXFR);
	cr_assert_eq(ask(&b, &q), RCODE_REFUSED);
	header(&b, 0x0100, 1, 0, 0, 0);
	put_name(&b, "version.bind");
	put16(&b, QTYPE_TXT);
	put16(&b, 3);
	cr_assert_eq(ask(&b, &q), RCODE_REFUSED, "CHAOS");
	header(&b, 0x0100, 1, 0, 0, 0);
	put(&b, "\xc0\x0c\0\1\0\1", 6);
	cr_assert_eq(ask(&b, &q), RCODE_FORMERR, "a pointer");
}

static struct asked
asked(const char *text, uint16_t type)
{
	return (struct asked){ .id = 0x1234, .type = type, .name = name(text) };
}

Test(reply, fits)
{
	struct asked a = asked("eXample.org", QTYPE_A);
	struct build b;

	header(&b, 0x8180, 1, 0, 0, 0);
	question(&b, "example.ORG", QTYPE_A);
	cr_assert(reply_fits(b.bytes, b.len, &a));
	a.exact_case = true;
	cr_assert(!reply_fits(b.bytes, b.len, &a));
	a.exact_case = false;
	a.id++;
	cr_assert(!reply_fits(b.bytes, b.len, &a));
	a = asked("example.org", QTYPE_AAAA);
	cr_assert(!reply_fits(b.bytes, b.len, &a));
	a = asked("example.com", QTYPE_A);
	cr_assert(!reply_fits(b.bytes, b.len, &a));
	a = asked("example.org", QTYPE_A);
	b.bytes[2] = 0x01;
	cr_assert(!reply_fits(b.bytes, b.len, &a), "a question");
	b.bytes[2] = 0xa0;
	cr_assert(!reply_fits(b.bytes, b.len, &a), "another opcode");
	for (size_t len = 0; len < b.len; len++)
		cr_assert(!reply_fits(b.bytes, len, &a));
}

static int
parse(const struct build *b, const char *text, uint16_t type, struct reply *r)
{
	struct asked a = asked(text, type);

	cr_assert(reply_fits(b->bytes, b->len, &a));
	return reply_parse(b->bytes, b->len, &a, r);
}

Test(reply, aliases_are_followed)
{
	static struct reply r;
	struct build b;
	struct dname last = name("c.net");

	header(&b, 0x8180, 1, 5, 0, 1);
	question(&b, "a.org", QTYPE_A);
	record(&b, "c.net", QTYPE_A, 60, "\1\2\3\4", 4);
	alias(&b, "b.com", "C.net", 600);
	alias(&b, "a.org", "b.com", 300);
	record(&b, "c.net", QTYPE_A, 90, "\5\6\7\x08", 4);
	record(&b, "elsewhere.org", QTYPE_A, 1, "\6\6\6\6", 4);
	opt(&b, 1232, 0, false, "", 0);
	cr_assert_eq(parse(&b, "a.org", QTYPE_A, &r), 0);
	cr_assert_eq(r.kind, REPLY_DATA);
	cr_assert_eq(r.aliases, 2);
	cr_assert(dname_equal(&r.alias[1], &last));
	cr_assert_eq(r.count, 4, "the foreign one is none of it");
	cr_assert_eq(r.ttl, 60);
	for (size_t len = DNS_HEADER; len < b.len; len++) {
		struct asked a = asked("a.org", QTYPE_A);

		cr_assert_eq(reply_parse(b.bytes, len, &a, &r), -1, "cut at %zu", len);
	}
}

Test(reply, aliases_that_lie)
{
	static struct reply r;
	struct build b;
	char from[16], to[16];

	header(&b, 0x8180, 1, 2, 0, 0);
	question(&b, "a.org", QTYPE_A);
	alias(&b, "a.org", "b.org", 300);
	alias(&b, "b.org", "a.org", 300);
	cr_assert_eq(parse(&b, "a.org", QTYPE_A, &r), -1, "a loop");
	header(&b, 0x8180, 1, 2, 0, 0);
	question(&b, "a.org", QTYPE_A);
	alias(&b, "a.org", "b.org", 300);
	alias(&b, "a.org", "c.org", 300);
	cr_assert_eq(parse(&b, "a.org", QTYPE_A, &r), -1, "two");
	header(&b, 0x8180, 1, 20, 0, 0);
	question(&b, "n0.org", QTYPE_A);
	for (int i = 0; i < 20; i++) {
		snprintf(from, sizeof(from), "n%d.org", i);
		snprintf(to, sizeof(to), "n%d.org", i + 1);
		alias(&b, from, to, 300);
	}
	cr_assert_eq(parse(&b, "n0.org", QTYPE_A, &r), -1, "too many");
}

Test(reply, denials)
{
	static struct reply r;
	struct build b;

	header(&b, 0x8183, 1, 0, 1, 0);
	question(&b, "no.example.org", QTYPE_A);
	soa(&b, "example.org", 3600, 300);
	cr_assert_eq(parse(&b, "no.example.org", QTYPE_A, &r), 0);
	cr_assert_eq(r.kind, REPLY_NXDOMAIN);
	cr_assert_eq(r.ttl, 300);
	header(&b, 0x8180, 1, 0, 1, 0);
	question(&b, "example.org", QTYPE_AAAA);
	soa(&b, "example.org", 60, 300);
	cr_assert_eq(parse(&b, "example.org", QTYPE_AAAA, &r), 0);
	cr_assert_eq(r.kind, REPLY_NODATA);
	cr_assert_eq(r.ttl, 60);
	header(&b, 0x8183, 1, 0, 1, 0);
	question(&b, "no.example.org", QTYPE_A);
	soa(&b, "other.org", 3600, 300);
	cr_assert_eq(parse(&b, "no.example.org", QTYPE_A, &r), 0);
	cr_assert_eq(r.ttl, 0, "another zone's SOA says nothing");
	header(&b, 0x8180, 1, 0, 1, 0);
	question(&b, "www.example.org", QTYPE_A);
	record(&b, "example.org", QTYPE_NS, 60, "\2ns\0", 4);
	cr_assert_eq(parse(&b, "www.example.org", QTYPE_A, &r), 0);
	cr_assert_eq(r.kind, REPLY_REFERRAL);
	header(&b, 0x8182, 1, 0, 0, 0);
	question(&b, "www.example.org", QTYPE_A);
	cr_assert_eq(parse(&b, "www.example.org", QTYPE_A, &r), 0);
	cr_assert_eq(r.kind, REPLY_FAILED);
}

Test(reply, proofs_beside_what_a_wildcard_made)
{
	static struct reply r;
	struct build b;

	header(&b, 0x8180, 1, 1, 3, 0);
	question(&b, "any.example.org", QTYPE_A);
	record(&b, "any.example.org", QTYPE_A, 300, "\1\2\3\4", 4);
	record(&b, "example.org", QTYPE_NS, 60, "\2ns\0", 4);
	record(&b, "a.example.org", QTYPE_NSEC, 300, "\1z\0", 3);
	record(&b, "a.example.org", QTYPE_RRSIG, 300, "\0\57signature", 11);
	cr_assert_eq(parse(&b, "any.example.org", QTYPE_A, &r), 0);
	cr_assert_eq(r.kind, REPLY_DATA);
	cr_assert_eq(r.count, 3, "%u", r.count);
	cr_assert_eq(r.ttl, 300, "what is not taken counts for nothing");
}

Test(reply, times_to_live)
{
	static struct reply r;
	struct build b;

	header(&b, 0x8180, 1, 1, 0, 0);
	question(&b, "a.org", QTYPE_A);
	record(&b, "a.org", QTYPE_A, 0x80000000u, "\1\2\3\4", 4);
	cr_assert_eq(parse(&b, "a.org", QTYPE_A, &r), 0);
	cr_assert_eq(r.ttl, 0);
	header(&b, 0x8180, 1, 1, 0, 0);
	question(&b, "a.org", QTYPE_A);
	record(&b, "a.org", QTYPE_A, 1000000, "\1\2\3\4", 4);
	cr_assert_eq(parse(&b, "a.org", QTYPE_A, &r), 0);
	cr_assert_eq(r.ttl, 86400);
}

Test(reply, truncated)
{
	static struct reply r;
	struct build b;

	header(&b, 0x8380, 1, 1, 0, 0);
	question(&b, "a.org", QTYPE_A);
	cr_assert_eq(parse(&b, "a.org", QTYPE_A, &r), 0);
	cr_assert(r.truncated);
	cr_assert_neq(r.kind, REPLY_DATA);
}

Test(reply, records_that_are_not_whole)
{
	static const uint8_t pointer_to_itself[] = { 0xc0, 0x17 }, rest[] = { 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 1, 2, 3, 4 };
	static struct reply r;
	struct build b;

	header(&b, 0x8180, 1, 1, 0, 0);
	question(&b, "a.org", QTYPE_A);
	cr_assert_eq(b.len, 0x17);
	put(&b, pointer_to_itself, sizeof(pointer_to_itself));
	put(&b, rest, sizeof(rest));
	cr_assert_eq(parse(&b, "a.org", QTYPE_A, &r), -1, "an owner that can't be read");
	header(&b, 0x8180, 1, 1, 0, 0);
	question(&b, "a.org", QTYPE_A);
	record(&b, "a.org", QTYPE_A, 60, "\1\2\3", 3);
	cr_assert_eq(parse(&b, "a.org", QTYPE_A, &r), -1, "an address of three bytes");
	header(&b, 0x8180, 1, 1, 0, 0);
	question(&b, "a.org", QTYPE_AAAA);
	record(&b, "a.org", QTYPE_AAAA, 60, "\1\2\3\4", 4);
	cr_assert_eq(parse(&b, "a.org", QTYPE_AAAA, &r), -1, "an address of the wrong family");
}
