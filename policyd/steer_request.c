/*
 * Requests at steer.sock and who may make them (docs/api.md, "Steering"):
 *
 *	{"verb":"level"}				anybody: which level is in force
 *	{"verb":"level","level":"secure"}		root; "level":"auto" forgets what was set
 *	{"verb":"level","level":"secure","for":"1h"}	root: seconds (s), minutes, hours or days, then as before
 *	{"verb":"reload"}				root: read all files again
 *	{"verb":"dns-flush"}				root: resolverd forgets its answers
 *
 * Those about prompts are in steer_prompts.c.
 */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "level_hand.h"
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

/* "90s", "15m", "1h", "2d": seconds; 0: not so, or longer than a level may be set for. */
static uint32_t
seconds_of(const char *text)
{
	static const struct { char unit; uint32_t seconds; } units[] = {
		{ 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 },
	};
	size_t digits = strspn(text, "0123456789");
	uint64_t n = 0;

	if (digits == 0 || digits > 8 || text[digits] == '\0' || text[digits + 1] != '\0')
		return 0;
	for (size_t i = 0; i < digits; i++)
		n = n * 10 + (uint64_t)(text[i] - '0');
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (units[i].unit == text[digits] && n * units[i].seconds <= LEVEL_FOR_MOST)
			return (uint32_t)(n * units[i].seconds);
	return 0;
}

/* NULL, or what is wrong with the keys beside "verb": allowed is one, also another one; NULL: none. */
static const char *
keys_fault(json_t *request, const char *allowed, const char *also)
{
	const char	*key;
	json_t		*value;

	json_object_foreach(request, key, value) {
		if (strcmp(key, "verb") != 0 && (allowed == NULL || strcmp(key, allowed) != 0) &&
		    (also == NULL || strcmp(key, also) != 0))
			return "unknown key: level takes verb, level and for, the others verb alone";
		if (!json_is_string(value))
			return "every value is a string";
	}
	return NULL;
}

/* NULL, or what is wrong with it. */
static const char *
set_level(json_t *request, uint32_t uid, const struct steer_ops *ops, void *ctx, bool *kept)
{
	const char	*name = json_string_value(json_object_get(request, "level"));
	const char	*time = json_string_value(json_object_get(request, "for"));
	enum level	 level = level_of(name);
	uint32_t	 for_s = time == NULL ? 0 : seconds_of(time);

	if (level == 0 && (strcmp(name, "auto") != 0 || time != NULL))
		return "a level is dynamic, secure or fortress, or auto, which takes no time";
	if (time != NULL && for_s == 0)
		return "a time is a number and s, m, h or d, such as 90m, at most 366d";
	if (uid != 0)
		return "only root may change the level: use sudo";
	*kept = ops->set_level(ctx, level, for_s, uid) == 0;
	if (!*kept)
		log_warnx("the level could not be written down");
	return NULL;
}

static const char *
serve_level(json_t *request, uint32_t uid, const struct steer_ops *ops, void *ctx,
    char answer[STEER_ANSWER_MAX])
{
	const char	*fault = keys_fault(request, "level", "for");
	bool		 kept = true;

	if (fault == NULL && json_object_get(request, "level") != NULL)
		fault = set_level(request, uid, ops, ctx, &kept);
	else if (fault == NULL && json_object_get(request, "for") != NULL)
		fault = "for goes with a level";
	if (fault == NULL)
		(void)snprintf(answer, STEER_ANSWER_MAX, "{\"ok\":true,\"level\":\"%s\",\"kept\":%s}\n",
		    level_names[ops->level(ctx)], kept ? "true" : "false");
	return fault;
}

static const char *
serve_reload(json_t *request, uint32_t uid, const struct steer_ops *ops, void *ctx,
    char answer[STEER_ANSWER_MAX])
{
	const char *fault = keys_fault(request, NULL, NULL);

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
	const char *fault = keys_fault(request, NULL, NULL);

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
	return "unknown verb: there are level, reload, dns-flush, prompts, watch, pong, answer, choose and forget";
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
