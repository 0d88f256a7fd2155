/* Which network namespaces are told when they are too many. */
/* links: intercept/who/tenants.c */
#include <criterion/criterion.h>

#include "processes.h"
#include "tenants.h"

static struct tenant	t[PROCESSES_MAX];
static struct party	party[WHO_NAMESPACES_COUNT];
static unsigned		n, parties;
static bool		whole;

/* Each begins after the one before. */
static void
add(uint64_t inode, uint64_t container, uint64_t share)
{
	t[n] = (struct tenant){ inode, container, share, 100 + n, n + 1 };
	n++;
}

static void
choose(void)
{
	parties = tenants_choose(t, n, party, &whole);
	for (unsigned i = 0; i < parties; i++) {
		cr_assert_lt(party[i].first, party[i].end);
		for (unsigned k = party[i].first; k < party[i].end; k++)
			cr_assert_eq(t[k].inode, party[i].inode);
	}
}

/* The pid of the oldest of a party; 0: the namespace has no such party. */
static uint32_t
told(uint64_t inode, uint64_t container)
{
	for (unsigned i = 0; i < parties; i++)
		if (party[i].inode == inode && t[party[i].first].container == container)
			return t[party[i].first].pid;
	return 0;
}

Test(whod_tenants, nobody)
{
	choose();
	cr_assert(whole && parties == 0);
}

Test(whod_tenants, parties)
{
	add(1, 0, 7);
	add(2, 20, 8);
	add(2, 21, 9);
	add(3, 30, 10);
	add(2, 20, 8);
	add(4, 0, 7);
	add(3, 30, 10);
	choose();
	cr_assert(whole && parties == 5);
	cr_assert(told(1, 0) == 1 && told(2, 20) == 2 && told(2, 21) == 3 && told(3, 30) == 4 && told(4, 0) == 6);
	for (unsigned i = 0; i < parties; i++)
		cr_assert_eq(party[i].alone, party[i].inode == 3);
}

/* The oldest first, whatever the containers' digests are; all of one namespace together. */
Test(whod_tenants, order)
{
	add(2, 29, 8);
	add(3, 30, 9);
	add(2, 21, 8);
	add(2, 25, 8);
	choose();
	for (unsigned i = 0; i < parties; i++)
		if (party[i].inode == 2 && (i == 0 || party[i - 1].inode != 2)) {
			cr_assert_eq(t[party[i].first].container, 29);
			cr_assert(i + 2 < parties && party[i + 2].inode == 2);
		}
}

/* More than can be told of one flow: none of them is. */
Test(whod_tenants, many_in_one)
{
	for (unsigned i = 0; i <= HOLDERS_MAX; i++)
		add(2, 20 + i, 8);
	add(3, 0, 8);
	choose();
	cr_assert(!whole && parties == 1 && told(3, 0) != 0);
}

/* Whoever makes as many as he likes loses his own, the newest of them first. */
Test(whod_tenants, flood)
{
	add(1, 10, 10);
	for (unsigned i = 0; i < 2000; i++)
		add(1000 + i, 10, 10);
	for (unsigned i = 0; i < 100; i++) {
		add(5000 + 2 * i, 200 + i, 200 + i);
		add(5001 + 2 * i, 200 + i, 200 + i);
	}
	choose();
	cr_assert(!whole && parties == WHO_NAMESPACES_COUNT);
	cr_assert_eq(told(1, 10), 1);
	for (unsigned i = 0; i < 100; i++)
		cr_assert(told(5000 + 2 * i, 200 + i) != 0 && told(5001 + 2 * i, 200 + i) != 0);
	cr_assert(told(1000, 10) != 0 && told(2999, 10) == 0);
}

Test(whod_tenants, as_many_as_processes)
{
	while (n < PROCESSES_MAX)
		add(n + 1, n % 3, n % 1000);
	choose();
	cr_assert(!whole && parties == WHO_NAMESPACES_COUNT);
}
