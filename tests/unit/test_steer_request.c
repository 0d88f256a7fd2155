/*
 * Requests at steer.sock: what each line is answered, and what it changes.
 */
/* links: policyd/steer_request.c policyd/steer_prompts.c policyd/wish.c policyd/words.c policyd/diag.c */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "steer_request.h"

static enum level now = LEVEL_SECURE, asked = LEVEL_SECURE;
static uint32_t by, seconds;
static unsigned reloads, sets, flushes;
static bool disk_full, no_resolver, automatic;

static enum level
level(void *ctx)
{
	cr_assert_eq(ctx, &now);
	return now;
}

static int
set_level(void *ctx, enum level l, uint32_t for_s, uint32_t uid)
{
	cr_assert_eq(ctx, &now);
	seconds = for_s;
	asked = l;
	now = automatic ? LEVEL_DYNAMIC : l;
	by = uid;
	sets++;
	return disk_full ? -1 : 0;
}

static void
reload(void *ctx, uint32_t uid)
{
	cr_assert_eq(ctx, &now);
	by = uid;
	reloads++;
}

static int
flush(void *ctx, uint32_t uid)
{
	cr_assert_eq(ctx, &now);
	by = uid;
	flushes++;
	return no_resolver ? -1 : 0;
}

static const struct steer_ops ops = { .level = level, .set_level = set_level, .reload = reload, .flush = flush };

/* The answer without its newline. */
static const char *
answer_to(const char *line, size_t len, uint32_t uid)
{
	static char answer[STEER_ANSWER_MAX];
	char *copy = malloc(len + 1), *end;	/* its end is an end for the sanitizers as well */

	memcpy(copy, line, len);
	memset(answer, 'x', sizeof answer);
	steer_request(copy, len, uid, &ops, &now, answer);
	free(copy);
	end = memchr(answer, '\0', sizeof answer);
	cr_assert(end != NULL && end > answer && end[-1] == '\n');
	end[-1] = '\0';
	cr_assert_null(strchr(answer, '\n'));
	return answer;
}

#define SAYS(error)	"{\"ok\":false,\"error\":\"" error "\"}"
#define NOT_JSON	SAYS("not JSON: a request is one object on a line")
#define NOT_OBJECT	SAYS("a request is one JSON object on a line")
#define NO_VERB		SAYS("a request names its verb: docs/api.md lists them")
#define UNKNOWN_VERB	SAYS("unknown verb: there are level, reload, dns-flush, prompts, watch, pong, answer, " \
			"choose and forget")
#define UNKNOWN_KEY	SAYS("unknown key: level takes verb, level and for, the others verb alone")
#define NO_STRING	SAYS("every value is a string")
#define NO_LEVEL	SAYS("a level is dynamic, secure or fortress, or auto, which takes no time")
#define SECURE		"{\"ok\":true,\"level\":\"secure\",\"kept\":true}"

/* Answered without a change, whoever asks. */
static const struct { const char *line, *answer; } rows[] = {
	{ "{\"verb\":\"level\"}", SECURE },
	{ "  {\"verb\" : \"level\"}\r", SECURE },
	{ "", NOT_JSON }, { " ", NOT_JSON }, { "level", NOT_JSON }, { "{\"verb\":\"level\"", NOT_JSON },
	{ "{\"verb\":\"level\"}}", NOT_JSON }, { "{\"verb\":\"level\"} {\"verb\":\"level\"}", NOT_JSON },
	{ "{'verb':'level'}", NOT_JSON }, { "{\"verb\":\"lev\\u0000el\"}", NOT_JSON },
	{ "{\"verb\":\"\xff\"}", NOT_JSON }, { "{\"verb\":\"level\",\"verb\":\"reload\"}", NOT_JSON },
	{ "\"level\"", NOT_JSON }, { "null", NOT_JSON },
	{ "[]", NOT_OBJECT }, { "[{\"verb\":\"level\"}]", NOT_OBJECT },
	{ "{\"verb\":\"level\",\"a\":0,\"b\":0,\"c\":0,\"d\":0,\"e\":0,\"f\":0,\"g\":0,\"h\":0}", NOT_OBJECT },
	{ "{}", NO_VERB }, { "{\"verb\":1}", NO_VERB }, { "{\"verb\":null}", NO_VERB }, { "{\"Verb\":\"level\"}", NO_VERB },
	{ "{\"verb\":[\"level\"]}", NO_VERB }, { "{\"level\":\"secure\"}", NO_VERB },
	{ "{\"verb\":\"\"}", UNKNOWN_VERB }, { "{\"verb\":\"Level\"}", UNKNOWN_VERB },
	{ "{\"verb\":\"status\"}", UNKNOWN_VERB },
	{ "{\"verb\":\"level\",\"to\":\"secure\"}", UNKNOWN_KEY }, { "{\"verb\":\"level\",\"\":\"\"}", UNKNOWN_KEY },
	{ "{\"verb\":\"reload\",\"level\":\"secure\"}", UNKNOWN_KEY },
	{ "{\"verb\":\"dns-flush\",\"name\":\"a.example\"}", UNKNOWN_KEY },
	{ "{\"verb\":\"level\",\"level\":2}", NO_STRING }, { "{\"verb\":\"level\",\"level\":null}", NO_STRING },
	{ "{\"verb\":\"level\",\"level\":[\"secure\"]}", NO_STRING },
	{ "{\"verb\":\"level\",\"level\":\"\"}", NO_LEVEL }, { "{\"verb\":\"level\",\"level\":\"Secure\"}", NO_LEVEL },
	{ "{\"verb\":\"level\",\"level\":\"secure \"}", NO_LEVEL },
};

Test(steer_request, answers)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		for (uint32_t uid = 0; uid < 2; uid++) {
			const char *answer = answer_to(rows[i].line, strlen(rows[i].line), uid);

			cr_expect_str_eq(answer, rows[i].answer, "%s: %s", rows[i].line, answer);
		}
	cr_assert_eq(sets + reloads, 0);
}

Test(steer_request, only_root_changes)
{
	static const char set[] = "{\"verb\":\"level\",\"level\":\"fortress\"}", again[] = "{\"verb\":\"reload\"}";
	static const uint32_t others[] = { 1, 1000, UINT32_MAX };

	for (size_t i = 0; i < 3; i++) {
		cr_assert_str_eq(answer_to(set, strlen(set), others[i]),
		    SAYS("only root may change the level: use sudo"));
		cr_assert_str_eq(answer_to(again, strlen(again), others[i]),
		    SAYS("only root may have files read again: use sudo"));
	}
	cr_assert_eq(sets + reloads, 0);
	cr_assert_str_eq(answer_to(again, strlen(again), 0), "{\"ok\":true}");
	cr_assert_eq(reloads, 1);
	for (enum level l = LEVEL_DYNAMIC; l <= LEVEL_MAX; l++) {
		static const char *const names[] = { "", "dynamic", "secure", "fortress" };
		char line[60], wanted[80];

		snprintf(line, sizeof line, "{\"level\":\"%s\",\"verb\":\"level\"}", names[l]);
		snprintf(wanted, sizeof wanted, "{\"ok\":true,\"level\":\"%s\",\"kept\":true}", names[l]);
		cr_assert_str_eq(answer_to(line, strlen(line), 0), wanted);
		cr_assert_eq(now, l);
	}
	cr_assert_eq(sets, 3);
}

/* It holds, and says that a restart will forget it. */
Test(steer_request, not_kept)
{
	static const char set[] = "{\"verb\":\"level\",\"level\":\"fortress\"}";

	disk_full = true;
	cr_assert_str_eq(answer_to(set, strlen(set), 0), "{\"ok\":true,\"level\":\"fortress\",\"kept\":false}");
	cr_assert_eq(now, LEVEL_FORTRESS);
}

/* As deep and as long as a line can be; a NUL in it. */
Test(steer_request, hostile_lines)
{
	static char line[STEER_LINE_MAX];

	memset(line, '[', sizeof line);
	cr_assert_str_eq(answer_to(line, sizeof line, 0), NOT_JSON);
	memset(line, 'x', sizeof line);
	memcpy(line, "{\"verb\":\"", 9);
	memcpy(line + sizeof line - 2, "\"}", 2);
	cr_assert_str_eq(answer_to(line, sizeof line, 0), UNKNOWN_VERB);
	cr_assert_str_eq(answer_to("{\"verb\":\"level\"}\0", 17, 0), NOT_JSON);
}

Test(steer_request, refusal)
{
	char answer[STEER_ANSWER_MAX];

	steer_refuse("too long", answer);
	cr_assert_str_eq(answer, "{\"ok\":false,\"error\":\"too long\"}\n");
}

Test(steer_request, answers_are_forgotten)
{
	static const char line[] = "{\"verb\":\"dns-flush\"}";

	cr_assert_str_eq(answer_to(line, strlen(line), 1000), SAYS("only root may have answers forgotten: use sudo"));
	cr_assert_eq(flushes, 0);
	cr_assert_str_eq(answer_to(line, strlen(line), 0), "{\"ok\":true}");
	cr_assert_eq(flushes, 1);
	no_resolver = true;
	cr_assert_str_eq(answer_to(line, strlen(line), 0), SAYS("the resolver does not run just now: it keeps nothing"));
}

static const struct { const char *text; uint32_t seconds; } times[] = {
	{ "1s", 1 }, { "90m", 5400 }, { "1h", 3600 }, { "366d", 366 * 86400 }, { "0001h", 3600 },
	{ "0s", 0 }, { "", 0 }, { "h", 0 }, { "1", 0 }, { "1w", 0 }, { "1hh", 0 }, { "-1h", 0 }, { " 1h", 0 }, { "1 h", 0 },
	{ "367d", 0 }, { "99999999d", 0 }, { "123456789s", 0 }, { "18446744073709551617s", 0 },
};

Test(steer_request, for_a_time)
{
	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
		char line[120];
		const char *answer;

		seconds = 7;
		snprintf(line, sizeof line, "{\"verb\":\"level\",\"level\":\"secure\",\"for\":\"%s\"}", times[i].text);
		answer = answer_to(line, strlen(line), 0);
		cr_expect_str_eq(answer, times[i].seconds != 0 ? SECURE :
		    SAYS("a time is a number and s, m, h or d, such as 90m, at most 366d"), "%s: %s", line, answer);
		cr_expect_eq(seconds, times[i].seconds != 0 ? times[i].seconds : 7, "%s", line);
		answer = answer_to(line, strlen(line), 1000);
		cr_expect_eq(strstr(answer, "only root") != NULL, times[i].seconds != 0, "%s: %s", line, answer);
	}
}

/* No command counts any more: level 0 is asked for. */
Test(steer_request, auto_level)
{
	static const char line[] = "{\"verb\":\"level\",\"level\":\"auto\"}",
	    timed[] = "{\"verb\":\"level\",\"level\":\"auto\",\"for\":\"1h\"}",
	    alone[] = "{\"verb\":\"level\",\"for\":\"1h\"}";

	cr_assert_str_eq(answer_to(line, strlen(line), 1000), SAYS("only root may change the level: use sudo"));
	cr_assert_str_eq(answer_to(timed, strlen(timed), 0), NO_LEVEL);
	cr_assert_str_eq(answer_to(alone, strlen(alone), 0), SAYS("for goes with a level"));
	cr_assert_eq(sets, 0);
	automatic = true;
	(void)answer_to(line, strlen(line), 0);
	cr_assert_eq(sets, 1);
	cr_assert_eq(asked, 0);
}
