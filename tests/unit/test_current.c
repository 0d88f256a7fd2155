/*
 * What is in force: when a look at the files makes a new generation, and what people are told of it.
 */
/* links: @current */
#include "current.h"
#include "journal.h"
#include "level_auto.h"
#include "tell.h"
#include "temp_folder.h"
#include "watch.h"

#include <time.h>

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

/* "WHAT WHO BEFORE>AFTER: WHY" each on a line. */
static char	journal[8000];

void
journal_start(const char *folder)
{
	cr_assert_str_eq(folder, place("state"));
}

void
journal_add(const char *what, const char *who, const char *before, const char *after, const char *why)
{
	size_t used = strlen(journal);

	snprintf(journal + used, sizeof journal - used, "%s %s %s>%s: %s\n", what, who, before, after, why);
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
	    "extend, level, set, define, include, rules, list, resolver, session-may or framework; what it said before stays in force");
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
	    "level, set, define, include, rules, list, resolver, session-may or framework; until it is mended only what it makes stricter counts\n"
	    "1 level secure: /etc/bulwark.conf:1");
	put("etc/bulwark.conf", "level secure");
	reload(true, "1 /etc/bulwark.conf: can be read again and is in force");
	put("etc/bulwark.conf", "level fortress x");
	reload(true, "2 /etc/bulwark.conf:1:16: unknown word \"x\"; here may stand end of line or when; what it said before "
	    "stays in force");
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
	cr_assert_eq(current_set_level(LEVEL_SECURE, 0, 0), 0);
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
	cr_assert_eq(current_set_level(LEVEL_DYNAMIC, 0, 0), 0);
	cr_assert(current_is_first());
	cr_assert_eq(current_set_level(LEVEL_SECURE, 0, 0), 0);
	cr_assert(!current_is_first());
}

Test(current, command)
{
	put("etc/bulwark.conf", "level secure");
	reload(true, "1 level secure: /etc/bulwark.conf:1");
	told[0] = '\0';
	cr_assert_eq(current_set_level(LEVEL_FORTRESS, 0, 0), 0);
	cr_assert_str_eq(told, "1 level fortress: set by a command of user 0");
	cr_assert_eq(changes, 2);
	cr_assert_eq(current_set_level(LEVEL_FORTRESS, 0, 0), 0);	/* as it was: nothing to judge anew */
	cr_assert_eq(changes, 2);
	put("etc/bulwark.conf", "level dynamic");
	reload(true, "1 level dynamic: the command counts no more: /etc/bulwark.conf:1");
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
	cr_assert_str_eq(watched, " /vendor /etc /etc/profiles /state/profiles /state/profiles/1000 /etc/more /etc/more "
	    "/etc/more /etc/more");
}

static time_t clock_shows;	/* 0: the real time */

/* In libc's place. */
time_t
time(time_t *out)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	if (clock_shows != 0)
		t.tv_sec = clock_shows;
	if (out != NULL)
		*out = t.tv_sec;
	return t.tv_sec;
}

static void
tick(time_t at, bool anew)
{
	uint32_t before = current_generation();

	clock_shows = at;
	changes = 0;
	current_tick();
	cr_expect_eq(changes, anew, "at %ld", (long)at);
	cr_expect_eq(current_generation(), before + anew);
	cr_expect_eq(current_moment()->unix_s, at);
}

/* A rule that begins or ends makes a new generation, whichever way the clock goes; nothing else does. */
Test(current, time)
{
	const time_t noon = 1795694400;		/* Thursday, 2026-11-26 12:00 UTC */

	setenv("TZ", "UTC0", 1);
	tzset();
	clock_shows = noon;
	put("etc/profiles/a.conf", "profile \"a\" { path \"/a\"; rules {\nallow until 2026-11-26T13:00\n"
	    "allow at 14:00-15:00 days thu\n} }");
	reload(true, "");
	tick(noon + 1, false);
	tick(noon + 3599, false);
	tick(noon + 3600, true);
	tick(noon + 3601, false);
	tick(noon + 7200, true);
	tick(noon + 10799, false);
	tick(noon + 10800, true);
	tick(noon + 7200, true);	/* set back: into the span */
	tick(noon + 3601, true);
	tick(noon, true);		/* and before what had ended */
	tick(noon + 7201, true);	/* forward over both */
	tick(noon + 86400, true);	/* another day */
	cr_expect(!current_is_first());
	cr_assert_eq(unlink(place("etc/profiles/a.conf")), 0);
	reload(true, "");
	tick(noon, false);
	tick(noon + 7200, false);
}

static void
put_copy(const char *from, const char *name)
{
	char bytes[20000];
	FILE *in = fopen(from, "r"), *out = fopen(place(name), "w");
	size_t n;

	cr_assert(in != NULL && out != NULL);
	n = fread(bytes, 1, sizeof bytes, in);
	cr_assert_eq(fwrite(bytes, 1, n, out), n);
	fclose(in);
	fclose(out);
}

/* Databases that come, change or break are taken once a second, if some rule needs them. */
Test(current, places)
{
	put("etc/profiles/a.conf", "profile \"a\" { path \"/a\"; rules { deny country se; deny as 1 } }");
	reload(true, "");
	cr_assert_eq(mkdir(place("geo"), 0755), 0);
	clock_shows = 1795694400;
	tick(clock_shows, false);
	put_copy("tests/data/mmdb/GeoLite2-Country-Test.mmdb", "geo/country.mmdb");
	tick(clock_shows, true);
	cr_expect(geo_has_countries(current_geo()));
	tick(clock_shows, false);
	put("geo/as.mmdb", "x");
	told[0] = '\0';
	tick(clock_shows, false);
	cr_expect_str_eq(told, "2 as.mmdb can't be used: The MaxMind DB file contains invalid metadata; where addresses "
	    "lie is not known by it");
	tick(clock_shows, false);
	cr_assert_eq(unlink(place("geo/country.mmdb")), 0);
	tick(clock_shows, true);
	cr_expect(!geo_has_countries(current_geo()));
}

/* Without a rule by country no database of countries is in memory; with one it is there before that rule is. */
Test(current, places_that_rules_need)
{
	cr_assert_eq(mkdir(place("geo"), 0755), 0);
	put_copy("tests/data/mmdb/GeoLite2-Country-Test.mmdb", "geo/country.mmdb");
	put_copy("tests/data/mmdb/GeoLite2-ASN-Test.mmdb", "geo/as.mmdb");
	clock_shows = 1795694400;
	tick(clock_shows, false);
	cr_expect(!geo_has_countries(current_geo()) && !geo_has_as(current_geo()));
	put("etc/profiles/a.conf", "profile \"a\" { path \"/a\"; rules { allow as 1 } }");
	reload(true, "");
	cr_expect(!geo_has_countries(current_geo()) && geo_has_as(current_geo()));
	put("etc/bulwark.conf", "rules { deny country se }");
	reload(true, "");
	cr_expect(geo_has_countries(current_geo()) && geo_has_as(current_geo()));
	tick(clock_shows, false);
	cr_assert_eq(unlink(place("etc/profiles/a.conf")), 0);
	reload(true, "");
	cr_expect(geo_has_countries(current_geo()) && !geo_has_as(current_geo()));
	cr_assert_eq(unlink(place("etc/bulwark.conf")), 0);
	reload(true, "");
	cr_expect(!geo_has_countries(current_geo()) && !geo_has_as(current_geo()));
	tick(clock_shows, false);
}

/* What a change was, for the journal: one line each, and none for a look that found nothing. */
Test(current, journal)
{
	cr_assert_str_eq(journal, "level policyd >dynamic: at the start: built in: bulwark.conf names none\n");
	journal[0] = '\0';
	put("etc/bulwark.conf", "set lan { dynamic deny }\nlevel secure\n");
	current_reload();
	cr_assert_str_eq(journal, "file files >read: /etc/bulwark.conf\n"
	    "setting files own-subnets ask deny>deny deny deny: lan: /etc/bulwark.conf:1\n"
	    "level files dynamic>secure: /etc/bulwark.conf:2\n");
	journal[0] = '\0';
	current_reload();	/* it is young, and so read again */
	cr_assert_str_eq(journal, "");
	put("etc/profiles/a.conf", "profile \"a\" { path \"/a\" }");
	put("etc/profiles/b.conf", "profile \"b\" { path \"/b\" }");
	current_reload();
	cr_assert_str_eq(journal, "file files >read: /etc/profiles/a.conf\nfile files >read: /etc/profiles/b.conf\n");
	journal[0] = '\0';
	put("etc/profiles/a.conf", "x");
	current_reload();
	current_reload();
	cr_assert_str_eq(strchr(journal, '\n'), "\n");
	cr_assert_not_null(strstr(journal, "file files >has an error: /etc/profiles/a.conf:1:1: unknown word"));
	journal[0] = '\0';
	cr_assert_eq(unlink(place("etc/profiles/a.conf")) | unlink(place("etc/profiles/b.conf")) |
	    unlink(place("etc/bulwark.conf")), 0);
	current_reload();
	cr_assert_str_eq(journal, "file files >removed: /etc/bulwark.conf\n"
	    "file files 2 files of profiles, one of them:>removed: /etc/profiles/b.conf\n"
	    "setting files deny deny deny>own-subnets ask deny: lan: as built in\n"
	    "level files secure>dynamic: built in: bulwark.conf names none\n");
	journal[0] = '\0';
	cr_assert_eq(current_set_level(LEVEL_FORTRESS, 0, 7), 0);
	cr_assert_eq(current_set_level(0, 0, 0), 0);
	cr_assert_str_eq(journal, "level user 7 dynamic>fortress: set by a command of user 7\n"
	    "level user 0 fortress>dynamic: a command: by bulwark.conf and reasons again: built in: bulwark.conf "
	    "names none\n");
}

/* Many files at once are counted, not listed. */
Test(current, journal_of_many)
{
	unsigned lines = 0;

	journal[0] = '\0';
	for (int i = 0; i < 100; i++) {
		char name[40];

		snprintf(name, sizeof name, "etc/profiles/%d.conf", i);
		put(name, "profile \"%d\" { path \"/%d\" }", i, i);
	}
	current_reload();
	for (const char *p = journal; *p != '\0'; p++)
		lines += *p == '\n';
	cr_assert_eq(lines, 17);
	cr_assert_not_null(strstr(journal, "file files >read: and 84 more files\n"));
}

/* A reason is in force at once, judges anew, and is told. */
Test(current, reason)
{
	told[0] = journal[0] = '\0';
	put("etc/bulwark.conf", "level fortress when attack\nlevel secure when network unknown");
	current_reload();
	changes = 0;
	level_fact_attack(true);
	cr_assert_eq(level_now(), LEVEL_FORTRESS);
	cr_assert_eq(changes, 1);
	cr_assert(!current_is_first());
	cr_assert_str_eq(told, "1 level fortress: an attack: /etc/bulwark.conf:1");
	level_fact_network(false);
	current_tick();
	cr_assert_eq(changes, 1);
	cr_assert_str_eq(journal, "file files >read: /etc/bulwark.conf\n"
	    "level policyd dynamic>fortress: an attack: /etc/bulwark.conf:1\n");
}
