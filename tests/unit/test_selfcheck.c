/*
 * What is concluded from a question that must come back: when one is sent, what its loss
 * means, and when that is over.
 */
/* links: policyd/selfcheck.c */
#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "current.h"
#include "decide_server.h"
#include "machine.h"
#include "names_server.h"
#include "selfcheck.h"
#include "tell.h"

static struct own	own = { .count = 6, .doors = true };
static struct policy	policy;
static bool		intercept_there = true, resolverd_there = true;
static unsigned		tries, notices;
static uint32_t		last;
static char		notice[256];

bool
decide_server_there(void)
{
	return intercept_there;
}

const struct own *
machine_own(void)
{
	return &own;
}

const struct policy *
current_policy(void)
{
	return &policy;
}

enum level
level_now(void)
{
	return LEVEL_DYNAMIC;
}

bool
names_server_try(uint32_t id)
{
	cr_assert_neq(id, 0);
	cr_assert_neq(id, last);
	last = id;
	tries += resolverd_there;
	return resolverd_there;
}

void
tell_notice(enum ui_notice_level level, const char *format, ...)
{
	va_list	ap;

	(void)level;
	va_start(ap, format);
	(void)vsnprintf(notice, sizeof notice, format, ap);
	va_end(ap);
	notices++;
}

static int64_t	now = 1000;

/* What comes of each question that is sent from now on. */
static bool	comes_to_queue = true, comes_to_door = true;

static void
seconds(unsigned n)
{
	unsigned before;

	for (; n > 0; n--) {
		before = tries;
		selfcheck_tick(now++);
		if (tries == before)
			continue;
		if (comes_to_queue)
			selfcheck_queued();
		if (comes_to_queue && comes_to_door)
			selfcheck_came(last);
	}
}

static void
start(void)
{
	policy.settings.value[SETTING_NAMESERVER][LEVEL_DYNAMIC] = VALUE_ON;
	selfcheck_rules(true);
}

TestSuite(selfcheck, .init = start);

Test(selfcheck, all_is_well)
{
	seconds(SELFCHECK_FIRST_S);
	cr_assert_eq(tries, 0, "they start yet");
	seconds(601);
	cr_assert_geq(tries, 9);
	cr_assert_leq(tries, 11, "once a minute: %u", tries);
	cr_assert_null(selfcheck_wrong());
	cr_assert_eq(notices, 0);
}

Test(selfcheck, a_packet_that_does_not_come)
{
	comes_to_queue = false;
	seconds(SELFCHECK_FIRST_S + SELFCHECK_WAIT_S + 1);
	cr_assert_null(selfcheck_wrong(), "one may get lost");
	seconds(SELFCHECK_WAIT_S + 2);
	cr_assert_not_null(selfcheck_wrong());
	cr_assert_not_null(strstr(selfcheck_wrong(), "queue"));
	seconds(100);
	cr_assert_eq(notices, 1, "said once");
	cr_assert_leq(tries, 3 + 100 / (SELFCHECK_AGAIN_S + SELFCHECK_WAIT_S), "%u", tries);
	comes_to_queue = true;
	seconds(SELFCHECK_AGAIN_S + SELFCHECK_WAIT_S + 1);
	cr_assert_null(selfcheck_wrong());
	cr_assert_eq(notices, 2);
	cr_assert_not_null(strstr(notice, "again"));
}

Test(selfcheck, a_question_that_comes_to_the_queue_alone)
{
	comes_to_door = false;
	seconds(20);
	cr_assert_not_null(selfcheck_wrong());
	cr_assert_not_null(strstr(selfcheck_wrong(), "port 53"));
	comes_to_queue = false;
	seconds(30);
	cr_assert_not_null(strstr(selfcheck_wrong(), "queue"), "another cause is said, too");
	cr_assert_eq(notices, 2);
}

Test(selfcheck, questions_that_are_not_led_to_resolverd)
{
	comes_to_door = false;
	policy.settings.value[SETTING_NAMESERVER][LEVEL_DYNAMIC] = VALUE_OFF;
	seconds(100);
	cr_assert_null(selfcheck_wrong(), "nameserver is off");
	policy.settings.value[SETTING_NAMESERVER][LEVEL_DYNAMIC] = VALUE_ON;
	own.doors = false;
	seconds(100);
	cr_assert_null(selfcheck_wrong(), "its port is not ours, which is said elsewhere");
	cr_assert_geq(tries, 2);
	comes_to_queue = false;
	seconds(100);
	cr_assert_not_null(selfcheck_wrong(), "but the queue must work");
}

Test(selfcheck, nothing_is_concluded_while_somebody_is_missing)
{
	comes_to_queue = false;
	intercept_there = false;
	seconds(100);
	cr_assert_eq(tries, 0);
	intercept_there = true;
	resolverd_there = false;
	seconds(100);
	resolverd_there = true;
	selfcheck_rules(false);
	seconds(100);
	cr_assert_eq(tries, 0);
	cr_assert_null(selfcheck_wrong());
}

Test(selfcheck, a_late_word_is_for_another_question)
{
	comes_to_door = false;
	seconds(SELFCHECK_FIRST_S + SELFCHECK_WAIT_S + 2);
	cr_assert_eq(tries, 2);
	selfcheck_came(last - 1);
	seconds(SELFCHECK_WAIT_S + 1);
	cr_assert_not_null(selfcheck_wrong());
}

Test(selfcheck, one_that_is_started_anew)
{
	comes_to_queue = false;
	seconds(SELFCHECK_FIRST_S + SELFCHECK_WAIT_S + 1);
	selfcheck_pause();
	comes_to_queue = true;
	seconds(100);
	cr_assert_null(selfcheck_wrong());
	cr_assert_eq(notices, 0);
}
