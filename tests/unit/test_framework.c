/*
 * Regular expressions and their bounds, patterns of paths, and what is kept with a program until the
 * policy changes. What frameworks decide is in decide_table.txt, their errors in test_policy_errors.c.
 */
/* links: @policy policyd/framework.c policyd/keep_found.c policyd/hinted.c intercept/who/wanted.c policyd/programs.c policyd/known_names.c policyd/resolvers_known.c policyd/hash.c */
#include <stdarg.h>
#include <time.h>

#include "policy_make.h"

#include "current.h"
#include "framework.h"
#include "hinted.h"
#include "keep_found.h"
#include "programs.h"
#include "tell.h"
#include "ui.h"
#include "wanted.h"

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

/* The vendor's files of frameworks. */
static void
make_vendor(void)
{
	static const char *const names[] = { "java", "loader", "node", "perl", "php", "python", "ruby", "shell" };
	struct made_file files[9] = { { LAYER_VENDOR, 0, "script", "profile \"script\" { path \"/srv/script\" }" } };

	for (size_t i = 0; i < 8; i++) {
		char path[100], *text = NULL;
		size_t size = 0;
		FILE *f;

		snprintf(path, sizeof path, "policyd/profiles/framework-%s.conf", names[i]);
		f = fopen(path, "r");
		cr_assert_not_null(f, "%s: run from the top folder", path);
		cr_assert_gt(getdelim(&text, &size, '\0', f), 0, "%s", path);
		fclose(f);
		files[i + 1] = (struct made_file){ LAYER_VENDOR, 0, names[i], text };
	}
	policy = policy_make(files, 9);
	cr_assert_eq(policy->frameworks_count, 8);
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
	p.hints.read = true;
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

/* --- a part of a parent --- */

static void
add_parent(struct process_hints *h, uint32_t pid, const char *path)
{
	struct process_parent *p = &h->parent[h->parents++];

	*p = (struct process_parent){ .pid = pid, .flags = PROCESS_PROVEN, .start = pid, .path_len = (uint16_t)strlen(path) };
	memcpy(p->path, path, strlen(path));
}

/* It was begun by a shell, that by git, that by make. */
static void
run_hook(void)
{
	static struct process p;

	p = (struct process){ .id = 1, .pid = 5, .flags = PROCESS_PROVEN, .path_len = 9, .path = "/srv/hook",
		.hints = { .read = true, .arguments = "hook", .arguments_len = 5 } };
	add_parent(&p.hints, 4, "/bin/sh");
	add_parent(&p.hints, 3, "/bin/git");
	add_parent(&p.hints, 2, "/bin/make");
	programs_add(&p);
}

#define HOOK	"framework \"hook\" { path \"/srv/hook\"; parent-level 2; merge }\n"

Test(framework, part_of_a_parent)
{
	static const struct { const char *text; uint32_t pid; } rows[] = {
		{ HOOK, 3 },
		{ HOOK "profile \"git\" { path \"/bin/git\"; flags internet }", 3 },
		{ HOOK "framework \"git\" { path \"/bin/git\"; parent-level 1; merge }", 2 },
		{ HOOK "framework \"git\" { path \"/bin/git\"; parent-level 1 }", 3 },
		{ HOOK "framework \"git\" { path \"/bin/git\"; parent-level 2; merge }", 3 },
		{ "framework \"hook\" { path \"/srv/hook\"; parent-level 1 }\n"
		    "framework \"sh\" { path \"/bin/sh\"; parent-level 1; merge }", 0 },
		{ "framework \"hook\" { path \"/srv/hook\"; parent-level 4; merge }", 0 },
		{ "framework \"hook\" { path \"/srv/hook\"; parent-level 1 }", 0 },
		{ HOOK "profile \"own\" { path \"/srv/hook\" }", 0 },
	};
	static struct process told;

	programs_kept_by(keep_found);
	run_hook();
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct process_hints *h = &told.hints;

		make(rows[i].text);
		program_process(programs_find(1), &told);
		cr_expect_eq(h->parents, rows[i].pid != 0, "%zu", i);
		cr_expect_eq(h->parent[0].pid, rows[i].pid, "%zu: %u", i, h->parent[0].pid);
		cr_expect(h->read == (h->parents != 0) && h->cwd_len == 0 && h->arguments_len == 0 && h->scripts == 0);
		if (rows[i].pid == 3)
			cr_expect(h->parent[0].path_len == 8 && memcmp(h->parent[0].path, "/bin/git", 8) == 0);
	}
	programs_forget_all();
}

/* uid hears of it again when it counts as a part of something else, and not otherwise. */
Test(framework, told_again_when_part_of_another)
{
	programs_kept_by(keep_found);
	run_hook();
	make("profile \"x\" { path \"/x\" }");
	program_set_told(programs_find(1), 7);
	make("profile \"y\" { path \"/y\" }");
	cr_expect_eq(program_told(programs_find(1)), 7);
	make(HOOK);
	cr_expect_eq(program_told(programs_find(1)), 0);
	program_set_told(programs_find(1), 7);
	make(HOOK "# 2");
	cr_expect_eq(program_told(programs_find(1)), 7);
	programs_forget_all();
}

/* The largest message that tells of a program. */
Test(framework, told_message_fits)
{
	static uint8_t body[UI_PROCESS_MAX];
	static struct process p;

	p = (struct process){ .id = UINT64_MAX, .pid = UINT32_MAX, .ppid = UINT32_MAX, .uid = UINT32_MAX, .start = UINT64_MAX,
		.flags = PROCESS_FLAGS & ~(uint32_t)PROCESS_KERNEL, .dev = UINT64_MAX, .ino = UINT64_MAX, .ctime_ns = INT64_MIN,
		.path_len = PATH_BYTES, .cgroup_len = CGROUP_BYTES, .command_len = COMMAND_BYTES, .hints = { .read = true,
		.parents = 1, .parent[0] = { .pid = UINT32_MAX, .start = UINT64_MAX, .path_len = PARENT_BYTES } } };
	p.hints.parent[0].flags = PROCESS_PROVEN | PROCESS_ROOT_FILE | PROCESS_SAFE_MODE;
	memset(p.path, '/', sizeof p.path);
	memset(p.cgroup, '/', sizeof p.cgroup);
	memset(p.command, '/', sizeof p.command);
	memset(p.hints.parent[0].path, '/', PARENT_BYTES);
	cr_expect_gt(process_pack(&p, body, sizeof body), PATH_BYTES);
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

/* Words as arguments; each "S" names a script. */
static void
add_arguments(struct hints *h, char out[ARGUMENTS_BYTES], const char *words)
{
	static const char script[] = "/srv/script";
	uint8_t number = 0;

	for (const char *c = words; *c != '\0'; c++) {
		number += *c == ' ';
		out[h->arguments_len++] = *c == ' ' ? '\0' : *c;
		if (*c != 'S' || c[-1] != ' ' || (c[1] != ' ' && c[1] != '\0') || h->scripts == SCRIPTS_MOST)
			continue;
		h->script[h->scripts].argument = number;
		h->script[h->scripts].flags = PROCESS_ROOT_FILE | PROCESS_SAFE_MODE;
		h->script[h->scripts].path = script;
		h->script[h->scripts++].len = sizeof script - 1;
	}
	out[h->arguments_len++] = '\0';
}

/* Which argument, if any, the vendor's frameworks take for the script. */
Test(framework, vendors)
{
	static const struct { const char *program, *arguments; bool leads; } rows[] = {
		{ "/usr/bin/python3.11", "python3 S", true }, { "/usr/bin/python3.11", "python3 -u -W ignore -X dev -OO S x", true },
		{ "/usr/bin/python3.11", "/usr/bin/python3 -Es S -c", true }, { "/usr/bin/python3.11", "python3 -c S", false },
		{ "/usr/bin/python3.11", "python3 -m S", false }, { "/usr/bin/python3.11", "python3 - S", false },
		{ "/usr/bin/python3.11", "python3 x S", false }, { "/usr/bin/python3.11", "python3", false },
		{ "/usr/bin/pypy3", "pypy3 S", true }, { "/usr/bin/python2.7", "python S", false },
		{ "/usr/bin/bash", "bash S", true }, { "/usr/bin/bash", "/bin/sh -e S a", true },
		{ "/usr/bin/bash", "bash --norc -o pipefail -eux S", true }, { "/usr/bin/bash", "bash -c S", false },
		{ "/usr/bin/bash", "bash -lc S", false }, { "/usr/bin/bash", "-bash", false }, { "/usr/bin/bash", "bash -s S", false },
		{ "/usr/bin/dash", "sh +x S", true }, { "/usr/bin/zsh", "zsh S", true },
		{ "/usr/bin/perl", "/usr/bin/perl -w S x", true }, { "/usr/bin/perl", "perl -I lib -Mstrict -- S", true },
		{ "/usr/bin/perl", "perl -e S", false }, { "/usr/bin/perl", "perl -ne S", false }, { "/usr/bin/perl", "perl -wE S", false },
		{ "/usr/bin/ruby3.1", "ruby -w -I lib -rset S", true }, { "/usr/bin/ruby3.1", "ruby -e S", false },
		{ "/usr/bin/node", "node --inspect -r m S", true }, { "/usr/bin/node", "node -e S", false },
		{ "/usr/bin/node", "node --eval S", false }, { "/usr/bin/nodejs", "nodejs S", true },
		{ "/usr/lib/jvm/java-17-openjdk-amd64/bin/java", "java -Xmx1g -Dx=y -jar S a", true },
		{ "/usr/lib/jvm/java-17-openjdk-amd64/bin/java", "java -cp S Main", false },
		{ "/usr/bin/php8.2", "php -d a=b -f S", true }, { "/usr/bin/php8.2", "php S -r", true },
		{ "/usr/bin/php8.2", "php -r S", false },
		{ "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", "ld.so --library-path /x --inhibit-cache S", true },
		{ "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", "ld.so S S", true },
	};

	make_vendor();
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char arguments[ARGUMENTS_BYTES];
		struct hints h = { .read = true, .cwd = "/srv", .cwd_len = 4, .arguments = arguments };
		struct program p = { .id = 1, .path = rows[i].program, .path_len = (uint16_t)strlen(rows[i].program),
			.flags = PROCESS_PROVEN | PROCESS_ROOT_FILE | PROCESS_SAFE_MODE, .cgroup = "", .hints = &h };
		struct found found;

		add_arguments(&h, arguments, rows[i].arguments);
		framework_search(policy, &p, &found, NULL, NULL);
		cr_expect(found.framework == NULL, "%s: it says something itself", rows[i].program);
		cr_expect_eq(found.also_count > 0, rows[i].leads, "%s: %s", rows[i].program, rows[i].arguments);
	}
}

/* --- whose hints whod is told to read --- */

static struct who_hinted hinted;

/* What policyd can't judge without hints is what whod reads them of. */
Test(framework, whod_looks_where_policyd_asks)
{
	static const char *const paths[] = { "/usr/bin/python3", "/usr/bin/python3.11", "/usr/bin/python2", "/usr/bin/perl",
		"/usr/bin/bash", "/usr/bin/bashx", "/usr/bin/dash", "/usr/bin/x/dash", "/bin/dash", "/srv/script", "", "/", "x",
		"/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", "/usr/bin/", "/usr/bin/node", "/usr/local/bin/node" };
	unsigned fits = 0;

	make_vendor();
	hinted_by(policy, &hinted);
	cr_assert(!hinted.all && hinted.count >= 8);
	wanted_set(&hinted);
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		bool is = framework_of(policy, paths[i], strlen(paths[i])) != NULL;

		cr_expect_eq(wanted_path(paths[i], strlen(paths[i])), is, "%s", paths[i]);
		fits += is;
	}
	cr_expect_eq(fits, 7);
	wanted_forget();
	cr_expect(wanted_path("/usr/bin/python2", 16));
}

Test(framework, no_framework_no_list)
{
	make("profile \"x\" { path \"/usr/bin/x\" }");
	hinted_by(policy, &hinted);
	cr_expect(!hinted.all && hinted.count == 0);
	wanted_set(&hinted);
	cr_expect(!wanted_path("/usr/bin/x", 10));
}

/* More than the message holds: every program. */
Test(framework, list_of_too_many)
{
	char *text = NULL;
	size_t size = 0;

	for (unsigned n = HINTED_MOST; n <= HINTED_MOST + 1; n++) {
		FILE *f = open_memstream(&text, &size);

		for (unsigned i = 0; i < n; i++)
			fprintf(f, "framework \"f%u\" { path \"/opt/p%u\"; parent-level 1 }\n", i, i);
		fclose(f);
		make(text);
		free(text);
		hinted_by(policy, &hinted);
		cr_expect_eq(hinted.all, n > HINTED_MOST);
		cr_expect_eq(hinted.count, n > HINTED_MOST ? 0 : n);
		wanted_set(&hinted);
		cr_expect(wanted_path("/opt/p0", 7) && wanted_path("/opt/p255", 9));
		cr_expect_eq(wanted_path("/opt/p999", 9), n > HINTED_MOST);
	}
}

Test(framework, list_of_long_paths)
{
	char path[HINTED_BYTES + 2], text[400];

	for (size_t len = HINTED_BYTES; len <= HINTED_BYTES + 1; len++) {
		memset(path, 'x', len);
		path[0] = '/';
		path[len] = '\0';
		snprintf(text, sizeof text, "framework \"f\" { path \"%s\"; parent-level 1 }", path);
		make(text);
		hinted_by(policy, &hinted);
		cr_expect_eq(hinted.all, len > HINTED_BYTES);
	}
}

/* A program that was told too early: found out again when it is told with its hints. */
Test(framework, told_without_hints)
{
	static struct process p;

	make("framework \"f\" { path \"/opt/x*\"; parent-level 1 }");
	programs_kept_by(keep_found);
	p = (struct process){ .id = 1, .pid = 2, .path_len = 6, .path = "/opt/x", .flags = PROCESS_PROVEN };
	programs_add(&p);
	cr_expect(programs_find(1)->found->unlooked);
	p.id = 2;
	p.hints.read = true;
	programs_add(&p);
	cr_expect(!programs_find(2)->found->unlooked);
	p.hints.read = false;
	p.id = 3;
	p.flags = 0;
	programs_add(&p);
	cr_expect(!programs_find(3)->found->unlooked, "a path that is not proven leads nowhere");
}
