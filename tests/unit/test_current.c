/*
 * What is in force: when a look at the files makes a new generation, and what people are told of it.
 */
/* links: policyd/arena.c policyd/diag.c policyd/scan.c policyd/lang.y policyd/words.c policyd/scope.c */
/* links: policyd/rules.c policyd/net_index.c policyd/condition.c policyd/place_index.c policyd/geo.c policyd/geo_value.c policyd/country.c policyd/name.c policyd/name_index.c */
/* links: policyd/rule_build.c policyd/condition_build.c policyd/moment.c policyd/name_build.c policyd/value_build.c policyd/settings.c policyd/profile.c */
/* links: policyd/list_tags.c policyd/related_build.c policyd/zone.c */
/* links: policyd/conf.c policyd/upstream.c policyd/upstreams.c policyd/file.c policyd/layers.c policyd/builtin.c policyd/policy.c policyd/schedule.c policyd/level.c */
/* links: policyd/current.c policyd/slice.c */
#include "current.h"
#include "tell.h"
#include "temp_folder.h"
#include "watch.h"

static char	told[2000], watched[2000];
static unsigned	changes;

void
tell_notice(enum ui_notice_level level, const char *format, ...)
{
	size_t used = strlen(told);
	va_list ap;

	used += (size_t)snprintf(told + used, sizeof told - used, "%s%u ", used == 0 ? "" : "\n", level);
	va_start(ap, format);
	(void)vsnprintf(told + used, sizeof told - used, format, ap);
	va_end(ap);
}

void
watch_start(struct event_base *base, void (*changed)(void))
{
	(void)base;
	cr_assert_eq(changed, current_reload);
}

void
watch_folder(const char *path)
{
	size_t used = strlen(watched);

	snprintf(watched + used, sizeof watched - used, " %s", path + strlen(top));
}

void
watch_begin(void)
{
}

bool
watch_pending(void)
{
	return false;
}

static void
on_change(void)
{
	changes++;
}

static void
start(void)
{
	static char vendor[PATH_MAX], etc[PATH_MAX], state[PATH_MAX], geo[PATH_MAX];
	const struct folders folders = { vendor, etc, state, "/usr", "/etc", "/var", geo };

	folder_start();
	strcpy(vendor, place("vendor"));
	strcpy(etc, place("etc"));
	strcpy(state, place("state"));
	strcpy(geo, place("geo"));
	cr_assert_eq(mkdir(vendor, 0755) | mkdir(etc, 0755) | mkdir(state, 0755) | mkdir(place("etc/profiles"), 0755) |
	    mkdir(place("state/profiles"), 0755) | mkdir(place("state/profiles/1000"), 0755) |
	    mkdir(place("state/profiles/bob"), 0755), 0);
	current_start(NULL, &folders, on_change);
}

static void
finish(void)
{
	folder_finish();
}

TestSuite(current, .init = start, .fini = finish);

/* After a look: whether there is a new generation, and what is told. */
static void
reload(bool changed, const char *says)
{
	uint32_t before = current_generation();

	changes = 0;
	told[0] = watched[0] = '\0';
	current_reload();
	cr_assert_eq(changes, changed);
	cr_assert_eq(current_generation(), before + changed);
	cr_assert_str_eq(told, says);
}

Test(current, at_start)
{
	cr_assert_eq(changes, 0);
	cr_assert_str_eq(told, "");
	cr_assert_eq(current_generation(), 1);
	cr_assert_eq(level_now(), LEVEL_DYNAMIC);
	cr_assert_eq(current_policy()->profiles_count, 2);
	reload(false, "");
	current_judge_anew();
	cr_assert(current_is_first());
}

Test(current, files)
{
	put("etc/profiles/a.conf", "profile \"a\" { path \"/a\" }");
	reload(true, "");
	cr_assert(!current_is_first());
	cr_assert_not_null(policy_exact(current_policy(), "/a", 2));
	put("etc/profiles/a.conf", "x");
	reload(true, "2 /etc/profiles/a.conf:1:1: unknown word \"x\"; here may stand end of file, end of line, profile, "
	    "extend, level, set, define, include, rules, list or resolver; what it said before stays in force");
	cr_assert_not_null(policy_exact(current_policy(), "/a", 2));
	cr_assert_eq(current_policy()->broken_files, 1);
	put("etc/profiles/a.conf", "profile \"a\" { path \"/b\" }");
	reload(true, "1 /etc/profiles/a.conf: can be read again and is in force");
	cr_assert_null(policy_exact(current_policy(), "/a", 2));
	put("etc/profiles/b.conf", "profile \"b\" { path 3 }");
	reload(true, "2 /etc/profiles/b.conf:1:20: this stands in double quotes: \"3\"; until it is mended the "
	    "programs that it names are denied");
	cr_assert_eq(unlink(place("etc/profiles/b.conf")), 0);
	reload(true, "");
}

Test(current, conf)
{
	put("etc/bulwark.conf", "level secure\nx");
	reload(true, "2 /etc/bulwark.conf:2:1: unknown word \"x\"; here may stand end of file, end of line, profile, extend, "
	    "level, set, define, include, rules, list or resolver; until it is mended only what it makes stricter counts\n"
	    "1 level secure: /etc/bulwark.conf:1");
	put("etc/bulwark.conf", "level secure");
	reload(true, "1 /etc/bulwark.conf: can be read again and is in force");
	put("etc/bulwark.conf", "level fortress x");
	reload(true, "2 /etc/bulwark.conf:1:16: unknown word \"x\"; here may stand end of line; what it said before stays "
	    "in force");
	cr_assert_eq(level_now(), LEVEL_SECURE);
	cr_assert_eq(unlink(place("etc/bulwark.conf")), 0);
	reload(true, "1 level dynamic: built in: bulwark.conf names none");
}

Test(current, unreadable_conf)
{
	cr_assert_eq(mkdir(place("etc/bulwark.conf"), 0755), 0);
	reload(true, "2 /etc/bulwark.conf:1:1: can't be read: it is a folder; until it can be the strictest settings "
	    "count, and level fortress unless a command set another\n"
	    "1 level fortress: bulwark.conf can't be read: the highest");
	cr_assert_eq(current_policy()->broken_files, 1);
	cr_assert_eq(current_policy()->settings.value[SETTING_DEFAULT_OUTGOING][LEVEL_DYNAMIC], VALUE_DENY);
	cr_assert_eq(rmdir(place("etc/bulwark.conf")), 0);
	reload(true, "1 level dynamic: built in: bulwark.conf names none");
	cr_assert_eq(current_set_level(LEVEL_SECURE, 0), 0);
	cr_assert_eq(mkdir(place("etc/bulwark.conf"), 0755), 0);
	reload(true, "2 /etc/bulwark.conf:1:1: can't be read: it is a folder; until it can be the strictest settings "
	    "count, and level fortress unless a command set another");
	cr_assert_eq(level_now(), LEVEL_SECURE);
	cr_assert_eq(rmdir(place("etc/bulwark.conf")), 0);
	put("etc/bulwark.conf", "level dynamic");	/* what it named when the command was given */
	current_reload();
	cr_assert_eq(level_now(), LEVEL_SECURE);
}

Test(current, command_is_a_change)
{
	cr_assert_eq(current_set_level(LEVEL_DYNAMIC, 0), 0);
	cr_assert(current_is_first());
	cr_assert_eq(current_set_level(LEVEL_SECURE, 0), 0);
	cr_assert(!current_is_first());
}

Test(current, command)
{
	put("etc/bulwark.conf", "level secure");
	reload(true, "1 level secure: /etc/bulwark.conf:1");
	told[0] = '\0';
	cr_assert_eq(current_set_level(LEVEL_FORTRESS, 0), 0);
	cr_assert_str_eq(told, "1 level fortress: set by a command of user 0");
	cr_assert_eq(changes, 2);
	cr_assert_eq(current_set_level(LEVEL_FORTRESS, 0), 0);	/* as it was: nothing to judge anew */
	cr_assert_eq(changes, 2);
	put("etc/bulwark.conf", "level dynamic");
	reload(true, "1 level dynamic: /etc/bulwark.conf:1");
	current_judge_anew();
	cr_assert_eq(changes, 2);
}

/* Every folder that a file may appear in. */
Test(current, watches)
{
	cr_assert_eq(mkdir(place("etc/more"), 0755), 0);
	put("etc/more/a", "level dynamic");
	put("etc/bulwark.conf", "include \"more/a\"; include \"more/none\"");
	current_reload();
	watched[0] = '\0';
	put("etc/profiles/a.conf", "profile \"a\" { path \"/a\" }");
	current_reload();
	cr_assert_str_eq(watched, " /vendor /etc /geo /etc/profiles /state/profiles /state/profiles/1000 /etc/more /etc/more "
	    "/etc/more /etc/more");
}
