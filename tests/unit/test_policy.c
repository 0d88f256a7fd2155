/*
 * A policy put together from files: which profile is found by which name, and which file it comes from.
 */
/* links: @policy */
#include "policy_make.h"

#define V	LAYER_VENDOR, 0
#define A	LAYER_ADMIN, 0
#define U(uid)	LAYER_USER, uid
#define CONF	LAYER_BUILTIN, 0
#define MAKE(files)	policy_make(files, sizeof (files) / sizeof (files)[0])

static const char *
name_of(const struct profile *p)
{
	return p == NULL ? "-" : p->broken != NULL ? "!" : p->name;
}

/* exact, prefix: what each search gives. */
struct row { const char *path, *exact, *prefix; };

static void
rows_hold(const struct policy *p, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(rows[i].path);

		cr_expect_str_eq(name_of(policy_exact(p, rows[i].path, len)), rows[i].exact, "exact %s: %s",
		    rows[i].path, name_of(policy_exact(p, rows[i].path, len)));
		cr_expect_str_eq(name_of(policy_prefix(p, rows[i].path, len)), rows[i].prefix, "prefix %s: %s",
		    rows[i].path, name_of(policy_prefix(p, rows[i].path, len)));
	}
}
#define ROWS(p, rows)	rows_hold(p, rows, sizeof (rows) / sizeof (rows)[0])

Test(policy, longest_prefix_by_component)
{
	static const struct made_file files[] = {
		{ V, "a", "profile \"opt\" { prefix \"/opt/\" }\nprofile \"games\" { prefix \"/opt/games\" }\n"
		    "profile \"deep\" { prefix \"/opt/games/a/b/c/d/\" }\nprofile \"usr\" { prefix \"/usr/bin\" }\n"
		    "profile \"exact\" { path \"/opt/games/doom\"; path \"/bin/x\" }" },
	};
	static const struct row rows[] = {
		{ "/opt/x", "-", "opt" }, { "/opt/games/x", "-", "games" }, { "/opt/games/doom", "exact", "games" },
		{ "/opt/games/doom/x", "-", "games" }, { "/opt/gamesx", "-", "opt" }, { "/opt/games", "-", "opt" },
		{ "/opt/gamesx/y", "-", "opt" }, { "/opt", "-", "-" }, { "/optx/y", "-", "-" },
		{ "/opt/games/a/b/c/d", "-", "games" }, { "/opt/games/a/b/c/d/e", "-", "deep" },
		{ "/opt/games/a/b/c/d/e/f/g/h/i/j/k", "-", "deep" }, { "/opt/games/a/b/c/dd/e", "-", "games" },
		{ "/usr/binx/y", "-", "-" }, { "/usr/bin/y", "-", "usr" }, { "/bin/x", "exact", "-" },
		{ "/bin/xx", "-", "-" }, { "/bin", "-", "-" }, { "/", "-", "-" }, { "", "-", "-" },
		{ "opt/games/x", "-", "-" }, { "x/opt/games/y", "-", "-" }, { "//opt/games/x", "-", "-" },
	};
	struct policy *p = MAKE(files);

	ROWS(p, rows);
	policy_free(p);
}

Test(policy, prefix_of_everything)
{
	static const struct made_file files[] = {
		{ V, "a", "profile \"all\" { prefix \"/\" }\nprofile \"opt\" { prefix \"/opt\" }" },
	};
	static const struct row rows[] = {
		{ "/", "-", "all" }, { "/x", "-", "all" }, { "/opt", "-", "all" }, { "/opt/x", "-", "opt" },
		{ "/a/b/c/d", "-", "all" }, { "x", "-", "-" }, { "", "-", "-" }, { "memfd:x (deleted)", "-", "-" },
	};
	struct policy *p = MAKE(files);

	ROWS(p, rows);
	policy_free(p);
}

/* A path is bytes with a length; the kernel gives none that is longer. */
Test(policy, odd_paths)
{
	static const struct made_file files[] = {
		{ V, "a", "profile \"a\" { path \"/bin/\\xff\\x01\" }\nprofile \"b\" { prefix \"/\\xff\" }" },
	};
	char path[PATH_BYTES];
	struct policy *p = MAKE(files);

	cr_assert_str_eq(name_of(policy_exact(p, "/bin/\xff\x01", 7)), "a");
	cr_assert_str_eq(name_of(policy_exact(p, "/bin/\xff\x01", 6)), "-");
	cr_assert_str_eq(name_of(policy_exact(p, "/bin/\xff\x01\0", 8)), "-");
	cr_assert_str_eq(name_of(policy_prefix(p, "/\xff/x", 4)), "b");
	memset(path, '/', sizeof path);
	cr_assert_str_eq(name_of(policy_prefix(p, path, sizeof path - 1)), "-");
	policy_free(p);
}

/* Upper over lower layer whatever the files' names; in a layer the first file's name. */
Test(policy, precedence)
{
	static const struct made_file files[] = {
		{ V, "a.conf", "profile \"va\" { path \"/1\"; path \"/2\"; path \"/3\"; prefix \"/p\" }" },
		{ V, "b.conf", "profile \"vb\" { path \"/3\"; path \"/4\"; prefix \"/p\" }" },
		{ A, "z.conf", "profile \"az\" { path \"/2\"; path \"/5\"; prefix \"/q\" }" },
		{ A, "y.conf", "profile \"ay\" { path \"/5\"; prefix \"/p/q\" }\nprofile \"ay2\" { path \"/5\" }" },
		{ U(1000), "u.conf", "profile \"u\" { path \"/1\"; path \"/6\"; prefix \"/\" }" },
	};
	static const struct row rows[] = {
		{ "/1", "va", "-" }, { "/2", "az", "-" }, { "/3", "va", "-" }, { "/4", "vb", "-" }, { "/5", "ay", "-" },
		{ "/6", "-", "-" }, { "/p/x", "-", "va" }, { "/p/q/x", "-", "ay" }, { "/q/x", "-", "az" },
	};
	struct policy *p = MAKE(files);

	ROWS(p, rows);
	cr_assert_eq(p->warnings, 4, "%u", p->warnings);	/* /3 and /p, /5 twice */
	cr_assert_str_eq(p->warning[0], "named by two files: /5 (y.conf)");
	cr_assert_eq(p->profiles_count, 6 + 2);
	policy_free(p);
}

/* An administrator's file takes the place of the vendor's with the same name as a whole, unless it extends. */
Test(policy, same_name_replaces)
{
	static const struct made_file files[] = {
		{ V, "a.conf", "profile \"one\" { path \"/1\" }\nprofile \"two\" { path \"/2\" }" },
		{ A, "a.conf", "profile \"one\" { path \"/9\" }" },
		{ A, "b.conf", "profile \"b\" { path \"/3\" }" },
	};
	static const struct row rows[] = { { "/1", "-", "-" }, { "/2", "-", "-" }, { "/9", "one", "-" } };
	struct policy *p = MAKE(files);

	ROWS(p, rows);
	policy_free(p);
}

Test(policy, extends)
{
	static const struct made_file files[] = {
		{ V, "a.conf", "profile \"one\" { path \"/1\"; flags internet; domains { a.b }; rules { deny port tcp/1 } }\n"
		    "profile \"two\" { path \"/2\"; flags internet; domains { a.b } }\nprofile \"three\" { path \"/3\" }" },
		{ V, "b.conf", "profile \"four\" { path \"/4\" }" },
		{ A, "a.conf", "extend profile \"one\" { path \"/9\"; level secure; rules { allow port tcp/2 domain x } }\n"
		    "profile \"three\" { path \"/3\"; level fortress }\nextend profile \"four\" { path \"/8\" }\n"
		    "extend profile \"two\" { domains { c.d } }" },
	};
	static const struct row rows[] = {
		{ "/1", "one", "-" }, { "/9", "one", "-" }, { "/2", "two", "-" }, { "/3", "three", "-" },
		{ "/4", "four", "-" }, { "/8", "four", "-" },
	};
	struct policy *p = MAKE(files);
	const struct profile *one = policy_exact(p, "/1", 2);

	ROWS(p, rows);
	cr_assert_eq(one, policy_exact(p, "/9", 2));
	cr_assert(one->level == LEVEL_SECURE && one->flags == FLAG_INTERNET && one->rules.count == 2);
	cr_assert_eq(one->rules.rules[0].action, RULE_ALLOW);
	cr_assert_eq(one->rules.rules[0].where.file->layer, LAYER_ADMIN);
	cr_assert_eq(one->rules.rules[1].where.file->layer, LAYER_VENDOR);
	cr_assert(one->rules.named && !policy_exact(p, "/3", 2)->rules.named);
	cr_assert(domains_have(&one->domains, "a.b", 3) && one->domains.where.file->layer == LAYER_VENDOR);
	cr_assert(domains_have(&policy_exact(p, "/2", 2)->domains, "c.d", 3));
	cr_assert(!domains_have(&policy_exact(p, "/2", 2)->domains, "a.b", 3));
	cr_assert_eq(policy_exact(p, "/2", 2)->level, 0);
	cr_assert_eq(policy_exact(p, "/3", 2)->level, LEVEL_FORTRESS);
	/* Of another file's profile it knows nothing. */
	cr_assert_neq(policy_exact(p, "/4", 2), policy_exact(p, "/8", 2));
	cr_assert_eq(p->warnings, 1);
	cr_assert_str_eq(p->warning[0], "nothing to extend for profile four (a.conf)");
	policy_free(p);
}

/* What can't be read denies first: its own names, and all of the file that it meant to change. */
Test(policy, broken_files)
{
	static const struct made_file files[] = {
		{ V, "a.conf", "profile \"one\" { path \"/1\" }\nprofile \"two\" { prefix \"/2\" }" },
		{ A, "a.conf", "extend profile \"one\" { path \"/9\"; flags nonsense }" },
		{ A, "0.conf", "profile \"zero\" { path \"/9\"; path \"/5\" }" },
		{ V, "b.conf", "profile \"b\" { path \"/5\"; path \"/6\"; flags nonsense }" },
		{ V, "0.conf", "profile \"v\" { path \"/6\" }" },
		{ A, "c.conf", "extend profile \"c\" { level secure; path \"/8\" }" },
		{ V, "c.conf", "profile \"c\" { path \"/7\"; path \"/8\"; flags nonsense }" },
	};
	static const struct row rows[] = {
		{ "/1", "!", "-" }, { "/2/x", "-", "!" }, { "/9", "!", "-" }, { "/5", "zero", "-" }, { "/6", "!", "-" },
		{ "/7", "!", "-" }, { "/8", "c", "-" },
	};
	struct policy *p = MAKE(files);

	ROWS(p, rows);
	cr_assert_eq(p->broken_files, 3);
	cr_assert_not_null(strstr(policy_exact(p, "/1", 2)->broken, "nonsense"));
	policy_free(p);
}

Test(policy, virtual_names)
{
	static const struct made_file files[] = {
		{ V, "a", "profile \"fwd\" { virtual \"forward:br0\"; path \"/kernel\" }" },
		{ A, "b", "profile \"mine\" { virtual \"kernel\" }" },
		{ U(0), "c", "profile \"u\" { virtual \"system\"; virtual \"forward:br1\" }" },
	};
	struct policy *p = MAKE(files), *none = policy_make(NULL, 0);

	cr_assert_str_eq(name_of(policy_virtual(p, "forward:br0")), "fwd");
	cr_assert_str_eq(name_of(policy_virtual(p, "forward:br")), "-");
	cr_assert_str_eq(name_of(policy_virtual(p, "forward:br1")), "-");
	cr_assert_str_eq(name_of(policy_virtual(p, "kernel")), "mine");
	cr_assert_str_eq(name_of(policy_virtual(p, "system")), "system");
	cr_assert_str_eq(name_of(policy_virtual(p, "")), "-");
	cr_assert_str_eq(name_of(policy_exact(p, "kernel", 6)), "-");
	cr_assert_str_eq(name_of(policy_virtual(none, "kernel")), "kernel");
	cr_assert_eq(none->profiles_count, 2);
	policy_free(p);
	policy_free(none);
}

/* "a b": the profiles of a user for a path. */
static const char *
user(const struct policy *p, uint32_t uid, const char *path)
{
	const struct profile *found[USER_PROFILES];
	unsigned count = policy_user(p, uid, path, strlen(path), found);
	static char out[200];
	size_t used = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < count; i++)
		used += (size_t)snprintf(out + used, sizeof out - used, "%s%s", i == 0 ? "" : " ",
		    name_of(found[i]));
	return out;
}

Test(policy, users)
{
	static const struct made_file files[] = {
		{ V, "v", "profile \"v\" { path \"/v\"; prefix \"/p/q\" }" },
		{ U(1000), "a", "profile \"a\" { path \"/1\"; prefix \"/p\" }" },
		{ U(1000), "b", "profile \"b\" { path \"/1\"; path \"/p/x\"; prefix \"/p\"; prefix \"/p/q/r/s/t/u\" }" },
		{ U(1001), "c", "profile \"c\" { path \"/1\" }" },
		{ U(0), "d", "profile \"d\" { path \"/1\" }" },
		{ U(1000), "e", "profile \"e\" { path \"/2\"; flags nonsense }" },
	};
	static const struct { uint32_t uid; const char *path, *found; } rows[] = {
		{ 1000, "/1", "a b" }, { 1001, "/1", "c" }, { 0, "/1", "d" }, { 1002, "/1", "" },
		{ UINT32_MAX, "/1", "" }, { UINT32_MAX, "/v", "" }, { 1000, "/v", "" },
		{ 1000, "/p/x", "b" }, { 1000, "/p/y", "a b" }, { 1000, "/p/q/r/s/t/u/v", "b" },
		{ 1000, "/p/q/r/s/t/ux", "a b" }, { 1000, "/px", "" }, { 1001, "/p/y", "" }, { 1000, "/2", "!" },
		{ 1001, "/2", "" },
	};
	struct policy *p = MAKE(files);

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_expect_str_eq(user(p, rows[i].uid, rows[i].path), rows[i].found, "row %zu: %s", i,
		    user(p, rows[i].uid, rows[i].path));
	policy_free(p);
}

/* One more than are kept: rather too strict than one of them not heard. */
Test(policy, users_with_many_files)
{
	struct made_file files[USER_PROFILES + 2];

	for (unsigned i = 0; i < USER_PROFILES + 2; i++) {
		static const char *const names[] = { "a", "b", "c", "d", "e", "f" };

		files[i] = (struct made_file){ U(1000), names[i], "profile \"u\" { path \"/1\" }" };
	}
	for (unsigned more = 0; more <= 2; more++) {
		struct policy *p = policy_make(files, USER_PROFILES + more);

		cr_assert_str_eq(user(p, 1000, "/1"), more == 0 ? "u u u u" : "u u u !");
		policy_free(p);
	}
}

Test(policy, many_profiles)
{
	char *text = malloc(PROFILES_MOST * 100), path[40];
	struct made_file file = { V, "a", text };
	struct policy *p;
	size_t used = 0;

	for (unsigned i = 0; i < PROFILES_MOST; i++)
		used += (size_t)sprintf(text + used, "profile \"%u\" { path \"/bin/%u\"; prefix \"/opt/%u/\" }\n", i, i, i);
	p = policy_make(&file, 1);
	free(text);
	for (unsigned i = 0; i < PROFILES_MOST; i++) {
		snprintf(path, sizeof path, "/bin/%u", i);
		cr_assert_eq(atoi(policy_exact(p, path, strlen(path))->name), (int)i);
		snprintf(path, sizeof path, "/opt/%u/x", i);
		cr_assert_eq(atoi(policy_prefix(p, path, strlen(path))->name), (int)i);
	}
	cr_assert_null(policy_exact(p, "/bin/10000", 10));
	policy_free(p);
}

Test(policy, conf)
{
	static const struct made_file files[] = {
		{ CONF, "c", "define $web { tcp/80 }\nlevel secure\nset lan { dynamic deny }\nrules { deny }" },
		{ A, "a", "profile \"a\" { path \"/1\"; connect-ports { $web } }" },
	}, broken[] = { { CONF, "c", "level secure\nfrob" } };
	struct policy *p = MAKE(files);

	cr_assert(p->level == LEVEL_SECURE && p->level_where.line == 2 && p->rules.count == 1);
	cr_assert_eq(p->settings.value[SETTING_LAN][LEVEL_DYNAMIC], VALUE_DENY);
	cr_assert_eq(policy_exact(p, "/1", 2)->connect.keys[0].low, KEY(6, 80));
	cr_assert(!p->conf_broken && p->broken_files == 0);
	policy_free(p);
	p = MAKE(broken);
	cr_assert(p->level == LEVEL_SECURE && p->conf_broken && p->broken_files == 1);
	policy_free(p);
	p = policy_make(NULL, 0);
	cr_assert(p->level == LEVEL_DYNAMIC && p->level_where.file == NULL && p->rules.count == 0);
	policy_free(p);
	policy_free(NULL);
}
