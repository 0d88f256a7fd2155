/*
 * profile: list, show and words ask the suite; check, edit, import and export
 * work on files and without it.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "checker.h"
#include "fields.h"
#include "nearest.h"
#include "profile_file.h"
#include "reader.h"

static void
list_row(void *ctx, const json_t *object)
{
	struct table	*t = ctx;
	const char	*file = text_of(object, "file"), *slash = strrchr(file, '/');

	if (strcmp(type_of(object), "profile") != 0)
		return;
	table_cell(t, text_of(object, "name"));
	table_cell(t, slash != NULL && show_on_terminal() ? slash + 1 : file);
	table_cell(t, text_of(object, "text"));
}

static enum ctl_exit
profile_list(const struct options *o)
{
	struct table	*t = table_new(3);
	enum ctl_exit	 status;

	table_cell(t, "PROFILE");
	table_cell(t, "FILE");
	table_cell(t, "FOR");
	status = ask(o, "bulwark.sock", json_pack("{s:s}", "verb", "profile-list"), list_row, t);
	if (status == EXIT_OK && !o->json)
		table_print(t);
	table_free(t);
	return status;
}

struct shown {
	char	file[PATH_MAX];
};

static void
show_row(void *ctx, const json_t *object)
{
	static struct line	l;
	struct shown		*shown = ctx;
	const char		*file = text_of(object, "file"), *p = text_of(object, "text");

	if (strcmp(type_of(object), "line") != 0)
		return;
	if (strcmp(shown->file, file) != 0) {
		(void)snprintf(shown->file, sizeof(shown->file), "%s", file);
		line_start(&l, stdout);
		line_colour(&l, BOLD);
		line_print(&l, "# %s", file);
		line_end(&l);
	}
	line_start(&l, stdout);
	line_colour(&l, DIM);
	line_print(&l, "%5" JSON_INTEGER_FORMAT, number_of(object, "line"));
	line_colour(&l, PLAIN);
	line_pad(&l, 7);
	/* Tabs are the file's own layout. */
	for (size_t n; *p != '\0'; p += n) {
		if ((n = strcspn(p, "\t")) > 0)
			line_print(&l, "%.*s", (int)n, p);
		else {
			line_pad(&l, 7 + ((l.column - 7) / 8 + 1) * 8);
			n = 1;
		}
	}
	line_end(&l);
}

static enum ctl_exit
profile_show(const struct options *o, const char *name)
{
	struct shown	 shown = { "" };
	json_t		*request = json_pack("{s:s, s:s}", "verb", "profile-show", "name", name);

	if (request == NULL)
		return usage_error(o, "a profile's name is UTF-8");
	return ask(o, "bulwark.sock", request, show_row, &shown);
}

static enum ctl_exit
profile_check(const struct options *o, int argc, char **argv)
{
	enum ctl_exit	 status;
	char		*said;

	if (argc == 0)
		return usage_error(o, "profile check takes files");
	status = checker_run(o, argc, argv, &said);
	if (said == NULL)
		return status;
	checker_show(o, said, NULL, NULL);
	free(said);
	if (o->json)
		(void)printf("{\"type\":\"end\",\"ok\":%s}\n", status == EXIT_OK ? "true" : "false");
	else if (status == EXIT_OK)
		(void)puts("no errors");
	return status;
}

struct words {
	struct table	*table;
	const char	*name;		/* the one that is meant; NULL: all */
	bool		 json, found;
	struct nearest	 near;		/* to that name */
};

static void
show_word(const char *kind, const json_t *object)
{
	static struct line	l;

	line_start(&l, stdout);
	line_wrap(&l, 2);
	line_print(&l, "%s (%s): %s", text_of(object, "name"), kind, text_of(object, "text"));
	line_end(&l);
}

/* Words of the language and, where one is asked for, settings. */
static void
word_row(void *ctx, const json_t *object)
{
	struct words	*w = ctx;
	bool		 setting = strcmp(type_of(object), "setting") == 0;

	if (!setting && strcmp(type_of(object), "word") != 0)
		return;
	if (w->name != NULL) {
		nearest_look(&w->near, text_of(object, "name"));
		if (strcmp(text_of(object, "name"), w->name) != 0)
			return;
	}
	w->found = true;
	if (w->json) {
		show_json(object);
		return;
	}
	if (w->name != NULL) {
		show_word(setting ? "setting" : text_of(object, "kind"), object);
		return;
	}
	table_cell(w->table, text_of(object, "kind"));
	table_cell(w->table, text_of(object, "name"));
	table_cell(w->table, text_of(object, "text"));
}

static enum ctl_exit
profile_words(const struct options *o, const char *name)
{
	struct words	 w = { .table = table_new(3), .name = name, .json = o->json, .near = { .word = name } };
	char		 hint[NEAREST_HINT];
	enum ctl_exit	 status;

	table_cell(w.table, "KIND");
	table_cell(w.table, "WORD");
	table_cell(w.table, "MEANS");
	status = fetch(o, "bulwark.sock", json_pack("{s:s}", "verb", "words"), word_row, &w);
	if (status == EXIT_OK && name != NULL)
		status = fetch(o, "bulwark.sock", json_pack("{s:s}", "verb", "settings"), word_row, &w);
	if (status == EXIT_OK && name != NULL && !w.found)
		status = complain(o, EXIT_FAILED, "no word %s%s: 'bulwarkctl profile words' lists them, 'bulwarkctl settings' "
		    "the settings", name, nearest_hint(&w.near, hint));
	else if (status == EXIT_OK && !o->json && name == NULL)
		table_print(w.table);
	table_free(w.table);
	return status;
}

static enum ctl_exit
wrong_use(const struct options *o, const char *word)
{
	static const char *const words[] = { "list", "show", "words", "check", "edit", "import", "export" };
	struct nearest	near = { .word = word };
	char		hint[NEAREST_HINT];
	bool		known = false;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		known = known || strcmp(words[i], word) == 0;
		nearest_look(&near, words[i]);
	}
	return usage_error(o, "profile takes list, show NAME, words [WORD], check FILE..., edit NAME, import FILE, "
	    "export NAME or export --all FOLDER%s", known ? "" : nearest_hint(&near, hint));
}

enum ctl_exit
verb_profile(const struct options *o, int argc, char **argv)
{
	if (argc == 1 && strcmp(argv[0], "list") == 0)
		return profile_list(o);
	if (argc == 2 && strcmp(argv[0], "show") == 0)
		return profile_show(o, argv[1]);
	if (argc >= 1 && strcmp(argv[0], "check") == 0)
		return profile_check(o, argc - 1, argv + 1);
	if (argc >= 1 && argc <= 2 && strcmp(argv[0], "words") == 0)
		return profile_words(o, argc == 2 ? argv[1] : NULL);
	if (argc == 2 && strcmp(argv[0], "edit") == 0)
		return profile_edit(o, argv[1]);
	if (argc == 2 && strcmp(argv[0], "import") == 0)
		return profile_import(o, argv[1]);
	if (argc == 2 && strcmp(argv[0], "export") == 0)
		return o->all ? profile_export_all(o, argv[1]) : profile_export(o, argv[1]);
	return wrong_use(o, argc == 0 ? "" : argv[0]);
}
