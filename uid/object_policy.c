/*
 * Objects of settings, words, block lists, answers and changes; see object.h. Their rows carry several
 * texts with tabs between (ui.proto): what is missing is empty.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "object.h"

/* The text at *rest up to the next tab, and *rest behind it. */
struct part {
	const char	*text;
	size_t		 len;
};

static struct part
next_part(const char **rest)
{
	struct part p = { *rest, strcspn(*rest, "\t") };

	*rest += p.len + ((*rest)[p.len] == '\t');
	return p;
}

static bool
part_is(struct part p, const char *word)
{
	return strlen(word) == p.len && memcmp(p.text, word, p.len) == 0;
}

static void
put_part(struct jw *j, const char *key, struct part p)
{
	jw_text(j, key, p.text, p.len);
}

/* The levels at which a switch is on. */
static void
put_active(struct jw *j, const struct part values[3])
{
	static const char *const levels[3] = { "dynamic", "secure", "fortress" };

	jw_open(j, "active", '[');
	for (int i = 0; i < 3; i++)
		if (part_is(values[i], "on"))
			jw_string(j, NULL, levels[i]);
	jw_close(j, ']');
}

/* Words with spaces between, as a list. */
static void
put_list(struct jw *j, const char *key, struct part p)
{
	jw_open(j, key, '[');
	for (size_t at = 0, n; at < p.len; at += n + 1) {
		for (n = 0; at + n < p.len && p.text[at + n] != ' '; n++)
			;
		jw_text(j, NULL, p.text + at, n);
	}
	jw_close(j, ']');
}

void
object_setting(struct jw *j, const struct ui_row *row)
{
	const char *rest = row->text;
	struct part kind = next_part(&rest), values[3];

	for (int i = 0; i < 3; i++)
		values[i] = next_part(&rest);
	jw_begin(j, "setting");
	jw_string(j, "name", row->name);
	put_part(j, "kind", kind);
	put_part(j, "dynamic", values[0]);
	put_part(j, "secure", values[1]);
	put_part(j, "fortress", values[2]);
	if (part_is(kind, "switch"))
		put_active(j, values);
	put_part(j, "in_force", next_part(&rest));
	jw_bool(j, "locked", part_is(next_part(&rest), "locked"));
	jw_bool(j, "stated", part_is(next_part(&rest), "stated"));
	put_list(j, "values", next_part(&rest));
	jw_string(j, "file", row->file);
	jw_number(j, "line", row->line);
	jw_string(j, "text", rest);
	jw_end(j);
}

static void
put_count(struct jw *j, const char *key, struct part p)
{
	jw_number(j, key, strtoull(p.text, NULL, 10) & UINT32_MAX);
}

void
object_list(struct jw *j, const struct ui_row *row)
{
	const char *rest = row->text;
	long long changed;

	jw_begin(j, "list");
	jw_string(j, "name", row->name);
	put_part(j, "tag", next_part(&rest));
	put_part(j, "setting", next_part(&rest));
	put_part(j, "state", next_part(&rest));
	put_count(j, "names", next_part(&rest));
	put_count(j, "skipped", next_part(&rest));
	put_count(j, "wrong", next_part(&rest));
	changed = strtoll(next_part(&rest).text, NULL, 10);
	if (changed > 0 && changed < INT64_MAX / 1000000)
		jw_time(j, "changed", changed * 1000000);
	put_part(j, "path", next_part(&rest));
	jw_string(j, "problem", rest);
	jw_string(j, "file", row->file);
	jw_number(j, "line", row->line);
	jw_end(j);
}

void
object_answer(struct jw *j, const struct ui_row *row)
{
	const char *rest = row->text;
	struct part part;

	jw_begin(j, "answer");
	put_count(j, "uid", next_part(&rest));
	jw_string(j, "path", row->name);
	put_part(j, "by", next_part(&rest));
	put_part(j, "for", next_part(&rest));
	if ((part = next_part(&rest)).len > 0)
		put_part(j, "until", part);
	if ((part = next_part(&rest)).len > 0)
		put_count(j, "pid", part);
	jw_string(j, "text", rest);
	jw_string(j, "file", row->file);
	jw_number(j, "line", row->line);
	jw_end(j);
}

void
object_word(struct jw *j, const struct ui_row *row)
{
	jw_begin(j, "word");
	jw_string(j, "kind", row->file);
	jw_string(j, "name", row->name);
	jw_string(j, "text", row->text);
	jw_end(j);
}

void
object_change(struct jw *j, const struct ui_row *row)
{
	const char *rest = row->text;

	jw_begin(j, "change");
	jw_time(j, "time", strtoll(next_part(&rest).text, NULL, 10));
	jw_string(j, "what", row->name);
	put_part(j, "who", next_part(&rest));
	put_part(j, "before", next_part(&rest));
	put_part(j, "after", next_part(&rest));
	jw_string(j, "why", rest);
	jw_end(j);
}
