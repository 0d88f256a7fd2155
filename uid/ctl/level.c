/*
 * level: shown as uid tells it, set at policyd's own socket, which asks the
 * kernel who speaks.
 */
#include <stdio.h>
#include <string.h>

#include "fields.h"
#include "reader.h"

enum ctl_exit
check_time(const struct options *o, bool level)
{
	static const char *const words[] = { "once", "exit", "always" };
	const char	*units = level ? "smhd" : "mhd";

	const char	*time = o->for_time;
	size_t		 digits = strspn(time, "0123456789");

	if (digits > 0 && time[digits] != '\0' && strchr(units, time[digits]) != NULL && time[digits + 1] == '\0')
		return EXIT_OK;
	for (size_t i = 0; !level && i < 3; i++)
		if (strcmp(time, words[i]) == 0)
			return EXIT_OK;
	return usage_error(o, level ? "'%s' is no time: a number and s, m, h or d, such as 90m" :
	    "'%s' is no time: once, exit, always, or a number and m, h or d, such as 15m", time);
}

static void
show_level(const struct options *o, const char *level, const char *why)
{
	static struct line	l;
	json_t			*object;

	if (!o->json) {
		line_start(&l, stdout);
		line_print(&l, "%s (%s)", level, why);
		line_end(&l);
		return;
	}
	object = json_pack("{s:s, s:s, s:s}", "type", "level", "level", level, "why", why);
	if (object != NULL)
		show_json(object);
	json_decref(object);
}

static enum ctl_exit
show_current(const struct options *o)
{
	json_t		*status;
	enum ctl_exit	 result = fetch_status(o, &status);

	if (result != EXIT_OK)
		return result;
	if (text_of(status, "level")[0] == '\0')
		result = complain(o, EXIT_DOWN, "policyd has not said the level yet: try again");
	else
		show_level(o, text_of(status, "level"), text_of(status, "level_why"));
	json_decref(status);
	return result;
}

static enum ctl_exit
set_answer(const struct options *o, const json_t *answer, const char *why)
{
	show_level(o, text_of(answer, "level"), why);
	if (!json_is_false(json_object_get(answer, "kept")))
		return EXIT_OK;
	return complain(o, EXIT_FAILED, "the level holds now but could not be written down: it will "
	    "be forgotten when the suite restarts");
}

static enum ctl_exit
set_level(const struct options *o, const char *level)
{
	json_t		*answer, *request = json_pack("{s:s, s:s}", "verb", "level", "level", level);
	char		 why[64] = "set by hand";
	enum ctl_exit	 status;

	if (strcmp(level, "auto") == 0)
		(void)snprintf(why, sizeof(why), "no command counts");
	if (o->for_time != NULL) {
		(void)json_object_set_new(request, "for", json_string(o->for_time));
		(void)snprintf(why, sizeof(why), "set by hand for %.20s", o->for_time);
	}
	status = steer(o, request, &answer);
	if (status == EXIT_OK)
		status = set_answer(o, answer, why);
	json_decref(answer);
	return status;
}

static void
change_row(void *ctx, const json_t *object)
{
	static struct line	 l;
	const char		*before = text_of(object, "before"), *after = text_of(object, "after");
	char			 when[WORDS_BYTES];

	(void)ctx;
	if (strcmp(type_of(object), "change") != 0)
		return;
	(void)snprintf(when, sizeof(when), "%.19s", text_of(object, "time"));
	if (strlen(when) > 10)
		when[10] = ' ';
	line_start(&l, stdout);
	line_wrap(&l, 4);
	line_print(&l, "%s  %s by %s: ", when, text_of(object, "what"), text_of(object, "who"));
	if (before[0] != '\0')
		line_print(&l, "%s -> ", before);
	line_print(&l, "%s: %s", after, text_of(object, "why"));
	line_end(&l);
}

enum ctl_exit
verb_level(const struct options *o, int argc, char **argv)
{
	if (o->history && (argc > 0 || o->for_time != NULL))
		return usage_error(o, "level --history stands alone");
	if (o->history)
		return ask(o, "bulwark.sock", json_pack("{s:s}", "verb", "journal"), change_row, NULL);
	if (argc > 1)
		return usage_error(o, "level takes one of dynamic, secure, fortress and auto");
	if (argc == 0 && o->for_time != NULL)
		return usage_error(o, "--for goes with a level");
	if (argc == 0)
		return show_current(o);
	if (strcmp(argv[0], "dynamic") != 0 && strcmp(argv[0], "secure") != 0 &&
	    strcmp(argv[0], "fortress") != 0 && strcmp(argv[0], "auto") != 0)
		return usage_error(o, "'%s' is no level: dynamic, secure or fortress; or auto", argv[0]);
	if (o->for_time != NULL && strcmp(argv[0], "auto") == 0)
		return usage_error(o, "auto takes no --for");
	if (o->for_time != NULL && check_time(o, true) != EXIT_OK)
		return EXIT_USAGE;
	return set_level(o, argv[0]);
}
