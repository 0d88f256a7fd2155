/*
 * level: shown as uid tells it, set at policyd's own socket, which asks the
 * kernel who speaks.
 */
#include <string.h>

#include "fields.h"
#include "reader.h"

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
set_answer(const struct options *o, const json_t *answer)
{
	show_level(o, text_of(answer, "level"), "set by hand");
	if (!json_is_false(json_object_get(answer, "kept")))
		return EXIT_OK;
	return complain(o, EXIT_FAILED, "the level holds now but could not be written down: it will "
	    "be forgotten when the suite restarts");
}

static enum ctl_exit
set_level(const struct options *o, const char *level)
{
	json_t		*answer;
	enum ctl_exit	 status = steer(o, json_pack("{s:s, s:s}", "verb", "level", "level", level), &answer);

	if (status == EXIT_OK)
		status = set_answer(o, answer);
	json_decref(answer);
	return status;
}

enum ctl_exit
verb_level(const struct options *o, int argc, char **argv)
{
	if (argc > 1)
		return usage_error(o, "level takes one of dynamic, secure and fortress");
	if (argc == 0)
		return show_current(o);
	if (strcmp(argv[0], "dynamic") != 0 && strcmp(argv[0], "secure") != 0 &&
	    strcmp(argv[0], "fortress") != 0)
		return usage_error(o, "'%s' is no level: dynamic, secure or fortress", argv[0]);
	return set_level(o, argv[0]);
}
