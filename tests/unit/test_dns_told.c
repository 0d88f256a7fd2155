/*
 * What policyd is told of answers, and what it was told already.
 */
/* links: resolverd/lists.c resolverd/list_file.c resolverd/list_line.c resolverd/list_set.c */
/* links: resolverd/told.c resolverd/recent.c resolverd/dname.c */
#include <criterion/criterion.h>

#include <string.h>

#include "names.h"
#include "policy.h"
#include "told.h"

static unsigned	times, told;
static bool	forgets;	/* policyd, while it is to be told */

bool
policy_learnt(const struct names_learnt *m)
{
	times++;
	told = m->count;
	return true;
}

/* Is it told that this name has this one address? */
static bool
is_news(const char *name, uint16_t type, const uint8_t *address, uint16_t len)
{
	static uint8_t	m[600];
	static uint16_t	ttl_at;
	struct dname	n;
	struct cached	c = { .type = type, .ttls = 1, .ttl_at = &ttl_at, .message = m };
	unsigned	before = times;
	size_t		at = DNS_HEADER;

	cr_assert_eq(dname_parse(name, strlen(name), &n), 0);
	memcpy(m + at, n.wire, n.len);
	at += n.len + 4u;
	memcpy(m + at, "\xc0\x0c\0\0\0\1\0\0\0\x3c\0", 11);
	m[at + 3] = (uint8_t)type;
	m[at + 11] = (uint8_t)len;
	memcpy(m + at + 12, address, len);
	ttl_at = (uint16_t)(at + 6);
	c.len = (uint16_t)(at + 12 + len);
	c.name_hash = dname_hash(&n);
	cr_assert(told_policyd(7, &c));
	if (forgets)
		told_forget();
	cr_assert(told_send());
	return times != before;
}

static void
start(void)
{
	dname_hash_init();
	told_forget();
}

TestSuite(told, .init = start);

/* Of an address the last name counts, and one of the other family with the same first bytes is another address. */
Test(told, families_lie_apart)
{
	static const uint8_t	four[4] = { 0x20, 1, 0x0d, 0xb8 }, six[16] = { 0x20, 1, 0x0d, 0xb8 };

	cr_expect(is_news("one.example", QTYPE_AAAA, six, 16));
	cr_expect(!is_news("one.example", QTYPE_AAAA, six, 16));
	cr_expect(is_news("two.example", QTYPE_A, four, 4));
	cr_expect(!is_news("one.example", QTYPE_AAAA, six, 16), "still its last name");
	cr_expect(is_news("two.example", QTYPE_AAAA, six, 16));
	cr_expect(!is_news("two.example", QTYPE_A, four, 4));
}

/* The policy may change between an answer and its leaving: that is told all the same, and again later. */
Test(told, what_waits_is_not_forgotten)
{
	static const uint8_t	four[4] = { 192, 0, 2, 1 };

	forgets = true;
	cr_expect(is_news("one.example", QTYPE_A, four, 4));
	cr_expect_eq(told, 1);
	forgets = false;
	cr_expect(is_news("one.example", QTYPE_A, four, 4));
	cr_expect(!is_news("one.example", QTYPE_A, four, 4));
}
