/* News of the kernel that is read a little later, and what makes it urgent. */
/* links: intercept/later.c */
#include <criterion/criterion.h>

#include <sys/time.h>

#include <unistd.h>

#include <event2/event.h>

#include "later.h"

static struct event_base	*base;
static int			 ends[2];
static unsigned			 reads;
static bool			 waited_for;

static bool
read_all(void)
{
	char	byte;

	cr_assert_eq(read(ends[0], &byte, 1), 1);
	reads++;
	return false;
}

static bool
is_urgent(void)
{
	return waited_for;
}

static struct later	news = { .first_ms = 900, .read = read_all, .urgent = is_urgent };

static void
begin(void)
{
	base = event_base_new();
	cr_assert_eq(pipe(ends), 0);
	later_start(&news, base, ends[0]);
}

TestSuite(later, .init = begin, .timeout = 10);

static void
come(void)
{
	cr_assert_eq(write(ends[1], "x", 1), 1);
}

static void
turn(void)
{
	event_base_loop(base, EVLOOP_NONBLOCK);
}

Test(later, waits_for_what_comes_along)
{
	come();
	turn();
	turn();
	cr_expect_eq(reads, 0);
	event_base_loop(base, EVLOOP_ONCE);
	cr_expect_eq(reads, 1);
}

Test(later, what_is_urgent_is_read_at_once)
{
	waited_for = true;
	come();
	turn();
	cr_expect_eq(reads, 1);
}

/* Whether or not more of it would be: else hurrying often puts it off each time. */
Test(later, hurried_it_is_read_next)
{
	come();
	turn();
	later_hurry(&news);
	turn();
	cr_expect_eq(reads, 1);
	come();
	turn();
	cr_expect_eq(reads, 1, "and again later");
	later_hurry(&news);
	turn();
	cr_expect_eq(reads, 2);
}

Test(later, nothing_to_hurry)
{
	later_hurry(&news);
	turn();
	cr_expect_eq(reads, 0);
	come();
	turn();
	cr_expect_eq(reads, 0);
}
