/*
 * Check 14: may a program with the flag strict talk to this domain? Called by decide.c;
 * everything that it compares was made before.
 */
#include <string.h>

#include "checks.h"

/* Names of this machine and of the local network belong to nobody. */
static bool
is_near(const struct facts *f)
{
	return name_is_host(f->name, f->name_len) || name_is_local(f->name, f->name_len);
}

static bool
by_package(const struct facts *f, const struct package *package)
{
	for (unsigned i = 0; package != NULL && i < PACKAGE_ZONES; i++)
		if (package->zone[i] != NULL && f->zone < f->name_len &&
		    strlen(package->zone[i]) == (size_t)(f->name_len - f->zone) &&
		    memcmp(package->zone[i], f->name + f->zone, (size_t)(f->name_len - f->zone)) == 0)
			return true;
	return false;
}

/* What the profile lists by name passed check 13. */
bool
check_related(struct judging *j)
{
	const struct profile *profile = j->profile;
	const struct facts *f = j->f;

	if (profile == NULL || !(profile->flags & FLAG_STRICT) || j->direction != DIRECTION_OUT)
		return false;
	j->out->named = true;
	if (f->name == NULL || is_near(f) || (!f->question && j->place.scope == SCOPE_HOST))
		return false;
	if (profile->domains.stated)
		pass(j, 14, SAY_RELATED_LISTED, profile->domains.where);
	else if (profile->vendor_zones.stated && domains_have(&profile->vendor_zones, f->name, f->name_len))
		pass(j, 14, SAY_RELATED_VENDOR, profile->vendor_zones.where);
	else if (by_package(f, f->package[j->out->holder]))
		pass(j, 14, SAY_RELATED_PACKAGE, profile->flags_where);
	else
		return deny(j, 14, SAY_UNRELATED, profile->flags_where);
	return false;
}
