/*
 * SVCB records of DNS servers: understood, or not used at all.
 */
/* links: resolverd/svcb.c resolverd/dname.c */
#include <criterion/criterion.h>

#include <string.h>

#include "svcb.h"

#define TARGET	"\3dns\4test\0"
#define HEAD	"\0\1" TARGET
#define BYTES(s)	s, sizeof(s) - 1
#define DOT	"\0\1\0\4\3dot"
#define H2	"\0\1\0\3\2h2"
#define BOTH	"\0\1\0\7\2h2\3dot"
#define PATH	"\0\7\0\20/dns-query{?dns}"

static const struct {
	const char	*data;
	size_t		 len;
	unsigned	 priority, port;
	bool		 dot, h2;
	const char	*path;
} good[] = {
	{ BYTES(HEAD), 1, 0, false, false, "" },
	{ BYTES(HEAD DOT), 1, 0, true, false, "" },
	{ BYTES("\1\0" TARGET H2 PATH), 256, 0, false, true, "/dns-query" },
	{ BYTES(HEAD BOTH "\0\3\0\2\1\273" PATH), 1, 443, true, true, "/dns-query" },
	{ BYTES(HEAD "\0\0\0\4\0\1\0\3" DOT "\0\3\0\2\3\125"), 1, 853, true, false, "" },
	{ BYTES(HEAD DOT "\0\2\0\0"), 1, 0, true, false, "" },
	{ BYTES(HEAD "\0\1\0\10\2h3\4dots"), 1, 0, false, false, "" },
	{ BYTES(HEAD DOT "\0\5\0\2ab" "\0\11\0\1a" "\377\377\0\0"), 1, 0, true, false, "" },
	/* paths that nothing can be posted to */
	{ BYTES(HEAD H2 "\0\7\0\12/dns-query"), 1, 0, false, true, "" },
	{ BYTES(HEAD H2 "\0\7\0\6{?dns}"), 1, 0, false, true, "" },
	{ BYTES(HEAD H2 "\0\7\0\7a{?dns}"), 1, 0, false, true, "" },
	{ BYTES(HEAD H2 "\0\7\0\11/\0a{?dns}"), 1, 0, false, true, "" },
	{ BYTES(HEAD H2 "\0\7\0\20/?name=a.b{?dns}"), 1, 0, false, true, "" },
	{ BYTES(HEAD H2 "\0\7\0\7/{?dns}"), 1, 0, false, true, "/" },
};

static const struct {
	const char	*data;
	size_t		 len;
} bad[] = {
	{ BYTES("") }, { BYTES("\0\1") },
	{ BYTES("\0\0" TARGET) },			/* an alias */
	{ BYTES("\0\1\0" DOT) },			/* nobody */
	{ BYTES("\0\1\3dns") }, { BYTES("\0\1\300\2" DOT) },
	{ BYTES(HEAD "\0") }, { BYTES(HEAD "\0\1\0") },
	{ BYTES(HEAD "\0\1\0\5\3dot") },		/* longer than the record */
	{ BYTES(HEAD DOT DOT) },			/* twice */
	{ BYTES(HEAD "\0\3\0\2\3\125" DOT) },		/* not in order */
	{ BYTES(HEAD "\0\1\0\0") }, { BYTES(HEAD "\0\1\0\1\0") }, { BYTES(HEAD "\0\1\0\3\3do") },
	{ BYTES(HEAD "\0\2\0\1a") },
	{ BYTES(HEAD "\0\3\0\2\0\0") }, { BYTES(HEAD "\0\3\0\1\1") }, { BYTES(HEAD "\0\3\0\3\1\1\1") },
	{ BYTES(HEAD "\0\4\0\0") }, { BYTES(HEAD "\0\4\0\3abc") }, { BYTES(HEAD "\0\6\0\4abcd") },
	/* what must be understood */
	{ BYTES(HEAD "\0\0\0\0") }, { BYTES(HEAD "\0\0\0\1\1") },
	{ BYTES(HEAD "\0\0\0\2\0\3" DOT) },		/* and is not there */
	{ BYTES(HEAD "\0\0\0\2\0\0" DOT) },
	{ BYTES(HEAD "\0\0\0\4\0\1\0\1" DOT) },
	{ BYTES(HEAD "\0\0\0\2\0\5" DOT "\0\5\0\1a") },	/* and is not known */
	{ BYTES(HEAD "\0\0\0\2\0\11" DOT "\0\11\0\1a") },
	{ BYTES(HEAD "\0\0\0\2\377\377" DOT "\377\377\0\0") },
};

Test(svcb, understood)
{
	struct svcb	s;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		memset(&s, 0xff, sizeof(s));
		cr_assert_eq(svcb_read((const uint8_t *)good[i].data, good[i].len, &s), 0, "%zu", i);
		cr_expect_eq(s.priority, good[i].priority, "%zu", i);
		cr_expect_eq(s.port, good[i].port, "%zu", i);
		cr_expect(s.dot == good[i].dot && s.h2 == good[i].h2, "%zu", i);
		cr_expect_str_eq(s.path, good[i].path, "%zu", i);
	}
}

Test(svcb, not_used)
{
	struct svcb	s;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(svcb_read((const uint8_t *)bad[i].data, bad[i].len, &s), -1, "%zu", i);
}

Test(svcb, a_path_that_is_too_long)
{
	uint8_t		data[512] = HEAD H2 "\0\7";
	size_t		at = sizeof(HEAD H2 "\0\7") - 1;
	struct svcb	s;

	for (unsigned len = SERVER_PATH - 2; len < SERVER_PATH + 2; len++) {
		memset(data + at, 'a', sizeof(data) - at);
		data[at] = 0;
		data[at + 1] = (uint8_t)(len + 6);
		data[at + 2] = '/';
		memcpy(data + at + 2 + len, "{?dns}", 6);
		cr_assert_eq(svcb_read(data, at + 2 + len + 6, &s), 0);
		cr_expect_eq(strlen(s.path), len < SERVER_PATH ? len : 0);
	}
}

Test(svcb, addresses)
{
	static const uint8_t	six[16] = { 0x20, 1, 0xd, 0xb8, [15] = 1 };
	static const char	data[] = HEAD DOT "\0\4\0\10\11\11\11\11\1\1\1\1"
				    "\0\6\0\20\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\1";
	struct svcb		s;

	cr_assert_eq(svcb_read((const uint8_t *)data, sizeof(data) - 1, &s), 0);
	cr_expect(svcb_is_at(&s, 4, (const uint8_t *)"\11\11\11\11"));
	cr_expect(svcb_is_at(&s, 4, (const uint8_t *)"\1\1\1\1"));
	cr_expect_not(svcb_is_at(&s, 4, (const uint8_t *)"\11\11\11\1"));
	cr_expect_not(svcb_is_at(&s, 4, (const uint8_t *)"\11\1\1\1"));
	cr_expect(svcb_is_at(&s, 6, six));
	cr_assert_eq(svcb_read((const uint8_t *)data, sizeof(HEAD DOT) - 1 + 12, &s), 0);
	cr_expect_not(svcb_is_at(&s, 6, six), "it names others only");
	cr_assert_eq(svcb_read((const uint8_t *)data, sizeof(HEAD DOT) - 1, &s), 0);
	cr_expect(svcb_is_at(&s, 6, six), "it names none");
}
