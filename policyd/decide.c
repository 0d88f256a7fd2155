/*
 * decide(): the order of checks; see judge.h and docs/policy.md.
 */
#include <string.h>

#include "checks.h"
#include "identity.h"

static const struct where nowhere;

static struct step *
note(struct judging *j, unsigned check, enum say say, struct where where, uint8_t action)
{
	struct decision *d = j->out;
	struct step *s;

	if (d->steps == STEPS_MOST)	/* can't be: there are fewer checks; the last one counts */
		d->steps--;
	s = &d->step[d->steps++];
	*s = (struct step){ .check = (uint8_t)(j->infrastructure && check > 3 ? 3 : check),
		.action = action, .say = (uint16_t)say, .where = where, .profile = j->profile };
	return s;
}

void
pass(struct judging *j, unsigned check, enum say say, struct where where)
{
	(void)note(j, check, say, where, 0);
}

static bool
state(struct judging *j, unsigned check, enum say say, struct where where, uint8_t action)
{
	note(j, check, say, where, action)->changed = j->changed && action != ACTION_ACCEPT;
	j->out->action = action;
	return true;
}

bool
accept(struct judging *j, unsigned check, enum say say, struct where where)
{
	return state(j, check, say, where, ACTION_ACCEPT);
}

bool
lead_to_resolver(struct judging *j, unsigned check, enum say say, struct where where)
{
	return state(j, check, say, where, ACTION_NAMESERVER);
}

/*
 * Does an answer go back to who really sent it? One to a forged source would
 * carry the denied packet's bytes to anybody. What comes in from elsewhere is
 * answered to where it says it comes from.
 */
static bool
may_answer(const struct judging *j)
{
	const struct facts *f = j->f;

	if (f->question)
		return true;
	if (f->direction == DIRECTION_OUT)
		return j->src.scope == SCOPE_HOST;
	return f->direction == DIRECTION_IN ||
	    on_net_of(f->links, f->device, f->tuple.family, f->tuple.src);
}

/* Outgoing and inside this machine: an answer at once. From elsewhere: silence. */
bool
deny(struct judging *j, unsigned check, enum say say, struct where where)
{
	bool silent = !j->f->question && j->f->direction == DIRECTION_IN && j->place.scope != SCOPE_HOST;

	return silent ? drop(j, check, say, where) : block(j, check, say, where);
}

/* Is anybody there who may answer for this program? */
static bool
somebody_answers(const struct judging *j)
{
	const struct facts *f = j->f;

	return f->agents != NULL && j->program != NULL &&
	    (agents_have(f->agents, 0) || agents_have(f->agents, j->program->uid));
}

static bool
ask_person(struct judging *j, unsigned check, enum say say, struct where where)
{
	struct decision *d = j->out;

	(void)deny(j, check, say, where);
	d->step[d->steps - 1].asked = somebody_answers(j) ? ASKED_WAITS : ASKED_NOBODY;
	d->ask = true;
	d->asker = j->program;
	d->ask_direction = j->direction;
	d->vouched = j->program != NULL && origin_is_vouched(j);
	return true;
}

bool
ask(struct judging *j, unsigned check, enum say say, struct where where)
{
	struct answered a;

	j->unvouched |= say == SAY_SCRIPT_ORIGIN;
	a = answers_of(j);
	j->changed = a.changed;
	if (a.rule == NULL || a.rule->action == RULE_ASK)
		return ask_person(j, check, say, where);
	note(j, check, say, where, 0)->asked = ASKED_ANSWERED;
	j->out->once |= a.once;
	if (rule_denies(a.rule->action))
		return deny(j, 17, SAY_ANSWER_DENIES, a.rule->where);
	/* Who the program is (6) opens nothing that its profile does not permit. */
	j->answered |= check > 6;
	return check >= 17 && accept(j, 17, SAY_ANSWER_ALLOWS, a.rule->where);
}

bool
block(struct judging *j, unsigned check, enum say say, struct where where)
{
	return state(j, check, say, where, may_answer(j) ? ACTION_BLOCK : ACTION_DROP);
}

bool
drop(struct judging *j, unsigned check, enum say say, struct where where)
{
	return state(j, check, say, where, ACTION_DROP);
}

bool
by_setting(struct judging *j, unsigned check, enum say say, enum setting setting)
{
	enum value value = setting_value(j, setting);
	struct where where = j->p->settings.where[setting];
	unsigned at = j->out->steps;	/* its step; an answer's may follow */
	bool stated = value >= VALUE_ASK;

	if (value == VALUE_ASK)
		stated = ask(j, check, say, where);
	else if (stated)
		(void)deny(j, check, say, where);
	else
		pass(j, check, say, where);
	if (at >= j->out->steps)
		at = j->out->steps - 1;
	j->out->step[at].setting = SAY_SETTING(setting, j->level, value);
	return stated;
}

/* What every profile is asked, in this order. check_default() always states a verdict. */
static check_fn *const flow_checks[] = {
	check_user, check_question, check_direction, check_scope, check_connect, check_rules,
	check_direct, check_domains, check_related, check_bypass, check_discovery, check_lists,
	check_answers, check_default,
};

/* The same of a question. Ports to connect to say nothing about names. */
static check_fn *const question_checks[] = {
	check_user, check_reach, check_rules, check_domains, check_related, check_bypass, check_lists,
	check_answers, check_default,
};

static void
run_checks(struct judging *j)
{
	check_fn *const *check = j->f->question ? question_checks : flow_checks;

	while (!(*check)(j))
		check++;
	if (j->out->action == ACTION_ACCEPT && j->wants_asking != NULL) {
		j->out->steps--;	/* what would be permitted is asked for */
		(void)ask(j, 17, SAY_ANSWER_ASKS, j->wants_asking->where);
	}
	if (j->out->action == ACTION_ACCEPT)
		(void)check_tunnel(j);
}

/* Who would be asked might say yes: that is less than a plain no. */
static unsigned
rank(const struct decision *d)
{
	static const uint8_t ranks[ACTION_MAX + 1] = { [ACTION_ACCEPT] = 0, [ACTION_NAMESERVER] = 1,
		[ACTION_TUNNEL] = 2, [ACTION_BLOCK] = 4, [ACTION_DROP] = 5 };

	return d->ask ? 3 : ranks[d->action];
}

/* The strictest verdict counts, with its own chain of steps. */
static void
strictest(struct decision *out, const struct decision *other)
{
	bool alarm = out->alarm || other->alarm, named = out->named || other->named,
	    by_address = out->by_address || other->by_address;
	uint64_t lists = out->lists | other->lists;
	uint8_t looked = out->looked | other->looked;

	if (rank(other) > rank(out))
		*out = *other;
	out->alarm = alarm;
	out->named = named;
	out->by_address = by_address;
	out->lists = lists;
	out->looked = looked;
}

/* A further profile that may only tighten what was decided. */
static void
tighten(const struct judging *by, const struct profile *profile, bool overlay, uint8_t direction,
    const uint8_t *remote, const struct place *place)
{
	struct decision other = { .holder = by->out->holder };
	struct judging j = *by;

	j.out = &other;
	j.opinion = true;
	j.overlay = overlay;
	j.tunnel = false;
	j.answered = j.changed = false;
	j.wants_asking = NULL;
	j.direction = direction;
	j.remote = remote;
	j.place = *place;
	j.profile = NULL;
	profile_take(&j, profile);
	if (profile->broken != NULL)
		(void)deny(&j, 6, SAY_BROKEN, profile->where);
	else
		run_checks(&j);
	strictest(by->out, &other);
}

/* The profile of a program that has one; its origin is not judged. */
static const struct profile *
profile_of(const struct policy *p, const struct program *program)
{
	enum say how;

	return profile_find(p, program, &how);
}

/* What the program's user wrote about it. Returns how many profiles there are. */
static unsigned
users_profiles(const struct judging *j, const struct profile *out[USER_PROFILES])
{
	const struct program *p = j->program;

	return p->flags & PROCESS_PROVEN ? policy_user(j->p, p->uid, p->path, p->path_len, out) : 0;
}

/* Profiles that the program led to by what it says of itself, and its user's. */
static void
tighten_by_others(const struct judging *j, uint8_t direction, const uint8_t *remote,
    const struct place *place)
{
	const struct found *found = found_of(j->p, j->program);
	const struct profile *users[USER_PROFILES];
	unsigned count = users_profiles(j, users);

	for (unsigned i = 0; i < count; i++)
		tighten(j, users[i], true, direction, remote, place);
	for (unsigned i = 0; found != NULL && i < found->also_count; i++)
		tighten(j, found->also[i].profile, found->also[i].overlay, direction, remote, place);
}

static void
refuse_unknown_listener(const struct judging *j)
{
	struct decision other = { .holder = j->out->holder };
	struct judging o = *j;

	o.out = &other;
	(void)deny(&o, 4, SAY_UNKNOWN_LISTENER, nowhere);
	strictest(j->out, &other);
}

/*
 * What leaves by the loopback device goes to an own address. If that is one too many to
 * be told of, nobody looked who listens there.
 */
static bool
to_untold(const struct judging *j)
{
	return j->f->links->more && j->dst.scope != SCOPE_HOST && !is_group(j->dst.scope) &&
	    strcmp(j->f->device, "lo") == 0;
}

/* Inside this machine the profiles of those who listen must permit, too. */
static void
tighten_by_listeners(const struct judging *j)
{
	const struct facts *f = j->f;
	const struct profile *profile;
	struct judging other = *j;

	if (f->question || j->direction != DIRECTION_OUT || (j->dst.scope != SCOPE_HOST && !to_untold(j)))
		return;
	if (f->listener_unknown || to_untold(j))
		refuse_unknown_listener(j);
	for (unsigned i = 0; i < f->listeners; i++) {
		other.program = f->listener[i];
		if ((profile = profile_of(j->p, other.program)) != NULL)
			tighten(&other, profile, false, DIRECTION_IN, f->tuple.src, &j->src);
		tighten_by_others(&other, DIRECTION_IN, f->tuple.src, &j->src);
	}
}

static void
decide_program(const struct judging *by, unsigned holder, struct decision *out)
{
	const struct profile *users[USER_PROFILES];
	const struct found *found;
	struct judging j = *by;
	unsigned count;

	j.out = out;
	j.program = j.f->holder[holder];
	found = found_of(j.p, j.program);
	out->holder = holder;
	if (found == NULL || found->by_hints)
		out->looked |= LOOKED_HINTS;
	if ((j.program->flags & PROCESS_NAMED_CGROUP) && j.p->units)
		out->looked |= LOOKED_CGROUP;
	if (found != NULL && found->unlooked) {
		(void)deny(&j, 4, SAY_UNLOOKED, nowhere);
		return;
	}
	count = users_profiles(&j, users);
	/* The highest minimum level of all profiles holds for all. */
	for (unsigned i = 0; i < count; i++)
		if (users[i]->level > j.level)
			j.level = users[i]->level;
	for (unsigned i = 0; found != NULL && i < found->also_count; i++)
		if (found->also[i].profile->level > j.level)
			j.level = found->also[i].profile->level;
	if (!check_profile(&j))
		run_checks(&j);
	if (j.f->question && !j.freed && out->lists == 0)	/* a rule ended it before check 16 */
		out->lists = lists_counting(&j);
	if (out->action == ACTION_NAMESERVER)	/* the question will be judged, not this flow */
		return;
	tighten_by_others(&j, j.direction, j.remote, &j.place);
	tighten_by_listeners(&j);
}

static void
decide_programs(struct judging *by)
{
	struct decision before, other;

	if (check_attack(by))
		return;
	before = *by->out;
	decide_program(by, 0, by->out);
	for (unsigned i = 1; i < by->f->holders; i++) {
		other = before;
		decide_program(by, i, &other);
		strictest(by->out, &other);
	}
}

/* 3: traffic without a program, by the virtual profile for it. */
static void
decide_infrastructure(struct judging *j, const char *name)
{
	j->infrastructure = true;
	profile_take(j, policy_virtual(j->p, name));
	if (j->profile == NULL || j->profile->broken != NULL) {
		(void)deny(j, 3, SAY_BROKEN, j->profile == NULL ? nowhere : j->profile->where);
		return;
	}
	run_checks(j);
}

/* Of what is forwarded: the container that it certainly comes from, if root named it and a profile does. */
static const struct profile *
senders_container(const struct judging *j)
{
	const struct found *found = j->f->alone && j->f->holders == 1 ? found_of(j->p, j->f->holder[0]) : NULL;

	return found != NULL ? found->container : NULL;
}

static void
tighten_forwarded(const struct judging *j, const struct profile *profile)
{
	if (profile != NULL && profile != j->profile)
		tighten(j, profile, false, DIRECTION_FORWARD, j->remote, &j->place);
}

/*
 * Others may be in that namespace, and what is known may be a guess: the profile of the oldest process there
 * only tightens, and so do those of each container there, and of what a user calls his container.
 */
static void
tighten_by_namespace(const struct judging *j)
{
	const struct profile *oldest = NULL;
	const struct found *found;

	if (j->f->holders > 0)
		tighten_forwarded(j, oldest = profile_of(j->p, j->f->holder[0]));
	for (unsigned i = 0; i < j->f->holders; i++) {
		if ((found = found_of(j->p, j->f->holder[i])) == NULL)
			continue;
		if (found->container != oldest)
			tighten_forwarded(j, found->container);
		for (unsigned n = 0; n < found->claimed; n++)
			tighten_forwarded(j, found->also[n].profile);
	}
}

/* By the container it comes from, else the device it comes in on. */
static void
decide_forwarded(struct judging *j)
{
	char name[8 + DEVICE_BYTES + 1] = "forward:";
	const struct profile *profile = senders_container(j);
	enum say how = profile != NULL ? SAY_IDENTITY : SAY_VIRTUAL;

	if (check_attack(j))
		return;
	memcpy(name + 8, j->f->device, DEVICE_BYTES);
	if (profile == NULL)
		profile = policy_virtual(j->p, name);
	profile_take(j, profile);
	pass(j, 6, profile == NULL ? SAY_FORWARDED : how, profile == NULL ? nowhere : profile->where);
	if (profile != NULL && profile->broken != NULL) {
		(void)deny(j, 6, SAY_BROKEN, profile->where);
		return;
	}
	run_checks(j);
	tighten_by_namespace(j);
}

/* Inside this machine only what has no permanent verdict comes by again on its way in. */
static bool
sent_inside(const struct judging *j)
{
	const struct facts *f = j->f;

	return f->direction == DIRECTION_IN && strcmp(f->device, "lo") == 0 &&
	    j->src.scope == SCOPE_HOST && !has_ports(f->tuple.proto);
}

/*
 * What this machine sent to a group and hears itself: the sender was judged on its
 * way out; now those who listen, as for all that is sent inside this machine.
 */
static void
decide_heard_here(struct judging *j)
{
	const struct profile *profile;
	struct decision before, other;
	struct judging one = *j;

	(void)accept(j, 3, SAY_SENT_INSIDE, nowhere);
	before = *j->out;
	one.out = &other;
	for (unsigned i = 0; i < j->f->holders; i++) {
		other = before;
		other.holder = i;
		one.program = j->f->holder[i];
		if ((profile = profile_of(j->p, one.program)) != NULL)
			tighten(&one, profile, false, DIRECTION_IN, j->remote, &j->place);
		tighten_by_others(&one, DIRECTION_IN, j->remote, &j->place);
		strictest(j->out, &other);
	}
}

/* Only programs ask the suite's resolver, and are answered. */
static void
decide_question(struct judging *j)
{
	if (check_own(j))
		return;
	if (j->f->owner != OWNER_PROCESS || j->f->holders == 0) {
		(void)deny(j, 4, SAY_UNKNOWN, nowhere);
		return;
	}
	pass(j, 3, SAY_NOT_INFRASTRUCTURE, nowhere);
	pass(j, 4, SAY_KNOWN, nowhere);
	decide_programs(j);
}

/* An address of the answer. */
static void
decide_reach(struct judging *j)
{
	const struct tuple *t = &j->f->tuple;

	j->dst = j->place = place_of(j->f->links, t->family, t->dst);
	j->remote = t->dst;
	if (j->dst.scope == SCOPE_INVALID)
		(void)drop(j, 2, SAY_BOGUS_DESTINATION, nowhere);
	else
		decide_question(j);
}

/* 3 and 4: who is it? */
static void
decide_owner(struct judging *j)
{
	const struct facts *f = j->f;

	if (sent_inside(j)) {
		(void)accept(j, 3, SAY_SENT_INSIDE, nowhere);
		return;
	}
	if (f->owner == OWNER_PROCESS && f->sent_here && looped_group(j)) {
		decide_heard_here(j);
		return;
	}
	if (f->direction == DIRECTION_IN && !f->has_socket &&
	    (f->owner == OWNER_NOBODY || f->owner == OWNER_KERNEL)) {
		decide_infrastructure(j, "system");
		if (j->out->action != ACTION_ACCEPT && f->owner == OWNER_NOBODY &&
		    decision_reason(j->out)->say == SAY_DEFAULT_DENIES) {
			j->infrastructure = false;
			(void)deny(j, 4, SAY_NOBODY, nowhere);
		}
	} else if (f->owner == OWNER_KERNEL)
		decide_infrastructure(j, "kernel");
	else if (f->owner == OWNER_FORWARDED ||
	    (f->direction == DIRECTION_FORWARD && f->owner != OWNER_UNKNOWN))
		decide_forwarded(j);
	else if (f->owner == OWNER_PROCESS && f->holders > 0) {
		pass(j, 3, SAY_NOT_INFRASTRUCTURE, nowhere);
		pass(j, 4, SAY_KNOWN, nowhere);
		decide_programs(j);
	} else
		(void)deny(j, 4, f->owner == OWNER_NOBODY ? SAY_NOBODY : SAY_UNKNOWN, nowhere);
}

static bool
redirects(const struct decision *d)
{
	return d->action == ACTION_NAMESERVER || d->action == ACTION_TUNNEL;
}

/*
 * A program's question to a group: each one that is sent opens the time for answers anew.
 * A refusal does not stay either: it would in the entry of those that were permitted.
 */
static bool
asks_group(const struct judging *j)
{
	const struct facts *f = j->f;

	return f->direction == DIRECTION_OUT && f->tuple.proto == PROTO_UDP && f->holders > 0 &&
	    !redirects(j->out) && is_group(j->dst.scope);
}

/*
 * Inside this machine to a port where nobody listens yet: who does later must be asked.
 * What one that listens refuses, the next one may permit.
 */
static bool
awaits_listener(const struct judging *j)
{
	const struct facts *f = j->f;

	return f->direction == DIRECTION_OUT && f->tuple.proto == PROTO_UDP && !redirects(j->out) &&
	    j->dst.scope == SCOPE_HOST && !(f->has_listener && j->out->action == ACTION_ACCEPT);
}

/* Only flows that conntrack tells apart by ports, and verdicts that belong to their program. */
static bool
is_permanent(const struct judging *j)
{
	const struct facts *f = j->f;
	const struct step *reason = decision_reason(j->out);

	/* What a group's member hears has the sender's entry in conntrack. */
	if (!has_ports(f->tuple.proto) || asks_group(j) || looped_group(j) || awaits_listener(j) || j->out->inspected)
		return false;
	if (reason->check == 0)
		return true;
	/* A neighbour's answer counts only while its question waits, one by one. */
	return reason->check != 2 && reason->say != SAY_OWN_ANSWER && reason->say != SAY_NOBODY &&
	    reason->say != SAY_UNKNOWN_LISTENER &&
	    f->owner != OWNER_UNKNOWN && f->owner != OWNER_NOBODY &&
	    !(f->direction == DIRECTION_IN && strcmp(f->device, "lo") == 0);
}

/*
 * May the next flow of this process to the same place be answered without asking? Inside this machine who
 * listens then has a say.
 */
static bool
may_grant(const struct judging *j)
{
	const struct facts *f = j->f;
	const struct decision *d = j->out;

	return d->permanent && f->owner == OWNER_PROCESS && f->holders == 1 && !d->ask && !d->once && !d->alarm && !d->named &&
	    !(d->looked & LOOKED_PASSING) &&
	    decision_reason(d)->check != 0 && (d->action == ACTION_ACCEPT || d->action == ACTION_BLOCK ||
	    d->action == ACTION_DROP) && !f->answers_query && !f->has_listener &&
	    !(f->direction == DIRECTION_OUT && j->dst.scope == SCOPE_HOST) &&
	    (j->place.scope & (SCOPE_HOST | SCOPE_LINK | SCOPE_SITE |
	    SCOPE_INTERNET)) && (j->dst.scope & (SCOPE_HOST | SCOPE_LINK | SCOPE_SITE |
	    SCOPE_INTERNET));
}

/*
 * May the next flow of any process of the same program? The kernel knows a file by its folder and name, so
 * path and mode are the same for all only where nobody but root moves folders. The suite's own
 * processes are known by number.
 */
static bool
is_programs(const struct judging *j)
{
	const struct program *p = j->f->holder[0];

	return j->out->looked == 0 && j->f->direction == DIRECTION_OUT && j->out->action != ACTION_DROP &&
	    decision_reason(j->out)->check != 1 &&
	    (p->flags & (PROCESS_PROVEN | PROCESS_TRACED)) == PROCESS_PROVEN &&
	    identity_safe_file(p->flags, p->path, p->path_len);
}

static uint8_t
grant_of(const struct judging *j)
{
	if (!may_grant(j))
		return GRANT_NONE;
	return is_programs(j) ? GRANT_PROGRAM : GRANT_PROCESS;
}

/* What this machine sent to a group comes back by the device: its scope is the group's. */
bool
looped_group(const struct judging *j)
{
	return j->f->direction == DIRECTION_IN && j->src.scope == SCOPE_HOST &&
	    is_group(j->dst.scope);
}

void
decide(const struct facts *f, const struct policy *p, enum level level, struct decision *out)
{
	struct whereabouts whereabouts = { .of = NULL };
	struct judging j = { .f = f, .p = p, .level = level, .direction = f->direction, .out = out,
		.whereabouts = &whereabouts };

	*out = (struct decision){ 0 };
	if (f->question || f->reach) {
		j.direction = DIRECTION_OUT;
		if (f->reach)
			decide_reach(&j);
		else
			decide_question(&j);
		return;
	}
	j.src = place_of(f->links, f->tuple.family, f->tuple.src);
	j.dst = place_of(f->links, f->tuple.family, f->tuple.dst);
	j.remote = f->direction == DIRECTION_IN ? f->tuple.src : f->tuple.dst;
	j.place = f->direction == DIRECTION_IN && !looped_group(&j) ? j.src : j.dst;
	if (!check_own(&j) && !check_existed(&j) && !check_bogus(&j))
		decide_owner(&j);
	if (out->action == ACTION_ACCEPT || out->action == ACTION_TUNNEL)
		(void)check_inspection(&j);
	out->permanent = is_permanent(&j);
	out->grant = grant_of(&j);
	out->at_once = out->grant != GRANT_NONE && j.direction == DIRECTION_OUT && out->action == ACTION_BLOCK &&
	    setting_value(&j, SETTING_REFUSE_AT_ONCE) == VALUE_ON;
}
