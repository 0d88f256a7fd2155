/*
 * allow, deny, prompt: what a program may from now on, said unasked.
 */
#include <string.h>

#include "dry_run.h"
#include "fields.h"
#include "prompts.h"
#include "reader.h"

static void
put_chosen(const json_t *chosen)
{
	static struct line	 l;
	const char		*answer = text_of(chosen, "answer"), *life = text_of(chosen, "for");
	const char		*direction = text_of(chosen, "direction");
	char			 path[WORDS_BYTES];
	size_t			 len = show_bytes_of(chosen, "app", path, sizeof(path));

	line_start(&l, stdout);
	line_put(&l, answer[0] == 'a' && answer[1] == 'l' ? "allowed" : answer[0] == 'd' ? "denied" : "asked for");
	if (strcmp(life, "exit") == 0)
		line_put(&l, " until it ends");
	else
		line_print(&l, "%s%s", life[0] >= '0' && life[0] <= '9' ? " for " : " ", life);
	if (len > 0) {
		line_put(&l, ": ");
		line_bytes(&l, path, len);
		line_print(&l, " %s %s%s%s", direction[0] == 'i' ? "<-" : direction[0] == 'b' ? "<->" : "->",
		    text_of(chosen, "to"), json_object_get(chosen, "port") == NULL ? "" : " ", text_of(chosen, "port"));
	}
	line_end(&l);
}

enum ctl_exit
choose_send(const struct options *o, json_t *request)
{
	json_t		*answer, *chosen = json_copy(request);
	enum ctl_exit	 status = steer(o, request, &answer);

	(void)json_object_set_new(chosen, "type", json_string("chosen"));
	(void)json_object_del(chosen, "verb");
	if (status == EXIT_OK && o->json)
		show_json(chosen);
	else if (status == EXIT_OK)
		put_chosen(chosen);
	if (status == EXIT_OK && json_is_false(json_object_get(answer, "kept")))
		status = complain(o, EXIT_FAILED, "it holds now but could not be written down: it will be forgotten when "
		    "the suite restarts");
	json_decref(answer);
	json_decref(chosen);
	return status;
}

json_t *
choose_request(const struct options *o, const char *verb, char **argv, bool gone_too, enum ctl_exit *status)
{
	json_t	*user, *request;

	/* It would be a protocol's number, which nobody means. */
	if (o->port != NULL && o->port[strspn(o->port, "0123456789")] == '\0') {
		*status = usage_error(o, "'%s' is no port: tcp/443 and udp/53 are, and a protocol's name stands for all of it",
		    o->port);
		return NULL;
	}
	request = json_pack("{s:s}", "verb", verb);
	if (program_add(o, request, argv[0], gone_too, status) == -1) {
		json_decref(request);
		return NULL;
	}
	if (json_object_get(request, "pid") != NULL) {
		json_decref(request);
		*status = usage_error(o, "name the program by its path or command");
		return NULL;
	}
	if ((user = json_object_get(request, "as_uid")) != NULL) {
		(void)json_object_set(request, "user", user);
		(void)json_object_del(request, "as_uid");
	}
	(void)json_object_set_new(request, "to", json_string(argv[1]));
	if (o->port != NULL)
		(void)json_object_set_new(request, "port", json_string(o->port));
	return request;
}

static enum ctl_exit
choose(const struct options *o, const char *answer, const char *life, int argc, char **argv)
{
	json_t		*request;
	enum ctl_exit	 status = EXIT_FAILED;

	if (argc != 2)
		return usage_error(o, "%s takes a program and a destination ('any' for all)", o->verb);
	if (o->for_time != NULL && check_time(o, false) != EXIT_OK)
		return EXIT_USAGE;
	if ((request = choose_request(o, "choose", argv, false, &status)) == NULL)
		return status;
	(void)json_object_set_new(request, "answer", json_string(answer));
	(void)json_object_set_new(request, "for", json_string(o->for_time == NULL ? life : o->for_time));
	if (o->in || o->both)
		(void)json_object_set_new(request, "direction", json_string(o->both ? "both" : "in"));
	return choose_send(o, request);
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
	enum ctl_exit	status = choose(o, "ask", "always", argc, argv);

	if (status == EXIT_OK)
		prompts_warn(o);
	return status;
}
