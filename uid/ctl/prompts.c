/*
 * prompts: what waits for an answer, and answering it. The list comes from policyd's
 * own socket, which asks the kernel who speaks.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "prompts.h"
#include "reader.h"

/* By its whole path: anybody may call a program firefox. */
static void
put_program(struct line *l, const json_t *p)
{
	char	path[WORDS_BYTES];

	line_bytes(l, path, show_bytes_of(p, "path", path, sizeof(path)));
	line_print(l, "[%" JSON_INTEGER_FORMAT "] %s%s", number_of(p, "pid"), user_name((uint32_t)number_of(p, "uid")),
	    json_is_false(json_object_get(p, "known")) ? " (of unknown origin)" : "");
}

static void
put_destination(struct line *l, const json_t *p)
{
	const char	*name = text_of(p, "name"), *address = text_of(p, "address");
	bool		 incoming = strcmp(text_of(p, "direction"), "in") == 0;

	line_put(l, incoming ? " <- " : " -> ");
	line_put(l, name[0] != '\0' ? name : address);
	if (json_object_get(p, "port") != NULL)
		line_print(l, "%s%" JSON_INTEGER_FORMAT, incoming ? " at " : ":", number_of(p, "port"));
	if (address[0] == '\0')
		line_put(l, " (its address is asked for)");
	else
		line_print(l, "/%s", text_of(p, "proto"));
	if (name[0] != '\0' && address[0] != '\0')
		line_print(l, " (%s)", address);
}

void
prompt_put(struct line *l, const json_t *p)
{
	put_program(l, p);
	put_destination(l, p);
	line_colour(l, DIM);
	line_print(l, "  %s", text_of(p, "reason"));
	line_colour(l, PLAIN);
}

static void
show_prompt(void *ctx, const json_t *p)
{
	static struct line	 l;
	char			 words[WORDS_BYTES];
	size_t			*count = ctx;

	if (strcmp(type_of(p), "prompt") != 0)
		return;
	++*count;
	line_start(&l, stdout);
	line_print(&l, "%s", text_of(p, "id"));
	line_pad(&l, 6);
	line_put(&l, clock_of(p, "time_us", words));
	line_pad(&l, 19);
	line_wrap(&l, 19);
	line_colour(&l, strcmp(text_of(p, "state"), "waiting") == 0 ? YELLOW : PLAIN);
	line_print(&l, "%s ", text_of(p, "state"));
	line_colour(&l, PLAIN);
	prompt_put(&l, p);
	line_end(&l);
}

bool
prompts_nobody(struct line *l, const json_t *status)
{
	const json_t	*p = json_object_get(status, "prompts");

	if (p == NULL || number_of(p, "agents") > 0)
		return false;
	line_print(l, "nobody answers: what is to be asked for is refused at once (unanswered %" JSON_INTEGER_FORMAT
	    "); 'bulwarkctl prompts --watch' answers", number_of(p, "unanswered"));
	return true;
}

void
prompts_warn(const struct options *o)
{
	static struct line	 l;
	struct reader		*r = o->json ? NULL : reader_try(o, "bulwark.sock");
	json_t			*status = NULL;

	if (r == NULL)
		return;
	if (reader_send(r, json_pack("{s:s}", "verb", "status")) == 0)
		status = reader_next(r, ANSWER_WAIT_S);
	reader_close(r);
	line_start(&l, stdout);
	line_wrap(&l, 2);
	if (prompts_nobody(&l, status))
		line_end(&l);
	json_decref(status);
}

/* --- answering --- */

static enum ctl_exit
send_answer(const struct options *o, const char *id, const char *answer, const char *what)
{
	json_t	*request;

	if (o->for_time != NULL && check_time(o, false) != EXIT_OK)
		return EXIT_USAGE;
	request = json_pack("{s:s, s:s, s:s, s:s, s:s}", "verb", "answer", "id", id, "answer", answer, "what", what, "for",
	    o->for_time == NULL ? "once" : o->for_time);
	if (o->both)
		(void)json_object_set_new(request, "both", json_true());
	return choose_send(o, request);
}

static enum ctl_exit
list_prompts(const struct options *o)
{
	size_t		count = 0;
	enum ctl_exit	status = ask(o, "steer.sock", json_pack("{s:s}", "verb", "prompts"), show_prompt, &count);

	if (status == EXIT_OK && count == 0 && !o->json)
		(void)puts("nothing was asked for");
	return status;
}

enum ctl_exit
verb_prompts(const struct options *o, int argc, char **argv)
{
	const char	*what = argc < 3 ? "destination" : argv[2];

	if (o->watch && argc > 0)
		return usage_error(o, "prompts --watch takes nothing more");
	if (o->watch)
		return prompts_watch(o);
	if (argc == 0)
		return list_prompts(o);
	if (argc < 2 || argc > 3 || (strcmp(argv[1], "allow") != 0 && strcmp(argv[1], "deny") != 0) ||
	    (strcmp(what, "destination") != 0 && strcmp(what, "application") != 0))
		return usage_error(o, "prompts takes ID, allow or deny, and destination or application");
	return send_answer(o, argv[0], argv[1], what);
}
