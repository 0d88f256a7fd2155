/*
 * See keep_found.h. The search is made once for a program and a policy, when the program is
 * first used in it: decide() only reads what came of it.
 */
#include "current.h"
#include "keep_found.h"
#include "tell.h"

/* Once for each policy: who wrote the framework should know. */
static void
tell_limit(const struct policy *policy, const struct profile *framework)
{
	static uint32_t told;

	if (told == policy->serial)
		return;
	told = policy->serial;
	tell_notice(UI_WARN, "framework \"%s\" (%s:%u): its find takes too long for some programs; they count as "
	    "programs whose arguments it does not fit", framework->name, framework->where.file->shown,
	    framework->framework->find_where.line);
}

void
keep_found(const struct program *program, struct found *found)
{
	const struct policy *policy = current_policy();

	if (found->serial == policy->serial)
		return;
	framework_search(policy, program, found, NULL, NULL);
	if (found->limited != NULL)
		tell_limit(policy, found->limited);
}
