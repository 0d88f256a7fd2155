/*
 * Work in slices, and a policy that is built so: whatever changes while it is, what is in force is always the
 * whole of what the files said at one moment.
 */
/* links: @current */
#include <event2/event.h>

#include "current.h"
#include "journal.h"
#include "slice.h"
#include "tell.h"
#include "temp_folder.h"
#include "watch.h"

#define FILES	40
#define ROUNDS	60

static struct event_base *base;
static bool	 pending;
static unsigned	 changes, notices, begun, points, dones;

void
journal_start(const char *folder)
{
	(void)folder;
}

void
journal_add(const char *what, const char *who, const char *before, const char *after, const char *why)
{
	(void)what;
	(void)who;
	(void)before;
	(void)after;
	(void)why;
}

void
tell_notice(enum ui_notice_level level, const char *format, ...)
{
	(void)level;
	(void)format;
	notices++;
}

void
watch_start(struct event_base *b, void (*changed)(void))
{
	(void)b;
	(void)changed;
}

void
watch_folder(const char *path)
{
	(void)path;
}

void
watch_begin(void)
{
	pending = false;
	begun++;
}

bool
watch_pending(void)
{
	return pending;
}

static void
on_change(void)
{
	changes++;
}

static void
turn(void)
{
	(void)event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

/* --- slices --- */

static void
work(void)
{
	char deep[100 << 10];	/* there is room for what is built at most */

	memset(deep, 1, sizeof deep);
	for (points = 0; points < 1000; points++) {
		deep[points] = 2;
		build_may_pause();
	}
	cr_assert_eq(deep[999] + deep[1000], 3);
}

static void
done(void)
{
	dones++;
	cr_assert_null(build_pause);
}

Test(slices, one_after_the_other)
{
	unsigned turns = 0;

	base = event_base_new();
	slice_set(0);
	for (unsigned i = 1; i <= 3; i++) {
		slice_start(base, work, done);
		cr_assert(slice_busy());
		cr_assert_null(build_pause);
		cr_assert_lt(points, 1000);
		for (turns = 0; slice_busy(); turns++) {
			unsigned before = points;

			cr_assert_eq(dones, i - 1);
			turn();
			cr_assert_leq(points - before, 16);
		}
		cr_assert_eq(dones, i);
		cr_assert_eq(points, 1000);
		cr_assert_geq(turns, 1000 / 16 - 1);
	}
	turn();
	cr_assert_eq(dones, 3);
}

Test(slices, short_work_is_done_at_once)
{
	base = event_base_new();
	slice_set(1000000);
	slice_start(base, work, done);
	cr_assert(!slice_busy());
	cr_assert_eq(dones, 1);
	slice_start(NULL, work, done);
	cr_assert_eq(dones, 2);
	build_may_pause();
}

/* A second work runs when the first is done, also from its end. */
static void
done_and_on(void)
{
	if (++dones == 1)
		slice_start(base, work, done);
}

Test(slices, from_the_end_of_another)
{
	base = event_base_new();
	slice_set(0);
	slice_start(base, work, done_and_on);
	while (slice_busy())
		turn();
	cr_assert_eq(dones, 2);
}

/* --- a policy --- */

static uint32_t seed = 1;

static unsigned
rnd(unsigned below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static void
start(void)
{
	static char vendor[PATH_MAX], etc[PATH_MAX], state[PATH_MAX], geo[PATH_MAX];
	const struct folders folders = { vendor, etc, state, "/usr", "/etc", "/var", geo };

	folder_start();
	strcpy(vendor, place("vendor"));
	strcpy(etc, place("etc"));
	strcpy(state, place("state"));
	strcpy(geo, place("geo"));
	cr_assert_eq(mkdir(vendor, 0755) | mkdir(etc, 0755) | mkdir(state, 0755) | mkdir(place("etc/profiles"), 0755) |
	    mkdir(place("state/profiles"), 0755), 0);
	base = event_base_new();
	slice_set(0);
	current_start(base, &folders, on_change);
}

TestSuite(slices_policy, .init = start, .fini = folder_finish);

/* All files say the same number; with an odd one the upper half of them is not there. */
static void
write_all(unsigned number, unsigned first)
{
	char name[40];

	for (unsigned i = first; i < FILES; i++) {
		snprintf(name, sizeof name, i % 2 ? "vendor/p%02u.conf" : "etc/profiles/p%02u.conf", i);
		if (number % 2 && i >= FILES / 2)
			(void)unlink(place(name));
		else
			put(name, "profile \"p%u\" { path \"/bin/p%u\"; flags internet; rules { deny address 192.0.2.1 port "
			    "tcp/%u } }\n", i, i, number);
	}
	put("etc/bulwark.conf", "rules { deny port tcp/%u }\n%s", number, number % 3 ? "define $x { 1.2.3.4 }" : "");
}

/* The number that all profiles in force have, and that there are as many as belong to it; 0: they differ. */
static unsigned
number_in_force(void)
{
	const struct policy *p = current_policy();
	unsigned number = p->rules.count == 0 ? 0 : p->rules.rules[0].keys[0].low & 0xffff;

	for (unsigned i = 0; i < FILES; i++) {
		char path[20];
		const struct profile *f = policy_exact(p, path, (size_t)snprintf(path, sizeof path, "/bin/p%u", i));

		if (number % 2 && i >= FILES / 2) {
			if (f != NULL)
				return 0;
		} else if (f == NULL || f->rules.count != 1 || (f->rules.rules[0].keys[0].low & 0xffff) != number)
			return 0;
	}
	return number;
}

static void
finish_reload(unsigned number)
{
	while (slice_busy()) {
		turn();
		cr_assert_neq(number_in_force(), 0);
	}
	cr_assert_eq(number_in_force(), number);
}

Test(slices_policy, never_half_a_policy)
{
	unsigned number = 100, slices = 0;

	write_all(number, 0);
	current_reload();
	while (slice_busy())
		turn();
	for (unsigned round = 0; round < ROUNDS; round++) {
		unsigned restarts = rnd(4), before = number_in_force();

		write_all(++number, 0);
		current_reload();
		cr_assert(slice_busy());
		while (restarts-- > 0) {
			for (unsigned turns = rnd(60); turns > 0 && slice_busy(); turns--, slices++) {
				turn();
				cr_assert_geq(number_in_force(), before);
				before = number_in_force();
			}
			write_all(++number, 0);
			current_reload();
		}
		finish_reload(number);
	}
	cr_assert_gt(slices, ROUNDS * 10);
}

/* A change that was not told yet keeps what was built from coming into force; the next look counts. */
Test(slices_policy, change_that_is_not_told_yet)
{
	unsigned before;

	write_all(100, 0);
	current_reload();
	while (slice_busy())
		turn();
	before = changes;
	write_all(101, 0);
	current_reload();
	turn();
	write_all(102, 1);
	pending = true;
	while (slice_busy())
		turn();
	cr_assert_eq(number_in_force(), 100);
	cr_assert_eq(changes, before);
	write_all(102, 0);
	current_reload();
	finish_reload(102);
	cr_assert_eq(changes, before + 1);
}

/* Files older than a second are read again only if they changed (FRESH_NS). */
static void
wait_until_old(void)
{
	struct stat st;
	struct timespec now;

	cr_assert_eq(stat(place("etc/bulwark.conf"), &st), 0);
	do {
		usleep(10000);
		clock_gettime(CLOCK_REALTIME, &now);
	} while (now.tv_sec - st.st_ctim.tv_sec < 2);
}

/* What the look before saw is not forgotten when what it built did not come into force. */
Test(slices_policy, change_that_was_seen_already)
{
	unsigned before;

	write_all(100, 0);
	wait_until_old();
	current_reload();
	while (slice_busy())
		turn();
	before = changes;
	current_reload();
	finish_reload(100);
	cr_assert_eq(changes, before);		/* nothing changed */
	cr_assert_eq(unlink(place("etc/bulwark.conf")), 0);
	current_reload();
	while (slice_busy()) {
		turn();
		pending = true;
	}
	cr_assert_eq(changes, before);
	current_reload();
	while (slice_busy())
		turn();
	cr_assert_eq(changes, before + 1);
	cr_assert_eq(current_policy()->rules.count, 0);
}

/* Somebody who changes files without end keeps no old policy in force for ever. */
Test(slices_policy, changes_without_end)
{
	write_all(100, 0);
	current_reload();
	while (slice_busy())
		turn();
	write_all(102, 0);
	changes = 0;
	for (unsigned i = 0; i < 5 && changes == 0; i++) {
		current_reload();
		while (slice_busy()) {
			turn();
			pending = true;
		}
	}
	cr_assert_eq(changes, 1);
	cr_assert_eq(number_in_force(), 102);
}

/* What is told of a file is told when it counts. */
Test(slices_policy, told_when_in_force)
{
	write_all(100, 0);
	put("vendor/p01.conf", "nonsense");
	current_reload();
	while (slice_busy()) {
		cr_assert_eq(notices > 0, current_policy()->broken_files > 0);
		turn();
	}
	cr_assert_eq(notices, 1);
}

/* Of very many files not each is told of. */
Test(slices_policy, not_all_is_told)
{
	char name[40];

	for (unsigned i = 0; i < 150; i++) {
		snprintf(name, sizeof name, "vendor/b%03u.conf", i);
		put(name, "nonsense");
	}
	current_reload();
	while (slice_busy())
		turn();
	cr_assert_eq(notices, 101);
	cr_assert_eq(current_policy()->broken_files, 150);
}
