/*
 * The verbs about prompts: each valid request, and each of its fields wrong.
 */
/* links: policyd/steer_request.c policyd/steer_prompts.c policyd/wish.c policyd/words.c policyd/diag.c */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "steer_request.h"
#include "wish.h"

static struct wish	heard;
static uint32_t		by;
static unsigned		wishes;
static const char	*refusal;
static bool		not_kept;

static const char *
on_answer(void *ctx, const struct wish *w, uint32_t uid, bool *kept)
{
	(void)ctx;
	heard = *w;
	by = uid;
	wishes++;
	*kept = !not_kept;
	return refusal;
}

static const char *
on_forget(void *ctx, const struct wish *w, uint32_t uid, unsigned *count)
{
	(void)ctx;
	heard = *w;
	by = uid;
	wishes++;
	*count = 3;
	return refusal;
}

static const struct steer_ops ops = { .answer = on_answer, .forget = on_forget };

static enum steer_then
say(const char *line, char answer[STEER_ANSWER_MAX])
{
	return steer_request(line, strlen(line), 1000, &ops, NULL, answer);
}

#define ANSWER	"{\"verb\":\"answer\",\"id\":\"7\",\"answer\":\"allow\",\"what\":\"destination\",\"for\":\"once\"}"
#define CHOOSE	"{\"verb\":\"choose\",\"answer\":\"ask\",\"app\":\"/usr/bin/x\",\"to\":\"Example.ORG.\",\"for\":\"15m\"}"

/* Everything but one member, or with it as it says. */
static char *
with(const char *line, const char *key, const char *value)
{
	static char out[9000];
	char find[40];
	const char *at, *end;

	snprintf(find, sizeof find, "\"%s\":", key);
	at = strstr(line, find);
	if (at == NULL) {	/* one more */
		snprintf(out, sizeof out, "%.*s,%s%s}", (int)strlen(line) - 1, line, find, value);
		return out;
	}
	end = strchr(at, ',');
	if (end == NULL)
		end = strchr(at, '}');
	snprintf(out, sizeof out, "%.*s%s%s%s", (int)(at - line), line, value[0] == '\0' ? "\"x\":0" : find, value, end);
	return out;
}

Test(steer_prompts, answers)
{
	char answer[STEER_ANSWER_MAX];

	cr_assert_eq(say(ANSWER, answer), STEER_NOTHING);
	cr_expect_str_eq(answer, "{\"ok\":true,\"kept\":true}\n");
	cr_expect(wishes == 1 && by == 1000 && heard.prompt == 7 && heard.action == RULE_ALLOW && !heard.whole &&
	    heard.life == LIFE_ONCE && !heard.both);
	(void)say("{\"verb\":\"answer\",\"id\":\"9223372036854775807\",\"answer\":\"deny\",\"what\":\"application\",\"for\":\"3d\","
	    "\"both\":true}", answer);
	cr_expect(wishes == 2 && heard.prompt == INT64_MAX && heard.action == RULE_DENY && heard.whole && heard.both &&
	    heard.life == LIFE_TIME && heard.seconds == 3 * 86400);
	not_kept = true;
	(void)say(ANSWER, answer);
	cr_expect_str_eq(answer, "{\"ok\":true,\"kept\":false}\n");
	refusal = "no";
	(void)say(ANSWER, answer);
	cr_expect_str_eq(answer, "{\"ok\":false,\"error\":\"no\"}\n");
}

Test(steer_prompts, streams)
{
	char answer[STEER_ANSWER_MAX];

	cr_expect_eq(say("{\"verb\":\"prompts\"}", answer), STEER_LIST);
	cr_expect_str_eq(answer, "");
	cr_expect_eq(say("{\"verb\":\"watch\"}", answer), STEER_WATCH);
	cr_expect_eq(say("{\"verb\":\"pong\"}", answer), STEER_PONG);
	cr_expect_eq(say("{\"verb\":\"watch\",\"id\":\"1\"}", answer), STEER_NOTHING);
	cr_expect_eq(strncmp(answer, "{\"ok\":false", 11), 0);
}

Test(steer_prompts, choices)
{
	char answer[STEER_ANSWER_MAX];

	(void)say(CHOOSE, answer);
	cr_assert_eq(wishes, 1, "%s", answer);
	cr_expect(heard.prompt == 0 && heard.action == RULE_ASK && !heard.has_user && heard.about.target == TARGET_NAME &&
	    !heard.about.zone && heard.about.directions == 1u << DIRECTION_OUT && heard.seconds == 900);
	cr_expect_str_eq(heard.about.name, "example.org");
	cr_expect_str_eq(heard.path, "/usr/bin/x");
	(void)say(with(CHOOSE, "user", "1001"), answer);
	cr_expect(heard.has_user && heard.user == 1001);
	(void)say(with(CHOOSE, "port", "\"udp/443\""), answer);
	cr_expect(heard.about.keyed && heard.about.keys.low == KEY(17, 443) && heard.about.keys.high == KEY(17, 443));
	(void)say("{\"verb\":\"choose\",\"answer\":\"deny\",\"app_bytes\":\"2fff\",\"to\":\"2001:db8:ffff::/33\",\"direction\":\"both\","
	    "\"port\":\"icmp6\",\"for\":\"always\"}", answer);
	cr_expect_eq(wishes, 4, "%s", answer);
	cr_expect_str_eq(heard.path, "/\xff");
	cr_expect(heard.about.target == TARGET_NET && heard.about.net.prefix == 33 && heard.about.net.address[4] == 0x80 &&
	    heard.about.net.address[5] == 0 && heard.about.directions == 6 && heard.about.keys.high == KEY(58, 0xffff));
}

#define FORGET	"{\"verb\":\"forget\",\"app\":\"/usr/bin/x\",\"to\":\"Example.ORG.\"}"

Test(steer_prompts, forget)
{
	char answer[STEER_ANSWER_MAX];

	(void)say(FORGET, answer);
	cr_expect_str_eq(answer, "{\"ok\":true,\"count\":3}\n");
	cr_expect(wishes == 1 && by == 1000 && heard.about.target == TARGET_NAME && heard.about.directions == 14 && !heard.has_user);
	cr_expect_str_eq(heard.about.name, "example.org");
	cr_expect_str_eq(heard.path, "/usr/bin/x");
	(void)say(with(FORGET, "port", "\"tcp/443\""), answer);
	cr_expect(wishes == 2 && heard.about.keyed && !heard.has_user);
	(void)say(with(FORGET, "user", "0"), answer);
	cr_expect(wishes == 3 && heard.has_user && heard.user == 0);
	refusal = "no";
	(void)say(FORGET, answer);
	cr_expect_str_eq(answer, "{\"ok\":false,\"error\":\"no\"}\n");
}

/* Each value that a key may have not. */
Test(steer_prompts, wrong)
{
	static const struct { const char *line, *key, *values[20]; } rows[] = {
		{ ANSWER, "id", { "", "7", "\"\"", "\"0\"", "\"x\"", "\"-1\"", "\"7 \"", "\"12345678901234567890\"", "null" } },
		{ ANSWER, "answer", { "", "\"ask\"", "\"Allow\"", "true", "\"\"" } },
		{ ANSWER, "what", { "", "\"domain\"", "\"all\"", "1" } },
		{ ANSWER, "for", { "", "\"0m\"", "\"m\"", "\"15\"", "\"15s\"", "\"-1m\"", "\"1.5h\"", "\"3661d\"", "\"999999999999m\"",
		    "\"forever\"", "15", "\" 1m\"" } },
		{ ANSWER, "both", { "1", "\"true\"", "null" } },
		{ ANSWER, "app", { "\"/x\"" } },
		{ ANSWER, "", { "1" } },
		{ CHOOSE, "answer", { "", "\"tunnel\"", "0" } },
		{ CHOOSE, "app", { "", "\"x\"", "\"\"", "7", "[]" } },
		{ CHOOSE, "app_bytes", { "\"2f\"" } },
		{ CHOOSE, "user", { "-1", "4294967295", "\"1000\"", "1.5", "null" } },
		{ CHOOSE, "to", { "", "\"\"", "\".\"", "\"..\"", "\"a..b\"", "\"-/x\"", "\"192.0.2\"", "\".2\"", "\"-a.example\"",
		    "\"a-.example\"", "\"192.0.2.1/33\"", "\"2001:db8::/129\"",
		    "\"a b\"", "\"{\"", "\"a.example\\u00e9\"", "\"192.0.2.1/\"", "1" } },
		{ CHOOSE, "port", { "\"\"", "\"443\"", "\"tcp/\"", "\"tcp/65536\"", "\"icmp/3\"", "\"tcp/-1\"", "443", "\"nosuch\"",
		    "\"tcp/443/1\"" } },
		{ CHOOSE, "direction", { "\"in\"", "\"both\"", "\"forward\"", "1", "\"\"" } },
		{ CHOOSE, "for", { "", "\"\"" } },
		{ CHOOSE, "id", { "\"7\"" } },
		{ FORGET, "app", { "", "\"x\"", "7" } },
		{ FORGET, "to", { "", "\"\"", "1" } },
		{ FORGET, "port", { "\"443\"", "1" } },
		{ FORGET, "user", { "-1", "\"0\"" } },
		{ FORGET, "for", { "\"1h\"" } },
		{ FORGET, "direction", { "\"in\"" } },
		{ FORGET, "answer", { "\"allow\"" } },
	};
	char answer[STEER_ANSWER_MAX];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		for (size_t v = 0; rows[i].values[v] != NULL; v++) {
			const char *line = with(rows[i].line, rows[i].key, rows[i].values[v]);

			cr_expect_eq(say(line, answer), STEER_NOTHING);
			cr_expect_eq(strncmp(answer, "{\"ok\":false,\"error\":\"", 21), 0, "%s: %s", line, answer);
			cr_expect_eq(wishes, 0, "%s", line);
			wishes = 0;
		}
}

/* The longest path and the longest name. */
Test(steer_prompts, long_texts)
{
	static char path[4200], name[300], line[8000];
	char answer[STEER_ANSWER_MAX];

	memset(path, 'x', sizeof path - 1);
	path[0] = '/';
	for (unsigned len = 4095; len <= 4097; len++) {
		wishes = 0;
		snprintf(line, sizeof line, "{\"verb\":\"choose\",\"answer\":\"deny\",\"app\":\"%.*s\",\"to\":\"any\",\"for\":\"once\"}",
		    (int)len, path);
		(void)say(line, answer);
		cr_expect_eq(wishes, len <= PATH_BYTES);
	}
	for (unsigned len = 252; len <= 255; len++) {
		for (unsigned i = 0; i < len; i++)
			name[i] = i % 50 == 49 && i + 1 < len ? '.' : 'n';
		name[len] = '\0';
		wishes = 0;
		(void)say(with(CHOOSE, "to", (snprintf(line, sizeof line, "\"%s\"", name), line)), answer);
		cr_expect_eq(wishes, len <= DOMAIN_MOST, "%u", len);
	}
}
