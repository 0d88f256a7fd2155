/*
 * Names that a machine made: tunnels are found, what people and their programs ask for is not.
 */
/* links: policyd/machine_names.c policyd/registrable.c policyd/hash.c */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "machine_names.h"
#include "registrable.h"

static struct program	one = { .id = 1, .ino = 5, .dev = 1, .uid = 1000 }, other = { .id = 2, .ino = 6, .dev = 1, .uid = 1000 };
static uint32_t		state = 12345;

static unsigned
chance(void)
{
	state = state * 1664525u + 1013904223u;
	return state >> 8;
}

static bool
asks(const struct program *p, const char *name, int64_t at_s)
{
	struct facts f = { 0 };

	facts_set_name(&f, name, (uint16_t)strlen(name));
	return machine_names_asked(p, &f, at_s);
}

static bool
many(const struct program *p, const char *name, int64_t at_s)
{
	struct facts f = { 0 };

	facts_set_name(&f, name, (uint16_t)strlen(name));
	return machine_names_many(p, &f, at_s, NULL);
}

/* len bytes of this alphabet, in labels of at most 60, below t.example.org. */
static const char *
made(const char *alphabet, unsigned len)
{
	static char	name[400];
	size_t		letters = strlen(alphabet);
	unsigned	at = 0;

	for (unsigned i = 0; i < len; i++) {
		if (i > 0 && i % 60 == 0)
			name[at++] = '.';
		name[at++] = alphabet[chance() % letters];
	}
	strcpy(name + at, ".t.example.org");
	return name;
}

#define HEX	"0123456789abcdef"
#define BASE32	"abcdefghijklmnopqrstuvwxyz012345"

/* iodine sends what it has in names as long as they may be. */
Test(machine_names, iodine)
{
	unsigned asked = 0;

	while (!asks(&one, made(BASE32, 200), asked / 20) && asked < 1000)
		asked++;
	cr_expect_eq(asked, MACHINE_NAMES - 1, "found by question %u", asked + 1);
	cr_expect(many(&one, "x.example.org", 2));
	cr_expect(machine_names_any(&one, 2));
	cr_expect_not(many(&one, "x.example.net", 2), "another domain");
	cr_expect_not(many(&other, "x.example.org", 2), "another program");
	cr_expect_not(machine_names_any(&other, 2));
}

/* dnscat2 asks once a second while nothing happens, with 18 digits and more. */
Test(machine_names, dnscat2)
{
	int64_t s = 0;
	unsigned asked = 0;

	while (!asks(&one, made(HEX, 120), asked / 10) && asked < 1000)
		asked++;
	cr_expect_leq(asked, 36, "a transfer: found by question %u", asked + 1);
	while (!asks(&other, made(HEX, 22), s) && s < 3600)
		s++;
	cr_expect_leq(s, 600, "idle: found after %jd s", (intmax_t)s);
}

/* Quiet for some minutes, and it is no tunnel any more. */
Test(machine_names, ends)
{
	for (unsigned i = 0; i < 1000; i++)
		(void)asks(&one, made(BASE32, 200), 0);
	cr_expect(many(&one, "example.org", 100));
	cr_expect(many(&one, "example.org", 600));
	cr_expect_not(many(&one, "example.org", 700));
	cr_expect_not(machine_names_any(&one, 700));
	cr_expect_not(asks(&one, made(BASE32, 200), 701));
}

/* The same names again and again, however many there are of a few. */
Test(machine_names, a_few_names)
{
	char name[80][400];

	for (unsigned i = 0; i < 80; i++)
		strcpy(name[i], made(HEX, 40));
	for (unsigned k = 0; k < 1000; k++)
		for (unsigned i = 0; i < 80; i++)
			cr_assert_not(asks(&one, name[i], k / 100), "round %u", k);
}

/* Short names, of few different bytes, without a domain; a page's frames with 32 digits each, ten a minute. */
Test(machine_names, not_meant)
{
	char name[400];

	for (unsigned i = 0; i < 100000; i++) {
		snprintf(name, sizeof name, "host%u.example.org", i);
		cr_assert_not(asks(&one, name, 0));
		snprintf(name, sizeof name, "aaaaaaaaaaaaaaaaaaaa%u.example.org", i % 100);
		cr_assert_not(asks(&one, name, 0));
		snprintf(name, sizeof name, "aaaaabbbbbcdefgijklmnop%u", i);
		cr_assert_not(asks(&one, name, 0));
	}
	for (unsigned i = 0; i < 6000; i++) {
		snprintf(name, sizeof name, "%.32s.safeframe.example.net", made(HEX, 40));
		cr_assert_not(asks(&one, name, i * 6), "frame %u", i);
	}
	cr_expect_not(asks(&one, "", 0));
	cr_expect_not(asks(&one, "org", 0));
}

/* A tunnel is not driven out by questions below any number of other domains. */
Test(machine_names, flood)
{
	char name[400];

	while (!asks(&one, made(BASE32, 200), 0))
		continue;
	for (unsigned i = 0; i < 100000; i++) {
		snprintf(name, sizeof name, "%.60s.d%u.example", made(BASE32, 60), i);
		(void)asks(&one, name, 1);
	}
	cr_expect(many(&one, "example.org", 1));
}

/* Names as resolverd writes odd bytes, longer than a name may be. */
Test(machine_names, odd_bytes)
{
	char name[1024];
	unsigned asked = 0;
	bool found = false;

	while (!found && asked++ < 100) {
		unsigned at = 0;

		for (unsigned i = 0; i < 100; i++)
			at += (unsigned)sprintf(name + at, "\\%03u", 128 + chance() % 128);
		strcpy(name + at, ".t.example.org");
		found = asks(&one, name, 0);
	}
	cr_expect_eq(asked, MACHINE_NAMES);
	cr_expect(many(&one, "example.org", 0));
}
