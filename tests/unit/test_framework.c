/*
 * Regular expressions and their bounds, patterns of paths, and what is kept with a program until the
 * policy changes. What frameworks decide is in decide_table.txt, their errors in test_policy_errors.c.
 */
/* links: policyd/arena.c policyd/diag.c policyd/scan.c policyd/lang.y policyd/words.c policyd/scope.c */
/* links: policyd/rules.c policyd/net_index.c policyd/condition.c policyd/place_index.c policyd/geo.c policyd/geo_value.c policyd/country.c policyd/name.c policyd/name_index.c */
/* links: policyd/rule_build.c policyd/condition_build.c policyd/moment.c policyd/name_build.c policyd/value_build.c policyd/settings.c policyd/profile.c */
/* links: policyd/conf.c policyd/upstream.c policyd/upstreams.c policyd/file.c policyd/layers.c policyd/builtin.c policyd/policy.c policyd/schedule.c */
/* links: policyd/framework.c policyd/framework_build.c policyd/identity.c policyd/regex.c */
/* links: policyd/keep_found.c policyd/programs.c policyd/known_names.c */
#include <stdarg.h>
#include <time.h>

#include "policy_make.h"

#include "current.h"
#include "framework.h"
#include "keep_found.h"
#include "programs.h"
#include "tell.h"

static struct policy *policy;
static unsigned notices;
static char notice[600];

const struct policy *
current_policy(void)
{
	return policy;
}

void
tell_notice(enum ui_notice_level level, const char *format, ...)
{
	va_list ap;

	cr_assert_eq(level, UI_WARN);
	va_start(ap, format);
	vsnprintf(notice, sizeof notice, format, ap);
	va_end(ap);
	notices++;
}

static void
make(const char *text)
{
	const struct made_file file = { LAYER_ADMIN, 0, "f", text };

	policy_free(policy);
	policy = policy_make(&file, 1);
}

static int64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Expressions that would take for ever on these texts: each ends, soon. */
Test(framework, catastrophic_expressions)
{
	static const char *const texts[] = { "(a+)+$", "(a|aa)+$", "(a|a?)+$", "(.*a){20}$", "([a-z]+)*\\d", "(?:a?){60}a{60}b",
		"^(([a-z])+.)+[A-Z]([a-z])+$", "(x+x+)+y", "(?:(?:[a-z]+ ?)+)+$", "((((((((a*)*)*)*)*)*)*)*)b", "(?R)?a+b",
		"(a(?1)?b)+c", "(?=(a+))*b", "(?:.{0,1000}){30}Z" };
	struct arena arena = { 0 };
	char many[ARGUMENTS_BYTES], why[100];

	memset(many, 'a', sizeof many);
	many[sizeof many - 1] = '!';
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct regex_groups groups;
		size_t at;
		const struct regex *r = regex_compile(&arena, texts[i], &at, why, sizeof why);
		int64_t begin = now_us();

		if (r == NULL)
			continue;
		cr_expect_neq(regex_match(r, many, sizeof many, &groups), REGEX_FITS, "%s", texts[i]);
		cr_expect_lt(now_us() - begin, 50000, "%s: %ld us", texts[i], (long)(now_us() - begin));
	}
	arena_free(&arena);
}

Test(framework, groups)
{
	struct arena arena = { 0 };
	struct regex_groups g;
	char why[100];
	size_t at;
	const struct regex *r = regex_compile(&arena, "(a)|(b)(c)?", &at, why, sizeof why);

	cr_assert_eq(regex_match(r, "b", 1, &g), REGEX_FITS);
	cr_assert_eq(g.count, 3);
	cr_expect(g.from[1] == g.to[1] && g.from[2] == 0 && g.to[2] == 1);
	cr_assert_eq(regex_match(r, "xa", 2, &g), REGEX_MISSES, "it begins where the text does");
	cr_assert_eq(regex_match(r, "", 0, &g), REGEX_MISSES);
	r = regex_compile(&arena, "\\xff\\x00(.)", &at, why, sizeof why);
	cr_assert_eq(regex_match(r, "\xff\0\x80", 3, &g), REGEX_FITS, "bytes");
	cr_expect(g.from[1] == 2 && g.to[1] == 3);
	r = regex_compile(&arena, "ab(?=c\\K)", &at, why, sizeof why);
	if (r != NULL && regex_match(r, "abc", 3, &g) == REGEX_FITS)
		cr_expect_leq(g.from[0], g.to[0]);
	arena_free(&arena);
}

Test(framework, patterns_of_paths)
{
	static const struct { const char *path; bool fits; } rows[] = {
		{ "/usr/bin/python3", true }, { "/usr/bin/python3.11", true }, { "/usr/bin/python2", false },
		{ "/usr/bin/python3/x", false }, { "/usr/bin/x/python3", false }, { "/usr/binx/python3", false },
		{ "/bin/python3", false }, { "python3", false }, { "/opt/axxby", true }, { "/opt/ab", true },
		{ "/opt/abc", true }, { "/opt/b", false }, { "/exact", true }, { "/exactly", false }, { "", false },
	};

	make("framework \"f\" { path \"/usr/bin/python3*\"; path \"/opt/a*b*\"; path \"/exact\"; parent-level 1 }");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_expect_eq(framework_of(policy, rows[i].path, strlen(rows[i].path)) != NULL, rows[i].fits, "%s",
		    rows[i].path);
}

static void
run(uint64_t id, const char *path, const char *arguments, size_t len)
{
	static struct process p;

	p = (struct process){ .id = id, .pid = 5, .flags = PROCESS_PROVEN, .path_len = (uint16_t)strlen(path) };
	memcpy(p.path, path, strlen(path));
	memcpy(p.hints.arguments, arguments, p.hints.arguments_len = (uint16_t)len);
	programs_add(&p);
}

/* What was found belongs to one policy: with the next one it is looked for anew, never used. */
Test(framework, kept_until_the_policy_changes)
{
	const struct found *found;
	const struct profile *was;

	programs_kept_by(keep_found);
	make("framework \"f\" { path \"/usr/bin/python3*\"; find \"(a+)+$\"; build \"{1}\"; flags internet }");
	run(1, "/usr/bin/python3.11", "ab", 3);
	found = programs_find(1)->found;
	was = found->framework;
	cr_assert(was != NULL && found->serial == policy->serial);
	(void)programs_find(1);
	cr_assert_eq(found->framework, was);
	make("profile \"x\" { path \"/x\" }");
	cr_assert_neq(found->serial, policy->serial);
	cr_assert_null(programs_by_pid(5)->found->framework);
	cr_assert_eq(found->serial, policy->serial);
	programs_forget_all();
}

/* Who wrote an expression that takes for ever is told, once for each policy. */
Test(framework, one_notice)
{
	static char many[ARGUMENTS_BYTES];

	programs_kept_by(keep_found);
	memset(many, 'a', sizeof many - 1);
	many[sizeof many - 2] = 'b';
	for (unsigned round = 1; round < 3; round++) {
		make("# 1\nframework \"slow\" {\npath \"/usr/bin/python3*\"\nfind \"(?:(a+)+)+$\"\nbuild \"{1}\"\n}\n");
		for (uint64_t id = 1; id < 20; id++) {
			run(id, "/usr/bin/python3.11", many, sizeof many);
			cr_assert_neq(programs_find(id)->found->serial, 0);
		}
		cr_assert_eq(notices, round, "%u", notices);
	}
	cr_assert_str_eq(notice, "framework \"slow\" (f:4): its find takes too long for some programs; they count as programs "
	    "whose arguments it does not fit");
	programs_forget_all();
}
