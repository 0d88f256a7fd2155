/*
 * Sentences; see say.h.
 */
#include <stdio.h>
#include <string.h>

#include "judge.h"
#include "say.h"

static const char *const sentences[SAY_COUNT] = {
#define X(name, text)	[SAY_##name] = (text),
	SENTENCES(X)
#undef X
};

static const char *const asked[ASKED_MAX + 1] = {
	[ASKED_NOTHING] = "", [ASKED_ANSWERED] = ", and that is answered",
	[ASKED_NOBODY] = ", and nobody is there to answer", [ASKED_WAITS] = ", and an answer is waited for",
	[ASKED_LATE] = ", and nobody answered in time", [ASKED_TOO_MANY] = ", and too many questions wait",
};

/* "; exit in CH, SE; 4 hops" */
static void
say_route(const struct route *r, char *out, size_t size)
{
	size_t used = strlen(out);
	const char *before = "; exit in ";
	char name[3];

	for (uint16_t c = 1; r->by_exit && c <= COUNTRY_MOST && used + 16 < size; c++) {
		if (!countries_have(&r->exit, c))
			continue;
		country_name(c, name);
		used += (size_t)snprintf(out + used, size - used, "%s%s", before, name);
		before = ", ";
	}
	if (r->hops != 0 && used + 16 < size)
		(void)snprintf(out + used, size - used, "; %u hops", r->hops);
}

void
say_text(const struct step *s, char *out, size_t size)
{
	unsigned setting = s->setting >> 8 & 0x7f, level = s->setting >> 4 & 15, value = s->setting & 15;
	const char *sentence = s->say < SAY_COUNT ? sentences[s->say] : "";
	const char *changed = s->changed ? "; its file has changed since somebody allowed it" : "";

	if (s->say == SAY_BROKEN && s->profile != NULL && s->profile->broken != NULL)
		(void)snprintf(out, size, "%s: %s", sentence, s->profile->broken);
	else if (s->route != NULL) {
		(void)snprintf(out, size, "%s", sentence);
		say_route(s->route, out, size);
	} else if (s->setting == 0 || setting >= SETTINGS_COUNT)
		(void)snprintf(out, size, "%s%s%s", sentence, asked[s->asked], changed);
	else
		(void)snprintf(out, size, "%s; setting %s is %s at level %s%s%s", sentence,
		    setting_infos[setting].name, word_name(value_words, value),
		    word_name(level_words, level), asked[s->asked], changed);
}

void
say_reason(const struct step *s, char *out, size_t size)
{
	size_t used;

	say_text(s, out, size);
	used = strlen(out);
	if (s->where.file != NULL)
		(void)snprintf(out + used, size - used, " (%s:%u)", s->where.file->shown, s->where.line);
}
