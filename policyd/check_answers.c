/*
 * Check 17: what people answered before. What root said stands against what a
 * session says: a denial of either counts, and a session's yes allows only what
 * is asked. Answers never pass checks 8 to 16.
 */
#include "checks.h"
#include "memory.h"

/* Of everything: for suppose and let_once. */
static const struct rule yes = { .action = RULE_ALLOW, .directions = 0xff, .scopes = 0xff, .up_to = LEVEL_MAX };

struct said {
	const struct rule *rule;	/* or NULL */
	bool		 once;
};

/* The strictest of those files that say something: a user may have several about one program. */
static const struct rule *
in_files(const struct judging *j, const struct rule_query *q, bool root, bool vouched)
{
	const struct profile *profile[USER_PROFILES];
	const struct program *p = j->program;
	const struct rule *r, *best = NULL;
	unsigned count = policy_answers(j->p, p->uid, p->path, p->path_len, profile);

	for (unsigned i = 0; i < count; i++) {
		const struct answers *a = root ? &profile[i]->by_root : &profile[i]->by_session;

		j->out->named |= a->rules.named;
		j->out->by_address |= a->rules.by_address;
		r = ruleset_match(q->question ? &a->nameful : &a->rules, q);
		if (r == NULL || (r->action == RULE_ALLOW && !vouched))
			continue;
		if (best == NULL || rule_denies(r->action) || (r->action == RULE_ASK && best->action == RULE_ALLOW))
			best = r;
		if (rule_denies(best->action))
			break;
	}
	return best;
}

static struct said
find(const struct judging *j, const struct rule_query *q, bool root, bool vouched)
{
	const struct remembered *r = NULL;

	if (j->f->memory != NULL) {
		j->out->named |= memory_is_named(j->f->memory, j->program);
		if (memory_is_bound(j->f->memory, j->program))
			j->out->looked |= LOOKED_ANSWERS;
		r = memory_find(j->f->memory, j->program, q, root, vouched);
	}
	if (r != NULL && r->until_ms != 0)
		j->out->looked |= r->life == LIFE_TIME ? LOOKED_TIME : LOOKED_PASSING;
	if (r != NULL)
		return (struct said){ &r->choice.rule, r->life == LIFE_ONCE };
	if (!(j->program->flags & PROCESS_PROVEN))
		return (struct said){ NULL, false };
	return (struct said){ in_files(j, q, root, vouched), false };
}

static bool
says(const struct said *f, enum rule_action action)
{
	return f->rule != NULL && (action == RULE_DENY ? rule_denies(f->rule->action) : f->rule->action == action);
}

/* Where root's is no ask, asking is not looked at: it denies, or allows before. */
static struct answered
both(const struct said *root, const struct said *session)
{
	struct answered a = { .asking = says(session, RULE_ASK) ? session->rule : root->rule };

	if (says(root, RULE_DENY) || session->rule == NULL) {
		a.rule = root->rule;
		a.once = root->once;
		return a;
	}
	a.rule = session->rule;
	a.once = session->once;
	a.asked_only = !says(root, RULE_ALLOW);
	return a;
}

/* any_file: as if each of them were of the program's file. */
static struct answered
look(const struct judging *j, bool any_file)
{
	struct circumstances with = judged_circumstances(j);
	struct rule_query q = judged_query(j, &with);
	bool vouched = origin_is_vouched(j);
	struct said root, session;

	with.any_file |= any_file;
	root = find(j, &q, true, vouched);
	session = find(j, &q, false, vouched);
	return both(&root, &session);
}

static bool
is_open(const struct answered *a)
{
	return a->rule == NULL || a->rule->action == RULE_ASK;
}

struct answered
answers_of(const struct judging *j)
{
	struct answered a = { .rule = NULL }, of_any;

	if (j->program != NULL)
		a = look(j, false);
	if (is_open(&a) && (j->f->suppose || j->f->let_once)) {
		a.rule = &yes;
		a.once = a.asked_only = true;
	} else if (is_open(&a) && j->program != NULL) {
		of_any = look(j, true);
		a.changed = !is_open(&of_any);
		a.asked_only = of_any.asked_only;
	}
	return a;
}

bool
check_answers(struct judging *j)
{
	struct answered a = answers_of(j);

	if (a.rule != NULL && rule_denies(a.rule->action)) {
		j->out->once |= a.once;
		return deny(j, 17, SAY_ANSWER_DENIES, a.rule->where);
	}
	if (a.rule != NULL && a.rule->action == RULE_ALLOW && (!a.asked_only || j->answered)) {
		j->out->once |= a.once;
		return accept(j, 17, SAY_ANSWER_ALLOWS, a.rule->where);
	}
	j->wants_asking = a.asking;
	j->changed = a.changed && (!a.asked_only || j->answered);
	return false;
}
