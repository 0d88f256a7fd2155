/*
 * Answers kept: found by name, type and variant, with TTLs that run down; bounded.
 */
/* links: resolverd/dname.c resolverd/query.c resolverd/reply.c resolverd/cache.c resolverd/hints.c */
/* links: resolverd/address.c */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "cache.h"

#define MANY	(1u << 20)

static struct reply	reply;
static uint8_t		message[256];

static struct dname
name(const char *text)
{
	struct dname n;

	cr_assert_eq(dname_parse(text, strlen(text), &n), 0);
	return n;
}

/* An answer with one address, and what reply_parse() says of it. */
static size_t
answer(const char *text, uint32_t ttl)
{
	struct dname	n = name(text);
	struct asked	a = { .type = QTYPE_A, .name = n };
	size_t		len = DNS_HEADER;

	memset(message, 0, DNS_HEADER);
	memcpy(message + 2, "\x81\x80\0\1\0\1", 6);
	memcpy(message + len, n.wire, n.len);
	len += n.len;
	memcpy(message + len, "\0\1\0\1\xc0\x0c\0\1\0\1", 10);
	len += 10;
	message[len++] = (uint8_t)(ttl >> 24);
	message[len++] = (uint8_t)(ttl >> 16);
	message[len++] = (uint8_t)(ttl >> 8);
	message[len++] = (uint8_t)ttl;
	memcpy(message + len, "\0\4\1\2\3\4", 6);
	len += 6;
	cr_assert(reply_fits(message, len, &a));
	cr_assert_eq(reply_parse(message, len, &a, &reply), 0);
	return len;
}

static const struct cached *
store(const char *text, uint32_t ttl, uint8_t variant, int64_t now)
{
	static const struct origin	o = { .validation = VALID_INSECURE };
	struct dname			n = name(text);
	size_t				len = answer(text, ttl);

	return cache_store(&n, QTYPE_A, variant, message, len, &reply, &o, now);
}

static const struct cached *
look(const char *text, uint8_t variant, bool stale, int64_t now)
{
	struct dname n = name(text);

	return cache_find(&n, QTYPE_A, variant, stale, now);
}

Test(cache, found_by_name_type_and_variant)
{
	struct dname n = name("example.org");

	dname_hash_init();
	cache_init(100, MANY);
	cr_assert_not_null(store("example.org", 300, 0, 1000));
	cr_assert_not_null(look("example.org", 0, false, 1001));
	cr_assert_null(look("example.org", CACHE_DO, false, 1001));
	cr_assert_null(look("www.example.org", 0, false, 1001));
	cr_assert_null(cache_find(&n, QTYPE_AAAA, 0, false, 1001));
	cr_assert_not_null(store("example.org", 300, CACHE_DO, 1000));
	cr_assert_eq(cache_count(), 2);
	cr_assert_not_null(store("example.org", 60, 0, 1000));
	cr_assert_eq(cache_count(), 2, "in place of the former");
	cache_flush();
	cr_assert_eq(cache_count(), 0);
	cr_assert_eq(cache_bytes(), 0);
	cr_assert_null(store("example.org", 0, 0, 1000), "lives for no second");
}

static uint32_t
ttl_of(const uint8_t *m, size_t len)
{
	return (uint32_t)m[len - 10] << 24 | (uint32_t)m[len - 9] << 16 | (uint32_t)m[len - 8] << 8 |
	    m[len - 7];
}

Test(cache, as_it_goes_to_a_client)
{
	struct query	q = { .id = 0xabcd, .name = name("eXample.ORG"), .recursion_desired = true };
	uint8_t		to[256];
	size_t		len;

	dname_hash_init();
	cache_init(100, MANY);
	store("example.org", 300, 0, 1000);
	len = cache_answer(look("example.org", 0, false, 1100), &q, 1100, to, sizeof(to));
	cr_assert_gt(len, 0);
	cr_assert_eq(to[0], 0xab);
	cr_assert_eq(to[1], 0xcd);
	cr_assert_eq(to[2] & 1, 1);
	cr_assert_arr_eq(to + DNS_HEADER, q.name.wire, q.name.len, "the client's letters");
	cr_assert_eq(ttl_of(to, len), 200);
	cr_assert_eq(cache_answer(look("example.org", 0, false, 1100), &q, 1100, to, len - 1), 0);
	cr_assert_null(look("example.org", 0, false, 1300), "ended");
	len = cache_answer(look("example.org", 0, true, 1300), &q, 1300, to, sizeof(to));
	cr_assert_eq(ttl_of(to, len), STALE_TTL);
	cr_assert_null(look("example.org", 0, true, 1300 + STALE_S));
	cr_assert_eq(cache_count(), 0, "too old for any use");
}

Test(cache, authentic_data_for_who_asked)
{
	static const struct origin	o = { .validation = VALID_SECURE };
	struct query			q = { .name = name("example.org") };
	size_t				len = answer("example.org", 300);
	uint8_t				to[256];

	dname_hash_init();
	cache_init(100, MANY);
	message[3] |= 0x20;
	cache_store(&q.name, QTYPE_A, 0, message, len, &reply, &o, 1000);
	cache_answer(look("example.org", 0, false, 1000), &q, 1000, to, sizeof(to));
	cr_assert_eq(to[3] & 0x20, 0);
	q.authentic_data = true;
	cache_answer(look("example.org", 0, false, 1000), &q, 1000, to, sizeof(to));
	cr_assert_eq(to[3] & 0x20, 0x20);
	q = (struct query){ .name = q.name, .dnssec_ok = true };
	cache_answer(look("example.org", 0, false, 1000), &q, 1000, to, sizeof(to));
	cr_assert_eq(to[3] & 0x20, 0x20);
}

Test(cache, dropped_by_name_type_and_variant)
{
	struct dname n = name("example.org");

	dname_hash_init();
	cache_init(100, MANY);
	store("example.org", 300, 0, 1000);
	store("example.org", 300, CACHE_PASS, 1000);
	cache_drop(&n, QTYPE_A, CACHE_PASS);
	cache_drop(&n, QTYPE_A, CACHE_DO);
	cr_assert_null(look("example.org", CACHE_PASS, true, 1000));
	cr_assert_not_null(look("example.org", 0, false, 1000));
}

static bool	here;	/* and is it this machine's? */

/* Is what such a record says one of private networks' addresses? */
static bool
inner(uint16_t type, const void *data, uint16_t data_len)
{
	static const struct origin	o = { 0 };
	struct dname			n = name("example.org");
	struct asked			a = { .type = type, .name = n };
	size_t				len = answer("example.org", 300) - 16;
	const struct cached		*c;

	message[len - 3] = (uint8_t)type;
	message[len + 3] = (uint8_t)type;
	message[len + 11] = (uint8_t)data_len;
	memcpy(message + len + 12, data, data_len);
	len += 12 + (size_t)data_len;
	cr_assert(reply_fits(message, len, &a));
	cr_assert_eq(reply_parse(message, len, &a, &reply), 0);
	c = cache_store(&n, type, 0, message, len, &reply, &o, 1000);
	cr_assert_not_null(c);
	here = c->here;
	return c->inner;
}

Test(cache, addresses_of_private_networks)
{
	static const uint8_t	loop6[16] = { [15] = 1 };
	uint8_t			hints[40] = { 0, 1, 0, 0, 6, 0, 16 };

	dname_hash_init();
	cache_init(100, MANY);
	cr_expect_not(inner(QTYPE_A, "\1\2\3\4", 4));
	cr_expect(inner(QTYPE_A, "\300\250\1\1", 4) && !here);
	cr_expect(inner(QTYPE_A, "\177\0\1\1", 4) && here);
	cr_expect(inner(QTYPE_A, "\0\0\0\0", 4) && here);
	cr_expect(inner(QTYPE_AAAA, loop6, 16) && here);
	cr_expect(inner(QTYPE_AAAA, "\0\0\0\0\0\0\0\0\0\0\377\377\177\1\1\1", 16) && here);
	cr_expect(inner(QTYPE_AAAA, "\0\0\0\0\0\0\0\0\0\0\377\377\12\1\1\1", 16) && !here);
	cr_expect_not(inner(QTYPE_HTTPS, "\0\1\0", 3));
	cr_expect_not(inner(QTYPE_HTTPS, "\0\1\0\0\4\0\4\1\2\3\4", 11));
	cr_expect(inner(QTYPE_HTTPS, "\0\1\1x\0\0\1\0\3\2h2\0\4\0\10\1\2\3\4\12\0\0\1", 24));
	cr_expect(inner(QTYPE_SVCB, "\0\1\0\0\4\0\4\177\0\0\1", 11) && here);
	memcpy(hints + 7, loop6, 16);
	cr_expect(inner(QTYPE_HTTPS, hints, 23));
	cr_expect_not(inner(QTYPE_HTTPS, hints, 22), "torn");
	cr_expect_not(inner(QTYPE_HTTPS, "\0\1\77", 3), "torn");
	cr_expect_not(inner(QTYPE_HTTPS, "\0", 1), "torn");
}

Test(cache, late_before_its_end)
{
	struct dname		 n = name("example.org");
	const struct cached	*c;
	uint64_t		 first;

	dname_hash_init();
	cache_init(100, MANY);
	c = store("example.org", 10, 0, 1000);
	cr_expect_not(cache_is_late(c, 1009), "too short");
	c = store("example.org", 300, 0, 2000);
	cr_expect_eq(c->former, 0, "nothing held any more");
	cr_expect_not(cache_is_late(c, 2270));
	cr_expect(cache_is_late(c, 2271));
	cr_expect(cache_is_late(c, 2299));
	cr_expect_not(cache_is_late(c, 2300), "over");
	cr_expect_not(cache_take_late(&n, QTYPE_A, 0, 2270));
	cr_expect_not(cache_take_late(&n, QTYPE_AAAA, 0, 2271));
	cr_expect(cache_take_late(&n, QTYPE_A, 0, 2271));
	cr_expect_not(cache_take_late(&n, QTYPE_A, 0, 2271), "once");
	first = cache_identity(c);
	c = store("example.org", 300, 0, 2280);
	cr_expect(c->former == first && c->former_until_s == 2300);
	cr_expect_neq(cache_identity(c), first);
	cr_expect(cache_take_late(&n, QTYPE_A, 0, 2579), "the next one, too");
}

Test(cache, bounds)
{
	char text[32];

	cache_init(50, MANY);
	for (int i = 0; i < 200; i++) {
		snprintf(text, sizeof(text), "n%d.example.org", i);
		cr_assert_not_null(store(text, 300, 0, 1000));
		cr_assert_not_null(look("n0.example.org", 0, false, 1000), "used again and again");
	}
	cr_assert_eq(cache_count(), 50);
	cr_assert_null(look("n100.example.org", 0, false, 1000));
	cr_assert_not_null(look("n199.example.org", 0, false, 1000));
	cache_flush();
	cr_assert_eq(cache_bytes(), 0);
	cache_init(1000, 20000);
	for (int i = 0; i < 200; i++) {
		snprintf(text, sizeof(text), "n%d.example.org", i);
		store(text, 300, 0, 1000);
		cr_assert_leq(cache_bytes(), 20000);
	}
	cr_assert_gt(cache_count(), 20);
}
