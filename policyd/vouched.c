/*
 * See judge.h. Called for who wants to answer unasked; decide() itself knows of flows.
 */
#include "checks.h"

bool
program_is_vouched(const struct policy *policy, const struct program *p)
{
	const struct found *found = found_of(policy, p);

	return file_is_vouched(policy, p) && (found == NULL || !found->script_unknown);
}
