/*
 * What neighbours answer, and what of it may be told.
 */
/* links: resolverd/dname.c resolverd/query.c resolverd/reply.c resolverd/address.c resolverd/special.c resolverd/heard.c */
#include <criterion/criterion.h>

#include <string.h>

#include "heard.h"
#include "special.h"

static uint8_t		m[1024];
static size_t		len;
static struct asked	asked;
static struct reply	reply;

/* An answer to this question, without records so far. */
static void
begin(const char *text, uint16_t type)
{
	special_init();
	asked = (struct asked){ .id = 0x0107, .type = type };
	cr_assert_eq(dname_parse(text, strlen(text), &asked.name), 0);
	memcpy(m, "\1\7\x84\0\0\1\0\0\0\0\0\0", DNS_HEADER);
	memcpy(m + DNS_HEADER, asked.name.wire, asked.name.len);
	len = DNS_HEADER + asked.name.len;
	memcpy(m + len, (uint8_t []){ 0, (uint8_t)type, 0, 1 }, 4);
	len += 4;
}

static void
record(const char *owner, uint8_t type, uint32_t ttl, const void *data, uint8_t n)
{
	uint8_t		fixed[] = { 0, type, 0, 1, 0, 0, (uint8_t)(ttl >> 8), (uint8_t)ttl, 0, n };
	struct dname	name;

	cr_assert_eq(dname_parse(owner, strlen(owner), &name), 0);
	memcpy(m + len, name.wire, name.len);
	memcpy(m + len + name.len, fixed, sizeof(fixed));
	memcpy(m + len + name.len + sizeof(fixed), data, n);
	len += name.len + sizeof(fixed) + n;
	m[7]++;
}

static void
alias(const char *owner, const char *target)
{
	struct dname	name;

	cr_assert_eq(dname_parse(target, strlen(target), &name), 0);
	record(owner, QTYPE_CNAME, 120, name.wire, name.len);
}

static enum heard
taken(void)
{
	cr_assert(reply_fits(m, len, &asked));
	return heard_take(m, len, &asked, &reply);
}

Test(heard, addresses_of_the_link)
{
	static const struct { uint8_t type; const char *address; bool told; } table[] = {
		{ QTYPE_A, "\12\1\2\3", true }, { QTYPE_A, "\xac\x10\1\1", true }, { QTYPE_A, "\xc0\xa8\1\1", true },
		{ QTYPE_A, "\xa9\xfe\1\1", true }, { QTYPE_A, "\x64\x40\1\1", true },
		{ QTYPE_A, "\x9\x9\x9\x9", false }, { QTYPE_A, "\x7f\0\0\1", false }, { QTYPE_A, "\0\0\0\0", false },
		{ QTYPE_A, "\xe0\0\0\xfb", false }, { QTYPE_A, "\xff\xff\xff\xff", false },
		{ QTYPE_AAAA, "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", true },
		{ QTYPE_AAAA, "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1", true },
		{ QTYPE_AAAA, "\x2a\0\0\1\0\0\0\0\0\0\0\0\0\0\0\1", false },
		{ QTYPE_AAAA, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", false },
		{ QTYPE_AAAA, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\0\0\1", false },
		{ QTYPE_AAAA, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x9\x9\x9\x9", false },
		{ QTYPE_AAAA, "\xff\2\0\0\0\0\0\0\0\0\0\0\0\0\0\xfb", false },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		begin("printer.local", table[i].type);
		record("printer.local", table[i].type, 120, table[i].address, table[i].type == QTYPE_A ? 4 : 16);
		cr_expect_eq(taken(), table[i].told ? HEARD_ANSWER : HEARD_NOTHING, "%zu", i);
	}
}

Test(heard, others_are_left_out)
{
	begin("printer.local", QTYPE_A);
	record("printer.local", QTYPE_A, 120, "\x9\x9\x9\x9", 4);
	record("printer.local", QTYPE_A, 4500, "\12\1\2\3", 4);
	record("printer.local", QTYPE_A, 3, "\x7f\0\0\1", 4);
	cr_assert_eq(taken(), HEARD_ANSWER);
	cr_assert_eq(reply.count, 1);
	cr_assert_arr_eq(m + reply.record[0].data, "\12\1\2\3", 4);
	cr_assert_eq(reply.record[0].ttl, HEARD_TTL);
	cr_assert_leq(reply.ttl, HEARD_TTL);
	begin("printer.local", QTYPE_ANY);
	record("printer.local", QTYPE_HTTPS, 120, "\0\1\0", 3);
	cr_assert_eq(taken(), HEARD_NOTHING);
	record("printer.local", QTYPE_TXT, 120, "\3a=b", 4);
	cr_assert_eq(taken(), HEARD_ANSWER);
	cr_assert_eq(reply.count, 1);
	begin("printer.local", QTYPE_HTTPS);
	record("printer.local", QTYPE_HTTPS, 120, "\0\1\0", 3);
	cr_assert_eq(taken(), HEARD_NOTHING);
}

Test(heard, aliases_stay)
{
	begin("a.local", QTYPE_A);
	alias("a.local", "B.Local");
	record("b.local", QTYPE_A, 120, "\12\1\2\3", 4);
	cr_assert_eq(taken(), HEARD_ANSWER);
	cr_assert_eq(reply.count, 2);
	begin("a.local", QTYPE_A);
	alias("a.local", "b.local");
	record("b.local", QTYPE_A, 120, "\x9\x9\x9\x9", 4);
	cr_assert_eq(taken(), HEARD_NOTHING, "an alias of nothing");
	begin("a.local", QTYPE_A);
	alias("a.local", "www.example.org");
	record("www.example.org", QTYPE_A, 120, "\12\1\2\3", 4);
	cr_assert_eq(taken(), HEARD_NOTHING);
	begin("a.local", QTYPE_A);
	alias("a.local", "local");
	record("local", QTYPE_A, 120, "\12\1\2\3", 4);
	cr_assert_eq(taken(), HEARD_NOTHING, "the zone is no host");
}

Test(heard, denials)
{
	static const uint8_t	has_a[] = { 0xc0, 0x0c, 0, 1, 0x40 };

	begin("a.local", QTYPE_AAAA);
	record("a.local", QTYPE_NSEC, 120, has_a, sizeof(has_a));
	cr_assert_eq(taken(), HEARD_EMPTY);
	begin("a.local", QTYPE_AAAA);
	record("b.local", QTYPE_NSEC, 120, has_a, sizeof(has_a));
	cr_assert_eq(taken(), HEARD_NOTHING, "of another name");
	begin("a.local", QTYPE_AAAA);
	cr_assert_eq(taken(), HEARD_NOTHING, "who does not have it is silent");
	m[3] = RCODE_NXDOMAIN;
	cr_assert_eq(taken(), HEARD_NOTHING, "nobody knows that no other has it (RFC 6762, 18.11)");
}

Test(heard, of_no_use)
{
	begin("a.local", QTYPE_A);
	record("a.local", QTYPE_A, 120, "\12\1\2\3", 4);
	cr_assert_eq(taken(), HEARD_ANSWER);
	m[2] |= 2;
	cr_assert_eq(taken(), HEARD_NOTHING, "cut");
	m[2] &= (uint8_t)~2;
	m[3] = RCODE_SERVFAIL;
	cr_assert_eq(taken(), HEARD_NOTHING);
	m[3] = 0;
	len--;
	cr_assert_eq(taken(), HEARD_NOTHING, "torn");
	len++;
	m[len++] = 0;
	cr_assert_eq(taken(), HEARD_NOTHING, "with more behind");
}

Test(heard, backwards)
{
	begin("4.3.254.169.in-addr.arpa", QTYPE_PTR);
	record("4.3.254.169.in-addr.arpa", QTYPE_PTR, 120, "\1a\5local", 9);
	cr_assert_eq(taken(), HEARD_ANSWER);
	cr_assert_eq(reply.record[0].ttl, HEARD_TTL);
}
