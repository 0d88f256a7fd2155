/*
 * See show.h. The text of a file is read again when it is asked for: what is
 * in force is only its meaning.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "builtin.h"
#include "current.h"
#include "infos.h"
#include "name_lists.h"
#include "scan.h"
#include "show.h"

#define NAMES_SHOWN	3

static void
describe(const struct profile *p, char *out, size_t size)
{
	char flags[128];
	size_t used = 0;
	int n;

	out[0] = '\0';
	for (unsigned i = 0; i < p->names_count && i < NAMES_SHOWN && used < size; i++) {
		const struct profile_name *name = &p->names[i];

		n = snprintf(out + used, size - used, "%s%s%.*s%s", i > 0 ? ", " : "",
		    name->kind == PROP_VIRTUAL ? "virtual " : "", (int)name->len, name->text,
		    name->kind == PROP_PREFIX ? "/..." : "");
		used += n < 0 ? size : (size_t)n;
	}
	if (p->names_count > NAMES_SHOWN && used < size) {
		n = snprintf(out + used, size - used, " and %u more", p->names_count - NAMES_SHOWN);
		used += n < 0 ? size : (size_t)n;
	}
	if (p->framework != NULL && used < size) {
		n = snprintf(out + used, size - used, "; framework");
		used += n < 0 ? size : (size_t)n;
	}
	word_list(flag_words, p->flags, flags, sizeof flags);
	if (used < size)
		(void)snprintf(out + used, size - used, "%s%s", p->broken != NULL ? "; denied: " : flags[0] != '\0' ? "; " :
		    p->answers_stated ? "; answers" : "; no flags", p->broken != NULL ? p->broken : flags);
}

static const char *
file_of(const struct profile *p)
{
	return p->where.file == NULL ? "" : p->where.file->shown;
}

void
show_list(void)
{
	const struct policy *policy = current_policy();
	char text[UI_TEXT_BYTES];

	for (unsigned i = 0; i < policy->profiles_count; i++) {
		const struct profile *p = policy->profiles[i];

		describe(p, text, sizeof text);
		if (!answer_row(0, 0, p->name, file_of(p), p->where.line, text))
			return;
	}
	answer_end();
}

/* A user's, which answers may have made, only where there is no other. */
static const struct profile *
by_name(const struct policy *policy, const char *name, size_t len)
{
	const struct profile *users = NULL;

	for (unsigned i = 0; i < policy->profiles_count; i++) {
		const struct profile *p = policy->profiles[i];

		if (strlen(p->name) != len || memcmp(p->name, name, len) != 0)
			continue;
		if (p->where.file == NULL || p->where.file->layer != LAYER_USER)
			return p;
		if (users == NULL)
			users = p;
	}
	return users;
}

static const struct profile *
by_path(const struct policy *policy, const char *path, size_t len)
{
	const struct profile *p = policy_exact(policy, path, len);

	return p != NULL ? p : policy_prefix(policy, path, len);
}

static void
show_text(const struct profile *p, const char *text, size_t len)
{
	const char *end = text + len, *next;
	uint32_t line = 0;

	for (; text < end; text = next + 1) {
		char copy[SCAN_TOKEN_MOST * 2];

		if ((next = memchr(text, '\n', (size_t)(end - text))) == NULL)
			next = end;
		(void)snprintf(copy, sizeof copy, "%.*s", (int)(next - text), text);
		if (!answer_row(0, 0, p->name, file_of(p), ++line, copy))
			return;
	}
	answer_end();
}

/* The path by which this process reads a file that people know by another name. */
static const char *
path_of(const struct file *file)
{
	const struct layers *l = current_layers();

	for (size_t i = 0; i < l->count; i++)
		if (file != NULL && strcmp(l->slots[i].shown, file->shown) == 0)
			return l->slots[i].path;
	return NULL;
}

void
show_profile(const char *name, size_t len)
{
	const struct policy *policy = current_policy();
	const struct profile *p = by_name(policy, name, len);
	const char *path;
	struct text text;

	if (p == NULL)
		p = by_path(policy, name, len);
	if (p == NULL) {
		answer_error("no profile is called, or found by, %.*s: 'bulwarkctl profile list' shows them",
		    (int)(len > 200 ? 200 : len), name);
		return;
	}
	path = path_of(p->where.file);
	if (path == NULL)
		show_text(p, builtin_text, strlen(builtin_text));
	else if (text_read(path, &text) == -1)
		answer_error("%s can't be read now", file_of(p));
	else {
		show_text(p, text.bytes, text.len);
		text_free(&text);
	}
}

static const char *
value_at(const struct settings *s, int i, enum level level)
{
	return word_name(value_words, s->value[i][level]);
}

static void
show_setting(const struct settings *s, int i)
{
	const struct setting_info *info = &setting_infos[i];
	const struct where *w = &s->where[i];
	char text[UI_TEXT_BYTES], values[128] = "";
	size_t used = 0;

	for (const struct word *v = value_words; v->word != NULL && used < sizeof values; v++)
		if (info->values & 1u << v->value)
			used += (size_t)snprintf(values + used, sizeof values - used, "%s%s", used == 0 ? "" : " ", v->word);
	(void)snprintf(text, sizeof text, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s", setting_is_switch(info) ? "switch" :
	    "choice", value_at(s, i, LEVEL_DYNAMIC), value_at(s, i, LEVEL_SECURE), value_at(s, i, LEVEL_FORTRESS),
	    value_at(s, i, level_now()), info->locked ? "locked" : "", s->stated[i] ? "stated" : "", values,
	    info->explain);
	(void)answer_row(0, 0, info->name, w->file == NULL ? "" : w->file->shown, w->line, text);
}

void
show_settings(void)
{
	for (int i = 0; i < SETTINGS_COUNT; i++)
		show_setting(&current_policy()->settings, i);
	answer_end();
}

static void
show_list_state(const struct name_list_state *s)
{
	const struct where *w = &s->list->where;
	char text[UI_TEXT_BYTES];

	(void)snprintf(text, sizeof text, "%s\t%s\t%s\t%u\t%u\t%u\t%" PRId64 "\t%s\t%s", s->list->tag,
	    setting_infos[s->list->setting].name, s->state, s->rules, s->skipped, s->wrong, s->changed_s,
	    s->list->path, s->problem);
	(void)answer_row(0, 0, s->list->name, w->file == NULL ? "" : w->file->shown, w->line, text);
}

void
show_lists(void)
{
	name_lists_each(show_list_state);
	answer_end();
}

void
show_words(void)
{
	for (const struct info *i = infos; i->word != NULL; i++)
		if (!answer_row(0, 0, i->word, info_kind_name(i->kind), 0, i->explain))
			return;
	answer_end();
}
