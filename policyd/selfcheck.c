/*
 * See selfcheck.h. Of resolverd's word only that a question came is taken, and that only
 * makes a warning go: one that was taken over could hide that its door is dead.
 */
#include <stddef.h>

#include "current.h"
#include "decide_server.h"
#include "machine.h"
#include "names_server.h"
#include "selfcheck.h"
#include "tell.h"

static const char no_packet[] = "a packet of the suite's own did not come to the queue: other rules (nft list "
    "ruleset) hold packets back";
static const char no_question[] = "questions for names do not come to resolverd: other rules (nft list ruleset) "
    "lead port 53 elsewhere";
_Static_assert(sizeof no_packet <= UI_NAME_BYTES && sizeof no_question <= UI_NAME_BYTES, "a warning's room");

static struct { uint32_t id; int64_t since_s; bool open, queued, came; } sent;
static bool		 rules_stand;
static int64_t		 next_s;	/* 0: to be set */
static unsigned		 missed;	/* in a row */
static const char	*wrong;

void
selfcheck_queued(void)
{
	sent.queued = true;
}

void
selfcheck_came(uint32_t id)
{
	sent.came |= id == sent.id;
}

void
selfcheck_pause(void)
{
	sent.open = false;
	next_s = 0;
	missed = 0;
}

void
selfcheck_rules(bool stand)
{
	if (rules_stand && !stand)
		selfcheck_pause();
	rules_stand = stand;
}

const char *
selfcheck_wrong(void)
{
	return wrong;
}

/* Where questions are not led to resolverd, which is said elsewhere, only the queue is looked at. */
static bool
question_must_come(void)
{
	return machine_own()->doors &&
	    current_policy()->settings.value[SETTING_NAMESERVER][level_now()] == VALUE_ON;
}

static const char *
what_is_missing(void)
{
	if (!sent.queued)
		return no_packet;
	return question_must_come() && !sent.came ? no_question : NULL;
}

static void
conclude(const char *missing, int64_t now_s)
{
	sent.open = false;
	missed = missing == NULL ? 0 : missed + 1;
	if (missed == 0 && wrong != NULL)
		tell_notice(UI_INFO, "packets and questions come to the suite again");
	else if (missed >= SELFCHECK_MISSES && missing != wrong)
		tell_notice(UI_ALARM, "%s", missing);
	if (missed == 0 || missed >= SELFCHECK_MISSES)
		wrong = missing;
	next_s = now_s + (missed == 0 ? SELFCHECK_EACH_S : missed < SELFCHECK_MISSES ? 0 : SELFCHECK_AGAIN_S);
}

static void
begin(int64_t now_s)
{
	sent.queued = sent.came = false;
	sent.id = sent.id == UINT32_MAX ? 1 : sent.id + 1;
	sent.since_s = now_s;
	sent.open = names_server_try(sent.id);
	if (!sent.open)
		next_s = now_s + SELFCHECK_FIRST_S;
}

void
selfcheck_tick(int64_t now_s)
{
	const char *missing;

	if (!rules_stand || machine_own()->count == 0 || !decide_server_there())
		return;
	if (next_s == 0)
		next_s = now_s + SELFCHECK_FIRST_S;
	if (sent.open) {
		missing = what_is_missing();
		if (missing == NULL || now_s - sent.since_s >= SELFCHECK_WAIT_S)
			conclude(missing, now_s);
	}
	if (!sent.open && now_s >= next_s)
		begin(now_s);
}
