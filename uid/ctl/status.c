/*
 * status: is all well, and what there is.
 */
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "fields.h"
#include "prompts.h"
#include "reader.h"
#include "suite.h"

#define NOTICES_SHOWN	5
#define LABEL		14
#define INT		"%" JSON_INTEGER_FORMAT

static void
label(struct line *l, const char *name)
{
	line_start(l, stdout);
	line_colour(l, BOLD);
	line_put(l, name);
	line_colour(l, PLAIN);
	line_pad(l, LABEL);
	line_wrap(l, LABEL);
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
		line_wrap(&l, 4);
		line_print(&l, "  - %s", json_is_string(problem) ? json_string_value(problem) : "?");
		line_end(&l);
	}
}

static void
show_rules(const json_t *s)
{
	static struct line	 l;
	const json_t		*k = json_object_get(s, "kernel");

	label(&l, "level");
	line_print(&l, "%s (%s)", text_of(s, "level"), text_of(s, "level_why"));
	line_end(&l);
	label(&l, "rules");
	line_print(&l, "%s, %s", text_of(s, "rules"), true_of(s, "guard") ?
	    "a guard table stands behind them" : "no guard table");
	line_end(&l);
	label(&l, "kernel path");
	if (true_of(k, "on"))
		line_put(&l, "on");
	else
		line_print(&l, "off, the queue decides everything: %s", k == NULL ? "not heard of yet" : text_of(k, "why"));
	line_end(&l);
	label(&l, "profiles");
	line_print(&l, INT ", files with errors: " INT, number_of(s, "profiles"),
	    number_of(s, "broken_files"));
	line_end(&l);
}

static void
show_prompts(const json_t *s)
{
	static struct line	 l;
	const json_t		*p = json_object_get(s, "prompts");

	label(&l, "prompts");
	if (!prompts_nobody(&l, s))
		line_print(&l, "agents " INT ", waiting " INT ", unanswered " INT, number_of(p, "agents"),
		    number_of(p, "waiting"), number_of(p, "unanswered"));
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
	/* Without a process whod has not said anything yet. */
	line_print(&l, "processes " INT ", grants " INT "%s", number_of(a, "processes"),
	    number_of(a, "grants"), true_of(a, "events") || number_of(a, "processes") == 0 ? "" :
	    "; the kernel tells of no exec and exit here: programs are looked at for each connection");
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
		line_wrap(&l, 13);
		line_print(&l, "%s %s: %s", clock_of(n, "time_us", words), text_of(n, "level"),
		    text_of(n, "text"));
		line_end(&l);
	}
}

/* bulwark-setup's word on this network namespace: "absent", or what stands; "" where it has none. */
static void
ask_for_rules(const struct options *o, char *line, size_t room)
{
	char	path[PATH_MAX];

	line[0] = '\0';
	if (geteuid() == 0 && find_binary(o, "bulwark-setup", path, sizeof(path)) == 0)
		(void)suite_setup(path, (char[]){ "check" }, -1, line, room);
}

/* The suite does not run: people are cut off when its rules still stand. */
static void
tell_rules(const struct options *o)
{
	struct options	plain = *o;
	struct suite	suite;
	char		line[1024];
	bool		stand;

	plain.json = false;		/* one error object is enough */
	if (suite_read(o, &suite) == -1)
		return;
	suite_close(&suite);
	if (suite.count > 0)
		return;
	ask_for_rules(o, line, sizeof(line));
	stand = strncmp(line, "ok", 2) == 0 || strncmp(line, "differs", 7) == 0;
	if (stand && suite.listed)
		(void)complain(&plain, EXIT_DOWN, "it was killed, and its rules still stand: nothing new "
		    "passes; start it, or 'bulwarkctl -r %s release'", o->rundir);
	else if (stand)
		(void)complain(&plain, EXIT_DOWN, "its rules stand in this network namespace all the same: "
		    "it runs in another folder (-r), or was stopped with 'stop hold': then nothing new "
		    "passes; start it, or 'bulwarkctl release'");
	else if (suite.listed && line[0] == '\0')
		(void)complain(&plain, EXIT_DOWN, "it was killed: its rules may still stand, and then "
		    "nothing new passes; start it, or 'bulwarkctl -r %s release' as root", o->rundir);
}

enum ctl_exit
verb_status(const struct options *o, int argc, char **argv)
{
	json_t		*answer = NULL;
	enum ctl_exit	 status;

	(void)argv;
	if (argc > 0)
		return usage_error(o, "status takes no argument");
	if ((status = fetch_status(o, &answer)) == EXIT_DOWN)
		tell_rules(o);
	if (status != EXIT_OK)
		return status;
	if (o->json)
		show_json(answer);
	else {
		show_health(answer);
		show_rules(answer);
		show_prompts(answer);
		show_flows(answer);
		show_processes(answer);
		show_notices(answer);
	}
	if (o->check && !true_of(answer, "ok"))
		status = EXIT_OFF;
	json_decref(answer);
	return status;
}
