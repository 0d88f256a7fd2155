/* Ends of live flows that nobody told: how many are looked for in a second; and what an intercept takes over at its start. */
/* links: intercept/ends.c intercept/live.c intercept/packet.c */
#include <criterion/criterion.h>

#include <string.h>

#include "before.h"
#include "conntrack.h"
#include "ends.h"
#include "flow.h"
#include "kernel.h"
#include "links.h"
#include "live.h"
#include "ports.h"
#include "report.h"
#include "sockdiag.h"
#include "uses.h"
#include "watched.h"

#define MANY	20000

static unsigned		looks, told, deleted;
static bool		gone, here, known_whose;
static uint64_t		owner;
static struct ct_entry	entry;

void
conntrack_missing(const struct tuple *const *t, unsigned n, bool *missing)
{
	(void)t;
	looks += n;
	for (unsigned i = 0; i < n; i++)
		missing[i] = gone;
}

void
report_end(const struct decide_end *e)
{
	(void)e;
	told++;
}

void conntrack_drain(void) {}
void conntrack_flush(void) {}
void conntrack_delete(const struct tuple *t) { (void)t; deleted++; }
void before_end(const struct tuple *t) { (void)t; }
void ports_watch(uint16_t port) { (void)port; }
void ports_forget(uint16_t port) { (void)port; }
void ports_watch_socket(uint64_t cookie) { (void)cookie; }
void ports_forget_socket(uint64_t cookie) { (void)cookie; }
void uses_read(void) {}
void watched_begin(uint32_t i) { (void)i; }

/* One entry, if there is one. */
int
conntrack_dump(void (*each)(void *, const struct ct_entry *), void *ctx)
{
	if (entry.tuple.family != 0)
		each(ctx, &entry);
	return 0;
}

bool
before_has(const struct tuple *t, uint64_t cookie)
{
	(void)t;
	(void)cookie;
	return false;
}

uint64_t
flow_next_id(void)
{
	return 1;
}

bool
kernel_here(void)
{
	return here;
}

bool
kernel_owner(const struct tuple *t, uint64_t *cookie)
{
	(void)t;
	*cookie = owner;
	return known_whose;
}

bool
address_is_own(uint8_t family, const uint8_t a[static 16])
{
	(void)family;
	(void)a;
	return true;
}

bool
address_is_shared(uint8_t family, const uint8_t a[static 16])
{
	(void)family;
	(void)a;
	return false;
}

void
ends_of(const struct tuple *t, bool at_source, uint32_t device, struct ends *e)
{
	(void)t;
	(void)at_source;
	(void)device;
	(void)e;
}

/* One that has the port now. */
bool
sockdiag_find(const struct ends *e, struct sock *s)
{
	(void)e;
	s->cookie = 77;
	return entry.tuple.family != 0;
}

bool
uses_keep_end(uint32_t number, const struct decide_end *e)
{
	(void)number;
	(void)e;
	return false;
}

static void
begin(void)
{
	struct tuple	t = { .family = 4, .proto = 6, .dport = 443 };

	for (uint32_t i = 0; i < MANY; i++) {
		t.sport = (uint16_t)i;
		cr_assert_neq(live_add(i + 1, &t, 0, 0), LIVE_NONE);
	}
}

TestSuite(ends, .init = begin);

/* Of the next seconds the one with most looks. */
static unsigned
most_of(unsigned seconds)
{
	unsigned	most = 0;

	for (; seconds > 0; seconds--) {
		looks = 0;
		ends_tick();
		if (looks > most)
			most = looks;
	}
	return most;
}

Test(ends, young_ones_are_left_alone)
{
	cr_expect_eq(most_of(15), 0);
}

Test(ends, few_are_looked_for_while_none_is_found)
{
	cr_expect_eq(most_of(60), 32);
	cr_expect_eq(told, 0);
}

Test(ends, one_that_is_found_makes_them_many)
{
	(void)most_of(30);
	gone = true;
	cr_expect_eq(most_of(1), 32);
	cr_expect_eq(most_of(1), 256);
	cr_expect_eq(told, 32 + 256);
	gone = false;
	cr_expect_eq(most_of(1), 256);
	cr_expect_eq(most_of(1), 32);
}

Test(ends, after_a_loss_all_are_looked_for)
{
	unsigned	all = 0;

	(void)most_of(60);
	ends_lost();
	for (unsigned i = 0; i < 15 + 8 + MANY / 256; i++) {
		cr_expect_leq(most_of(1), 256);
		all += looks;
	}
	cr_expect_geq(all, MANY * 9 / 10);
	cr_expect_leq(most_of(300), 32, "until it is calm again");
}

/* Of UDP that was accepted and goes out. */
static uint64_t
adopted(void)
{
	uint32_t	i;

	entry.tuple = (struct tuple){ .family = 4, .proto = 17, .sport = 4000, .dport = 53 };
	entry.mark = 1u << 24;
	ends_adopt();
	i = live_find(&entry.tuple);
	return i == LIVE_NONE ? 0 : live_at(i)->cookie;
}

Test(ends, a_flow_goes_on_for_the_socket_it_was_judged_for)
{
	here = known_whose = true;
	owner = 5;
	cr_expect_eq(adopted(), 5);
	cr_expect_eq(deleted, 0);
}

/* Granted a moment before the last intercept ended: who has the port now need not be who had it then. */
Test(ends, a_flow_of_which_the_kernel_does_not_know_whose_it_is_does_not)
{
	here = true;
	cr_expect_eq(adopted(), 0);
	cr_expect_eq(deleted, 1);
}

Test(ends, without_the_kernel_s_part_it_is_who_has_the_port)
{
	cr_expect_eq(adopted(), 77);
	cr_expect_eq(deleted, 0);
}
