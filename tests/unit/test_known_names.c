/*
 * Names by program and address: whose they are, how long they stay, and never more than there is room for.
 */
/* links: policyd/known_names.c policyd/resolvers_known.c policyd/hash.c */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "known_names.h"

static const uint8_t web[16] = { 192, 0, 2, 7 }, mail[16] = { 192, 0, 2, 25 };

/* uid 1000, file 7:77, of a parent that nobody knows; begun at the time of its id. */
static struct program
program(uint64_t id, uint32_t pid)
{
	return (struct program){ .id = id, .pid = pid, .ppid = 1, .uid = 1000, .dev = 7, .ino = 77, .start = id };
}

static struct program
child(uint64_t id, uint32_t pid, uint32_t ppid)
{
	struct program p = program(id, pid);

	p.ppid = ppid;
	names_began(&p);
	return p;
}

static void
learn(const struct program *p, const char *name, const uint8_t address[16])
{
	static const uint8_t four[1] = { 4 };

	names_learnt(p, name, strlen(name), (const uint8_t (*)[16])address, four, 1, 0);
}

/* "" for none. */
static const char *
name_of(const struct program *p, const uint8_t address[16])
{
	uint64_t lists;
	uint16_t len = 0;
	const char *name = names_find(p, 4, address, &len, &lists);

	cr_assert(name == NULL || strlen(name) == len);
	return name == NULL ? "" : name;
}

static uint64_t
lists_of(const struct program *p, const uint8_t address[16])
{
	uint64_t lists = 0;
	uint16_t len;

	(void)names_find(p, 4, address, &len, &lists);
	return lists;
}

/* By file, user and address; as long as one of them knows it. */
Test(names, odd_ones)
{
	struct program p = child(1, 100, 1), q = child(2, 101, 1), stranger = child(3, 102, 1);
	static const uint8_t four[1] = { 4 };

	stranger.uid = 1001;
	learn(&p, "www.example.org", web);
	cr_expect_not(names_odd(&p, 4, web));
	learn(&p, "dns.google", web);
	cr_expect(names_odd(&p, 4, web) && names_odd(&q, 4, web));
	cr_expect_not(names_odd(&stranger, 4, web));
	cr_expect_not(names_odd(&p, 4, mail));
	cr_expect_not(names_odd(&p, 6, web));
	learn(&q, "x.dns.google", web);
	learn(&p, "www.example.org", web);
	cr_expect(names_odd(&p, 4, web), "the other one's");
	names_gone(2);
	cr_expect_not(names_odd(&p, 4, web));
	names_learnt(&p, "listed.example", 14, (const uint8_t (*)[16])web, four, 1, 1);
	cr_expect(names_odd(&p, 4, web));
	p.uid = 1002;
	names_began(&p);
	cr_expect_not(names_odd(&q, 4, web), "it is another program by now, and knows nothing");
	p.uid = 1000;
	cr_expect_not(names_odd(&p, 4, web));
}

Test(names, of_the_program_that_asked)
{
	static const uint8_t both[2][16] = { { 192, 0, 2, 7 }, { 0x20, 1, 0xd, 0xb8, [15] = 7 } }, families[2] = { 4, 6 };
	struct program p = program(1, 100);
	uint64_t lists;
	uint16_t len;

	cr_assert_str_eq(name_of(&p, web), "");
	names_learnt(&p, "www.example.org", 15, both, families, 2, 0);
	cr_assert_str_eq(name_of(&p, web), "www.example.org");
	cr_assert_str_eq(names_find(&p, 6, both[1], &len, &lists), "www.example.org");
	cr_assert_null(names_find(&p, 6, both[0], &len, &lists));
	cr_assert_null(names_find(&p, 4, both[1], &len, &lists));
	cr_assert_str_eq(name_of(&p, mail), "");
	cr_assert_eq(names_count(), 2);
}

/* The original's map was for all: who never asked could use what another one had resolved. */
Test(names, not_of_an_unrelated_program)
{
	struct program p = program(1, 100), other = program(2, 200), same_file = program(3, 300);

	other.ino = 88;
	names_began(&other);
	names_began(&same_file);
	learn(&p, "www.example.org", web);
	cr_assert_str_eq(name_of(&other, web), "");
	cr_assert_str_eq(name_of(&same_file, web), "");
	learn(&other, "mail.example.org", mail);
	cr_assert_str_eq(name_of(&p, mail), "");
}

Test(names, the_last_one_asked_counts)
{
	struct program p = program(1, 100);

	learn(&p, "a.example.org", web);
	learn(&p, "b.example.net", web);
	cr_assert_str_eq(name_of(&p, web), "b.example.net");
	learn(&p, "a.example.org", web);
	cr_assert_str_eq(name_of(&p, web), "a.example.org");
	cr_assert_eq(names_count(), 1);
}

Test(names, of_those_forked_from_it)
{
	struct program p = child(1, 100, 1), son = child(2, 101, 100), grandson = child(3, 102, 101);

	learn(&p, "www.example.org", web);
	cr_assert_str_eq(name_of(&son, web), "www.example.org");
	cr_assert_str_eq(name_of(&grandson, web), "www.example.org");
	/* Its own word goes first, and says nothing about its forebears. */
	learn(&son, "son.example.org", web);
	learn(&son, "mail.example.org", mail);
	cr_assert_str_eq(name_of(&son, web), "son.example.org");
	cr_assert_str_eq(name_of(&grandson, web), "son.example.org");
	cr_assert_str_eq(name_of(&p, web), "www.example.org");
	cr_assert_str_eq(name_of(&p, mail), "");
}

/* Another file (exec), another user, or a parent that is younger: no descendant. */
Test(names, not_after_exec)
{
	struct program p = child(10, 100, 1), other[4];

	learn(&p, "www.example.org", web);
	for (unsigned i = 0; i < 4; i++) {
		other[i] = program(20 + i, 200 + i);
		other[i].ppid = 100;
		other[i].ino += i == 0;
		other[i].dev += i == 1;
		other[i].uid += i == 2;
		other[i].start = i == 3 ? 9 : 20;
		names_began(&other[i]);
		cr_assert_str_eq(name_of(&other[i], web), "", "%u", i);
	}
}

/* What is known under the same id as another file or user is another program. */
Test(names, the_same_id_with_another_file)
{
	struct program p = child(1, 100, 1), son = child(2, 101, 100);

	learn(&p, "www.example.org", web);
	learn(&son, "mail.example.org", mail);
	names_began(&son);
	cr_assert_str_eq(name_of(&son, mail), "mail.example.org");
	son.ino = 99;
	names_began(&son);
	cr_assert_str_eq(name_of(&son, mail), "");
	cr_assert_str_eq(name_of(&son, web), "");
	cr_assert_str_eq(name_of(&p, web), "www.example.org");
}

Test(names, gone_with_the_program)
{
	struct program p = child(1, 100, 1), again;

	learn(&p, "www.example.org", web);
	names_gone(1);
	names_gone(1);
	names_gone(7);
	cr_assert_str_eq(name_of(&p, web), "");
	cr_assert_eq(names_count(), 0);
	names_began(&p);
	cr_assert_str_eq(name_of(&p, web), "");
	names_gone(1);
	/* The same pid, or a child of that pid, later: nothing is left. */
	again = child(2, 100, 1);
	cr_assert_str_eq(name_of(&again, web), "");
	again = child(3, 101, 100);
	cr_assert_str_eq(name_of(&again, web), "");
}

Test(names, kept_while_descendants_live)
{
	struct program p = child(1, 100, 1), son = child(2, 101, 100), grandson = child(3, 102, 101), late;

	learn(&p, "www.example.org", web);
	learn(&son, "mail.example.org", mail);
	names_gone(1);
	cr_assert_str_eq(name_of(&son, web), "www.example.org");
	names_gone(2);
	cr_assert_str_eq(name_of(&grandson, web), "www.example.org");
	cr_assert_str_eq(name_of(&grandson, mail), "mail.example.org");
	/* Who comes now with that number as its parent's was not forked from the one that ended. */
	late = child(4, 103, 101);
	cr_assert_str_eq(name_of(&late, web), "");
	names_gone(3);
	cr_assert_eq(names_count(), 0);
}

static void
address_of(unsigned i, uint8_t address[16])
{
	memset(address, 0, 16);
	memcpy(address, &i, sizeof i);
}

Test(names, a_program_fills_only_its_own_room)
{
	struct program p = program(1, 100), other = program(2, 200);
	uint8_t address[16];
	char name[40];

	learn(&other, "www.example.org", web);
	for (unsigned i = 0; i < NAMES_EACH + 10; i++) {
		address_of(i, address);
		snprintf(name, sizeof name, "n%u.example.org", i);
		learn(&p, name, address);
		if (i == NAMES_EACH - 1) {	/* said again: it is no longer the oldest */
			address_of(3, address);
			learn(&p, "three.example.org", address);
		}
	}
	cr_assert_eq(names_count(), NAMES_EACH + 1);
	cr_assert_str_eq(name_of(&other, web), "www.example.org");
	for (unsigned i = 0; i < NAMES_EACH + 10; i++) {
		address_of(i, address);
		snprintf(name, sizeof name, "n%u.example.org", i);
		cr_assert_str_eq(name_of(&p, address), i == 3 ? "three.example.org" : i < 11 ? "" : name, "%u", i);
	}
}

Test(names, bound_of_all)
{
	uint8_t address[16];

	for (unsigned i = 0; i < NAMES_MOST + 100; i++) {
		struct program p = program(1 + i / 1000, 100 + i / 1000);

		address_of(i, address);
		learn(&p, "www.example.org", address);
		cr_assert_leq(names_count(), NAMES_MOST);
	}
	for (unsigned i = 0; i < NAMES_MOST + 100; i++) {
		struct program p = program(1 + i / 1000, 100 + i / 1000);

		address_of(i, address);
		cr_assert_str_eq(name_of(&p, address), i < 100 ? "" : "www.example.org", "%u", i);
	}
	names_forget_all();
	cr_assert_eq(names_count(), 0);
}

/* A chain of forks is followed only so far, and is forgotten from its end to its beginning. */
Test(names, a_long_line_of_forks)
{
	struct program first = child(1, 1001, 1), p = first;

	learn(&first, "www.example.org", web);
	for (uint32_t i = 2; i <= 5000; i++) {
		p = child(i, 1000 + i, 1000 + i - 1);
		if (i == 33)
			cr_assert_str_eq(name_of(&p, web), "www.example.org");
		names_gone(i - 1);
	}
	cr_assert_str_eq(name_of(&p, web), "");
	cr_assert_eq(names_count(), 1);
	names_gone(5000);
	cr_assert_eq(names_count(), 0);
}

Test(names, bad_words_are_left_out)
{
	static const uint8_t addresses[3][16] = { { 1 }, { 2 }, { 3 } }, families[3] = { 0, 4, 5 };
	struct program p = program(1, 100);
	char name[DOMAIN_MOST + 2];

	memset(name, 'a', sizeof name);
	names_learnt(&p, name, DOMAIN_MOST + 1, addresses, families, 3, 0);
	names_learnt(&p, "", 0, addresses, families, 3, 0);
	names_learnt(&p, "x", 1, addresses, families, 0, 0);
	cr_assert_eq(names_count(), 0);
	names_learnt(&p, name, DOMAIN_MOST, addresses, families, 3, 0);
	cr_assert_eq(names_count(), 1);
	cr_assert_eq(strlen(name_of(&p, addresses[1])), DOMAIN_MOST);
}

/* Lists that have the name, as long as they stand. */
Test(names, listed)
{
	static const uint8_t four[1] = { 4 };
	struct program p = child(1, 100, 1), son = child(2, 101, 100);

	cr_expect_eq(lists_of(&p, web), 0);
	names_learnt(&p, "www.example.org", 15, &web, four, 1, 6);
	cr_expect_eq(lists_of(&p, web), 6);
	cr_expect_eq(lists_of(&son, web), 6);
	cr_expect_eq(lists_of(&p, mail), 0);
	names_unlisted(1);
	cr_expect_eq(lists_of(&p, web), 4);
	names_learnt(&son, "other.example.org", 17, &web, four, 1, 0);
	cr_expect_eq(lists_of(&son, web), 0);
}

Test(names, forget_all)
{
	struct program p = child(1, 100, 1), son = child(2, 101, 100);

	learn(&p, "www.example.org", web);
	learn(&son, "mail.example.org", mail);
	names_gone(1);
	names_forget_all();
	cr_assert_eq(names_count(), 0);
	cr_assert_str_eq(name_of(&son, web), "");
	learn(&son, "mail.example.org", mail);
	cr_assert_str_eq(name_of(&son, mail), "mail.example.org");
}
