/* Which interfaces are waited for after a change. In a network namespace of the test's own. As root. */
/* links: intercept/links.c intercept/netlink.c intercept/packet.c */
#include <criterion/criterion.h>

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "links.h"

static struct event_base	*base;
static unsigned			 told;

static void
changed(const struct decide_links *l)
{
	(void)l;
	told++;
}

static void
run(const char *command)
{
	cr_assert_eq(system(command), 0, "%s", command);
}

static uint32_t
index_of(const char *name)
{
	for (uint32_t i = 1; i < 100; i++)
		if (link_by_index(i) != NULL && strcmp(link_by_index(i)->name, name) == 0)
			return i;
	cr_assert_fail("no interface %s", name);
	return 0;
}

static void
settle(void)
{
	unsigned before = told;

	while (told == before)
		event_base_loop(base, EVLOOP_ONCE);
}

static void
begin(void)
{
	cr_assert_eq(unshare(CLONE_NEWNET), 0);
	run("ip link add d1 type bridge && ip link add d2 type bridge");
	base = event_base_new();
	links_open();
	links_start(base, changed);
	cr_assert_eq(told, 1);
}

TestSuite(links, .init = begin, .timeout = 30);

Test(links, one_changes)
{
	uint32_t a = index_of("d1"), b = index_of("d2");

	cr_expect(!links_changing(a) && !links_changing(b));
	run("ip link set d1 mtu 1400");
	cr_expect(links_changing(a));
	cr_expect(!links_changing(b));
	settle();
	cr_expect(!links_changing(a) && !links_changing(b));
	cr_expect_eq(told, 2);
}

Test(links, an_address)
{
	uint32_t a = index_of("d1");

	run("ip addr add 192.0.2.1/24 dev d1");
	cr_expect(!links_changing(a));
	settle();
	cr_expect_eq(links_now()->net[0].prefix, 24);
}

/* Its other end may be any. */
Test(links, one_goes)
{
	uint32_t a = index_of("d1");

	run("ip link del d2");
	cr_expect(links_changing(a));
	settle();
	cr_expect(!links_changing(a));
}

Test(links, many_change)
{
	uint32_t b = index_of("d2");
	char	 command[128];

	for (unsigned i = 0; i < 20; i++) {
		snprintf(command, sizeof(command), "ip link add x%u type bridge", i);
		run(command);
	}
	cr_expect(links_changing(b), "more than are counted one by one");
	settle();
	cr_expect(!links_changing(b));
}
