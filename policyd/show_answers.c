/*
 * What was answered to prompts, or said unasked: lines of users' files that are in force, and what is only in memory.
 */
#include <stdio.h>

#include "answer.h"
#include "asking.h"
#include "choice_line.h"
#include "clock.h"
#include "current.h"
#include "show.h"

/* One answer, but for its rule. */
struct shown {
	uint32_t	 uid;
	bool		 root;
	const char	*life;
	char		 until[CHOICE_MINUTE];
	uint32_t	 pid;		/* 0: of all processes */
	const char	*path, *file;
	uint32_t	 line;
};

static bool
show_rule(const struct shown *s, const struct rule *r)
{
	char words[CHOICE_LINE_MOST], text[CHOICE_LINE_MOST + 80], pid[16] = "";
	struct choice c;

	if (choice_of_rule(r, &c))
		choice_words(&c, words);
	else
		(void)snprintf(words, sizeof words, "%s, and more: the line says what", r->action == RULE_ALLOW ? "allow" :
		    r->action == RULE_DENY ? "deny" : "ask");
	if (s->pid != 0)
		(void)snprintf(pid, sizeof pid, "%u", s->pid);
	(void)snprintf(text, sizeof text, "%u\t%s\t%s\t%s\t%s\t%s", s->uid, s->root ? "root" : "session", s->life, s->until,
	    pid, words);
	return answer_row(0, 0, s->path, s->file, s->line, text);
}

static bool
show_rules(struct shown *s, const struct answers *answers, bool root)
{
	int64_t now = moment_of(clock_s(CLOCK_REALTIME)).local;

	for (unsigned i = 0; i < answers->rules.count; i++) {
		const struct rule *r = &answers->rules.rules[i];
		bool ends = r->condition != NULL && r->condition->until != INT64_MAX;

		if (ends && r->condition->until <= now)
			continue;
		s->root = root;
		s->life = ends ? "time" : "always";
		s->until[0] = '\0';
		if (ends)
			choice_local_minute(r->condition->until, s->until);
		s->line = r->where.line;
		if (!show_rule(s, r))
			return false;
	}
	return true;
}

static bool
show_profile_answers(const struct profile *p)
{
	struct shown s = { .uid = p->where.file->uid, .file = p->where.file->shown };
	bool taken = true;

	for (unsigned i = 0; i < p->names_count && taken; i++) {
		s.path = p->names[i].text;
		if (p->names[i].kind == PROP_PATH)
			taken = show_rules(&s, &p->by_root, true) && show_rules(&s, &p->by_session, false);
	}
	return taken;
}

struct wanted {
	uint32_t	uid;
	bool		taken;
};

static void
show_remembered(void *ctx, const struct remembered *r)
{
	static const char *const lives[] = { [LIFE_ONCE] = "once", [LIFE_EXIT] = "exit", [LIFE_TIME] = "time",
		[LIFE_ALWAYS] = "always" };
	struct wanted *w = ctx;
	const struct shown s = { .uid = r->uid, .root = r->root, .life = lives[r->life], .path = r->path, .file = "",
		.pid = r->process.pid };

	if (w->taken && (w->uid == UINT32_MAX || w->uid == r->uid))
		w->taken = show_rule(&s, &r->choice.rule);
}

void
show_answers(uint32_t uid)
{
	const struct policy *policy = current_policy();
	struct wanted w = { .uid = uid, .taken = true };

	for (unsigned i = 0; i < policy->profiles_count && w.taken; i++) {
		const struct profile *p = policy->profiles[i];

		if (p->answers_stated && p->where.file != NULL && p->where.file->layer == LAYER_USER &&
		    (uid == UINT32_MAX || p->where.file->uid == uid))
			w.taken = show_profile_answers(p);
	}
	memory_each(asking_memory(), show_remembered, &w);
	answer_end();
}
