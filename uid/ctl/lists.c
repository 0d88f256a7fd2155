/*
 * lists: the block lists of bulwark.conf, and what became of their files.
 */
#include <stdio.h>
#include <string.h>

#include "fields.h"
#include "reader.h"

struct lists {
	struct table	*table;
	json_t		*problems;
	bool		 some;
};

/* 2026-01-31 12:00 */
static const char *
changed_of(const json_t *list, char to[20])
{
	(void)snprintf(to, 20, "%.16s", text_of(list, "changed"));
	if (strlen(to) > 10)
		to[10] = ' ';
	return to;
}

static void
list_row(void *ctx, const json_t *list)
{
	struct lists	*all = ctx;
	const char	*path = text_of(list, "path"), *slash = strrchr(path, '/');
	char		 words[32];

	if (strcmp(type_of(list), "list") != 0)
		return;
	all->some = true;
	table_cell(all->table, text_of(list, "name"));
	table_cell(all->table, text_of(list, "tag"));
	table_cell(all->table, text_of(list, "state"));
	(void)snprintf(words, sizeof(words), "%" JSON_INTEGER_FORMAT, number_of(list, "names"));
	table_cell(all->table, words);
	(void)snprintf(words, sizeof(words), "%" JSON_INTEGER_FORMAT ", %" JSON_INTEGER_FORMAT, number_of(list, "skipped"),
	    number_of(list, "wrong"));
	table_cell(all->table, words);
	table_cell(all->table, changed_of(list, words));
	table_cell(all->table, slash != NULL && show_on_terminal() ? slash + 1 : path);
	if (text_of(list, "problem")[0] != '\0')
		(void)json_array_append(all->problems, json_object_get(list, "problem"));
}

static void
show_all(const struct lists *all)
{
	static struct line	l;

	if (!all->some) {
		(void)puts("bulwark.conf names no block list");
		return;
	}
	table_print(all->table);
	for (size_t i = 0; i < json_array_size(all->problems); i++) {
		line_start(&l, stdout);
		line_wrap(&l, 2);
		line_put(&l, json_string_value(json_array_get(all->problems, i)));
		line_end(&l);
	}
}

enum ctl_exit
verb_lists(const struct options *o, int argc, char **argv)
{
	static const char *const heads[] = { "LIST", "TAG", "STATE", "NAMES", "SKIPPED, WRONG", "CHANGED (UTC)", "FILE" };
	struct lists		 all = { .table = table_new(7), .problems = json_array() };
	enum ctl_exit		 status;

	(void)argv;
	if (argc > 0)
		status = usage_error(o, "lists takes no argument");
	else {
		for (size_t i = 0; i < 7; i++)
			table_cell(all.table, heads[i]);
		status = ask(o, "bulwark.sock", json_pack("{s:s}", "verb", "lists"), list_row, &all);
		if (status == EXIT_OK && !o->json)
			show_all(&all);
	}
	table_free(all.table);
	json_decref(all.problems);
	return status;
}
