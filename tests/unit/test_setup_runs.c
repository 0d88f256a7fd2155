/*
 * When the parent runs bulwark-setup: pauses between tries, how many there are, and what a
 * stop in the middle of it does.
 */
/* links: sandbox/setup.c sandbox/lines.c */
#include <criterion/criterion.h>
#include <event2/event.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "held.h"
#include "parent.h"
#include "setup.h"
#include "spawn.h"

#define FAILS	(1 << 8)	/* a status of wait(): exit 1 */
#define PID	0x7ffffff0	/* nobody's: above what the kernel gives */

static struct suite	suite = { .phase = SUITE_LOADING };
static struct setup	*setup;
static char		verbs[200];	/* of all runs so far */
static const char	*prints = "";
static bool		runs, ended, gave_up;

int64_t
now_ms(void)
{
	struct timespec	ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void
spawn_init(struct spawn *what, const struct row *row, int binary)
{
	*what = (struct spawn){ .row = row, .binary = binary };
}

pid_t
spawn(const struct spawn *what)
{
	cr_assert(!runs);
	runs = true;
	cr_assert_eq(write(what->fd[STDOUT_FILENO], prints, strlen(prints)), (ssize_t)strlen(prints));
	strcat(verbs, " ");
	strcat(verbs, what->verb);
	return PID;
}

void
held_seal_existing(const struct suite *s)
{
	(void)s;
}

void
status_rules(struct suite *s)
{
	(void)s;
}

void
suite_loaded(struct suite *s)
{
	s->phase = SUITE_UP;
}

/* As main.c does it: a stop, with nobody to wait for. */
void
suite_give_up(struct suite *s)
{
	gave_up = true;
	s->phase = SUITE_STOPPING;
	setup_release(setup);
}

void
suite_ended(struct suite *s)
{
	(void)s;
	ended = true;
}

static void
start(void)
{
	suite.held.guard = suite.held.existing = suite.held.setup = -1;
	suite.base = event_base_new();
	setup = setup_new(&suite);
}

TestSuite(setup_runs, .init = start, .timeout = 30);

/* Lets time go by until a run begins; false if none does. */
static bool
begins_within(int64_t ms)
{
	int64_t	until = now_ms() + ms;

	while (!runs && now_ms() < until) {
		event_base_loop(suite.base, EVLOOP_NONBLOCK);
		usleep(1000);
	}
	return runs;
}

/* The run ends. As main.c: each child that ends is a word to a stop that waits. */
static void
ends(int status)
{
	cr_assert(runs);
	runs = false;
	cr_assert(setup_reaped(setup, PID, status));
	if (suite.phase == SUITE_STOPPING)
		setup_release(setup);
}

static void
stop(void)
{
	suite.phase = SUITE_STOPPING;
	setup_release(setup);
}

Test(setup_runs, release_is_tried_again_after_a_pause)
{
	stop();
	cr_assert(begins_within(100), "the first try is at once");
	for (int again = 0; again < 2; again++) {
		ends(FAILS);
		setup_release(setup);	/* another child ended: no reason to hurry */
		cr_assert(!begins_within(600), "after %s", verbs);
		cr_assert(begins_within(1000), "after %s", verbs);
	}
	cr_assert(!ended);
	ends(FAILS);
	cr_assert(ended);
	cr_assert_eq(suite.exit_status, 1);
	cr_assert_str_eq(verbs, " release release release");
}

Test(setup_runs, release_that_works_the_second_time)
{
	stop();
	cr_assert(begins_within(100));
	ends(FAILS);
	cr_assert(begins_within(1500));
	ends(0);
	cr_assert(ended);
	cr_assert_eq(suite.exit_status, 0);
}

/* Loads that failed do not count against the release. */
Test(setup_runs, failed_loads_and_a_stop)
{
	setup_again(setup);
	for (int i = 0; i < 2; i++) {
		cr_assert(begins_within(1500));
		ends(FAILS);
	}
	stop();
	for (int i = 0; i < 3; i++) {
		cr_assert(!ended, "%s", verbs);
		cr_assert(begins_within(1500));
		ends(FAILS);
	}
	cr_assert(ended);
	cr_assert_str_eq(verbs, " load load release release release");
}

Test(setup_runs, three_loads_then_release)
{
	setup_again(setup);
	for (int i = 0; i < 3; i++) {
		cr_assert(!gave_up);
		cr_assert(begins_within(1500));
		ends(FAILS);
	}
	cr_assert(gave_up);
	cr_assert(begins_within(100));
	ends(0);
	cr_assert(ended);
	cr_assert_str_eq(verbs, " load load load release");
}

/* A stop while rules are being loaded waits for that, then releases. */
Test(setup_runs, stop_during_a_load)
{
	prints = "loaded guard\n";
	setup_again(setup);
	cr_assert(begins_within(500));
	stop();
	setup_again(setup);
	cr_assert_str_eq(verbs, " load");
	ends(0);
	cr_assert(begins_within(100));
	ends(0);
	cr_assert(ended);
	cr_assert_str_eq(verbs, " load release");
}
