/*
 * status: is all well, and what there is; level: shown from the same object,
 * set by policyd itself.
 */
#include <string.h>

#include "fields.h"
#include "reader.h"

#define NOTICES_SHOWN	5
#define LABEL		14
#define INT		"%" JSON_INTEGER_FORMAT

struct answer {
	json_t	*status;
};

static void
on_status(void *ctx, const json_t *object)
{
	struct answer	*answer = ctx;

	if (strcmp(type_of(object), "status") == 0)
		answer->status = json_incref((json_t *)(uintptr_t)object);
}

static void
label(struct line *l, const char *name)
{
	line_start(l, stdout);
	line_colour(l, BOLD);
	line_put(l, name);
	line_colour(l, PLAIN);
	line_pad(l, LABEL);
}

static void
show_health(const json_t *s)
{
	static struct line	l;
	const json_t		*problem;
	size_t			i;

	line_start(&l, stdout);
	line_colour(&l, true_of(s, "ok") ? GREEN : RED);
	line_put(&l, true_of(s, "ok") ? "All is well." : "Something is off:");
	line_end(&l);
	json_array_foreach(json_object_get(s, "problems"), i, problem) {
		line_start(&l, stdout);
		line_print(&l, "  - %s", json_is_string(problem) ? json_string_value(problem) : "?");
		line_end(&l);
	}
}

static void
show_rules(const json_t *s)
{
	static struct line	l;

	label(&l, "level");
	line_print(&l, "%s (%s)", text_of(s, "level"), text_of(s, "level_why"));
	line_end(&l);
	label(&l, "rules");
	line_print(&l, "%s, %s", text_of(s, "rules"), true_of(s, "guard") ?
	    "a guard table stands behind them" : "no guard table");
	line_end(&l);
	label(&l, "profiles");
	line_print(&l, INT ", files with errors: " INT, number_of(s, "profiles"),
	    number_of(s, "broken_files"));
	line_end(&l);
}

static void
show_flows(const json_t *s)
{
	static struct line	l;
	const json_t		*f = json_object_get(s, "flows"), *q = json_object_get(s, "queue");
	const json_t		*a = json_object_get(s, "attribution");

	label(&l, "flows");
	line_print(&l, "accepted " INT ", blocked " INT ", dropped " INT ", rerouted " INT,
	    number_of(f, "accepted"), number_of(f, "blocked"), number_of(f, "dropped"),
	    number_of(f, "rerouted"));
	line_end(&l);
	label(&l, "");
	line_print(&l, "decided " INT ", by grant " INT ", waiting " INT ", live " INT,
	    number_of(f, "asked"), number_of(f, "granted"), number_of(f, "waiting"),
	    number_of(f, "live"));
	line_end(&l);
	label(&l, "queue");
	line_print(&l, "packets " INT ", repeats of denied " INT ", malformed " INT ", overruns " INT,
	    number_of(q, "packets"), number_of(q, "denied_repeat"), number_of(q, "malformed"),
	    number_of(q, "overruns"));
	line_end(&l);
	label(&l, "");
	line_print(&l, "lost: queue full " INT ", reader full " INT ", too many waiting " INT,
	    number_of(q, "dropped"), number_of(q, "user_dropped"), number_of(q, "shed_waiting"));
	line_end(&l);
	label(&l, "attribution");
	line_print(&l, "processes " INT ", grants " INT "%s", number_of(a, "processes"),
	    number_of(a, "grants"), true_of(a, "events") ? "" :
	    "; no exec and exit events here: a grant lasts one flow");
	line_end(&l);
}

static void
cell_number(struct table *t, json_int_t n, const char *unit)
{
	char	text[48];

	(void)snprintf(text, sizeof(text), INT "%s", n, unit);
	table_cell(t, text);
}

static void
show_processes(const json_t *s)
{
	static const char *const	heads[] = { "PROCESS", "STATE", "PID", "USER", "RESTARTS",
						    "MEMORY" };
	struct table			*t = table_new(6);
	const json_t			*p;
	size_t				 i;

	for (i = 0; i < 6; i++)
		table_cell(t, heads[i]);
	json_array_foreach(json_object_get(s, "processes"), i, p) {
		table_cell(t, text_of(p, "name"));
		table_cell(t, text_of(p, "state"));
		cell_number(t, number_of(p, "pid"), "");
		table_cell(t, user_name((uint32_t)number_of(p, "uid")));
		cell_number(t, number_of(p, "restarts"), "");
		cell_number(t, number_of(p, "rss_kib"), " KiB");
	}
	(void)putchar('\n');
	table_print(t);
	table_free(t);
}

static void
show_notices(const json_t *s)
{
	static struct line	 l;
	const json_t		*list = json_object_get(s, "notices");
	size_t			 count = json_array_size(list);
	char			 words[WORDS_BYTES];

	if (count > 0)
		(void)putchar('\n');
	for (size_t i = count > NOTICES_SHOWN ? count - NOTICES_SHOWN : 0; i < count; i++) {
		const json_t	*n = json_array_get(list, i);

		line_start(&l, stdout);
		line_print(&l, "%s %s: %s", clock_of(n, "time_us", words), text_of(n, "level"),
		    text_of(n, "text"));
		line_end(&l);
	}
}

static enum ctl_exit
get_status(const struct options *o, struct answer *answer)
{
	enum ctl_exit	status;

	status = fetch(o, "bulwark.sock", json_pack("{s:s}", "verb", "status"), on_status, answer);
	if (status == EXIT_OK && answer->status == NULL)
		return complain(o, EXIT_FAILED, "the answer holds no status");
	return status;
}

enum ctl_exit
verb_status(const struct options *o, int argc, char **argv)
{
	struct answer	answer = { NULL };
	enum ctl_exit	status;

	(void)argv;
	if (argc > 0)
		return usage_error(o, "status takes no argument");
	if ((status = get_status(o, &answer)) != EXIT_OK)
		return status;
	if (o->json)
		show_json(answer.status);
	else {
		show_health(answer.status);
		show_rules(answer.status);
		show_flows(answer.status);
		show_processes(answer.status);
		show_notices(answer.status);
	}
	if (o->check && !true_of(answer.status, "ok"))
		status = EXIT_OFF;
	json_decref(answer.status);
	return status;
}

static void
on_level(void *ctx, const json_t *object)
{
	static struct line	l;

	(void)ctx;
	if (strcmp(type_of(object), "level") != 0)
		return;
	line_start(&l, stdout);
	line_print(&l, "%s (%s)", text_of(object, "level"), text_of(object, "why"));
	line_end(&l);
}

enum ctl_exit
verb_level(const struct options *o, int argc, char **argv)
{
	struct answer	 answer = { NULL };
	enum ctl_exit	 status;
	json_t		*level;

	if (argc > 1)
		return usage_error(o, "level takes one of dynamic, secure and fortress");
	if (argc == 1) {
		if (strcmp(argv[0], "dynamic") != 0 && strcmp(argv[0], "secure") != 0 &&
		    strcmp(argv[0], "fortress") != 0)
			return usage_error(o, "'%s' is no level: dynamic, secure or fortress",
			    argv[0]);
		return ask(o, "steer.sock", json_pack("{s:s, s:s}", "verb", "level", "set", argv[0]),
		    on_level, NULL);
	}
	if ((status = get_status(o, &answer)) != EXIT_OK)
		return status;
	level = json_pack("{s:s, s:s, s:s}", "type", "level", "level",
	    text_of(answer.status, "level"), "why", text_of(answer.status, "level_why"));
	if (o->json)
		show_json(level);
	else
		on_level(NULL, level);
	json_decref(level);
	json_decref(answer.status);
	return EXIT_OK;
}
