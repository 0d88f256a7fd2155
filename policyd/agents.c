/*
 * See agents.h.
 */
#include "agents.h"
#include "words.h"

bool
uid_is_person(uint32_t uid)
{
	return uid > SYS_UID_MAX && uid != NOBODY_UID && (uid < DYNAMIC_UID_MIN || uid > DYNAMIC_UID_MAX);
}

bool
agents_have(const struct agents *a, uint32_t uid)
{
	for (unsigned i = 0; i < a->count; i++)
		if (a->uid[i] == uid)
			return true;
	return false;
}

bool
agents_add(struct agents *a, uint32_t uid)
{
	bool fresh = !agents_have(a, uid);

	if (a->count == AGENTS_MOST)
		return false;
	a->uid[a->count++] = uid;
	return fresh;
}

bool
agents_remove(struct agents *a, uint32_t uid)
{
	for (unsigned i = 0; i < a->count; i++)
		if (a->uid[i] == uid) {
			a->uid[i] = a->uid[--a->count];
			return !agents_have(a, uid);
		}
	return false;
}
