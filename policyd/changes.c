/*
 * See changes.h.
 */
#include <stdio.h>
#include <string.h>

#include "changes.h"
#include "journal.h"

/* A file younger than a second is read again, and a broken one may be, without another text. */
static bool
is_other(struct slot *s)
{
	bool same = stamp_same(&s->told, &s->stamp);

	s->told = s->stamp;
	s->told.fresh = false;
	return s->changed && (s->news || (!s->broken && !same));
}

static void
file_changed(const struct slot *s)
{
	if (s->path != NULL && s->file == NULL && !s->broken)
		journal_add("file", "files", "", "removed", s->shown);
	else
		journal_add("file", "files", "", s->broken ? "has an error" : "read", s->broken ? s->error : s->shown);
}

static void
slot_changed(struct slot *s, bool quietly, size_t *changed)
{
	if (is_other(s) && !quietly && ++*changed <= CHANGES_FILES)
		file_changed(s);
}

void
changes_files(struct layers *l, bool quietly)
{
	size_t changed = 0;
	char text[64];

	slot_changed(&l->conf, quietly, &changed);
	for (size_t i = 0; i < l->count; i++)
		slot_changed(&l->slots[i], quietly, &changed);
	if (changed > CHANGES_FILES) {
		(void)snprintf(text, sizeof text, "and %zu more files", changed - CHANGES_FILES);
		journal_add("file", "files", "", "read", text);
	}
	if (l->gone > 0 && !quietly) {
		(void)snprintf(text, sizeof text, "%zu files of profiles, one of them:", l->gone);
		journal_add("file", "files", l->gone > 1 ? text : "", "removed", l->gone_shown);
	}
}

/* "permit ask deny", by level. */
static void
values_of(const struct settings *s, int i, char *out, size_t size)
{
	(void)snprintf(out, size, "%s %s %s", word_name(value_words, s->value[i][LEVEL_DYNAMIC]),
	    word_name(value_words, s->value[i][LEVEL_SECURE]),
	    word_name(value_words, s->value[i][LEVEL_FORTRESS]));
}

void
changes_settings(const struct settings *before, const struct settings *after)
{
	char old[64], new[64], text[JOURNAL_TEXT];

	for (int i = 0; i < SETTINGS_COUNT; i++) {
		const struct where *w = &after->where[i];

		if (memcmp(before->value[i], after->value[i], sizeof before->value[i]) == 0)
			continue;
		values_of(before, i, old, sizeof old);
		values_of(after, i, new, sizeof new);
		if (after->stated[i] && w->file != NULL)
			(void)snprintf(text, sizeof text, "%s: %s:%u", setting_infos[i].name, w->file->shown, w->line);
		else
			(void)snprintf(text, sizeof text, "%s: as built in", setting_infos[i].name);
		journal_add("setting", "files", old, new, text);
	}
}
