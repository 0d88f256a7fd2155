/*
 * See answering.h.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "answering.h"
#include "asking.h"
#include "choice_line.h"
#include "current.h"
#include "packages.h"
#include "pace.h"
#include "programs.h"
#include "sandbox.h"

#define BOTH	(1u << DIRECTION_OUT | 1u << DIRECTION_IN)

/* The prompt's destination, or all that its program does. */
static void
from_prompt(const struct prompt *p, const struct wish *w, struct choice *c)
{
	*c = p->about;
	if (w->whole)
		*c = (struct choice){ .target = TARGET_PROGRAM, .directions = p->about.directions, .uid = p->about.uid,
			.process = p->about.process, .file = p->about.file };
	if (w->whole)
		memcpy(c->path, p->about.path, sizeof c->path);
	if (w->both)
		c->directions = BOTH;
	/* Once: also the next try of the same program, which may be another process. */
	if (p->vouched && w->life != LIFE_EXIT)
		c->process = (struct one_process){ .id = 0 };
}

/* Its file, and its script's. */
static bool
is_known(const struct program *p)
{
	return program_is_vouched(current_policy(), p) && (p->found == NULL || !p->found->script_unknown);
}

/* Of which file is known: the prompt's, or the one under that path if it is known to run. */
static bool
find_file(const struct prompt *p, struct choice *c)
{
	const struct program *runs;

	if (p != NULL)
		return true;
	if ((runs = programs_by_path(c->path, strlen(c->path))) == NULL || !(runs->flags & PROCESS_PROVEN))
		return false;
	c->file = program_file(runs);
	return true;
}

/* What is allowed for longer is of this file alone; but a package's is changed by the package manager. */
static bool
is_of_file(const struct prompt *p, struct choice *c)
{
	return c->action == RULE_ALLOW && (c->life == LIFE_TIME || c->life == LIFE_ALWAYS) &&
	    packages_find(c->path, strlen(c->path)) == NULL && find_file(p, c);
}

/* vouched: nothing is allowed, or no process of unknown origin. */
static const char *
from_words(const struct wish *w, uint32_t uid, struct choice *c, bool *vouched)
{
	const struct program *p;

	*c = w->about;
	c->uid = w->has_user ? w->user : uid;
	memcpy(c->path, w->path, sizeof c->path);
	c->process = (struct one_process){ .id = 0 };
	if (w->life != LIFE_EXIT)
		return NULL;
	if ((p = programs_by_path(w->path, strlen(w->path))) == NULL || p->uid != c->uid)
		return "no such program of this user is known to run: none has used the network";
	c->process = one_process_of(p);
	*vouched = w->action != RULE_ALLOW || is_known(p);
	return NULL;
}

static bool
runs(uint64_t process)
{
	const struct program *p = programs_find(process);

	return p != NULL && !program_is_past(p);
}

/* What is written beside it. */
static void
describe(const struct prompt *p, char *out, size_t size)
{
	if (p == NULL)
		(void)snprintf(out, size, "by command");
	else
		(void)snprintf(out, size, "%.160s", p->reason);
}

static void
log_choice(const struct choice *c, bool kept)
{
	log_info("user %u %s %s of user %u%s%s: %s%s", c->by, c->action == RULE_ALLOW ? "allows" :
	    c->action == RULE_DENY ? "denies" : "wants to be asked for", c->path, c->uid,
	    c->target == TARGET_NAME ? " to " : "", c->name, c->life == LIFE_ONCE ? "once" :
	    c->life == LIFE_EXIT ? "until it ends" : c->life == LIFE_TIME ? "for a time" : "for good",
	    kept ? "" : "; that could not be written down");
}

#define TOO_FAST	"these are too many answers at once: wait a little"

static bool
is_too_fast(uint32_t uid)
{
	static struct pace pace;

	return uid != 0 && !pace_take(&pace, uid, asking_now_ms());
}

static struct speaker
speaker_of(uint32_t uid)
{
	return (struct speaker){ .uid = uid, .agent = agents_have(asking_agents(), uid),
		.may = current_policy()->session_may };
}

const char *
answering(const struct wish *w, uint32_t uid, bool *kept)
{
	const struct prompt *p = w->prompt == 0 ? NULL : prompts_find(w->prompt);
	const struct speaker speaker = speaker_of(uid);
	char why[CHOICE_WHY_MOST];
	static struct choice c;
	const char *refused = NULL;
	bool vouched = p == NULL || p->vouched;

	if (w->prompt != 0 && (p == NULL || (uid != 0 && p->about.uid != uid)))
		return "there is no such prompt: it was answered, or is over";
	/* Before anything is looked for among all programs. */
	if (is_too_fast(uid))
		return TOO_FAST;
	if (p != NULL)
		from_prompt(p, w, &c);
	else
		refused = from_words(w, uid, &c, &vouched);
	c.action = w->action;
	c.life = w->life;
	c.until_s = time(NULL) + w->seconds;
	c.by = uid;
	c.root = uid == 0;
	if (refused == NULL)
		refused = answer_refused(&speaker, &c, vouched);
	if (refused == NULL && uid != 0 && w->action == RULE_ALLOW && w->seconds > SESSION_TIME_MOST &&
	    speaker.may != SESSION_EVERYTHING)
		refused = "a session allows for at most 30 days: longer is for good, and needs root";
	if (refused == NULL && w->life == LIFE_EXIT && !runs(c.process.id))
		refused = "this process has ended, or has not been seen again yet: answer once, or for a time";
	if (refused != NULL)
		return refused;
	c.filed = is_of_file(p, &c);
	describe(p, why, sizeof why);
	refused = asking_choose(&c, why, kept);
	if (refused == NULL)
		log_choice(&c, *kept);
	return refused;
}

const char *
answering_forget(const struct wish *w, uint32_t uid, unsigned *count)
{
	const struct speaker speaker = speaker_of(uid);
	static struct choice c;
	const char *refused;

	if (is_too_fast(uid))
		return TOO_FAST;
	c = w->about;
	c.uid = w->has_user ? w->user : uid;
	memcpy(c.path, w->path, sizeof c.path);
	c.root = uid == 0;
	refused = forget_refused(&speaker, &c);
	if (refused == NULL)
		refused = asking_forget(&c, count);
	if (refused == NULL)
		log_info("user %u has %u answers for %s of user %u forgotten", uid, *count, c.path, c.uid);
	return refused;
}
