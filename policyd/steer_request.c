/*
 * Requests at steer.sock and who may make them (docs/api.md, "Steering"):
 *
 *	{"verb":"level"}				anybody: which level is in force
 *	{"verb":"level","level":"secure"}		root
 *	{"verb":"reload"}				root: read all files again
 *	{"verb":"dns-flush"}				root: resolverd forgets its answers
 *
 * Those about prompts are in steer_prompts.c.
 */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "sandbox.h"
#include "steer_prompts.h"
#include "steer_request.h"

#define KEYS_MAX	8

static const char *const level_names[] = {
	[LEVEL_DYNAMIC] = "dynamic", [LEVEL_SECURE] = "secure", [LEVEL_FORTRESS] = "fortress",
};

void
steer_refuse(const char *text, char answer[STEER_ANSWER_MAX])
{
	(void)snprintf(answer, STEER_ANSWER_MAX, "{\"ok\":false,\"error\":\"%s\"}\n", text);
}

static enum level
level_of(const char *name)
{
	for (int l = LEVEL_DYNAMIC; l <= LEVEL_MAX; l++)
		if (strcmp(name, level_names[l]) == 0)
			return (enum level)l;
	return 0;
}

/* NULL, or what is wrong with the keys beside "verb". */
static const char *
keys_fault(json_t *request, const char *allowed)
{
	const char	*key;
	json_t		*value;

	json_object_foreach(request, key, value) {
		if (strcmp(key, "verb") != 0 && (allowed == NULL || strcmp(key, allowed) != 0))
			return "unknown key: level takes verb and level, the others verb alone";
		if (!json_is_string(value))
			return "every value is a string";
	}
	return NULL;
}

static const char *
serve_level(json_t *request, uint32_t uid, const struct steer_ops *ops, void *ctx,
    char answer[STEER_ANSWER_MAX])
{
	json_t		*wanted = json_object_get(request, "level");
	enum level	 level;
	const char	*fault = keys_fault(request, "level");
	bool		 kept = true;

	if (fault != NULL)
		return fault;
	if (wanted != NULL) {
		if ((level = level_of(json_string_value(wanted))) == 0)
			return "a level is dynamic, secure or fortress";
		if (uid != 0)
			return "only root may change the level: use sudo";
		kept = ops->set_level(ctx, level, uid) == 0;
		if (!kept)
			log_warnx("the level could not be written down");
	}
	(void)snprintf(answer, STEER_ANSWER_MAX, "{\"ok\":true,\"level\":\"%s\",\"kept\":%s}\n",
	    level_names[ops->level(ctx)], kept ? "true" : "false");
	return NULL;
}

static const char *
serve_reload(json_t *request, uint32_t uid, const struct steer_ops *ops, void *ctx,
    char answer[STEER_ANSWER_MAX])
{
	const char *fault = keys_fault(request, NULL);

	if (fault != NULL)
		return fault;
	if (uid != 0)
		return "only root may have files read again: use sudo";
	ops->reload(ctx, uid);
	(void)snprintf(answer, STEER_ANSWER_MAX, "{\"ok\":true}\n");
	return NULL;
}

static const char *
serve_flush(json_t *request, uint32_t uid, const struct steer_ops *ops, void *ctx,
    char answer[STEER_ANSWER_MAX])
{
	const char *fault = keys_fault(request, NULL);

	if (fault != NULL)
		return fault;
	if (uid != 0)
		return "only root may have answers forgotten: use sudo";
	if (ops->flush(ctx, uid) == -1)
		return "the resolver does not run just now: it keeps nothing";
	(void)snprintf(answer, STEER_ANSWER_MAX, "{\"ok\":true}\n");
	return NULL;
}

static const char *
serve(json_t *request, uint32_t uid, const struct steer_ops *ops, void *ctx,
    char answer[STEER_ANSWER_MAX], enum steer_then *then)
{
	const char *verb;

	if (!json_is_object(request) || json_object_size(request) > KEYS_MAX)
		return "a request is one JSON object on a line";
	if ((verb = json_string_value(json_object_get(request, "verb"))) == NULL)
		return "a request names its verb: docs/api.md lists them";
	if (strcmp(verb, "level") == 0)
		return serve_level(request, uid, ops, ctx, answer);
	if (strcmp(verb, "reload") == 0)
		return serve_reload(request, uid, ops, ctx, answer);
	if (strcmp(verb, "dns-flush") == 0)
		return serve_flush(request, uid, ops, ctx, answer);
	if (steer_is_prompts(verb))
		return steer_prompts(verb, request, uid, ops, ctx, answer, then);
	return "unknown verb: there are level, reload, dns-flush, prompts, watch, pong, answer and choose";
}

enum steer_then
steer_request(const char *line, size_t len, uint32_t uid, const struct steer_ops *ops, void *ctx,
    char answer[STEER_ANSWER_MAX])
{
	enum steer_then	 then = STEER_NOTHING;
	const char	*fault;
	/* jansson bounds nesting itself (JSON_PARSER_MAX_DEPTH); the line bounds the rest. */
	json_t		*request = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);

	if (request == NULL)
		fault = "not JSON: a request is one object on a line";
	else
		fault = serve(request, uid, ops, ctx, answer, &then);
	if (fault != NULL)
		steer_refuse(fault, answer);
	json_decref(request);
	return fault != NULL ? STEER_NOTHING : then;
}
