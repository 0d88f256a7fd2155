/*
 * The rights of who answers; see answering.h. A program that runs as a person can
 * speak for that person: hence a session widens nothing for good by itself.
 */
#include "agents.h"
#include "answering.h"

static const char *
session_refused(const struct speaker *s, const struct choice *c)
{
	if (c->uid != s->uid)
		return "this is another user's program: only root may answer for it";
	if (!s->agent)
		return "your session has no agent: keep 'bulwarkctl prompts --watch' running, or use sudo";
	if (c->action != RULE_ALLOW)
		return NULL;
	if (s->may == SESSION_NOTHING)
		return "session-may is nothing: only root may allow";
	if (c->life == LIFE_ALWAYS && s->may != SESSION_EVERYTHING)
		return "what is allowed for good needs root: use sudo, or another time";
	return NULL;
}

const char *
answer_refused(const struct speaker *s, const struct choice *c, bool vouched)
{
	const char *why = NULL;

	if (s->uid != 0 && !uid_is_person(s->uid))
		return "only people and root answer";
	if (s->uid != 0)
		why = session_refused(s, c);
	if (why == NULL && !vouched && c->life != LIFE_ONCE)
		why = "a program of unknown origin is answered once at a time: a profile with its path makes it known";
	return why;
}

/* What it denied itself it may let go: it could have allowed that for a time. */
const char *
forget_refused(const struct speaker *s, const struct choice *c)
{
	const struct choice allowed = { .action = RULE_ALLOW, .life = LIFE_TIME, .uid = c->uid };

	return answer_refused(s, &allowed, true);
}
