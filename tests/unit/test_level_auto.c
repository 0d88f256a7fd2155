/*
 * The level over time: commands for a while, reasons that come and go, restarts, clocks that are set. The clocks
 * are this test's own.
 */
/* links: @level policyd/arena.c policyd/diag.c policyd/words.c policyd/value_build.c */
#include <time.h>

#include "level.h"
#include "level_auto.h"
#include "level_hand.h"
#include "temp_folder.h"

static time_t	boot_s, wall_s;
static unsigned	changes;

/* Instead of the C library's. */
int
clock_gettime(clockid_t clock, struct timespec *t)
{
	*t = (struct timespec){ .tv_sec = clock == CLOCK_REALTIME ? wall_s : boot_s };
	return 0;
}

static void
on_change(void)
{
	changes++;
}

static void
start(void)
{
	folder_start();
	boot_s = 1000;
	wall_s = 1700000000;
}

TestSuite(level_auto, .init = start, .fini = folder_finish);

static struct conf	conf;
static struct policy	policy = { .level = LEVEL_DYNAMIC, .conf = &conf };

static void
restart(void)
{
	level_start(top, on_change);
	(void)level_follow(&policy);
}

static void
later(time_t seconds)
{
	boot_s += seconds;
	wall_s += seconds;
	level_tick();
	(void)level_follow(&policy);
}

static void
is(enum level level, const char *why)
{
	cr_assert_eq(level_now(), level, "%d, not %d: %s", level_now(), level, level_why());
	cr_assert_str_eq(level_why(), why, "%s, not %s", level_why(), why);
}

#define BUILT_IN	"built in: bulwark.conf names none"

Test(level_auto, for_a_time)
{
	restart();
	cr_assert_eq(level_set(LEVEL_SECURE, 3600, 0, &policy), 0);
	is(LEVEL_SECURE, "set by a command of user 0 until 2023-11-14 23:13:20 UTC");
	later(3599);
	cr_assert_eq(level_now(), LEVEL_SECURE);
	later(1);
	is(LEVEL_DYNAMIC, BUILT_IN);
	cr_assert_str_eq(level_news(), "the command's time is over: ");
	cr_assert_eq(access(place("level-for"), F_OK), -1);
}

Test(level_auto, a_time_that_a_command_ends)
{
	restart();
	cr_assert_eq(level_set(LEVEL_FORTRESS, 3600, 0, &policy), 0);
	cr_assert_eq(level_set(LEVEL_SECURE, 0, 0, &policy), 0);
	is(LEVEL_SECURE, "set by a command of user 0");
	cr_assert_str_eq(level_news(), "");
	cr_assert_eq(level_set(LEVEL_FORTRESS, 3600, 0, &policy), 0);
	cr_assert_eq(level_set(0, 0, 0, &policy), 0);
	is(LEVEL_DYNAMIC, BUILT_IN);
	cr_assert_str_eq(level_news(), "a command: by bulwark.conf and reasons again: ");
}

/* Back to what was before, also what was set by hand; another one for a time takes the first one's place. */
Test(level_auto, back_to_what_was_before)
{
	restart();
	cr_assert_eq(level_set(LEVEL_FORTRESS, 0, 7, &policy), 0);
	cr_assert_eq(level_set(LEVEL_DYNAMIC, 60, 0, &policy), 0);
	cr_assert_eq(level_set(LEVEL_SECURE, 90, 0, &policy), 0);
	later(89);
	cr_assert_eq(level_now(), LEVEL_SECURE);
	later(1);
	is(LEVEL_FORTRESS, "set by a command of user 7");
	cr_assert_eq(level_set(LEVEL_DYNAMIC, 60, 0, &policy), 0);
	cr_assert_eq(level_set(LEVEL_SECURE, 0, 0, &policy), 0);	/* for good: ends both before */
	later(60);
	is(LEVEL_SECURE, "set by a command of user 0");
	cr_assert_eq(level_set(LEVEL_DYNAMIC, 60, 0, &policy), 0);
	cr_assert_eq(level_set(0, 0, 0, &policy), 0);
	is(LEVEL_DYNAMIC, BUILT_IN);
	restart();
	is(LEVEL_DYNAMIC, BUILT_IN);
}

Test(level_auto, over_a_restart)
{
	restart();
	cr_assert_eq(level_set(LEVEL_SECURE, 0, 7, &policy), 0);
	cr_assert_eq(level_set(LEVEL_FORTRESS, 3600, 0, &policy), 0);
	boot_s = 5;		/* the machine, too, which was off for a while */
	wall_s += 1800;
	restart();
	is(LEVEL_FORTRESS, "set by a command of user 0 until 2023-11-14 23:13:20 UTC");
	later(1799);
	cr_assert_eq(level_now(), LEVEL_FORTRESS);
	later(1);
	is(LEVEL_SECURE, "set by a command of user 7");
	cr_assert_eq(level_set(LEVEL_FORTRESS, 3600, 0, &policy), 0);
	wall_s += 3600;
	restart();
	is(LEVEL_SECURE, "set by a command of user 7");
}

/* A clock that is set back makes it no longer, neither while policyd lives nor over a restart. */
Test(level_auto, clock_set_back)
{
	restart();
	cr_assert_eq(level_set(LEVEL_DYNAMIC, 3600, 0, &(struct policy){ .level = LEVEL_DYNAMIC, .conf = &conf }), 0);
	level_fact_attack(true);
	wall_s -= 86400;
	later(3540);
	cr_assert_eq(level_now(), LEVEL_DYNAMIC);
	wall_s -= 10 * 86400;
	restart();
	cr_assert_eq(level_now(), LEVEL_DYNAMIC);
	later(59);
	cr_assert_eq(level_now(), LEVEL_DYNAMIC);
	later(1);
	cr_assert_str_eq(level_news(), "the command's time is over: ");
}

/* Sleep counts: it ends by the clock that goes on. A clock set ahead ends nothing while policyd lives. */
Test(level_auto, clock_set_ahead)
{
	restart();
	cr_assert_eq(level_set(LEVEL_FORTRESS, 3600, 0, &policy), 0);
	wall_s += 86400;
	later(100);
	cr_assert_eq(level_now(), LEVEL_FORTRESS);
	later(3500);
	cr_assert_eq(level_now(), LEVEL_DYNAMIC);
}

static const struct { const char *text; bool taken; } files[] = {
	{ "fortress dynamic 0 1700000100 100\n", true }, { "fortress dynamic 0 1700000100 99999\n", true },
	{ "fortress dynamic 0 4294967295 100", true },
	{ "", false }, { "fortress dynamic 0\n", false }, { "fortress dynamic 0 1700000100\n", false },
	{ "fortress dynamic 0 1700000000 100\n", false }, { "fortress dynamic 0 1600000000 100\n", false },
	{ "fortress dynamic 0 1700000100 0\n", false }, { "fortress dynamic 0 1700000100 -1\n", false },
	{ "fortress dynamic 0 1700000100 4294967295\n", false }, { "fortress dynamic 0 99999999999 100\n", false },
	{ "auto dynamic 0 1700000100 100\n", false }, { "fortress dynamic 0 1700000100 100 1\n", false },
	{ "fortress secure 0 1700000100 100\n", false },	/* bulwark.conf named another level then */
};

Test(level_auto, what_was_written_down)
{
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		put("level-for", "%s", files[i].text);
		restart();
		cr_expect_eq(level_now(), files[i].taken ? LEVEL_FORTRESS : LEVEL_DYNAMIC, "row %zu", i);
		(void)unlink(place("level-for"));
	}
}

/* To secure in an unknown network or on an attack, and back half a minute after the last reason has ended. */
Test(level_auto, reasons)
{
	restart();
	level_fact_network(true);
	level_fact_attack(false);
	is(LEVEL_DYNAMIC, BUILT_IN);
	cr_assert_eq(changes, 0);
	level_fact_network(false);
	cr_assert_eq(changes, 1);
	later(0);
	is(LEVEL_SECURE, "an unknown network: built in");
	cr_assert_str_eq(level_who(), "policyd");
	later(10000);
	level_fact_attack(true);
	level_fact_network(true);
	later(29);
	level_fact_attack(false);
	later(29);
	is(LEVEL_SECURE, "an attack: built in");
	later(1);
	is(LEVEL_DYNAMIC, BUILT_IN);
	cr_assert_str_eq(level_news(), "what switched it has ended: ");
}

/* What comes and goes each ten seconds is one reason all the time, and wakes nobody. */
Test(level_auto, flapping)
{
	unsigned before;

	restart();
	level_fact_attack(true);
	later(0);
	before = changes;
	for (int i = 0; i < 500; i++) {
		level_fact_attack(i % 2 == 1);
		later(10);
		cr_assert_eq(level_now(), LEVEL_SECURE);
	}
	cr_assert_eq(changes, before);
	level_fact_attack(false);
	later(30);
	cr_assert_eq(level_now(), LEVEL_DYNAMIC);
}

/* Right before anybody tells a fact. */
Test(level_auto, reasons_over_a_restart)
{
	restart();
	level_fact_attack(true);
	level_fact_network(false);
	boot_s = 3;
	restart();
	cr_assert_eq(level_now(), LEVEL_SECURE);
	later(29);
	cr_assert_eq(level_now(), LEVEL_SECURE);
	level_fact_network(false);	/* still unknown */
	later(100);
	is(LEVEL_SECURE, "an unknown network: built in");
	level_fact_network(true);
	later(30);
	is(LEVEL_DYNAMIC, BUILT_IN);
	restart();
	is(LEVEL_DYNAMIC, BUILT_IN);
}

Test(level_auto, broken_reasons_file)
{
	put("level-auto", "%s", "networks attac\n\n  x attack");
	restart();
	is(LEVEL_SECURE, "an attack: built in");
	put("level-auto", "%s", "");
	restart();
	is(LEVEL_DYNAMIC, BUILT_IN);
}

/* Fortress by itself only where the user wrote so. */
Test(level_auto, rules)
{
	static const struct file file = { .shown = "/etc/bulwark.conf" };
	struct conf rules = { .level_rule = { [REASON_ATTACK] = { LEVEL_FORTRESS, { &file, 4 } },
		[REASON_NETWORK] = { LEVEL_DYNAMIC, { &file, 5 } } } };

	policy.conf = &rules;
	restart();
	level_fact_network(false);
	later(0);
	is(LEVEL_DYNAMIC, BUILT_IN);
	level_fact_attack(true);
	later(0);
	is(LEVEL_FORTRESS, "an attack: /etc/bulwark.conf:4");
	policy.conf = &conf;		/* the line went */
	later(0);
	is(LEVEL_SECURE, "an unknown network: built in");
	policy.conf = NULL;
	later(0);
	is(LEVEL_SECURE, "an unknown network: built in");
	policy.level = LEVEL_FORTRESS;	/* bulwark.conf's is higher */
	later(0);
	is(LEVEL_FORTRESS, BUILT_IN);
}

Test(level_auto, by_hand_goes_before)
{
	restart();
	level_fact_attack(true);
	later(0);
	cr_assert_eq(level_set(LEVEL_DYNAMIC, 60, 0, &policy), 0);
	cr_assert_eq(level_now(), LEVEL_DYNAMIC);
	later(60);
	is(LEVEL_SECURE, "an attack: built in");
	cr_assert_eq(level_set(LEVEL_FORTRESS, 0, 0, &policy), 0);
	level_fact_attack(false);
	later(30);
	is(LEVEL_FORTRESS, "set by a command of user 0");
}

/*
 * However facts, commands, time and restarts follow each other: the level is the one that they ask for. A model
 * beside it, which knows but when each reason last held.
 */
Test(level_auto, any_order)
{
	unsigned seed = 12345;
	bool is_now[LEVEL_REASONS] = { false };
	time_t held_to[LEVEL_REASONS] = { 0 }, hand_to = 0;
	enum level hand = 0, timed = 0;

	restart();
	for (int i = 0; i < 20000; i++) {
		unsigned what, r;
		enum level wanted = LEVEL_DYNAMIC;

		seed = seed * 1103515245 + 12345;
		what = seed >> 16 & 15;
		r = seed >> 20 & 1;
		if (what < 6) {
			bool fact = (seed >> 21 & 1) != 0;

			if (is_now[r] && !fact)
				held_to[r] = boot_s + LEVEL_AUTO_HOLD_S;
			is_now[r] = fact;
			if (r == REASON_NETWORK)
				level_fact_network(!fact);
			else
				level_fact_attack(fact);
		} else if (what == 6) {
			hand = LEVEL_DYNAMIC + (seed >> 22 & 1);
			timed = 0;
			cr_assert_eq(level_set(hand, 0, 0, &policy), 0);
		} else if (what == 7) {
			timed = LEVEL_FORTRESS;
			hand_to = boot_s + 50;
			cr_assert_eq(level_set(timed, 50, 0, &policy), 0);
		} else if (what == 8) {
			hand = timed = 0;
			cr_assert_eq(level_set(0, 0, 0, &policy), 0);
		} else if (what == 9) {
			for (r = 0; r < LEVEL_REASONS; r++) {
				if (is_now[r] || boot_s < held_to[r])
					held_to[r] = boot_s + LEVEL_AUTO_HOLD_S;
				is_now[r] = false;
			}
			restart();
		}
		later(what > 9 ? (time_t)(seed >> 24 & 15) : 0);
		if (timed != 0 && boot_s >= hand_to)
			timed = 0;
		for (r = 0; r < LEVEL_REASONS; r++)
			if (is_now[r] || boot_s < held_to[r])
				wanted = LEVEL_SECURE;
		wanted = timed != 0 ? timed : hand != 0 ? hand : wanted;
		cr_assert_eq(level_now(), wanted, "step %d: %d, not %d (%s)", i, level_now(), wanted, level_why());
	}
}
