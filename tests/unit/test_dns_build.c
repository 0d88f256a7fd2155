/*
 * Messages that we write, read back.
 */
/* links: @message */
#include <criterion/criterion.h>

#include <string.h>

#include "build.h"

#define TXT_LONG	240	/* a reason that fits once into a plain datagram, not twice */

static uint8_t out[4096];

static struct dname
name(const char *text)
{
	struct dname n;

	cr_assert_eq(dname_parse(text, strlen(text), &n), 0);
	return n;
}

static struct query
ask(const char *text, bool edns)
{
	return (struct query){ .id = 77, .type = QTYPE_A, .name = name(text), .has_edns = edns,
			       .recursion_desired = true, .has_question = true, .udp_size = UDP_PLAIN };
}

static bool
holds(const uint8_t *m, size_t len, const char *text)
{
	return memmem(m, len, text, strlen(text)) != NULL;
}

Test(build, question)
{
	struct asked		a = { .id = 0xbeef, .type = QTYPE_AAAA, .name = name("eXaMple.org") };
	struct question_options o = { .dnssec_ok = true, .padded = true };
	struct query		q;
	enum rcode		rcode;
	size_t			len = build_question(&a, &o, out, sizeof(out));

	cr_assert_eq(len % 128, 0);
	cr_assert_eq(query_parse(out, len, &q, &rcode), 0);
	cr_assert_eq(rcode, RCODE_NOERROR);
	cr_assert_eq(q.id, 0xbeef);
	cr_assert(q.recursion_desired && q.dnssec_ok && !q.checking_disabled);
	cr_assert_arr_eq(q.name.wire, a.name.wire, a.name.len);
	for (size_t size = 0; size < len; size++)
		cr_assert_eq(build_question(&a, &o, out, size), 0);
	o = (struct question_options){ .checking_disabled = true };
	len = build_question(&a, &o, out, sizeof(out));
	cr_assert_eq(len, 12 + 13 + 4 + 11);
	cr_assert_eq(query_parse(out, len, &q, &rcode), 0);
	cr_assert(q.checking_disabled && !q.dnssec_ok);
}

Test(build, question_to_neighbours)
{
	struct asked		a = { .id = 0xbeef, .type = QTYPE_A, .name = name("printer.local") };
	struct question_options o = { .dnssec_ok = true, .checking_disabled = true, .multicast = true };
	size_t			len = build_question(&a, &o, out, sizeof(out));

	cr_assert_eq(len, DNS_HEADER + 15 + 4);
	cr_assert_arr_eq(out, "\xbe\xef\0\0\0\1\0\0\0\0\0\0", DNS_HEADER);
	cr_assert_eq(build_question(&a, &o, out, len - 1), 0);
}

Test(build, denials)
{
	struct asked		a = { .id = 9, .type = QTYPE_AAAA, .name = name("printer.local") };
	struct dname		zone = name("local");
	static struct reply	r;
	size_t			len = build_denial(&a, &zone, RCODE_NXDOMAIN, 5, out, sizeof(out));

	cr_assert(reply_fits(out, len, &a));
	cr_assert_eq(reply_parse(out, len, &a, &r), 0);
	cr_assert_eq(r.kind, REPLY_NXDOMAIN);
	cr_assert(r.ttl == 5 && r.count == 1 && r.record[0].type == QTYPE_SOA);
	for (size_t size = 0; size < len; size++)
		cr_assert_eq(build_denial(&a, &zone, RCODE_NXDOMAIN, 5, out, size), 0);
	len = build_denial(&a, &zone, RCODE_NOERROR, 5, out, sizeof(out));
	cr_assert_eq(reply_parse(out, len, &a, &r), 0);
	cr_assert(r.kind == REPLY_NODATA && r.ttl == 5);
}

Test(build, errors)
{
	struct query	q = ask("blocked.example.org", true);
	struct asked	a = { .id = 77, .type = QTYPE_A, .name = q.name, .exact_case = true };
	static struct reply r;
	size_t		len;

	len = build_error(&q, RCODE_NXDOMAIN, EDE_BLOCKED, "list ads, line 7", out, sizeof(out));
	cr_assert(reply_fits(out, len, &a));
	cr_assert_eq(reply_parse(out, len, &a, &r), 0);
	cr_assert_eq(r.kind, REPLY_NXDOMAIN);
	cr_assert(holds(out, len, "list ads, line 7"));
	len = build_error(&q, RCODE_BADVERS, EDE_NONE, NULL, out, sizeof(out));
	cr_assert_eq(reply_parse(out, len, &a, &r), 0);
	cr_assert_eq(r.rcode, RCODE_BADVERS);
	q.has_edns = false;
	len = build_error(&q, RCODE_NXDOMAIN, EDE_BLOCKED, "list ads, line 7", out, sizeof(out));
	cr_assert(!holds(out, len, "list"), "only to who speaks EDNS");
	q.has_question = false;
	cr_assert_eq(build_error(&q, RCODE_FORMERR, EDE_NONE, NULL, out, sizeof(out)), DNS_HEADER);
	q = ask("blocked.example.org", true);
	len = build_error(&q, RCODE_NXDOMAIN, EDE_BLOCKED, "a text that has no room", out, 60);
	cr_assert_gt(len, 0);
	cr_assert(!holds(out, len, "text"), "then without the text");
}

/* Its count of records in this section. */
static unsigned
section(unsigned which)
{
	return (unsigned)out[6 + 2 * which] << 8 | out[7 + 2 * which];
}

Test(build, blocked)
{
	static const struct { enum names_blocked as; uint16_t type; enum ede ede; enum reply_kind kind; unsigned answers; } rows[] = {
		{ NAMES_AS_NXDOMAIN, QTYPE_A, EDE_BLOCKED, REPLY_NXDOMAIN, 0 },
		{ NAMES_AS_NXDOMAIN, QTYPE_AAAA, EDE_FILTERED, REPLY_NODATA, 0 },
		{ NAMES_AS_ZERO, QTYPE_A, EDE_BLOCKED, REPLY_DATA, 1 },
		{ NAMES_AS_ZERO, QTYPE_AAAA, EDE_FILTERED, REPLY_DATA, 1 },
		{ NAMES_AS_ZERO, QTYPE_TXT, EDE_BLOCKED, REPLY_NODATA, 0 },
		{ NAMES_AS_REFUSED, QTYPE_A, EDE_FILTERED, REPLY_FAILED, 0 },
		{ NAMES_AS_REFUSED, QTYPE_A, EDE_BLOCKED, REPLY_FAILED, 0 } };
	static struct reply	r;
	struct query		q = ask("blocked.example.org", true);
	size_t			len;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct asked	a = { .id = 77, .type = rows[i].type, .name = q.name, .exact_case = true };

		q.type = rows[i].type;
		len = build_blocked(&q, rows[i].as, rows[i].ede, "list ads, line 7", out, UDP_PLAIN);
		cr_assert(reply_fits(out, len, &a) && reply_is_whole(out, len), "%zu", i);
		cr_assert_eq(reply_parse(out, len, &a, &r), 0);
		cr_assert_eq(r.kind, rows[i].kind, "%zu: %d", i, r.kind);
		cr_assert_eq(section(0), rows[i].answers);
		cr_assert_eq(section(2), 2, "TXT and OPT");
		cr_assert(holds(out, len, "\x10list ads, line 7"));
		cr_assert_eq(out[len - 17], rows[i].ede, "before its text");
	}
	cr_assert_eq(r.rcode, RCODE_REFUSED);
}

Test(build, blocked_for_who_has_little_room)
{
	char		why[TXT_LONG + 1];
	struct query	q = ask("blocked.example.org", false);
	struct asked	a = { .id = 77, .type = QTYPE_A, .name = q.name, .exact_case = true };
	size_t		len;

	memset(why, 'w', TXT_LONG);
	why[TXT_LONG] = '\0';
	len = build_blocked(&q, NAMES_AS_ZERO, EDE_BLOCKED, why, out, UDP_PLAIN);
	cr_assert(reply_is_whole(out, len) && reply_fits(out, len, &a));
	cr_assert_eq(section(2), 1, "no OPT for who does not speak EDNS");
	q.has_edns = true;
	len = build_blocked(&q, NAMES_AS_ZERO, EDE_BLOCKED, why, out, UDP_PLAIN);
	cr_assert(reply_is_whole(out, len));
	cr_assert_eq(section(2), 1, "the extended error goes before");
	cr_assert_eq(section(0), 1);
	cr_assert(holds(out, len, why));
	for (size_t size = 0; size < len; size++) {
		size_t	n = build_blocked(&q, NAMES_AS_ZERO, EDE_BLOCKED, why, out, size);

		cr_assert_leq(n, size);
		cr_assert(n == 0 || reply_is_whole(out, n), "%zu", size);
	}
}

/* A message with an alias, an answer, their signatures and something that is none of it. */
static size_t
from_server(uint8_t *m)
{
	static const uint8_t bytes[] =
	    "\0\x4d\x81\x80\0\1\0\4\0\0\0\0"
	    "\1a\3org\0\0\1\0\1"
	    "\xc0\x0c\0\5\0\1\0\0\1\x2c\0\4\1b\xc0\x0e"
	    "\xc0\x23\0\1\0\1\0\0\0\x3c\0\4\1\2\3\4"
	    "\xc0\x23\0\x2e\0\1\0\0\0\x3c\0\x18\0\1\5\2\0\0\0\x3c\1\2\3\4\1\2\3\4\0\7\3org\0x"
	    "\3xxx\0\0\1\0\1\0\0\0\1\0\4\6\6\6\6";

	memcpy(m, bytes, sizeof(bytes) - 1);
	return sizeof(bytes) - 1;
}

Test(build, answer)
{
	static struct reply	r, written, again;
	uint8_t			m[512];
	size_t			from = from_server(m), len;
	struct asked		a = { .id = 77, .type = QTYPE_A, .name = name("a.org") };
	struct dname		last = name("b.org");
	struct query		q = ask("a.org", true);

	cr_assert(reply_fits(m, from, &a));
	cr_assert_eq(reply_parse(m, from, &a, &r), 0);
	cr_assert_eq(r.count, 3);
	for (int signatures = 0; signatures < 2; signatures++) {
		len = build_answer(m, from, &a, &r, signatures, true, out, sizeof(out), &written);
		cr_assert_gt(len, 0);
		cr_assert_eq(out[3] & 0x20, 0x20);
		cr_assert(reply_fits(out, len, &a));
		cr_assert_eq(reply_parse(out, len, &a, &again), 0);
		cr_assert_eq(again.kind, REPLY_DATA);
		cr_assert_eq(again.count, signatures ? 3 : 2);
		cr_assert_eq(again.count, written.count);
		cr_assert_eq(again.ttl, 60);
		cr_assert(dname_equal(&again.alias[0], &last));
		for (unsigned i = 0; i < again.count; i++)
			cr_assert_eq(again.record[i].ttl_at, written.record[i].ttl_at);
		cr_assert(!holds(out, len, "\6\6\6\6"));
		for (size_t size = 0; size < len; size++)
			cr_assert_eq(build_answer(m, from, &a, &r, signatures, true, out, size, &written), 0);
	}
	len = build_answer(m, from, &a, &r, true, false, out, sizeof(out), &written);
	cr_assert_gt(build_edns(&q, EDE_STALE, NULL, out, len, sizeof(out)), len);
	cr_assert_eq(reply_parse(out, build_truncated(&q, out), &a, &again), 0);
	cr_assert(again.truncated);
	cr_assert_eq(again.count, 0);
}
