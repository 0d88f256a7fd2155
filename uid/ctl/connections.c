/*
 * connections: what lives now, as a table, newest first.
 */
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "reader.h"

struct list {
	json_t	*rows;		/* array */
	json_t	*end;
};

static void
on_row(void *ctx, const json_t *object)
{
	struct list	*list = ctx;

	/* Shared, not copied: the array holds a reference of its own. */
	if (strcmp(type_of(object), "connection") == 0)
		(void)json_array_append(list->rows, (json_t *)(uintptr_t)object);
	else if (strcmp(type_of(object), "end") == 0)
		list->end = json_incref((json_t *)(uintptr_t)object);
}

static int
newer_first(const void *a, const void *b)
{
	json_int_t	x = number_of(*(json_t *const *)a, "time_us");
	json_int_t	y = number_of(*(json_t *const *)b, "time_us");

	return x < y ? 1 : x > y ? -1 : 0;
}

static void
add_row(struct table *t, const json_t *c)
{
	char	words[WORDS_BYTES];

	table_cell(t, clock_of(c, "time_us", words));
	table_cell(t, program_of(c, words));
	table_cell(t, owner_of(c, words));
	table_cell(t, flow_of(c, words));
	table_cell(t, text_of(c, "verdict"));
	table_cell(t, reason_of(c, words));
}

static void
show_list(const struct list *list)
{
	static const char *const	heads[] = { "SINCE", "PROGRAM", "USER", "FLOW", "VERDICT",
						    "REASON" };
	size_t				count = json_array_size(list->rows);
	json_t				**sorted = calloc(count + 1, sizeof(*sorted));
	struct table			*t = table_new(6);

	if (sorted == NULL)
		count = 0;
	for (size_t i = 0; i < count; i++)
		sorted[i] = json_array_get(list->rows, i);
	if (count > 0)
		qsort(sorted, count, sizeof(*sorted), newer_first);
	for (size_t i = 0; i < 6; i++)
		table_cell(t, heads[i]);
	for (size_t i = 0; i < count; i++)
		add_row(t, sorted[i]);
	table_print(t);
	table_free(t);
	free(sorted);
}

static void
show_limits(const json_t *end)
{
	json_int_t	forgotten = number_of(end, "forgotten"), missed = number_of(end, "ends_missed");

	(void)fflush(stdout);
	if (forgotten > 0)
		(void)fprintf(stderr, "%" JSON_INTEGER_FORMAT " older connections are not shown: only the "
		    "newest 16384 are kept\n", forgotten);
	if (missed > 0)
		(void)fprintf(stderr, "up to %" JSON_INTEGER_FORMAT " of these may have ended unseen\n",
		    missed);
}

enum ctl_exit
verb_connections(const struct options *o, int argc, char **argv)
{
	struct list	 list = { .rows = json_array() };
	json_t		*request = json_pack("{s:s}", "verb", "connections");
	enum ctl_exit	 status = EXIT_OK;

	if (filters_add(o, request, argc, argv, &status) == -1)
		json_decref(request);
	else
		status = ask(o, "bulwark.sock", request, on_row, &list);
	if (status == EXIT_OK && !o->json) {
		show_list(&list);
		show_limits(list.end);
	}
	json_decref(list.rows);
	json_decref(list.end);
	return status;
}
