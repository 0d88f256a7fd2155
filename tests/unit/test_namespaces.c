/*
 * Who is behind an interface, and when whod is asked first; the kernel's and whod's
 * words are ours.
 */
/* links: intercept/namespaces.c */
#include <criterion/criterion.h>
#include <string.h>
#include <time.h>

#include <event2/event.h>

#include "links.h"
#include "namespaces.h"
#include "who_client.h"

static struct link	pair, bridge;
static bool		complete = true;
static uint32_t		reading = 1, asked, port, dead, changing;
static unsigned		questions;
static struct event_base *base;

bool		links_changing(uint32_t index) { return changing != 0 && index == changing; }
bool		links_complete(void) { return complete; }
uint32_t	links_reading(void) { return reading; }

bool
nsid_of_process(uint32_t pid, int32_t *nsid)
{
	*nsid = pid == 1 ? LINK_NO_NSID : (int32_t)pid;
	return pid != dead;
}

const struct link *
link_by_index(uint32_t index)
{
	return index == pair.index ? &pair : index == bridge.index ? &bridge : NULL;
}

uint32_t
bridge_port(uint32_t index, const uint8_t hardware[6])
{
	(void)index, (void)hardware;
	return port;
}

void
who_client_ask_namespaces(uint32_t number)
{
	asked = number;
	questions++;
}

static void
begin(void)
{
	pair = (struct link){ .index = 7, .nsid = 70, .pair = true, .noticed = 1 };
	bridge = (struct link){ .index = 8, .nsid = LINK_NO_NSID, .bridge = true, .noticed = 1 };
	base = event_base_new();
	namespaces_start(base);
}

static struct sighting
see(uint32_t device, uint32_t by_port)
{
	struct meeting	m = { .hook = DIRECTION_FORWARD, .device = device, .port = by_port, .has_hardware = true };
	struct sighting	s = { .direction = DIRECTION_FORWARD };

	namespaces_see(&m, &s);
	return s;
}

/* A process in each of two namespaces: the pair's, and another one. */
static const struct who_namespaces told = { .whole = true, .count = 3, .ns = { { 1, 1, 100, false, false }, { 2, 71, 200, true, false },
	{ 3, 70, 300, true, false } } };
static const struct who_namespaces told_nobody = { .whole = true, .count = 1, .ns = { { 1, 1, 100, false, false } } };

static void
learn(const struct who_namespaces *w)
{
	namespaces_learn(asked, w);
}

static void
later(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 60 * 1000000 }, NULL);
}

Test(namespaces, known, .init = begin)
{
	struct sighting s = see(7, 0);

	cr_assert(!namespaces_settle(&s) && s.owner == 0 && questions == 1);
	learn(&told);
	cr_assert(namespaces_settle(&s));
	cr_assert(s.owner == OWNER_FORWARDED && s.holders == 1 && s.holder[0] == 300 && s.alone);
	s = see(7, 0);
	cr_assert(namespaces_settle(&s) && s.holder[0] == 300 && questions == 1);
}

Test(namespaces, several, .init = begin)
{
	struct who_namespaces w = { .whole = true, .count = 2, .ns = { { 3, 70, 300, false, false }, { 3, 70, 301, false, false } } };
	struct sighting s = see(7, 0);

	(void)namespaces_settle(&s);
	learn(&w);
	cr_assert(namespaces_settle(&s) && s.holders == 2 && s.holder[0] == 300 && s.holder[1] == 301 && !s.alone);
}

/* Engines put who begins into its container, and let it become what it is to run: what had just begun is looked at again. */
Test(namespaces, young, .init = begin)
{
	struct who_namespaces w = told;
	struct sighting s = see(7, 0), next;

	(void)namespaces_settle(&s);
	next = see(7, 0);
	w.ns[2].young = true;
	learn(&w);
	cr_assert(namespaces_settle(&s) && s.holder[0] == 300);
	cr_assert(!namespaces_settle(&next) && next.owner == 0 && next.holders == 0 && !next.alone);
	later();
	event_base_loop(base, EVLOOP_NONBLOCK);
	cr_assert_eq(questions, 2);
	learn(&w);
	cr_assert(namespaces_settle(&next) && next.holder[0] == 300 && next.alone);
}

/* What came after the question is not answered by it: somebody may have come. */
Test(namespaces, nobody, .init = begin)
{
	struct sighting s = see(7, 0), next;

	cr_assert(!namespaces_settle(&s));
	next = see(7, 0);
	learn(&told_nobody);
	cr_assert(namespaces_settle(&s) && s.owner == OWNER_FORWARDED && s.holders == 0 && !s.alone);
	cr_assert(!namespaces_settle(&next));
	cr_assert_eq(questions, 1);	/* not at once */
	later();
	event_base_loop(base, EVLOOP_NONBLOCK);
	cr_assert_eq(questions, 2);
	learn(&told);
	cr_assert(namespaces_settle(&next) && next.holder[0] == 300);
}

/* There are more than whod could tell: that nobody is known here does not say that nobody is there. */
Test(namespaces, not_all, .init = begin)
{
	struct who_namespaces w = told;
	struct sighting s = see(7, 0);

	(void)namespaces_settle(&s);
	w.whole = false;
	learn(&w);
	cr_assert(namespaces_settle(&s) && s.owner == OWNER_FORWARDED && s.holder[0] == 300);
	w = told_nobody;
	w.whole = false;
	s = see(7, 0);
	namespaces_ask();
	learn(&w);
	cr_assert(namespaces_settle(&s) && s.owner == OWNER_UNKNOWN && s.holders == 0);
	namespaces_ask();
	learn(&told_nobody);
	cr_assert(namespaces_settle(&s) && s.owner == OWNER_FORWARDED && s.holders == 0);
}

/* A question that has no answer is asked again, whether other packets come or not. */
Test(namespaces, lost, .init = begin)
{
	struct sighting s = see(7, 0);

	(void)namespaces_settle(&s);
	cr_assert_eq(questions, 1);
	cr_assert(!namespaces_settle(&s));
	event_base_loop(base, EVLOOP_ONCE);
	cr_assert_eq(questions, 2);
}

/* Interfaces that change without end have whod look no more often than packets do. */
Test(namespaces, soon, .init = begin)
{
	for (unsigned i = 0; i < 10; i++) {
		namespaces_ask_soon();
		learn(&told);
	}
	cr_assert_eq(questions, 1);
	reading = 2;
	learn(&told);		/* it says nothing of what changed since */
	later();
	event_base_loop(base, EVLOOP_NONBLOCK);
	cr_assert_eq(questions, 2);
}

Test(namespaces, ended, .init = begin)
{
	struct sighting s = see(7, 0);

	(void)namespaces_settle(&s);
	learn(&told);
	namespaces_gone(200);
	cr_assert(namespaces_settle(&s));
	namespaces_gone(300);
	cr_assert(!namespaces_settle(&s) && s.owner == 0 && s.holders == 0);
	later();
	cr_assert(!namespaces_settle(&s));
	cr_assert_eq(questions, 2);
	learn(&told_nobody);
	cr_assert(namespaces_settle(&s) && s.holders == 0);
}

/* whod did not tell yet. */
Test(namespaces, ended_just_now, .init = begin)
{
	struct sighting s = see(7, 0);

	(void)namespaces_settle(&s);
	learn(&told);
	dead = 70;
	cr_assert(!namespaces_settle(&s) && s.holders == 0);
}

/* Another pair has the number of one that is gone. */
Test(namespaces, another_link, .init = begin)
{
	struct sighting s = see(7, 0);

	(void)namespaces_settle(&s);
	learn(&told);
	pair.noticed = reading = 2;
	cr_assert(!namespaces_settle(&s));
	namespaces_ask();
	namespaces_learn(asked - 1, &told);	/* of before */
	cr_assert(!namespaces_settle(&s));
	learn(&told);
	cr_assert(namespaces_settle(&s));
}

Test(namespaces, links_change, .init = begin)
{
	struct sighting s = see(7, 0);

	changing = 7;
	cr_assert(!namespaces_settle(&s) && s.owner == 0);
	cr_assert_eq(questions, 0);
	changing = 9;		/* another one */
	pair.nsid = LINK_NO_NSID;
	cr_assert(namespaces_settle(&s) && s.owner == OWNER_FORWARDED && s.holders == 0);
	pair.index = 9;
	cr_assert(namespaces_settle(&s) && s.owner == OWNER_UNKNOWN);
	complete = false;
	cr_assert(namespaces_settle(&s) && s.owner == OWNER_FORWARDED && s.holders == 0);
}

Test(namespaces, whod_lost, .init = begin)
{
	struct sighting s = see(7, 0);

	(void)namespaces_settle(&s);
	learn(&told);
	namespaces_forget();
	cr_assert(!namespaces_settle(&s));
}

/* By a bridge: the port that the kernel names is certain, that of an address is not. */
Test(namespaces, bridges, .init = begin)
{
	struct sighting s;

	namespaces_ask();
	learn(&told);
	s = see(8, 7);
	cr_assert(namespaces_settle(&s) && s.holder[0] == 300 && s.alone && s.behind == 7);
	port = 7;
	s = see(8, 0);
	cr_assert(namespaces_settle(&s) && s.holder[0] == 300 && !s.alone && s.behind == 7);
	s = see(8, 8);
	cr_assert(namespaces_settle(&s) && s.holder[0] == 300 && !s.alone);
	port = 0;
	s = see(8, 0);
	cr_assert(namespaces_settle(&s) && s.holders == 0 && s.behind == 8);
}

/* A tunnel says where its lower end lies: not who sent. */
Test(namespaces, no_pair, .init = begin)
{
	struct sighting s = see(7, 0);

	pair.pair = false;
	namespaces_ask();
	learn(&told);
	cr_assert(namespaces_settle(&s) && s.holders == 1 && !s.alone);
}
