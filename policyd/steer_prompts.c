/*
 * See steer_prompts.h. Requests (docs/api.md, "Prompts"):
 *
 *	{"verb":"prompts"}	what waits for an answer, of root all
 *	{"verb":"watch"}	the same, and what changes: the connection is an agent
 *	{"verb":"pong"}		an agent's answer to a ping
 *	{"verb":"answer","id":"7","answer":"allow","what":"domain","for":"once"}
 *	{"verb":"choose","answer":"deny","app":"/usr/bin/x","to":"example.org","for":"1h"}
 *	{"verb":"forget","app":"/usr/bin/x","to":"example.org"}
 */
#include <stdio.h>
#include <string.h>

#include "steer_prompts.h"
#include "wish.h"

static const char *const verbs[] = { "prompts", "watch", "pong", "answer", "choose", "forget" };

bool
steer_is_prompts(const char *verb)
{
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (strcmp(verb, verbs[i]) == 0)
			return true;
	return false;
}

/* allowed: keys beside "verb", each between spaces. */
static const char *
keys_fault(json_t *request, const char *allowed)
{
	const char *key;
	json_t *value;
	char word[40];

	json_object_foreach(request, key, value) {
		int n = snprintf(word, sizeof word, " %s ", key);

		if (strcmp(key, "verb") != 0 && (n <= 2 || (size_t)n >= sizeof word || strstr(allowed, word) == NULL))
			return "unknown key: docs/api.md lists them";
	}
	return NULL;
}

/* NULL: it is missing, or no string. */
static const char *
text_of(json_t *request, const char *key)
{
	return json_string_value(json_object_get(request, key));
}

static const char *
read_action(json_t *request, bool unasked, struct wish *w)
{
	const char *answer = text_of(request, "answer");

	if (answer != NULL && strcmp(answer, "allow") == 0)
		w->action = RULE_ALLOW;
	else if (answer != NULL && strcmp(answer, "deny") == 0)
		w->action = RULE_DENY;
	else if (unasked && answer != NULL && strcmp(answer, "ask") == 0)
		w->action = RULE_ASK;
	else
		return unasked ? "answer is allow, deny or ask" : "answer is allow or deny";
	return NULL;
}

static const char *
read_life(json_t *request, struct wish *w)
{
	const char *life = text_of(request, "for");

	return life != NULL && wish_life(life, w) ? NULL : "for is once, exit, always, or a time such as 15m, 2h or 3d";
}

static const char *
read_both(json_t *request, struct wish *w)
{
	json_t *both = json_object_get(request, "both");

	w->both = json_is_true(both);
	return both == NULL || json_is_boolean(both) ? NULL : "both is true or false";
}

static const char *
read_id(json_t *request, struct wish *w)
{
	const char *id = text_of(request, "id");
	size_t len = id == NULL ? 0 : strlen(id);

	if (len == 0 || len > 19 || strspn(id, "0123456789") != len)
		return "a prompt is named by its number: 'bulwarkctl prompts' lists them";
	w->prompt = 0;
	for (; *id != '\0'; id++)
		w->prompt = w->prompt * 10 + (uint64_t)(*id - '0');
	return w->prompt != 0 ? NULL : "a prompt is named by its number: 'bulwarkctl prompts' lists them";
}

static const char *
read_what(json_t *request, struct wish *w)
{
	const char *what = text_of(request, "what");

	if (what == NULL || (strcmp(what, "destination") != 0 && strcmp(what, "application") != 0))
		return "what is destination or application";
	w->whole = what[0] == 'a';
	return NULL;
}

static const char *
read_answer(json_t *request, struct wish *w)
{
	const char *fault = keys_fault(request, " id answer what for both ");

	if (fault == NULL)
		fault = read_id(request, w);
	if (fault == NULL)
		fault = read_action(request, false, w);
	if (fault == NULL)
		fault = read_what(request, w);
	if (fault == NULL)
		fault = read_life(request, w);
	return fault != NULL ? fault : read_both(request, w);
}

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
read_hex(const char *hex, char out[PATH_BYTES + 1])
{
	size_t n = strlen(hex) / 2;

	if (n * 2 != strlen(hex) || n > PATH_BYTES)
		return false;
	for (size_t i = 0; i < n; i++) {
		int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);

		if (high < 0 || low < 0 || (high | low) == 0)
			return false;
		out[i] = (char)(high << 4 | low);
	}
	out[n] = '\0';
	return true;
}

static const char *
read_app(json_t *request, struct wish *w)
{
	const char *app = text_of(request, "app"), *hex = text_of(request, "app_bytes");

	if ((app == NULL) == (hex == NULL))
		return "app or app_bytes is the program's path";
	if (app != NULL && strlen(app) <= PATH_BYTES)
		memcpy(w->path, app, strlen(app) + 1);
	else if (app != NULL || !read_hex(hex, w->path))
		return "app or app_bytes is the program's path";
	return w->path[0] == '/' ? NULL : "a program is named by its whole path";
}

static const char *
read_user(json_t *request, struct wish *w)
{
	json_t *user = json_object_get(request, "user");

	if (user == NULL)
		return NULL;
	if (!json_is_integer(user) || json_integer_value(user) < 0 || json_integer_value(user) >= UINT32_MAX)
		return "user is a number";
	w->has_user = true;
	w->user = (uint32_t)json_integer_value(user);
	return NULL;
}

static const char *
read_to(json_t *request, struct wish *w)
{
	static const char *const words[] = { "out", "in", "both" };
	const char *to = text_of(request, "to"), *direction = text_of(request, "direction"),
	    *port = text_of(request, "port");

	if (to == NULL || !wish_target(to, &w->about))
		return "a destination is any, a domain, .zone, an address, a net, or host, link, site, lan or internet";
	if (json_object_get(request, "port") != NULL && (port == NULL || !wish_port(port, &w->about)))
		return "a port is such as tcp/443, or a protocol such as icmp";
	w->about.directions = 1u << DIRECTION_OUT;
	if (json_object_get(request, "direction") == NULL)
		return NULL;
	for (unsigned i = 0; direction != NULL && i < 3; i++)
		if (strcmp(direction, words[i]) == 0) {
			w->about.directions = (uint8_t)(i == 0 ? 1u << DIRECTION_OUT : i == 1 ? 1u << DIRECTION_IN :
			    1u << DIRECTION_OUT | 1u << DIRECTION_IN);
			return w->about.target == TARGET_NAME && i > 0 ? "of what comes in no domain is known" : NULL;
		}
	return "direction is out, in or both";
}

static const char *
read_choose(json_t *request, struct wish *w)
{
	const char *fault = keys_fault(request, " answer app app_bytes user to port direction for ");

	if (fault == NULL)
		fault = read_action(request, true, w);
	if (fault == NULL)
		fault = read_app(request, w);
	if (fault == NULL)
		fault = read_user(request, w);
	if (fault == NULL)
		fault = read_to(request, w);
	return fault != NULL ? fault : read_life(request, w);
}

/* Whichever way: the directions of what is forgotten are part of it. */
static const char *
read_forget(json_t *request, struct wish *w)
{
	const char *fault = keys_fault(request, " app app_bytes user to port ");

	if (fault == NULL)
		fault = read_app(request, w);
	if (fault == NULL)
		fault = read_user(request, w);
	if (fault == NULL)
		fault = read_to(request, w);
	w->about.directions = 1u << DIRECTION_OUT | 1u << DIRECTION_IN | 1u << DIRECTION_FORWARD;
	return fault;
}

static const char *
serve_forget(json_t *request, uint32_t uid, const struct steer_ops *ops, void *ctx, struct wish *w,
    char answer[STEER_ANSWER_MAX])
{
	unsigned count = 0;
	const char *fault = read_forget(request, w);

	if (fault == NULL)
		fault = ops->forget(ctx, w, uid, &count);
	if (fault == NULL)
		(void)snprintf(answer, STEER_ANSWER_MAX, "{\"ok\":true,\"count\":%u}\n", count);
	return fault;
}

const char *
steer_prompts(const char *verb, json_t *request, uint32_t uid, const struct steer_ops *ops, void *ctx,
    char answer[STEER_ANSWER_MAX], enum steer_then *then)
{
	static struct wish w;
	const char *fault;
	bool kept = true;

	memset(&w, 0, sizeof w);
	if (strcmp(verb, "forget") == 0)
		return serve_forget(request, uid, ops, ctx, &w, answer);
	if (strcmp(verb, "answer") == 0)
		fault = read_answer(request, &w);
	else if (strcmp(verb, "choose") == 0)
		fault = read_choose(request, &w);
	else {
		*then = verb[0] == 'w' ? STEER_WATCH : verb[1] == 'r' ? STEER_LIST : STEER_PONG;
		answer[0] = '\0';
		return keys_fault(request, "");
	}
	if (fault == NULL)
		fault = ops->answer(ctx, &w, uid, &kept);
	if (fault == NULL)
		(void)snprintf(answer, STEER_ANSWER_MAX, "{\"ok\":true,\"kept\":%s}\n", kept ? "true" : "false");
	return fault;
}
