/*
 * What a denial of DS records, as proved or as insecure, says of a name: that a zone begins there which
 * is not signed, or nothing.
 */
/* links: resolverd/insecure.c resolverd/recent.c resolverd/reply.c resolverd/query.c resolverd/dname.c */
#include <criterion/criterion.h>

#include <string.h>
#include <time.h>

#include "insecure.h"
#include "reply.h"
#include "resolve.h"
#include "validate.h"

#define ZONE		"\7example"		/* and the 0 at its end */
#define NAME		"\1x\7example"
#define TTL_S		60
#define BITS_NS		"\0\1\x20"		/* bitmaps of types */
#define BITS_A		"\0\1\x40"
#define BITS_NS_SOA	"\0\1\x22"

/* The validator's. */
static uint8_t		said[512];
static size_t		said_len;
static enum finding	finding;

static void
put(const void *bytes, size_t len)
{
	cr_assert_leq(len, sizeof(said) - said_len);
	memcpy(said + said_len, bytes, len);
	said_len += len;
}

static void
put_u16(unsigned n)
{
	put((uint8_t []){ (uint8_t)(n >> 8), (uint8_t)n }, 2);
}

/* In the authority section. */
static void
put_record(const char *owner, unsigned type, uint32_t ttl, const void *data, size_t len)
{
	said[9]++;
	put(owner, strlen(owner) + 1);
	put_u16(type);
	put_u16(1);
	put_u16(ttl >> 16);
	put_u16(ttl & 0xffff);
	put_u16((unsigned)len);
	put(data, len);
}

/* No DS records of the name: what begins so is proved by the records that come after. */
static void
deny(enum finding f)
{
	static const uint8_t	header[DNS_HEADER] = { 0, 0, 0x81, 0x80, 0, 1 };
	uint8_t			soa[22] = { [20] = 0x0e, [21] = 0x10 };

	finding = f;
	said_len = 0;
	put(header, sizeof(header));
	put(NAME, sizeof(NAME));
	put_u16(QTYPE_DS);
	put_u16(1);
	put_record(ZONE, QTYPE_SOA, TTL_S, soa, sizeof(soa));
}

static void
nsec(const char *owner, const char bits[static 3], uint32_t ttl)
{
	uint8_t	data[1 + 3] = { 0 };

	memcpy(data + 1, bits, 3);
	put_record(owner, QTYPE_NSEC, ttl, data, sizeof(data));
}

static void
nsec3(const char *owner, const char bits[static 3], bool opt_out, unsigned hashings)
{
	uint8_t	data[] = { 1, opt_out, (uint8_t)(hashings >> 8), (uint8_t)hashings, 0, 4, 'n', 'e', 'x', 't', 0, 0, 0 };

	memcpy(data + sizeof(data) - 3, bits, 3);
	put_record(owner, QTYPE_NSEC3, TTL_S, data, sizeof(data));
}

/* The zone above has DS records. */
static void
say_signed(const struct dname *zone, struct validated *v)
{
	static uint8_t		m[128] = { 0, 0, 0x81, 0x80, 0, 1, 0, 1 };
	static const uint8_t	rest[] = { QTYPE_DS >> 8, QTYPE_DS, 0, 1,
					   0xc0, DNS_HEADER, QTYPE_DS >> 8, QTYPE_DS, 0, 1, 0, 0, 0, TTL_S, 0, 4, 0, 1, 13, 2 };

	memcpy(m + DNS_HEADER, zone->wire, zone->len);
	memcpy(m + DNS_HEADER + zone->len, rest, sizeof(rest));
	*v = (struct validated){ .finding = FOUND_SECURE, .message = m, .len = DNS_HEADER + zone->len + sizeof(rest) };
}

struct validating *
validate(const struct dname *name, uint16_t type, validated_fn *done, void *ctx)
{
	struct validated	v = { .finding = finding, .message = said, .len = said_len };

	cr_assert_eq(type, QTYPE_DS);
	if (dname_labels(name) == 1)
		say_signed(name, &v);
	done(ctx, &v);
	return NULL;
}

bool
validate_trusts_within(const struct dname *zone)
{
	(void)zone;
	return false;
}

unsigned
resolve_era(void)
{
	return 0;
}

static int64_t
now_s(void)
{
	struct timespec	t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* Is the name that was denied DS records believed without proof, so many seconds from now? */
static bool
believed(int64_t in_s)
{
	struct dname	n;

	cr_assert_eq(dname_parse("x.example", 9, &n), 0);
	insecure_forget();
	for (unsigned i = 0; i < INSECURE_AFTER; i++)
		insecure_saw(&n, now_s());
	return insecure_covers(&n, QTYPE_A, now_s() + in_s);
}

TestSuite(delegation, .init = dname_hash_init);

Test(delegation, by_nsec)
{
	deny(FOUND_SECURE);
	nsec(NAME, BITS_NS, TTL_S);
	cr_assert(believed(0));
	deny(FOUND_SECURE);
	nsec(NAME, BITS_A, TTL_S);
	cr_assert_not(believed(0), "it is a name like others");
	deny(FOUND_SECURE);
	nsec(NAME, BITS_NS_SOA, TTL_S);
	cr_assert_not(believed(0), "the zone says it of itself");
	deny(FOUND_SECURE);
	nsec("\1y" ZONE, BITS_NS, TTL_S);
	cr_assert_not(believed(0), "it is another name's");
	deny(FOUND_SECURE);
	nsec("\1*" ZONE, BITS_NS, TTL_S);
	cr_assert_not(believed(0), "it is a wildcard's");
}

Test(delegation, by_nsec3)
{
	deny(FOUND_SECURE);
	nsec3("\4hash" ZONE, BITS_NS, false, 0);
	cr_assert(believed(0));
	deny(FOUND_SECURE);
	nsec3("\4hash" ZONE, BITS_NS_SOA, false, 0);
	cr_assert_not(believed(0));
	deny(FOUND_SECURE);
	nsec3("\4hash" ZONE, BITS_NS, false, 0);
	nsec3("\4more" ZONE, BITS_A, false, 0);
	cr_assert_not(believed(0), "one of them is a wildcard's");
}

/* A zone that goes over to NSEC3 has both for a while: one proves the denial, the other may be any name's. */
Test(delegation, nsec3_beside_nsec)
{
	deny(FOUND_SECURE);
	nsec(NAME, BITS_A, TTL_S);
	nsec3("\4hash" ZONE, BITS_NS, false, 0);
	cr_assert_not(believed(0));
	deny(FOUND_SECURE);
	nsec("\1w" ZONE, BITS_A, TTL_S);
	nsec3("\4hash" ZONE, BITS_NS, false, 0);
	cr_assert_not(believed(0));
}

Test(delegation, by_opt_out)
{
	deny(FOUND_INSECURE);
	nsec3("\4hash" ZONE, BITS_NS_SOA, false, 150);
	nsec3("\4more" ZONE, BITS_A, true, 150);
	cr_assert(believed(0));
	deny(FOUND_INSECURE);
	nsec3("\4hash" ZONE, BITS_NS_SOA, false, 0);
	cr_assert_not(believed(0));
	deny(FOUND_INSECURE);
	nsec(NAME, BITS_NS, TTL_S);
	cr_assert_not(believed(0));
	deny(FOUND_INSECURE);
	nsec3("\4hash" ZONE, BITS_NS_SOA, true, 0);
	nsec3("\4more" ZONE, BITS_A, true, 151);
	cr_assert_not(believed(0), "it was not looked at");
}

/* It holds no longer than any record of it. */
Test(delegation, ends)
{
	deny(FOUND_SECURE);
	nsec(NAME, BITS_NS, 10);
	cr_assert(believed(8));
	cr_assert_not(believed(12));
}
