/* Shared ports: when sockets are listed. */
/* links: intercept/shared.c */
#include <criterion/criterion.h>

#include <sys/time.h>

#include <event2/event.h>

#include "live.h"
#include "ports.h"
#include "shared.h"
#include "sockdiag.h"

static bool		 told;
static unsigned		 looks, newlies, flag_back;
static uint32_t		 watched;
static uint64_t		 cookie[4];
static unsigned		 cookies;
static struct event_base *base;

bool
ports_told(void)
{
	return told;
}

void
ports_look(void)
{
	flag_back = looks;
}

uint32_t
live_watched(void)
{
	return watched;
}

int
sockdiag_ports(uint8_t proto, void (*each)(uint8_t, uint16_t, uint64_t))
{
	looks++;
	for (unsigned i = 0; i < cookies; i++)
		each(proto, 4000, cookie[i]);
	return 0;
}

static void
on_newly(void)
{
	cr_expect(shared_newly(4000));
	newlies++;
}

static void
begin(void)
{
	base = event_base_new();
	cookie[0] = 1;
	cookies = 1;
}

TestSuite(shared, .init = begin, .timeout = 10);

static void
run_for(int ms)
{
	const struct timeval	t = { .tv_usec = ms * 1000 };

	event_base_loopexit(base, &t);
	event_base_dispatch(base);
}

Test(shared, listed_again_and_again_where_nobody_tells)
{
	watched = 1;
	shared_start(base, on_newly);
	run_for(400);
	cr_expect_geq(looks, 3);
}

Test(shared, the_kernel_tells_who_takes_a_port)
{
	told = true;
	watched = 1;
	shared_start(base, on_newly);
	run_for(400);
	cr_expect_eq(looks, 2);
	cookie[cookies++] = 2;
	shared_watch();
	run_for(400);
	cr_expect_eq(looks, 4);
	cr_expect_eq(newlies, 1);
	cr_expect_eq(flag_back, 3, "before each look");
}

/* connect() is told of before the kernel chooses the port. */
Test(shared, who_has_no_port_yet_is_found_by_another_look)
{
	told = true;
	watched = 1;
	shared_start(base, on_newly);
	run_for(400);
	shared_watch();
	run_for(10);
	cr_expect_eq(looks, 3);
	cookie[cookies++] = 2;
	run_for(200);
	cr_expect_eq(newlies, 1);
}

Test(shared, news_that_comes_too_early_for_a_look_waits_for_it)
{
	told = true;
	watched = 1;
	shared_start(base, on_newly);
	cr_expect_not(shared_port(IPPROTO_UDP, 4000));
	cookie[cookies++] = 2;
	shared_watch();
	run_for(400);
	cr_expect_eq(newlies, 1);
	cr_expect_leq(looks, 4);
}

Test(shared, of_other_protocols_it_is_not_known)
{
	cr_expect_not(shared_port(IPPROTO_UDP, 4000));
	cr_expect(shared_port(IPPROTO_UDPLITE, 4000));
	cr_expect(shared_port(IPPROTO_SCTP, 4000));
}

Test(shared, nothing_is_listed_for_nobody)
{
	told = true;
	shared_start(base, on_newly);
	shared_watch();
	run_for(400);
	cr_expect_leq(looks, 1);
}

/* Flows from before this start may be watched while policyd is not there yet. */
Test(shared, not_looked_for_before_it_begins)
{
	told = true;
	watched = 1;
	cookie[cookies++] = 2;
	shared_tick();
	cr_expect_eq(looks, 0);
	shared_start(base, on_newly);
	run_for(100);
	cr_expect_eq(newlies, 1);
}

/* Outside the kernel's part's cgroup somebody may share it untold. */
Test(shared, where_the_kernel_tells_each_second_looks_as_well)
{
	told = true;
	watched = 1;
	shared_start(base, on_newly);
	run_for(400);
	cookie[cookies++] = 2;
	shared_tick();
	cr_expect_eq(newlies, 1);
	watched = 0;
	run_for(100);
	looks = 0;
	shared_tick();
	cr_expect_eq(looks, 0);
}
