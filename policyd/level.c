/*
 * The level; see level.h.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "level.h"
#include "level_auto.h"
#include "level_hand.h"
#include "sandbox.h"

enum source { BY_FILE, BY_HAND, BY_HAND_FOR, BY_REASON };

static enum level	 now = LEVEL_DYNAMIC;
static enum source	 source;
static char		 why[LEVEL_WHY], who[24];
static const char	*news = "";

void
level_start(const char *folder, void (*changed)(void))
{
	level_hand_start(folder);
	level_auto_start(folder, changed);
}

/* One that is broken may have named the same as ever where it can't be read. */
static bool
conf_changed(const struct level_hand *h, const struct policy *p)
{
	return h->below != p->level && !(p->conf_broken && p->level_where.file == NULL);
}

/* What the source before has come to. */
static const char *
news_of(enum source before, enum source after)
{
	if (before == after || (after == BY_HAND && before != BY_HAND_FOR) || after == BY_HAND_FOR)
		return "";
	switch (before) {
	case BY_HAND_FOR:
		return "the command's time is over: ";
	case BY_HAND:
		return "the command counts no more: ";
	case BY_REASON:
		return "what switched it has ended: ";
	default:
		return "";
	}
}

static enum level
by_hand(const struct level_hand *h)
{
	char until[32] = "";
	struct tm tm;
	time_t t = h->until_s;

	if (h->until_s != 0 && gmtime_r(&t, &tm) != NULL)
		(void)strftime(until, sizeof until, " until %F %T UTC", &tm);
	(void)snprintf(why, sizeof why, "set by a command of user %u%s", h->uid, until);
	(void)snprintf(who, sizeof who, "user %u", h->uid);
	source = h->until_s == 0 ? BY_HAND : BY_HAND_FOR;
	return h->level;
}

static enum level
by_reason(enum level level, enum level_reason r, const struct policy *p)
{
	const struct level_rule *rule = p->conf == NULL ? NULL : &p->conf->level_rule[r];

	if (rule != NULL && rule->where.file != NULL)
		(void)snprintf(why, sizeof why, "%s: %.80s:%u", level_reason_text(r), rule->where.file->shown,
		    rule->where.line);
	else
		(void)snprintf(why, sizeof why, "%s: built in", level_reason_text(r));
	(void)snprintf(who, sizeof who, "policyd");
	source = BY_REASON;
	return level;
}

static enum level
by_file(const struct policy *p)
{
	if (p->level_where.file != NULL)
		(void)snprintf(why, sizeof why, "%.100s:%u", p->level_where.file->shown,
		    p->level_where.line);
	else if (p->conf_unread)
		(void)snprintf(why, sizeof why, "bulwark.conf can't be read: the highest");
	else
		(void)snprintf(why, sizeof why, "built in: bulwark.conf names none");
	(void)snprintf(who, sizeof who, "files");
	source = BY_FILE;
	return p->level;
}

bool
level_follow(const struct policy *p)
{
	const struct level_hand *h = level_hand();
	enum level_reason reason = REASON_NETWORK;
	enum level before = now, asked;
	enum source source_before = source;

	if (h != NULL && conf_changed(h, p)) {
		level_hand_forget();
		h = NULL;
	}
	asked = level_auto(p->conf, &reason);
	if (h != NULL)
		now = by_hand(h);
	else if (asked > p->level)
		now = by_reason(asked, reason, p);
	else
		now = by_file(p);
	news = news_of(source_before, source);
	if (news[0] != '\0' && source_before != BY_HAND)
		(void)snprintf(who, sizeof who, "policyd");	/* nobody did anything: it ended */
	return now != before;
}

int
level_set(enum level level, uint32_t for_s, uint32_t uid, const struct policy *p)
{
	int kept = 0;

	if (level == 0)
		level_hand_forget();
	else
		kept = level_hand_set(level, for_s, uid, p->level);
	(void)level_follow(p);
	news = level == 0 ? "a command: by bulwark.conf and reasons again: " : "";
	return kept;
}

void
level_tick(void)
{
	level_hand_tick();
	level_auto_tick();
}

enum level
level_now(void)
{
	return now;
}

const char *
level_why(void)
{
	return why;
}

const char *
level_who(void)
{
	return who;
}

const char *
level_news(void)
{
	return news;
}
