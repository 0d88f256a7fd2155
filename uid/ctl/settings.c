/*
 * settings: the grid as policyd tells it, one explained, one changed in bulwark.conf.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf_edit.h"
#include "fields.h"
#include "nearest.h"
#include "prompts.h"
#include "reader.h"
#include "replace.h"

static const char *const	levels[] = { "dynamic", "secure", "fortress" };

struct grid {
	struct table	*table;
	const char	*name;		/* the one that is meant; NULL: all */
	bool		 found;
	struct nearest	 near;		/* to that name */
};

static const char *
place_of(const json_t *object, char to[WORDS_BYTES])
{
	const char	*file = text_of(object, "file"), *slash = strrchr(file, '/');

	file = slash == NULL ? file : slash + 1;
	if (file[0] == '\0')
		return true_of(object, "stated") ? "" : "built in";
	/* Short where it can be, so that the grid goes into 80 columns. */
	if (strcmp(file, "bulwark.conf") == 0)
		(void)snprintf(to, WORDS_BYTES, "line %" JSON_INTEGER_FORMAT, number_of(object, "line"));
	else
		(void)snprintf(to, WORDS_BYTES, "%s:%" JSON_INTEGER_FORMAT, file, number_of(object, "line"));
	return to;
}

static void
grid_row(void *ctx, const json_t *object)
{
	struct grid	*g = ctx;
	char		 place[WORDS_BYTES];

	if (strcmp(type_of(object), "setting") != 0)
		return;
	table_cell(g->table, text_of(object, "name"));
	for (size_t i = 0; i < 3; i++)
		table_cell(g->table, text_of(object, levels[i]));
	table_cell(g->table, true_of(object, "locked") ? "locked" : "");
	table_cell(g->table, place_of(object, place));
}

static enum ctl_exit
show_grid(const struct options *o)
{
	static const char *const heads[] = { "DYNAMIC", "SECURE", "FORTRESS" };
	struct grid		 g = { .table = table_new(6) };
	char			 head[16];
	json_t			*now = NULL;
	enum ctl_exit		 status = o->json ? EXIT_OK : fetch_status(o, &now);

	if (status != EXIT_OK) {
		table_free(g.table);
		return status;
	}
	table_cell(g.table, "SETTING");
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(head, sizeof(head), "%s%s", heads[i], strcmp(text_of(now, "level"), levels[i]) == 0 ? "*" : "");
		table_cell(g.table, head);
	}
	table_cell(g.table, "");
	table_cell(g.table, "SET BY");
	json_decref(now);
	status = ask(o, "bulwark.sock", json_pack("{s:s}", "verb", "settings"), grid_row, &g);
	if (status == EXIT_OK && !o->json)
		table_print(g.table);
	table_free(g.table);
	return status;
}

static void
put_list(struct line *l, const json_t *list, const char *between)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char	*word = json_string_value(json_array_get(list, i));

		line_print(l, "%s%s", i == 0 ? "" : between, word == NULL ? "" : word);
	}
}

/* Of a switch the levels at which it is on, else the values. */
static void
put_values(struct line *l, const json_t *object)
{
	const json_t	*active = json_object_get(object, "active");

	if (active == NULL)
		for (size_t i = 0; i < 3; i++)
			line_print(l, "%s%s %s", i == 0 ? "  " : ", ", levels[i], text_of(object, levels[i]));
	else if (json_array_size(active) == 0)
		line_put(l, "  a switch, off at all levels");
	else {
		line_put(l, "  a switch, on at ");
		put_list(l, active, ", ");
	}
}

static bool
is_meant(struct grid *g, const json_t *object)
{
	if (strcmp(type_of(object), "setting") != 0)
		return false;
	nearest_look(&g->near, text_of(object, "name"));
	if (strcmp(text_of(object, "name"), g->name) != 0)
		return false;
	return g->found = true;
}

static void
explain_row(void *ctx, const json_t *object)
{
	static struct line	 l;
	struct grid		*g = ctx;
	char			 place[WORDS_BYTES];

	if (!is_meant(g, object))
		return;
	line_start(&l, stdout);
	line_wrap(&l, 2);
	line_print(&l, "%s: %s", g->name, text_of(object, "text"));
	line_end(&l);
	line_start(&l, stdout);
	put_values(&l, object);
	line_print(&l, "; now %s; ", text_of(object, "in_force"));
	line_put(&l, true_of(object, "stated") ? "bulwark.conf " : "");
	line_put(&l, place_of(object, place));
	line_end(&l);
	line_start(&l, stdout);
	line_put(&l, "  may be: ");
	put_list(&l, json_object_get(object, "values"), " ");
	if (true_of(object, "locked"))
		line_print(&l, "; locked: at fortress never milder than built in");
	line_end(&l);
}

static void
pass_one(void *ctx, const json_t *object)
{
	struct grid	*g = ctx;

	if (is_meant(g, object))
		show_json(object);
}

static enum ctl_exit
show_one(const struct options *o, const char *name)
{
	struct grid	 g = { .name = name, .near = { .word = name } };
	char		 hint[NEAREST_HINT];
	enum ctl_exit	 status = fetch(o, "bulwark.sock", json_pack("{s:s}", "verb", "settings"),
	    o->json ? pass_one : explain_row, &g);

	if (status == EXIT_OK && !g.found)
		return complain(o, EXIT_FAILED, "there is no setting %s%s: 'bulwarkctl settings' lists them", name,
		    nearest_hint(&g.near, hint));
	return status;
}

static void
show_done(const struct options *o, const char *path, char **argv)
{
	static struct line	 l;
	json_t			*object;

	if (!o->json) {
		line_start(&l, stdout);
		line_print(&l, "%s: set %s { %s %s }", path, argv[0], argv[1], argv[2]);
		line_end(&l);
		return;
	}
	object = json_pack("{s:s, s:s, s:s, s:s, s:s}", "type", "set", "file", path, "name", argv[0], "level", argv[1],
	    "value", argv[2]);
	if (object != NULL)
		show_json(object);
	json_decref(object);
}

static bool
is_level(const char *word)
{
	for (size_t i = 0; i < 3; i++)
		if (strcmp(word, levels[i]) == 0)
			return true;
	return false;
}

/* argv: setting, level, value. */
static enum ctl_exit
set_one(const struct options *o, char **argv)
{
	char		 path[PATH_MAX], *text;
	struct original	 was;
	size_t		 len;
	enum ctl_exit	 status;

	if (!is_level(argv[1]))
		return usage_error(o, "'%s' is no level: dynamic, secure or fortress", argv[1]);
	if (!conf_word(argv[0]) || !conf_word(argv[2]))
		return usage_error(o, "a setting and its value are words of a-z, 0-9 and -");
	(void)snprintf(path, sizeof(path), "%s/bulwark.conf", o->etc);
	if ((status = original_read(o, path, &was)) != EXIT_OK)
		return status;
	text = conf_set(was.text, was.len, argv[0], argv[1], argv[2], &len);
	if (text == NULL)
		status = complain(o, EXIT_FAILED, "no memory");
	else
		status = replace(o, path, &was, text, len, NULL);
	if (status == EXIT_OK)
		show_done(o, path, argv);
	if (status == EXIT_OK && strcmp(argv[2], "ask") == 0)
		prompts_warn(o);
	else if (status == EXIT_OFF)
		(void)complain(o, EXIT_OFF, "%s stays as it is", path);
	free(text);
	original_free(&was);
	return status;
}

enum ctl_exit
verb_settings(const struct options *o, int argc, char **argv)
{
	if (argc == 0)
		return show_grid(o);
	if (argc == 4 && strcmp(argv[0], "set") == 0)
		return set_one(o, argv + 1);
	if (argc == 1 && strcmp(argv[0], "set") != 0)
		return show_one(o, argv[0]);
	if (argc == 3 && strcmp(argv[0], "set") != 0 && is_level(argv[1]))
		return usage_error(o, "to set it: settings set %s %s %s", argv[0], argv[1], argv[2]);
	return usage_error(o, "settings takes nothing, NAME, or set NAME LEVEL VALUE");
}
