/*
 * answers: what was answered to prompts, or said unasked; forget: takes it back.
 */
#include <stdio.h>
#include <string.h>

#include "dry_run.h"
#include "fields.h"
#include "prompts.h"
#include "reader.h"

struct answers {
	struct table	*table;
	bool		 some;
};

static const char *
life_of(const json_t *a, char *to, size_t room)
{
	const char	*life = text_of(a, "for"), *until = text_of(a, "until");

	if (until[0] != '\0')
		(void)snprintf(to, room, "until %s", until);
	else if (number_of(a, "pid") > 0)
		(void)snprintf(to, room, "%s, process %" JSON_INTEGER_FORMAT, life, number_of(a, "pid"));
	else
		(void)snprintf(to, room, "%s", life);
	return to;
}

static const char *
place_of(const json_t *a, char *to, size_t room)
{
	const char	*file = text_of(a, "file"), *slash = strrchr(file, '/');

	if (file[0] == '\0')
		return "in memory";
	(void)snprintf(to, room, "%s:%" JSON_INTEGER_FORMAT, slash != NULL && show_on_terminal() ? slash + 1 : file,
	    number_of(a, "line"));
	return to;
}

static void
answers_row(void *ctx, const json_t *a)
{
	struct answers	*all = ctx;
	char		 words[WORDS_BYTES];

	if (strcmp(type_of(a), "answer") != 0)
		return;
	all->some = true;
	table_cell(all->table, user_name((uint32_t)number_of(a, "uid")));
	table_cell(all->table, text_of(a, "path"));
	table_cell(all->table, text_of(a, "text"));
	table_cell(all->table, life_of(a, words, sizeof(words)));
	table_cell(all->table, text_of(a, "by"));
	table_cell(all->table, place_of(a, words, sizeof(words)));
}

enum ctl_exit
verb_answers(const struct options *o, int argc, char **argv)
{
	static const char *const	heads[] = { "USER", "PROGRAM", "ANSWER", "FOR", "BY", "WHERE" };
	struct answers			all = { .table = NULL };
	enum ctl_exit			status;

	(void)argv;
	if (argc > 0)
		return usage_error(o, "answers takes no argument");
	all.table = table_new(6);
	for (size_t i = 0; i < 6; i++)
		table_cell(all.table, heads[i]);
	status = ask(o, "bulwark.sock", json_pack("{s:s}", "verb", "answers"), answers_row, &all);
	if (status == EXIT_OK && !o->json && all.some)
		table_print(all.table);
	else if (status == EXIT_OK && !o->json)
		(void)puts("nothing was answered");
	table_free(all.table);
	return status;
}

enum ctl_exit
verb_forget(const struct options *o, int argc, char **argv)
{
	static struct line	 l;
	json_t			*request, *answer, *gone;
	enum ctl_exit		 status = EXIT_FAILED;

	if (argc != 2)
		return usage_error(o, "forget takes a program and a destination ('any' for all)");
	if ((request = choose_request(o, "forget", argv, true, &status)) == NULL)
		return status;
	gone = json_copy(request);
	status = steer(o, request, &answer);
	(void)json_object_set_new(gone, "type", json_string("forgotten"));
	(void)json_object_del(gone, "verb");
	(void)json_object_set(gone, "count", json_object_get(answer, "count"));
	if (status == EXIT_OK && o->json)
		show_json(gone);
	else if (status == EXIT_OK) {
		line_start(&l, stdout);
		line_print(&l, "forgotten: %" JSON_INTEGER_FORMAT " answer%s", number_of(gone, "count"),
		    number_of(gone, "count") == 1 ? "" : "s");
		line_end(&l);
	}
	json_decref(answer);
	json_decref(gone);
	return status;
}
