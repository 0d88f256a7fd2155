/*
 * Checks 6 and 7: which profile, and by whom the program is run.
 */
#include <string.h>

#include "checks.h"

static const struct where nowhere;

static bool
below(const struct program *p, const char *folder)
{
	size_t len = strlen(folder);

	return p->path_len > len && memcmp(p->path, folder, len) == 0 && p->path[len] == '/';
}

static bool
origin_is_known(const struct program *p)
{
	return (p->flags & PROCESS_ROOT_FILE) && (p->flags & PROCESS_SAFE_MODE) && !below(p, "/tmp") &&
	    !below(p, "/var/tmp") && !below(p, "/dev/shm");
}

void
profile_take(struct judging *j, const struct profile *profile)
{
	j->profile = profile;
	if (profile != NULL && profile->level > j->level)
		j->level = profile->level;
}

/* A setting's word on the program, unless a profile names its path. True: verdict. */
static bool
check_origin(struct judging *j, bool named)
{
	const struct program *p = j->program;

	if (p->flags & PROCESS_TRACED && by_setting(j, 6, SAY_TRACED, SETTING_UNKNOWN_ORIGIN))
		return true;
	if (named)
		return false;
	if (!(p->flags & PROCESS_PROVEN))
		return by_setting(j, 6, SAY_UNPROVEN, SETTING_UNPROVEN);
	if (!origin_is_known(p))
		return by_setting(j, 6, SAY_UNKNOWN_ORIGIN, SETTING_UNKNOWN_ORIGIN);
	return false;
}

/* A path counts only when it was proved to be the file that runs. */
bool
check_profile(struct judging *j)
{
	const struct program *p = j->program;
	const struct profile *exact = NULL, *profile;

	if (p->flags & PROCESS_PROVEN)
		exact = policy_exact(j->p, p->path, p->path_len);
	profile = exact;
	if (profile == NULL && p->flags & PROCESS_PROVEN)
		profile = policy_prefix(j->p, p->path, p->path_len);
	profile_take(j, profile);
	if (profile != NULL && profile->broken != NULL)
		return deny(j, 6, SAY_BROKEN, profile->where);
	if (check_origin(j, exact != NULL))
		return true;
	pass(j, 6, exact != NULL ? SAY_EXACT : profile != NULL ? SAY_PREFIX : SAY_NO_PROFILE,
	    profile == NULL ? nowhere : profile->where);
	return false;
}

bool
uid_is_person(uint32_t uid)
{
	return uid > SYS_UID_MAX && uid != NOBODY_UID && (uid < DYNAMIC_UID_MIN || uid > DYNAMIC_UID_MAX);
}

static bool
is_system(const struct program *p)
{
	static const char unit[] = "/system.slice/";

	return p->uid <= SYS_UID_MAX || (p->uid >= DYNAMIC_UID_MIN && p->uid <= DYNAMIC_UID_MAX) ||
	    ((p->flags & PROCESS_ROOT_CGROUP) && p->cgroup_len >= sizeof unit - 1 &&
	    memcmp(p->cgroup, unit, sizeof unit - 1) == 0);
}

bool
check_user(struct judging *j)
{
	const struct profile *profile = j->profile;

	if (profile == NULL || !profile->flags_stated || j->program == NULL)
		return false;
	if ((profile->flags & FLAG_SYSTEM) && !is_system(j->program))
		return deny(j, 7, SAY_NEEDS_SYSTEM, profile->flags_where);
	if ((profile->flags & FLAG_ADMIN) && j->program->uid != 0 &&
	    !(j->program->flags & PROCESS_ADMIN))
		return deny(j, 7, SAY_NEEDS_ADMIN, profile->flags_where);
	if (profile->flags & (FLAG_SYSTEM | FLAG_ADMIN))
		pass(j, 7, SAY_USER_FITS, profile->flags_where);
	return false;
}
