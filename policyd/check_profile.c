/*
 * Checks 6 and 7: which profile, and by whom the program is run.
 */
#include <string.h>

#include "checks.h"
#include "identity.h"

static const struct where nowhere;

static bool
origin_is_known(const struct program *p)
{
	return identity_safe_file(p->flags, p->path, p->path_len);
}

bool
program_is_vouched(const struct policy *policy, const struct program *p)
{
	return (p->flags & (PROCESS_PROVEN | PROCESS_TRACED)) == PROCESS_PROVEN &&
	    (origin_is_known(p) || policy_exact(policy, p->path, p->path_len) != NULL);
}

bool
origin_is_vouched(const struct judging *j)
{
	return !j->unvouched && program_is_vouched(j->p, j->program);
}

void
profile_take(struct judging *j, const struct profile *profile)
{
	j->profile = profile;
	if (profile != NULL && profile->level > j->level)
		j->level = profile->level;
}

const struct found *
found_of(const struct policy *p, const struct program *program)
{
	return program->found != NULL && program->found->serial == p->serial ? program->found : NULL;
}

/*
 * A path counts only when it was proved to be the file that runs. What root made the
 * program to be comes before a framework or a prefix, which name many programs.
 */
const struct profile *
profile_find(const struct policy *p, const struct program *program, enum say *how)
{
	const struct found *found = found_of(p, program);
	const struct profile *profile = NULL;
	bool proven = program->flags & PROCESS_PROVEN;

	*how = SAY_EXACT;
	if (proven && (profile = policy_exact(p, program->path, program->path_len)) != NULL)
		return profile;
	*how = SAY_IDENTITY;
	if (found != NULL && found->identity != NULL)
		return found->identity;
	*how = SAY_FRAMEWORK;
	if (found != NULL && found->framework != NULL)
		return found->framework;
	if (proven)
		profile = policy_prefix(p, program->path, program->path_len);
	*how = profile != NULL ? SAY_PREFIX : SAY_NO_PROFILE;
	return profile;
}

/*
 * A setting's word on the program, unless a profile names its path; one by what root made it
 * to be spares it only the proof of its path. True: verdict.
 */
static bool
check_origin(struct judging *j, enum say how)
{
	const struct program *p = j->program;

	if (p->flags & PROCESS_TRACED && by_setting(j, 6, SAY_TRACED, SETTING_UNKNOWN_ORIGIN))
		return true;
	if (how == SAY_EXACT)
		return false;
	if (!(p->flags & PROCESS_PROVEN) && how == SAY_IDENTITY && !(p->flags & PROCESS_DELETED))
		return false;
	if (!(p->flags & PROCESS_PROVEN))
		return by_setting(j, 6, SAY_UNPROVEN, SETTING_UNPROVEN);
	if (!origin_is_known(p))
		return by_setting(j, 6, SAY_UNKNOWN_ORIGIN, SETTING_UNKNOWN_ORIGIN);
	return false;
}

/* A script of unknown origin is judged as a program of unknown origin is. */
static bool
check_script(struct judging *j)
{
	const struct found *found = found_of(j->p, j->program);

	if (found == NULL || !found->script_unknown)
		return false;
	return by_setting(j, 6, SAY_SCRIPT_ORIGIN, SETTING_UNKNOWN_ORIGIN);
}

bool
check_profile(struct judging *j)
{
	enum say how;
	const struct profile *profile = profile_find(j->p, j->program, &how);

	profile_take(j, profile);
	if (profile != NULL && profile->broken != NULL)
		return deny(j, 6, SAY_BROKEN, profile->where);
	if (check_origin(j, how))
		return true;
	pass(j, 6, how, profile == NULL ? nowhere : profile->where);
	return check_script(j);
}

static bool
is_system(const struct judging *j)
{
	static const char unit[] = "/system.slice/";
	const struct program *p = j->program;

	if (p->uid <= SYS_UID_MAX || (p->uid >= DYNAMIC_UID_MIN && p->uid <= DYNAMIC_UID_MAX))
		return true;
	if (p->flags & PROCESS_NAMED_CGROUP)
		j->out->looked |= LOOKED_CGROUP;
	return (p->flags & PROCESS_ROOT_CGROUP) && p->cgroup_len >= sizeof unit - 1 &&
	    memcmp(p->cgroup, unit, sizeof unit - 1) == 0;
}

/* A person has an agent (agents.h), and so is there. */
static bool
person_is_there(const struct judging *j)
{
	return uid_is_person(j->program->uid) && j->f->agents != NULL &&
	    agents_have(j->f->agents, j->program->uid);
}

bool
check_user(struct judging *j)
{
	const struct profile *profile = j->profile;

	if (profile == NULL || !profile->flags_stated || j->program == NULL)
		return false;
	if ((profile->flags & FLAG_SYSTEM) && !is_system(j))
		return deny(j, 7, SAY_NEEDS_SYSTEM, profile->flags_where);
	if ((profile->flags & FLAG_ADMIN) && j->program->uid != 0)
		j->out->looked |= LOOKED_GROUPS;
	if ((profile->flags & FLAG_ADMIN) && j->program->uid != 0 &&
	    !(j->program->flags & PROCESS_ADMIN))
		return deny(j, 7, SAY_NEEDS_ADMIN, profile->flags_where);
	if ((profile->flags & FLAG_USER) && !person_is_there(j))
		return deny(j, 7, SAY_NEEDS_USER, profile->flags_where);
	if (profile->flags & (FLAG_SYSTEM | FLAG_ADMIN | FLAG_USER))
		pass(j, 7, SAY_USER_FITS, profile->flags_where);
	return false;
}
