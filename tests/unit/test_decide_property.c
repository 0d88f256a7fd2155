/*
 * What holds of decide() for all policies and flows: what is made stricter never lets more through.
 */
/* links: @decide */
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/seccomp.h>
#include <unistd.h>

#include "decide_random.h"

#define POLICIES	600
#define FLOWS		150

static struct random_policy	was, is;
static struct random_flow	flow;

/* How much gets through: the tunnel is less than the way in the clear. */
static unsigned
passes(const struct decision *d)
{
	return d->action == ACTION_ACCEPT ? 2 : d->action == ACTION_TUNNEL ? 1 : 0;
}

static const char *
show(const struct random_policy *r)
{
	static char out[20000];
	size_t used = (size_t)snprintf(out, sizeof out, "TEST_SEED=%#jx\n", (uintmax_t)policy_seed);

	for (unsigned i = 0; i < r->parts; i++) {
		char *text = part_text(&r->part[i]);

		used += (size_t)snprintf(out + used, sizeof out - used, "= %u %u %s\n%s", r->part[i].layer,
		    r->part[i].uid, r->part[i].file, text);
		free(text);
	}
	return out;
}

static bool
same(const struct decision *a, const struct decision *b)
{
	if (a->action != b->action || a->permanent != b->permanent || a->grant != b->grant || a->ask != b->ask ||
	    a->alarm != b->alarm || a->holder != b->holder || a->steps != b->steps)
		return false;
	for (unsigned i = 0; i < a->steps; i++) {
		const struct step *s = &a->step[i], *t = &b->step[i];

		if (s->check != t->check || s->action != t->action || s->say != t->say || s->setting != t->setting ||
		    s->where.line != t->where.line || (s->profile == NULL) != (t->profile == NULL))
			return false;
	}
	return true;
}

/*
 * Many flows under both policies: the second lets no more through. Where one of them sends a question
 * to the resolver they can't be compared.
 */
static void
never_more(const struct policy *before, const struct policy *after, int steps)
{
	for (unsigned i = 0; i < FLOWS; i++) {
		enum level level = 1 + rnd(LEVEL_MAX);
		struct decision a, b;

		random_flow(&flow);
		if (level + steps > LEVEL_MAX)
			continue;
		decide(&flow.facts, before, level, &a);
		decide(&flow.facts, after, level + steps, &b);
		if (a.action == ACTION_NAMESERVER || b.action == ACTION_NAMESERVER)
			continue;
		cr_assert_leq(passes(&b), passes(&a),
		    "was %u by check %u say %u, is %u by check %u say %u at level %u:\n%s", a.action, decision_reason(&a)->check, decision_reason(&a)->say, b.action,
		    decision_reason(&b)->check, decision_reason(&b)->say, level, show(&is));
	}
}

/* Each random policy, and what change() makes of it; false: nothing to change. */
static void
for_all(bool (*change)(struct random_policy *), int steps)
{
	unsigned changed = 0;

	for (unsigned i = 0; i < POLICIES; i++) {
		struct policy *before, *after;

		random_policy(&was);
		is = was;
		if (!change(&is))
			continue;
		changed++;
		before = random_policy_make(&was, NULL);
		after = random_policy_make(&is, NULL);
		never_more(before, after, steps);
		policy_free(before);
		policy_free(after);
	}
	cr_assert_gt(changed, POLICIES / 3);
}

static bool
nothing(struct random_policy *r)
{
	(void)r;
	return true;
}

Test(decide_property, stricter_level)
{
	for_all(nothing, 1);
	for_all(nothing, 2);
}

static bool
add_deny(struct random_policy *r)
{
	struct part *part = &r->part[rnd(r->parts)];
	unsigned at = rnd(part->rules + 1);

	if (part->rules == RULES_EACH)
		return false;
	memmove(part->rule[at + 1], part->rule[at], (part->rules - at) * sizeof part->rule[0]);
	random_rule(part->rule[at], sizeof part->rule[at], true);
	part->rules++;
	return true;
}

Test(decide_property, added_deny)
{
	for_all(add_deny, 0);
}

/* Of a user's profile the last flag stays: without a line of flags it has no opinion on them. */
static bool
remove_flag(struct random_policy *r)
{
	struct part *part = &r->part[rnd(r->parts)];
	static const unsigned flags[] = { FLAG_INTERNET, FLAG_LOCALNET, FLAG_SERVICE, FLAG_DIRECTCONNECT };
	unsigned flag = ONE_OF(flags), rest = part->flags & ~flag;

	if (!(part->flags & flag) || (rest == 0 && part->layer == LAYER_USER))
		return false;
	part->flags = rest;
	return true;
}

static bool
remove_some_flag(struct random_policy *r)
{
	for (unsigned tries = 0; tries < 20; tries++)
		if (remove_flag(r))
			return true;
	return false;
}

Test(decide_property, removed_flag)
{
	for_all(remove_some_flag, 0);
}

static bool
add_domains(struct random_policy *r)
{
	struct part *part = &r->part[rnd(r->parts - 1)];

	if (part->domains[0] != '\0')
		return false;
	part->domains = "domains { www.example.org printer };";
	return true;
}

Test(decide_property, added_domains)
{
	for_all(add_domains, 0);
}

/* An entry less in the list of what may be asked for. */
static bool
remove_domain(struct random_policy *r)
{
	struct part *part = &r->part[rnd(r->parts - 1)];

	if (part->domains[0] == '\0')
		return false;
	part->domains = "domains { };";
	return true;
}

static bool
remove_some_domain(struct random_policy *r)
{
	for (unsigned tries = 0; tries < 20; tries++)
		if (remove_domain(r))
			return true;
	return false;
}

Test(decide_property, removed_domain)
{
	for_all(remove_some_domain, 0);
}

static bool
raise_level(struct random_policy *r)
{
	struct part *part = &r->part[rnd(r->parts - 1)];

	if (strstr(part->level, "fortress") != NULL)
		return false;
	part->level = strstr(part->level, "secure") != NULL ? "level fortress;" : "level secure;";
	return true;
}

Test(decide_property, raised_minimum_level)
{
	for_all(raise_level, 0);
}

static bool
stricter_setting(struct random_policy *r)
{
	struct part *conf = &r->part[r->parts - 1];
	int i = (int)rnd(SETTINGS_COUNT);

	if (!setting_infos[i].ordered || conf->settings[i][0] != '\0')
		return false;
	random_setting(conf->settings[i], sizeof conf->settings[i], i, setting_infos[i].builtin);
	return true;
}

Test(decide_property, stricter_setting)
{
	for_all(stricter_setting, 0);
}

/* Users' files, whatever they say, only tighten: before they were not there. */
static bool
add_users(struct random_policy *r)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < was.parts; i++)
		if (was.part[i].layer != LAYER_USER)
			was.part[kept++] = was.part[i];
	was.parts = kept;
	return kept < r->parts;
}

Test(decide_property, users_only_tighten)
{
	for_all(add_users, 0);
}

Test(decide_property, order_of_files)
{
	for (unsigned i = 0; i < POLICIES; i++) {
		unsigned order[PROFILES_EACH + 1];
		struct policy *p, *shuffled;
		struct decision a, b;

		random_policy(&is);
		for (unsigned k = 0; k < is.parts; k++) {
			unsigned at = rnd(k + 1);

			order[k] = order[at];
			order[at] = k;
		}
		p = random_policy_make(&is, NULL);
		shuffled = random_policy_make(&is, order);
		for (unsigned k = 0; k < FLOWS; k++) {
			random_flow(&flow);
			decide(&flow.facts, p, LEVEL_DYNAMIC, &a);
			decide(&flow.facts, shuffled, LEVEL_DYNAMIC, &b);
			cr_assert(same(&a, &b), "%s", show(&is));
		}
		policy_free(p);
		policy_free(shuffled);
	}
}

/* What holds of one decision by itself. */
static void
is_sound(const struct facts *f, const struct decision *d, enum level level)
{
	const struct step *last = decision_reason(d);

	cr_assert(d->steps >= 1 && d->steps < STEPS_MOST);
	cr_assert_eq(last->action, d->action);
	for (unsigned i = 0; i + 1 < d->steps; i++)	/* but one may be overruled by the next */
		cr_assert(d->step[i].action == 0 || (i + 2 == d->steps && (last->say == SAY_TUNNEL_OFF ||
		    last->say == SAY_TUNNEL_PROTOCOL || last->say == SAY_NOBODY)));
	cr_assert(!d->grant || d->permanent);
	cr_assert(!d->permanent || (has_ports(f->tuple.proto) && !f->question));
	cr_assert(!d->grant || !d->named);
	cr_assert(!f->question || (d->action != ACTION_NAMESERVER && last->check != 0 && last->check != 2 &&
	    last->check != 8 && last->check != 10 && last->check != 12));
	cr_assert(!d->grant || (f->owner == OWNER_PROCESS && f->holders == 1 && !d->ask && !d->alarm &&
	    !f->answers_query && !f->has_listener && d->action <= ACTION_DROP));
	cr_assert(!d->permanent || f->direction != DIRECTION_OUT || f->tuple.proto != 17 || f->holders == 0 ||
	    d->action > ACTION_DROP || !is_group(place_of(f->links, f->tuple.family, f->tuple.dst).scope));
	cr_assert(!d->permanent || f->direction != DIRECTION_OUT || f->tuple.proto != 17 ||
	    d->action > ACTION_DROP || (d->action == ACTION_ACCEPT && f->has_listener) ||
	    place_of(f->links, f->tuple.family, f->tuple.dst).scope != SCOPE_HOST);
	cr_assert(!d->ask || d->action == ACTION_BLOCK || d->action == ACTION_DROP);
	cr_assert(!d->alarm || last->say == SAY_OWN);
	cr_assert(d->holder == 0 || d->holder < f->holders);
	/* Whose program could not be found: only what was judged before, at this end or before the suite. */
	cr_assert(f->owner != OWNER_UNKNOWN || d->action == ACTION_BLOCK || d->action == ACTION_DROP ||
	    last->say == SAY_EXISTED || last->say == SAY_SENT_INSIDE, "level %u say %u\n%s", level, last->say,
	    show(&is));
	cr_assert(last->say != SAY_EXISTED || f->existed);
	/* Inside this machine both ends are known, or nothing goes. */
	cr_assert(!f->listener_unknown || f->question || place_of(f->links, f->tuple.family, f->tuple.dst).scope != SCOPE_HOST ||
	    f->owner != OWNER_PROCESS || passes(d) == 0 || last->say == SAY_EXISTED);
}

Test(decide_property, sound)
{
	unsigned actions[ACTION_MAX + 1] = { 0 };

	for (unsigned i = 0; i < POLICIES; i++) {
		struct policy *p;

		random_policy(&is);
		p = random_policy_make(&is, NULL);
		for (unsigned k = 0; k < 2 * FLOWS; k++) {
			enum level level = 1 + rnd(LEVEL_MAX);
			struct decision d, again;

			random_flow(&flow);
			memset(&d, 0xa5, sizeof d);
			decide(&flow.facts, p, level, &d);
			decide(&flow.facts, p, level, &again);
			cr_assert(same(&d, &again));
			is_sound(&flow.facts, &d, level);
			actions[d.action]++;
		}
		policy_free(p);
	}
	for (int a = ACTION_ACCEPT; a <= ACTION_MAX; a++)	/* the random flows are worth something */
		cr_assert_gt(actions[a], 20, "action %d: %u", a, actions[a]);
}

/* What holds of the grant and of the name: under another name the verdict is the same. */
Test(decide_property, grants_do_not_depend_on_names)
{
	unsigned grants = 0;

	for (unsigned i = 0; i < POLICIES; i++) {
		struct policy *p;

		random_policy(&is);
		p = random_policy_make(&is, NULL);
		for (unsigned k = 0; k < FLOWS; k++) {
			enum level level = 1 + rnd(LEVEL_MAX);
			struct decision a, b;

			random_flow(&flow);
			decide(&flow.facts, p, level, &a);
			if (flow.facts.question || flow.facts.name == NULL || !a.grant)
				continue;
			grants++;
			flow.facts.name = "another.example.com";
			flow.facts.name_len = 19;
			decide(&flow.facts, p, level, &b);
			cr_assert(same(&a, &b), "%s", show(&is));
		}
		policy_free(p);
	}
	cr_assert_gt(grants, POLICIES);
}

/*
 * Whose question is refused gets no way in the clear to that name in the Internet either, but where the
 * name is for a tunnel that is off, and another port than that.
 */
Test(decide_property, a_refused_question_loses_no_link)
{
	unsigned refused = 0;

	for (unsigned i = 0; i < POLICIES; i++) {
		struct policy *p;

		random_policy(&is);
		p = random_policy_make(&is, NULL);
		for (unsigned k = 0; k < FLOWS; k++) {
			enum level level = 1 + rnd(LEVEL_MAX);
			struct decision question, link;
			struct facts *f = &flow.facts;

			random_flow(&flow);
			if (f->name == NULL || name_is_local(f->name, f->name_len) || f->direction != DIRECTION_OUT ||
			    f->owner != OWNER_PROCESS || f->existed || f->has_listener || f->tuple.dport == 53 ||
			    place_of(f->links, f->tuple.family, f->tuple.dst).scope != SCOPE_INTERNET)
				continue;
			f->question = true;
			decide(f, p, level, &question);
			f->question = false;
			decide(f, p, level, &link);
			if (passes(&question) != 0 || decision_reason(&question)->say == SAY_TUNNEL_OFF)
				continue;
			refused++;
			cr_assert_neq(passes(&link), 2, "question %u by check %u say %u, link by check %u say %u\n%s",
			    question.action, decision_reason(&question)->check, decision_reason(&question)->say,
			    decision_reason(&link)->check, decision_reason(&link)->say, show(&is));
		}
		policy_free(p);
	}
	cr_assert_gt(refused, POLICIES / 2);
}

/*
 * An address that is taken out of an answer loses no flow, whatever its protocol, port and listener; and
 * is taken out only if the question said that some may be.
 */
Test(decide_property, what_is_out_of_reach_is_refused)
{
	unsigned out = 0, in = 0;

	for (unsigned i = 0; i < POLICIES; i++) {
		struct policy *p;

		random_policy(&is);
		p = random_policy_make(&is, NULL);
		for (unsigned k = 0; k < FLOWS; k++) {
			enum level level = 1 + rnd(LEVEL_MAX);
			struct decision address, link, question;
			uint8_t to[16];
			struct facts *f = &flow.facts;

			random_flow(&flow);
			if (f->name == NULL || f->direction != DIRECTION_OUT || f->owner != OWNER_PROCESS || f->existed ||
			    f->holders != 1 || address_mapped(f->tuple.family, f->tuple.dst))
				continue;
			memcpy(to, f->tuple.dst, sizeof to);
			f->question = false;
			decide(f, p, level, &link);
			f->question = true;
			decide(f, p, level, &question);
			f->question = false;
			f->reach = true;
			f->has_listener = f->listener_unknown = false;
			f->listeners = 0;
			f->tuple = (struct tuple){ .family = f->tuple.family };
			memcpy(f->tuple.dst, to, sizeof to);
			decide(f, p, level, &address);
			if (passes(&question) != 0 && !name_is_host(f->name, f->name_len) &&
			    decision_reason(&address)->say != SAY_BOGUS_DESTINATION)
				cr_assert(question.by_address || passes(&address) != 0 || address.ask,
				    "%s: address by check %u say %u\n%s", f->name, decision_reason(&address)->check,
				    decision_reason(&address)->say, show(&is));
			if (passes(&address) != 0 || address.ask) {
				in++;
				continue;
			}
			out++;
			cr_assert(link.action != ACTION_ACCEPT && link.action != ACTION_TUNNEL && !link.ask,
			    "link %u by check %u say %u, address by check %u say %u\n%s", link.action,
			    decision_reason(&link)->check, decision_reason(&link)->say,
			    decision_reason(&address)->check, decision_reason(&address)->say, show(&is));
		}
		policy_free(p);
	}
	cr_assert_gt(out, POLICIES);
	cr_assert_gt(in, POLICIES);
}

/* A question to a person is less than a refusal. */
static unsigned
rank(const struct decision *d)
{
	static const unsigned ranks[ACTION_MAX + 1] = { [ACTION_ACCEPT] = 0, [ACTION_NAMESERVER] = 1,
		[ACTION_TUNNEL] = 2, [ACTION_BLOCK] = 4, [ACTION_DROP] = 5 };

	return d->ask ? 3 : ranks[d->action];
}

Test(decide_property, several_holders)
{
	unsigned several = 0;

	for (unsigned i = 0; i < POLICIES; i++) {
		struct policy *p;

		random_policy(&is);
		p = random_policy_make(&is, NULL);
		for (unsigned k = 0; k < FLOWS; k++) {
			enum level level = 1 + rnd(LEVEL_MAX);
			struct decision all, one;
			struct facts alone;
			unsigned most = 0;
			bool alarm = false, own;

			random_flow(&flow);
			if (flow.facts.owner != OWNER_PROCESS || flow.facts.direction == DIRECTION_FORWARD)
				continue;
			decide(&flow.facts, p, level, &all);
			own = decision_reason(&all)->say == SAY_OWN;	/* whoever else holds it */
			for (unsigned h = 0; h < flow.facts.holders; h++) {
				alone = flow.facts;
				alone.holders = 1;
				alone.holder[0] = flow.facts.holder[h];
				decide(&alone, p, level, &one);
				alarm |= one.alarm;
				most = rank(&one) > most ? rank(&one) : most;
				cr_assert(own || h != all.holder || (one.action == all.action && one.ask == all.ask));
			}
			cr_assert_eq(all.alarm, alarm);
			cr_assert(own || rank(&all) == most, "%u, not %u\n%s", rank(&all), most, show(&is));
			several += flow.facts.holders > 1;
		}
		policy_free(p);
	}
	cr_assert_gt(several, POLICIES * FLOWS / 10);
}

#ifndef BULWARK_ASAN
static unsigned takings;

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);

void *
malloc(size_t n)
{
	takings++;
	return __libc_malloc(n);
}

void *
calloc(size_t count, size_t n)
{
	takings++;
	return __libc_calloc(count, n);
}

void *
realloc(void *p, size_t n)
{
	takings++;
	return __libc_realloc(p, n);
}

/* In a process that may make no system call but for its end: any other kills it. */
static void __attribute__((noreturn))
decide_alone(const struct policy *p)
{
	unsigned before;

	prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
	before = takings;
	for (unsigned k = 0; k < FLOWS; k++) {
		struct decision d;

		random_flow(&flow);
		for (enum level level = LEVEL_DYNAMIC; level <= LEVEL_MAX; level++)
			decide(&flow.facts, p, level, &d);
	}
	syscall(SYS_exit, takings == before ? 0 : 1);
	__builtin_unreachable();
}

Test(decide_property, takes_no_memory_and_makes_no_call)
{
	for (unsigned i = 0; i < POLICIES / 6; i++) {
		struct policy *p;
		pid_t child;
		int status;

		random_policy(&is);
		p = random_policy_make(&is, NULL);
		if ((child = fork()) == 0)
			decide_alone(p);
		cr_assert_eq(waitpid(child, &status, 0), child);
		cr_assert_eq(status, 0, "%#x\n%s", status, show(&is));
		rnd(2);			/* the next policy is another one */
		policy_free(p);
	}
	cr_assert_gt(takings, 0);
}
#endif
