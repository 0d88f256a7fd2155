/*
 * Answers as lines: what is written can be read, and every byte that was not written here stays.
 */
/* links: @language policyd/choice_line.c policyd/choice.c */
#include <time.h>

#include "choice_line.h"
#include "moment.h"
#include "policy_text.h"

#define NOW	1790000000	/* 2026-09-21 */

static void
utc(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
}

TestSuite(choice_line, .init = utc);

static struct choice
to_name(const char *name, enum rule_action action)
{
	struct choice c = { .action = (uint8_t)action, .life = LIFE_ALWAYS, .target = TARGET_NAME,
		.directions = 1u << DIRECTION_OUT, .by = 1000, .uid = 1000, .path = "/usr/bin/curl" };

	snprintf(c.name, sizeof c.name, "%s", name);
	return c;
}

Test(choice_line, lines)
{
	struct choice c = to_name("one.example", RULE_ALLOW);
	char line[CHOICE_LINE_MOST];

	choice_line(&c, "by command", NOW, line);
	cr_expect_str_eq(line, "allow out domain one.example # by user 1000, 2026-09-21T14:14: by command");
	c.zone = c.keyed = true;
	c.keys = (struct keys){ KEY(6, 443), KEY(6, 443) };
	c.life = LIFE_TIME;
	c.until_s = NOW + 61;
	choice_line(&c, "a\nb\"\xff\x1b{", NOW, line);
	cr_expect_str_eq(line, "allow out domain .one.example port tcp/443 until 2026-09-21T14:15 # by user 1000, "
	    "2026-09-21T14:14: a?b\"??{");
	c = (struct choice){ .action = RULE_DENY, .life = LIFE_ALWAYS, .target = TARGET_NET, .directions = 6,
		.net = { 6, 64, { 0x20, 1, 0xd, 0xb8 } }, .keyed = true, .keys = { KEY(47, 0), KEY(47, 0xffff) } };
	choice_line(&c, "", NOW, line);
	cr_expect_str_eq(line, "deny net 2001:db8::/64 protocol gre # by user 0, 2026-09-21T14:14");
	c = (struct choice){ .action = RULE_ASK, .life = LIFE_ALWAYS, .target = TARGET_SCOPE, .directions = 1u << DIRECTION_IN,
		.scopes = SCOPE_LINK | SCOPE_SITE, .keyed = true, .keys = { KEY(200, 0), KEY(200, 0xffff) } };
	choice_line(&c, "", NOW, line);
	cr_expect_str_eq(line, "ask in scope { link site } protocol 200 # by user 0, 2026-09-21T14:14");
	c = (struct choice){ .action = RULE_ALLOW, .life = LIFE_ALWAYS, .target = TARGET_PROGRAM, .directions = 6 };
	choice_line(&c, "", NOW, line);
	cr_expect_str_eq(line, "allow # by user 0, 2026-09-21T14:14");
	c.filed = true;
	c.file = (struct file_id){ UINT64_MAX, UINT64_MAX, UINT64_MAX };
	choice_line(&c, "", NOW, line);
	cr_expect_str_eq(line, "allow file 18446744073709551615:18446744073709551615:18446744073709551615 "
	    "# by user 0, 2026-09-21T14:14");
}

/* Does the line's until hold at this time? As condition.c compares it. */
static bool
holds(const char *line, int64_t unix_s)
{
	const char *until = strstr(line, " until ");
	unsigned year, month, day, hour, minute;

	cr_assert_not_null(until);
	cr_assert_eq(sscanf(until, " until %4u-%2u-%2uT%2u:%2u ", &year, &month, &day, &hour, &minute), 5);
	return moment_of(unix_s).local < moment_local(year, month, day, hour * 60 + minute);
}

#define AUTUMN	INT64_C(1792890000)	/* 2026-10-25 01:00 UTC: 03:00 becomes 02:00 */
#define SPRING	INT64_C(1774746000)	/* 2026-03-29 01:00 UTC: 02:00 becomes 03:00 */

/* A time that was said is not cut short, and no longer than the hour that comes twice. */
static void
lasts(int64_t from, int64_t seconds)
{
	struct choice c = to_name("one.example", RULE_ALLOW);
	int64_t end = from + seconds, over = end + 60;
	char line[CHOICE_LINE_MOST];

	c.life = LIFE_TIME;
	c.until_s = end;
	choice_line(&c, "", from, line);
	if (end > AUTUMN - 60 && end < AUTUMN + 3600)
		over = AUTUMN + 3600;
	cr_assert(holds(line, from) && holds(line, end - 1), "%ld for %ld s: %s", (long)from, (long)seconds, line);
	cr_assert(!holds(line, over), "%ld for %ld s: %s", (long)from, (long)seconds, line);
}

Test(choice_line, until_where_the_clock_is_put)
{
	static const int64_t changes[] = { SPRING, AUTUMN };
	struct choice c = to_name("one.example", RULE_ALLOW);
	char line[CHOICE_LINE_MOST];

	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	for (unsigned i = 0; i < 2; i++)
		for (int64_t at = changes[i] - 9000; at < changes[i] + 9000; at += 97)
			for (int64_t seconds = 60; seconds < 5 * 3600; seconds += 421)
				lasts(at, seconds);
	/* 02:10 for the second time, for a quarter of an hour. */
	c.life = LIFE_TIME;
	c.until_s = AUTUMN + 600 + 900;
	choice_line(&c, "", AUTUMN + 600, line);
	cr_expect_str_eq(line, "allow out domain one.example until 2026-10-25T03:00 # by user 1000, 2026-10-25T02:10");
	c.until_s = SPRING;
	choice_line(&c, "", SPRING - 900, line);
	cr_expect_str_eq(line, "allow out domain one.example until 2026-03-29T03:00 # by user 1000, 2026-03-29T01:45");
}

static uint64_t seed = 4711;

static unsigned
rnd(unsigned below)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (unsigned)(seed >> 33) % below;
}

static struct choice
random_choice(void)
{
	static const char *const names[] = { "a.example", "b.example", "www.a.example", "x-y_z.test" };
	static const uint8_t protos[] = { 6, 17, 1, 47, 132, 99 };
	struct choice c = to_name(names[rnd(4)], 1 + rnd(2));

	c.action = rnd(3) == 0 ? RULE_ASK : rnd(2) == 0 ? RULE_ALLOW : RULE_DENY;
	c.target = (uint8_t)(TARGET_PROGRAM + rnd(4));
	c.directions = (uint8_t)(c.target == TARGET_NAME ? 2 : (rnd(3) + 1) * 2);
	c.zone = rnd(2) == 0;
	c.root = rnd(2) == 0;
	c.scopes = (uint8_t)(1u << rnd(7));
	c.net = rnd(2) == 0 ? (struct net){ 4, 24, { 192, 0, (uint8_t)rnd(4) } } : (struct net){ 6, 128, { 0xfd, [15] = 1 } };
	if (rnd(3) == 0) {
		uint8_t proto = protos[rnd(6)];
		bool port = (proto == 6 || proto == 17) && rnd(2) == 0;

		c.keyed = true;
		c.keys.low = KEY(proto, port ? 443 : 0);
		c.keys.high = port ? c.keys.low : KEY(proto, 0xffff);
	}
	if (rnd(3) == 0) {
		c.life = LIFE_TIME;
		c.until_s = NOW + rnd(100000) - 20000;
	}
	c.filed = c.action == RULE_ALLOW && rnd(2) == 0;
	c.file = (struct file_id){ rnd(3), rnd(1000), rnd(1000) };
	return c;
}

/* Whether it was written here: then it may go. */
static bool
is_ours(const char *line, size_t len)
{
	return memmem(line, len, "# by user ", 10) != NULL;
}

/* All lines of old that were not written here are in new, in that order. */
static void
assert_kept(const char *old, size_t old_len, const char *new, size_t new_len)
{
	const char *at = new, *end = new + new_len;

	for (const char *from = old, *next; from < old + old_len; from = next) {
		const char *newline = memchr(from, '\n', (size_t)(old + old_len - from));
		size_t len;

		next = newline == NULL ? old + old_len : newline + 1;
		len = (size_t)(next - from);
		if (is_ours(from, len))
			continue;
		at = memmem(at, (size_t)(end - at), from, len);
		cr_assert_not_null(at, "lost: %.*s", (int)len, from);
		at += len;
	}
}

/* A text with a program's file, with all kinds of lines that people write. */
static char *
random_text(size_t *len)
{
	static const char *const lines[] = { "\t\t# a comment\n", "\t\tallow out domain mine.example # because\n", "\n",
		"\t\tdeny net 192.0.2.0/24\n", "  \t\n", "\t\tallow out domain a.example # by user 1000, then: a reason\n",
		"\t\tdeny out domain .b.example until 2020-01-01T00:00 # by user 1000, 2019-12-31T00:00\n",
		"\t\tallow net 192.0.1.0/24 # by user 0, 2026-01-01T00:00\n", "\t\tallow\n", "#\n", "\t\task\n" };
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	fprintf(out, "# mine\nprofile \"curl\" {\n\tpath \"/usr/bin/curl\"\n");
	for (unsigned block = 0; block < 2; block++) {
		if (rnd(3) == 0)
			continue;
		fprintf(out, "%s\n", block == 0 ? "\tanswers session {" : " answers {  ");
		for (unsigned n = rnd(8); n > 0; n--)
			fputs(lines[rnd(sizeof lines / sizeof lines[0])], out);
		fprintf(out, "\t}\n");
	}
	fprintf(out, "}%s", rnd(2) == 0 ? "" : "\n# the end");
	fclose(out);
	return text;
}

Test(choice_line, keeps_what_people_wrote)
{
	for (unsigned i = 0; i < 3000; i++) {
		struct choice c = random_choice();
		size_t len, new_len;
		uint32_t line;
		char *text = random_text(&len), *new = choice_insert(text, len, &c, "why", NOW, &new_len, &line);
		struct file *file;

		cr_assert_not_null(new, "%s", text);
		assert_kept(text, len, new, new_len);
		new = realloc(new, new_len + 1);
		new[new_len] = '\0';
		file = text_good(FILE_PROFILES, LAYER_USER, new);
		cr_assert_eq((c.root ? &file->profiles[0]->by_root : &file->profiles[0]->by_session)->rules.rules[0].where.line,
		    line, "%s", new);
		file_drop(file);
		free(new);
		free(text);
	}
}

/* What is over goes with the next answer, if it was written here. */
Test(choice_line, swept)
{
	static const char text[] = "profile \"c\" {\n path \"/c\"\n answers session {\n"
	    "allow out domain over.example until 2026-09-21T14:12 # by user 1000, 2026-09-21T13:00\n"
	    "allow out domain mine.example until 2026-09-21T14:12\n"
	    "allow out domain not.example until 2026-09-21T14:30 # by user 1000, 2026-09-21T13:00\n }\n}\n";
	struct choice c = to_name("one.example", RULE_ALLOW);
	size_t len;
	uint32_t line;
	char *new = choice_insert(text, sizeof text - 1, &c, "", NOW, &len, &line);

	cr_assert_not_null(new);
	cr_expect_null(memmem(new, len, "over.example", 12));
	cr_expect(memmem(new, len, "mine.example", 12) != NULL && memmem(new, len, "not.example", 11) != NULL);
	free(new);
}

/* An answer takes the place of one for the file that stood there before. */
Test(choice_line, another_file)
{
	static const char text[] = "profile \"c\" {\n path \"/c\"\n answers session {\n"
	    "allow out domain one.example until 2026-09-21T14:30 file 1:2:3 # by user 1000, 2026-09-21T13:00\n"
	    "allow out domain two.example file 1:2:3 # by user 1000, 2026-09-21T13:00\n"
	    "allow out domain one.example file 1:2:3\n }\n}\n";
	struct choice c = to_name("one.example", RULE_ALLOW);
	size_t len;
	uint32_t line;
	char *new;

	c.filed = true;
	c.file = (struct file_id){ 1, 2, 4 };
	cr_assert_not_null(new = choice_insert(text, sizeof text - 1, &c, "", NOW, &len, &line));
	cr_expect_null(memmem(new, len, "14:30", 5));
	cr_expect_not_null(memmem(new, len, "one.example file 1:2:4 #", 24));
	cr_expect_not_null(memmem(new, len, "two.example file 1:2:3 #", 24));
	cr_expect_not_null(memmem(new, len, "one.example file 1:2:3\n", 23), "written by hand");
	free(new);
}

/* Written again and again: the newest on top, once each, and never more than a block holds. */
Test(choice_line, grows_no_further)
{
	char *text = strdup("");
	size_t len = 0, new_len;
	uint32_t line;

	for (unsigned i = 0; i < 2000; i++) {
		struct choice c = random_choice();
		char *new;

		c.root = false;
		new = choice_insert(text, len, &c, "", NOW, &new_len, &line);
		if (new == NULL)
			continue;
		free(text);
		text = new;
		len = new_len;
		cr_assert_lt(len, CHOICES_OF_BLOCK * 120);
	}
	free(text);
}

Test(choice_line, full)
{
	char *text = strdup(""), *new;
	size_t len = 0, new_len;
	uint32_t line;
	unsigned taken = 0;

	for (unsigned i = 0; i < CHOICES_OF_BLOCK + 10; i++) {
		char name[20];
		struct choice c;

		snprintf(name, sizeof name, "n%u.example", i);
		c = to_name(name, RULE_ALLOW);
		if ((new = choice_insert(text, len, &c, "", NOW, &new_len, &line)) == NULL)
			continue;
		taken++;
		free(text);
		text = new;
		len = new_len;
	}
	cr_expect_eq(taken, CHOICES_OF_BLOCK);
	{
		struct choice c = to_name("n1.example", RULE_DENY);

		cr_assert_not_null(new = choice_insert(text, len, &c, "", NOW, &new_len, &line), "what it covers makes room");
		free(new);
	}
	free(text);
}

/* The whole file for a program of any name; its path as it is. */
Test(choice_line, new_file)
{
	static const char *const paths[] = { "/usr/bin/curl", "/x\"y\\z", "/a\nb\x01", "/\xff\xfe", "/a/" };

	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		struct choice c = to_name("one.example", RULE_ALLOW);
		struct diag diag = { 0 };
		size_t len;
		uint32_t line;
		char *text;
		struct file *file;

		snprintf(c.path, sizeof c.path, "%s", paths[i]);
		text = choice_insert("", 0, &c, "why", NOW, &len, &line);
		cr_assert_not_null(text);
		file = text_build(FILE_PROFILES, LAYER_USER, text, len, &diag);
		cr_assert_eq(file != NULL, i != 4, "%.*s", (int)len, text);
		if (file != NULL) {
			cr_expect_str_eq(file->profiles[0]->names[0].text, paths[i]);
			cr_expect_eq(file->profiles[0]->by_session.rules.rules[0].where.line, line);
		}
		diag_free(&diag);
		file_drop(file);
		free(text);
	}
}

Test(choice_line, no_place)
{
	static const char *const texts[] = { "# nothing\n", "profile \"x\" { path \"/x\" }", " " };
	struct choice c = to_name("one.example", RULE_ALLOW);
	size_t len;
	uint32_t line;

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		cr_expect_null(choice_insert(texts[i], strlen(texts[i]), &c, "", NOW, &len, &line));
}

/* What a new choice makes void. */
Test(choice_line, covers)
{
	struct choice program = to_name("", RULE_DENY), name = to_name("a.example", RULE_ALLOW), zone = name, below = name,
	    net = name, wide = name, port = name;

	program.target = TARGET_PROGRAM;
	zone.zone = true;
	strcpy(below.name, "www.a.example");
	net.target = wide.target = TARGET_NET;
	net.net = (struct net){ 4, 32, { 192, 0, 2, 7 } };
	wide.net = (struct net){ 4, 24, { 192, 0, 2 } };
	port.keyed = true;
	port.keys = (struct keys){ KEY(6, 443), KEY(6, 443) };
	cr_expect(choice_covers(&program, &name) && choice_covers(&program, &net) && !choice_covers(&name, &program));
	cr_expect(choice_covers(&name, &name) && !choice_covers(&name, &below) && choice_covers(&zone, &below));
	cr_expect(choice_covers(&zone, &name) && !choice_covers(&name, &zone));
	cr_expect(choice_covers(&wide, &net) && !choice_covers(&net, &wide) && !choice_covers(&net, &name));
	cr_expect(choice_covers(&name, &port) && !choice_covers(&port, &name) && choice_covers(&port, &port));
	program.directions = 1u << DIRECTION_IN;
	cr_expect(!choice_covers(&program, &name));
}

static char *
removed(const char *text, const struct choice *c, unsigned *count)
{
	size_t len;
	char *rest = choice_remove(text, strlen(text), c, NOW, &len, count);

	rest = realloc(rest, len + 1);
	rest[len] = '\0';
	return rest;
}

/* What is forgotten goes, in its block, and nothing else. */
Test(choice_line, forgotten)
{
	static const char text[] = "# mine\nprofile \"c\" {\n path \"/c\"\n answers session {\n"
	    "allow out domain a.one.example # by user 1000, 2026-09-21T13:00\n"
	    "allow out domain over.example until 2026-09-21T14:12 # by user 1000, 2026-09-21T13:00\n"
	    "deny domain .one.example port tcp/80 until 2026-09-21T14:30 file 1:2:3 # by user 1000, 2026-09-21T13:00\n"
	    "allow out domain one.example\n }\n answers {\n"
	    "ask domain one.example # by user 0, 2026-09-21T13:00\n }\n}\n";
	struct choice c = to_name("one.example", RULE_NONE);
	unsigned count;
	char *rest;

	c.directions = 14;
	rest = removed(text, &c, &count);
	cr_expect_eq(count, 0, "a zone is more than a name");
	free(rest);
	c.zone = true;
	rest = removed(text, &c, &count);
	cr_expect_eq(count, 2);
	cr_expect_str_eq(rest, "# mine\nprofile \"c\" {\n path \"/c\"\n answers session {\nallow out domain one.example\n }\n"
	    " answers {\nask domain one.example # by user 0, 2026-09-21T13:00\n }\n}\n");
	file_drop(text_good(FILE_PROFILES, LAYER_USER, rest));
	free(rest);
	c.root = true;
	rest = removed(text, &c, &count);
	cr_expect_eq(count, 1);
	cr_expect_null(strstr(rest, "ask domain"));
	cr_expect_not_null(strstr(rest, "a.one.example"));
	free(rest);
	rest = removed("profile \"c\" {\n path \"/c\"\n}\n", &c, &count);
	cr_expect_eq(count, 0);
	free(rest);
}

/* With the last answer what was written around it goes; what people wrote never does. */
Test(choice_line, forgotten_altogether)
{
	struct choice c = to_name("one.example", RULE_ALLOW), all = { .target = TARGET_PROGRAM, .directions = 14, .root = true };
	static const char *const mine[] = { "# mine\n", "profile \"d\" { path \"/d\"; flags internet }\n",
		"profile \"d\" {\n\tpath\t\"/d\"; path \"/e\"\n}\n" };
	unsigned count;
	size_t len;
	uint32_t line;
	char *text, *rest;

	c.root = true;
	text = choice_insert("", 0, &c, "", NOW, &len, &line);
	text = realloc(text, len + 1 + 100);
	text[len] = '\0';
	rest = removed(text, &all, &count);
	cr_expect_eq(count, 1);
	cr_expect_str_eq(rest, "");
	free(rest);
	for (size_t i = 0; i < sizeof mine / sizeof mine[0]; i++) {
		memcpy(text + len, mine[i], strlen(mine[i]) + 1);
		rest = removed(text, &all, &count);
		cr_expect_eq(count, 1);
		cr_expect_not_null(strstr(rest, mine[i]), "%s", rest);
		free(rest);
	}
	free(text);
}

/* Whatever was chosen is forgotten by the same words, and a rule says the same as its choice. */
Test(choice_line, forgotten_by_its_own_words)
{
	for (unsigned i = 0; i < 3000; i++) {
		struct choice c = random_choice(), forget, again;
		char words[CHOICE_LINE_MOST], other[CHOICE_LINE_MOST];
		const struct ruleset *rules;
		struct file *file;
		unsigned count;
		size_t len;
		uint32_t line;
		char *text, *rest;

		c.until_s = NOW + 60;
		text = choice_insert("", 0, &c, "why", NOW, &len, &line);
		text = realloc(text, len + 1);
		text[len] = '\0';
		file = text_good(FILE_PROFILES, LAYER_USER, text);
		rules = &(c.root ? &file->profiles[0]->by_root : &file->profiles[0]->by_session)->rules;
		cr_assert(choice_of_rule(&rules->rules[0], &again));
		choice_words(&c, words);
		choice_words(&again, other);
		cr_assert_str_eq(words, other);
		file_drop(file);
		forget = c;
		forget.action = RULE_NONE;
		rest = removed(text, &forget, &count);
		cr_assert_eq(count, 1, "%s", text);
		cr_assert_str_eq(rest, "");
		free(rest);
		free(text);
	}
}
