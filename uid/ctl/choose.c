/*
 * allow, deny, prompt: what a program may from now on, said unasked.
 */
#include <string.h>

#include "dry_run.h"
#include "fields.h"
#include "reader.h"

static enum ctl_exit
choose(const struct options *o, const char *answer, const char *life, int argc, char **argv)
{
	json_t		*object, *user, *request = json_pack("{s:s, s:s}", "verb", "choose", "answer", answer);
	enum ctl_exit	 status = EXIT_FAILED;

	if (argc != 2) {
		json_decref(request);
		return usage_error(o, "a program and a destination are wanted ('any' for all)");
	}
	if (program_add(o, request, argv[0], &status) == -1) {
		json_decref(request);
		return status;
	}
	if (json_object_get(request, "pid") != NULL) {
		json_decref(request);
		return usage_error(o, "name the program by its path or command");
	}
	if ((user = json_object_get(request, "as_uid")) != NULL) {
		(void)json_object_set(request, "user", user);
		(void)json_object_del(request, "as_uid");
	}
	(void)json_object_set_new(request, "to", json_string(argv[1]));
	(void)json_object_set_new(request, "for", json_string(o->for_time == NULL ? life : o->for_time));
	if (o->port != NULL)
		(void)json_object_set_new(request, "port", json_string(o->port));
	if (o->in || o->both)
		(void)json_object_set_new(request, "direction", json_string(o->both ? "both" : "in"));
	status = steer(o, request, &object);
	if (status == EXIT_OK && json_is_false(json_object_get(object, "kept")))
		status = complain(o, EXIT_FAILED, "it holds now but could not be written down: it will be forgotten when "
		    "the suite restarts");
	json_decref(object);
	return status;
}

enum ctl_exit
verb_allow(const struct options *o, int argc, char **argv)
{
	return choose(o, "allow", "15m", argc, argv);
}

enum ctl_exit
verb_deny(const struct options *o, int argc, char **argv)
{
	return choose(o, "deny", "15m", argc, argv);
}

enum ctl_exit
verb_prompt(const struct options *o, int argc, char **argv)
{
	return choose(o, "ask", "always", argc, argv);
}
