/*
 * Checks 7a to 19: what a profile, or the settings for programs without one,
 * say about this flow.
 */

#include "checks.h"

static const struct where nowhere;

struct circumstances
judged_circumstances(const struct judging *j)
{
	struct circumstances with = { .now = &j->f->now, .geo = j->f->geo, .whereabouts = j->whereabouts,
		.network = j->f->network, .direct = is_direct(j), .any_file = j->f->any_file,
		.looked = &j->out->looked };

	if (j->program != NULL) {
		with.has_uid = true;
		with.uid = j->program->uid;
		with.file = program_file(j->program);
	}
	return with;
}

struct rule_query
judged_query(const struct judging *j, const struct circumstances *with)
{
	const struct tuple *t = &j->f->tuple;

	return (struct rule_query){ .direction = j->direction, .scope = (uint8_t)j->place.scope,
		.level = (uint8_t)j->level, .family = t->family, .key = KEY(t->proto, t->dport),
		.address = j->remote, .name = j->direction == DIRECTION_OUT ? j->f->name : NULL,
		.name_len = j->f->name_len, .question = j->f->question, .any_key = j->f->reach,
		.with = with };
}

bool
resolver_serves(const struct judging *j)
{
	return setting_value(j, SETTING_NAMESERVER) == VALUE_ON && j->f->own != NULL && j->f->own->doors;
}

/* 7a: questions for names go to the suite's resolver, but to a server that a rule names exactly. */
bool
check_question(struct judging *j)
{
	const struct tuple *t = &j->f->tuple;
	struct circumstances with;
	struct rule_query q;
	const struct rule *r = NULL;

	if (!resolver_serves(j) || j->opinion || j->program == NULL ||
	    j->direction != DIRECTION_OUT || t->dport != 53 || (t->proto != PROTO_TCP && t->proto != PROTO_UDP))
		return false;
	with = judged_circumstances(j);
	q = judged_query(j, &with);
	if (j->profile != NULL)
		r = ruleset_match(&j->profile->rules, &q);
	if (r == NULL)
		r = ruleset_match(&j->p->rules, &q);
	if (r != NULL && r->exact_server)
		return false;
	return lead_to_resolver(j, 7, SAY_QUESTION, j->p->settings.where[SETTING_NAMESERVER]);
}

static bool
check_listen(struct judging *j)
{
	const struct ports *ports = &j->profile->listen;
	const struct tuple *t = &j->f->tuple;

	if (!ports->stated || ports_have(ports, KEY(t->proto, t->dport)))
		return false;
	return deny(j, 8, has_ports(t->proto) ? SAY_LISTEN_PORT : SAY_LISTEN_PROTOCOL, ports->where);
}

/* What neighbours say to a program that asked them all just now. */
static bool
is_answer(const struct judging *j)
{
	return j->direction == DIRECTION_IN && j->f->answers_query &&
	    ((j->place.scope & SCOPE_LAN) || j->place.own_subnet);
}

/* 8: incoming needs the flag service, and a port of listen-ports where there are any. */
bool
check_direction(struct judging *j)
{
	const struct profile *profile = j->profile;

	if (j->direction != DIRECTION_IN) {
		if (!j->opinion)
			pass(j, 8, j->direction == DIRECTION_OUT ? SAY_OUTGOING : SAY_FORWARDED, nowhere);
		return false;
	}
	if (is_answer(j)) {
		pass(j, 8, SAY_ANSWER, nowhere);
		return false;
	}
	if (profile == NULL) {
		/* Inside this machine the setting host-other-users speaks (check 9). */
		if (j->place.scope == SCOPE_HOST)
			return false;
		return by_setting(j, 8, SAY_INCOMING, SETTING_INCOMING);
	}
	if (profile->flags_stated || !j->overlay) {
		if (!(profile->flags & FLAG_SERVICE))
			return deny(j, 8, SAY_NO_SERVICE, profile->flags_stated ?
			    profile->flags_where : profile->where);
		pass(j, 8, SAY_SERVICE, profile->flags_where);
	}
	return check_listen(j);
}

/* Between persons' programs; what root and the system offer is for all. */
static bool
check_inside(struct judging *j)
{
	const struct facts *f = j->f;

	if (!j->opinion && f->has_listener && j->program != NULL && j->direction == DIRECTION_OUT &&
	    uid_is_person(f->listener_uid) && f->listener_uid != j->program->uid)
		return by_setting(j, 9, SAY_OTHER_USER, SETTING_HOST_OTHER_USERS);
	if (!j->opinion)
		pass(j, 9, SAY_INSIDE, nowhere);
	return false;
}

/* Outgoing to the local network, by a program without a profile. */
static bool
is_lan(const struct judging *j)
{
	return j->profile == NULL && j->direction == DIRECTION_OUT && j->program != NULL &&
	    (j->place.scope & SCOPE_LAN) != 0;
}

static bool
check_lan(struct judging *j)
{
	if (is_lan(j))
		return by_setting(j, 9, SAY_LAN, SETTING_LAN);
	pass(j, 9, SAY_SCOPE_FREE, nowhere);
	return false;
}

/* Does the setting lan permit it? own-subnets: farther private addresses are as the Internet. */
static bool
lan_permits(const struct judging *j)
{
	enum value value = setting_value(j, SETTING_LAN);

	if (asks_local(j))
		return value == VALUE_PERMIT || value == VALUE_OWN_SUBNETS;
	return is_lan(j) && (value == VALUE_PERMIT || (value == VALUE_OWN_SUBNETS &&
	    (j->place.own_subnet || (j->place.scope & SCOPE_SITE) == 0)));
}

/* 9: the flags internet and localnet. */
bool
check_scope(struct judging *j)
{
	const struct profile *profile = j->profile;
	bool lan = (j->place.scope & SCOPE_LAN) != 0;

	if (j->place.scope == SCOPE_HOST)
		return check_inside(j);
	if (profile == NULL)
		return check_lan(j);
	if (!profile->flags_stated && j->overlay)
		return false;
	if (!(profile->flags & (lan ? FLAG_LOCALNET : FLAG_INTERNET)))
		return deny(j, 9, lan ? SAY_NO_LOCALNET : SAY_NO_INTERNET, profile->flags_stated ?
		    profile->flags_where : profile->where);
	pass(j, 9, SAY_SCOPE_FITS, profile->flags_where);
	return false;
}

/* 10: where the program may connect to. */
bool
check_connect(struct judging *j)
{
	const struct profile *profile = j->profile;
	const struct tuple *t = &j->f->tuple;

	if (j->direction == DIRECTION_IN || j->f->reach)
		return false;
	if (profile == NULL || !profile->connect.stated) {
		if (!j->opinion)
			pass(j, 10, SAY_PORT_FREE, nowhere);
		return false;
	}
	if (!ports_have(&profile->connect, KEY(t->proto, t->dport)))
		return deny(j, 10, has_ports(t->proto) ? SAY_CONNECT_PORT : SAY_CONNECT_PROTOCOL,
		    profile->connect.where);
	pass(j, 10, SAY_PORT_FITS, profile->connect.where);
	return false;
}

/* What denies or asks though the place that it names is not known, says so. */
static enum say
say_rule(const struct rule *r, bool global, bool unknown)
{
	if (r->action == RULE_ASK && unknown)
		return global ? SAY_GLOBAL_ASKS_PLACE : SAY_RULE_ASKS_PLACE;
	if (r->action == RULE_ASK)
		return global ? SAY_GLOBAL_ASKS : SAY_RULE_ASKS;
	if (unknown)
		return global ? SAY_GLOBAL_DENIES_PLACE : SAY_RULE_DENIES_PLACE;
	return global ? SAY_GLOBAL_DENIES : SAY_RULE_DENIES;
}

static bool
by_rule(struct judging *j, const struct rule *r, bool global, bool unknown)
{
	const enum say say = say_rule(r, global, unknown);

	j->freed = r->names_count > 0;
	switch (r->action) {
	case RULE_ALLOW:
		return accept(j, 11, global ? SAY_GLOBAL_ALLOWS : SAY_RULE_ALLOWS, r->where);
	case RULE_ASK:
		return ask(j, 11, say, r->where);
	case RULE_TUNNEL:
		j->tunnel = true;
		j->tunnel_where = r->where;
		(void)accept(j, 11, global ? SAY_GLOBAL_TUNNELS : SAY_RULE_TUNNELS, r->where);
		j->out->step[j->out->steps - 1].route = r->route;
		return true;
	case RULE_BLOCK:
		return block(j, 11, say, r->where);
	case RULE_DROP:
		return drop(j, 11, say, r->where);
	case RULE_DENY:
	case RULE_NONE:
		break;
	}
	return deny(j, 11, say, r->where);
}

/*
 * 11: the profile's rules, then the global ones. What a vendor's rule allows
 * an administrator's global deny still denies.
 */
bool
check_rules(struct judging *j)
{
	const struct circumstances with = judged_circumstances(j);
	struct rule_query q = judged_query(j, &with);
	const struct rule *r = NULL, *g = NULL;

	j->out->named |= j->direction == DIRECTION_OUT && ((j->profile != NULL && j->profile->rules.named) ||
	    (!j->opinion && j->p->rules.named));
	j->out->by_address |= (j->profile != NULL && j->profile->rules.by_address) ||
	    (!j->opinion && j->p->rules.by_address);
	if (j->profile != NULL)
		r = ruleset_match(&j->profile->rules, &q);
	if (!j->opinion && (r == NULL || r->where.file == NULL || r->where.file->layer < LAYER_ADMIN))
		g = ruleset_match(&j->p->rules, &q);
	if (g != NULL && (r == NULL || (!rule_denies(r->action) && rule_denies(g->action))))
		return by_rule(j, g, true, condition_place_unknown(g, &q));
	if (r != NULL)
		return by_rule(j, r, false, condition_place_unknown(r, &q));
	if (!j->opinion)
		pass(j, 11, SAY_NO_RULE, nowhere);
	return false;
}

static bool
by_profile_default(struct judging *j)
{
	const struct profile *profile = j->profile;

	switch (profile->fallback) {
	case VALUE_DENY:
		return deny(j, 18, SAY_DEFAULT_DENIES, profile->fallback_where);
	case VALUE_BLOCK:
		return block(j, 18, SAY_DEFAULT_DENIES, profile->fallback_where);
	case VALUE_DROP:
		return drop(j, 18, SAY_DEFAULT_DENIES, profile->fallback_where);
	case VALUE_ASK:
		return ask(j, 18, SAY_DEFAULT_ASKS, profile->fallback_where);
	default:
		return accept(j, 18, SAY_DEFAULT_PERMITS, profile->fallback != 0 ?
		    profile->fallback_where : profile->where);
	}
}

static bool
accept_by(struct judging *j, enum say say, enum setting setting)
{
	(void)accept(j, 18, say, j->p->settings.where[setting]);
	j->out->step[j->out->steps - 1].setting = SAY_SETTING(setting, j->level,
	    setting_value(j, setting));
	return true;
}

/* 18: what nothing else decided. Always states a verdict. */
bool
check_default(struct judging *j)
{
	static const struct { enum setting setting; enum say say; } by[DIRECTION_MAX + 1] = {
		[DIRECTION_OUT] = { SETTING_DEFAULT_OUTGOING, SAY_DEFAULT_OUTGOING },
		[DIRECTION_IN] = { SETTING_INCOMING, SAY_INCOMING },
		[DIRECTION_FORWARD] = { SETTING_FORWARDED, SAY_DEFAULT_FORWARDED },
	};

	if (j->profile != NULL)
		return by_profile_default(j);
	if (j->direction == DIRECTION_IN && j->place.scope == SCOPE_HOST)
		return accept(j, 18, SAY_INSIDE, nowhere);
	if (is_answer(j))
		return accept(j, 18, SAY_ANSWER, nowhere);
	if (lan_permits(j))
		return accept_by(j, SAY_LAN, SETTING_LAN);
	if (by_setting(j, 18, by[j->direction].say, by[j->direction].setting))
		return true;
	j->out->steps--;	/* the setting permits: that is the verdict */
	return accept_by(j, by[j->direction].say, by[j->direction].setting);
}

/* 19: accepted, but by the tunnel only. Never in the clear instead. Whether a port is for it, who knows. */
bool
check_tunnel(struct judging *j)
{
	const struct tuple *t = &j->f->tuple;

	if (!j->tunnel || j->f->reach)
		return false;
	if (setting_value(j, SETTING_TUNNEL) != VALUE_ON)
		return deny(j, 19, SAY_TUNNEL_OFF, j->tunnel_where);
	if (!j->f->question && ((t->proto != PROTO_TCP && t->proto != PROTO_UDP) || j->direction != DIRECTION_OUT))
		return deny(j, 19, SAY_TUNNEL_PROTOCOL, j->tunnel_where);
	j->out->action = j->out->step[j->out->steps - 1].action = ACTION_TUNNEL;
	return true;
}
