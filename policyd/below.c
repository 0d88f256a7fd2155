/*
 * See below.h. Called by decide_server.c.
 */
#include "below.h"
#include "checks.h"
#include "current.h"
#include "gather.h"
#include "identity.h"

bool
below_is_closed(void)
{
	return current_policy()->settings.value[SETTING_PACKET_SOCKETS][level_now()] == VALUE_DENY;
}

/*
 * Only what names the program for certain: its proven path, or what root made it to be. What a program says of
 * itself leads to no such right.
 */
static const struct profile *
certain_profile(const struct program *p)
{
	enum say		 how;
	const struct profile	*profile = profile_find(current_policy(), p, &how);

	if (profile == NULL || profile->broken != NULL || (p->flags & PROCESS_TRACED) != 0)
		return NULL;
	/* It is said by what the kernel knows, and this cgroup it does not. */
	if (how == SAY_IDENTITY && (p->flags & PROCESS_NAMED_CGROUP) != 0)
		return NULL;
	if (how == SAY_EXACT || (how == SAY_IDENTITY && (p->flags & PROCESS_DELETED) == 0))
		return profile;
	return how == SAY_PREFIX && identity_safe_file(p->flags, p->path, p->path_len) ? profile : NULL;
}

bool
below_permits(const struct program *p)
{
	const struct profile	*profile = p != NULL ? certain_profile(p) : NULL;
	struct decision		 out = { .action = 0 };
	struct facts		 f;
	struct judging		 j = { .f = &f, .p = current_policy(), .program = p, .profile = profile, .out = &out,
				       .direction = DIRECTION_OUT };

	if (profile == NULL || !profile->flags_stated || (profile->flags & FLAG_PACKETS) == 0)
		return false;
	facts_begin(&f);
	f.direction = DIRECTION_OUT;
	/* It is said of all processes whose facts are equal to the kernel: what else was looked at is not among those. */
	return !check_user(&j) && out.looked == 0;
}
