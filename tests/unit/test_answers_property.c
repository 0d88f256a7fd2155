/*
 * What holds for answers whatever the policy: they pass nothing that checks 1 to 16 deny, and what
 * sessions answered allows nothing but what is asked.
 */
/* links: @decide */
#include "agents.h"
#include "decide_random.h"
#include "memory.h"

#define POLICIES	800
#define FLOWS		60
#define ANSWERS		4

static struct random_policy	parts;
static struct random_flow	flow;
static struct memory		memory;
static char			texts[ANSWERS][2000];

/* Random answers of the users 1000 and 1001, by root only with root. */
static void
random_answers(struct made_file *files, bool root)
{
	static const char *const lines[] = { "allow\n", "deny\n", "ask\n", "allow out domain .example.org\n",
		"deny out domain www.example.org\n", "ask out domain a1.example.net\n", "allow net 192.0.2.0/24\n",
		"deny net 10.0.0.0/8\n", "allow in scope { link site internet } port tcp/80\n", "allow out port udp/53\n" };
	static const char *const files_named[ANSWERS] = { "w", "x", "y", "z" };

	for (unsigned i = 0; i < ANSWERS; i++) {
		char *at = texts[i];

		at += sprintf(at, "profile \"x\" {\n path \"%s\"\n answers session {\n", paths[rnd(6)]);
		for (unsigned n = rnd(3); n > 0; n--)
			at += sprintf(at, "%s", ONE_OF(lines));
		at += sprintf(at, "}\nanswers {\n");
		for (unsigned n = root ? rnd(3) : 0; n > 0; n--)
			at += sprintf(at, "%s", ONE_OF(lines));
		sprintf(at, "}\n}\n");
		files[i] = (struct made_file){ LAYER_USER, 1000 + i / 3, files_named[i], texts[i] };
	}
}

static struct policy *
make(bool answers, bool root)
{
	struct made_file files[PROFILES_EACH + 1 + ANSWERS];
	struct policy *p;

	for (unsigned i = 0; i < parts.parts; i++)
		files[i] = (struct made_file){ parts.part[i].layer, parts.part[i].uid, parts.part[i].file,
			part_text(&parts.part[i]) };
	if (answers)
		random_answers(files + parts.parts, root);
	p = policy_make(files, parts.parts + (answers ? ANSWERS : 0));
	cr_assert_eq(p->broken_files, 0);
	for (unsigned i = 0; i < parts.parts; i++)
		free((char *)(uintptr_t)files[i].text);
	return p;
}

static bool
passes(const struct decision *d)
{
	return d->action == ACTION_ACCEPT || d->action == ACTION_TUNNEL || d->action == ACTION_NAMESERVER;
}

static void
compare(const struct policy *before, const struct policy *after, enum level level, bool root)
{
	struct decision was, is;

	decide(&flow.facts, before, level, &was);
	decide(&flow.facts, after, level, &is);
	cr_assert(is.steps > 0 && is.steps <= STEPS_MOST);
	cr_assert(!is.once || !is.grant);
	cr_assert(!is.ask || !passes(&is));
	if (!passes(&is) || passes(&was) || was.ask || is.action == ACTION_NAMESERVER)
		return;
	cr_assert(root, "a session's yes passes check %u", decision_reason(&was)->check);
	cr_assert_eq(decision_reason(&was)->check, 18, "an answer passes check %u", decision_reason(&was)->check);
}

static void
for_all(bool root)
{
	unsigned asked = 0;

	for (unsigned i = 0; i < POLICIES; i++) {
		struct policy *before, *after;

		random_policy(&parts);
		before = make(false, false);
		after = make(true, root);
		for (unsigned k = 0; k < FLOWS; k++) {
			struct decision d;
			enum level level = 1 + rnd(LEVEL_MAX);

			random_flow(&flow);
			compare(before, after, level, root);
			decide(&flow.facts, before, level, &d);
			asked += d.ask;
		}
		policy_free(before);
		policy_free(after);
	}
	cr_assert_gt(asked, 100);
}

Test(answers_property, of_sessions)
{
	for_all(false);
}

Test(answers_property, of_root)
{
	for_all(true);
}

/* As if each question were answered with yes; that is never less, and never more than that. */
Test(answers_property, supposed)
{
	for (unsigned i = 0; i < POLICIES; i++) {
		struct policy *p;

		random_policy(&parts);
		p = make(true, true);
		for (unsigned k = 0; k < FLOWS; k++) {
			struct decision was, is;
			enum level level = 1 + rnd(LEVEL_MAX);

			random_flow(&flow);
			decide(&flow.facts, p, level, &was);
			flow.facts.suppose = true;
			decide(&flow.facts, p, level, &is);
			if (is.action == ACTION_NAMESERVER)
				continue;	/* its questions are judged instead */
			cr_assert(!passes(&is) || passes(&was) || was.ask);
			cr_assert(passes(&is) || !passes(&was));
			cr_assert(!is.ask || was.asker == NULL, "nothing is asked but what nobody can answer");
		}
		policy_free(p);
	}
}

/* What is in memory does as what is in files. */
Test(answers_property, in_memory)
{
	static struct choice c;

	for (unsigned i = 0; i < POLICIES; i++) {
		struct policy *p;

		random_policy(&parts);
		p = make(false, false);
		c = (struct choice){ .action = rnd(2) ? RULE_ALLOW : RULE_DENY, .target = TARGET_PROGRAM, .directions = 6,
			.life = LIFE_TIME, .uid = 1000, .root = rnd(2) };
		strcpy(c.path, paths[rnd(3)]);
		cr_assert_eq(memory_add(&memory, &c, 0, 1000), 0);
		for (unsigned k = 0; k < FLOWS; k++) {
			enum level level = 1 + rnd(LEVEL_MAX);
			struct decision was, is;

			random_flow(&flow);
			decide(&flow.facts, p, level, &was);
			flow.facts.memory = &memory;
			decide(&flow.facts, p, level, &is);
			if (c.action == RULE_DENY)
				cr_assert(!passes(&is) || passes(&was));
			else if (passes(&is) && !passes(&was) && !was.ask && is.action != ACTION_NAMESERVER)
				cr_assert(c.root && decision_reason(&was)->check == 18);
		}
		(void)memory_tick(&memory, 2000);
		cr_assert_eq(memory.count, 0);
		policy_free(p);
	}
}
