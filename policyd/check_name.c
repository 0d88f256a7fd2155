/*
 * Checks by name: of a question to the suite's resolver (9) and of flows whose
 * name is known (12, 13). Names are known only while that resolver is used.
 */
#include "checks.h"

static const struct where nowhere;

bool
asks_local(const struct judging *j)
{
	const struct facts *f = j->f;

	return f->question && f->name != NULL && name_is_local(f->name, f->name_len);
}

static bool
asks_host(const struct judging *j)
{
	const struct facts *f = j->f;

	return f->question && f->name != NULL && name_is_host(f->name, f->name_len);
}

/* Of programs without a profile the setting lan says what they may ask in the local network. */
static bool
check_reach_free(struct judging *j, bool local)
{
	if (local)
		return by_setting(j, 9, SAY_LAN, SETTING_LAN);
	pass(j, 9, SAY_SCOPE_FREE, nowhere);
	return false;
}

static bool
value_denies(enum value v)
{
	return v == VALUE_DENY || v == VALUE_BLOCK || v == VALUE_DROP;
}

/* Does where an address lies matter to this profile, or to the settings without one? */
static bool
is_by_scope(const struct judging *j)
{
	const struct profile *profile = j->profile;

	if (profile == NULL)
		return value_denies(setting_value(j, SETTING_LAN)) ||
		    value_denies(setting_value(j, SETTING_DEFAULT_OUTGOING));
	return (profile->flags_stated || !j->overlay) && (~profile->flags & (FLAG_INTERNET | FLAG_LOCALNET)) != 0;
}

/* 9, of a question: names of the local network need one of the flags, all others internet. */
bool
check_reach(struct judging *j)
{
	const struct profile *profile = j->profile;
	bool local = asks_local(j);

	j->out->by_address |= is_by_scope(j);
	if (asks_host(j)) {
		if (!j->opinion)
			pass(j, 9, SAY_INSIDE, nowhere);
		return false;
	}
	if (profile == NULL)
		return check_reach_free(j, local);
	if (!profile->flags_stated && j->overlay)
		return false;
	if (!(profile->flags & (local ? FLAG_LOCALNET | FLAG_INTERNET : FLAG_INTERNET)))
		return deny(j, 9, local ? SAY_NO_LOCALNET : SAY_NO_INTERNET, profile->flags_stated ?
		    profile->flags_where : profile->where);
	pass(j, 9, SAY_SCOPE_FITS, profile->flags_where);
	return false;
}

/*
 * A program's own way out to the Internet, which may be meant to begin with a name. Questions
 * to port 53 are not: there is no name before the first of them.
 */
static bool
is_way_out(const struct judging *j)
{
	const struct tuple *t = &j->f->tuple;

	return j->program != NULL && j->direction == DIRECTION_OUT && j->place.scope == SCOPE_INTERNET &&
	    !(t->dport == 53 && (t->proto == PROTO_TCP || t->proto == PROTO_UDP));
}

static bool
names_are_known(const struct judging *j)
{
	return setting_value(j, SETTING_NAMESERVER) == VALUE_ON;
}

bool
is_direct(const struct judging *j)
{
	return is_way_out(j) && names_are_known(j) && j->f->name == NULL && !j->f->question && !j->f->reach;
}

/* 12: to an address that this program asked no name for. */
bool
check_direct(struct judging *j)
{
	const struct profile *profile = j->profile;

	if (!is_way_out(j) || !names_are_known(j) || (j->overlay && !profile->flags_stated))
		return false;
	if (!(profile != NULL && (profile->flags & FLAG_DIRECTCONNECT)) &&
	    setting_value(j, SETTING_DIRECT) >= VALUE_ASK)
		j->out->looked |= LOOKED_NAME;
	if (j->f->name != NULL) {
		if (!j->opinion)
			pass(j, 12, SAY_NAMED, nowhere);
		return false;
	}
	if (profile != NULL && (profile->flags & FLAG_DIRECTCONNECT)) {
		pass(j, 12, SAY_DIRECT_FITS, profile->flags_where);
		return false;
	}
	if (!by_setting(j, 12, SAY_DIRECT, SETTING_DIRECT))
		return false;
	j->out->named = true;		/* the program may ask for the name yet */
	return true;
}

/* A flow without a name: what may be direct is no matter of domains. */
static bool
check_unnamed(struct judging *j)
{
	const struct profile *profile = j->profile;

	if (!is_way_out(j) || (profile->flags & FLAG_DIRECTCONNECT))
		return false;
	if (names_are_known(j))
		return deny(j, 13, SAY_DOMAIN_UNKNOWN, profile->domains.where);
	pass(j, 13, SAY_DOMAIN_OFF, profile->domains.where);
	return false;
}

/* 13: the property domains, at the question and again at each flow. */
bool
check_domains(struct judging *j)
{
	const struct profile *profile = j->profile;
	const struct facts *f = j->f;

	if (profile == NULL || !profile->domains.stated || j->direction != DIRECTION_OUT ||
	    asks_host(j) || (!f->question && j->place.scope == SCOPE_HOST))
		return false;
	j->out->named = true;
	if (!f->question && f->name == NULL)
		return check_unnamed(j);
	if (f->name == NULL || !domains_have(&profile->domains, f->name, f->name_len))
		return deny(j, 13, SAY_DOMAIN_MISSES, profile->domains.where);
	pass(j, 13, SAY_DOMAIN_FITS, profile->domains.where);
	return false;
}
