/*
 * Local time as rules see it: calendar, summer time, a zone that changes; and when verdicts change by it.
 */
/* links: policyd/moment.c policyd/zone.c policyd/schedule.c policyd/arena.c */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "schedule.h"
#include "temp_folder.h"
#include "zone.h"

static void
zone(const char *name)
{
	setenv("TZ", name, 1);
	tzset();
}

/* As POSIX writes it, so that no file is needed. */
#define BERLIN	"CET-1CEST,M3.5.0,M10.5.0/3"
#define SPRING	INT64_C(1774746000)	/* 2026-03-29 01:00 UTC: 02:00 becomes 03:00 */
#define AUTUMN	INT64_C(1792890000)	/* 2026-10-25 01:00 UTC: 03:00 becomes 02:00 */

static void
shows(int64_t unix_s, unsigned day_minute, unsigned weekday, int64_t local)
{
	struct moment m = moment_of(unix_s);

	cr_expect_eq(m.unix_s, unix_s);
	cr_expect_eq(m.minute, day_minute, "%ld: minute %u, wanted %u", (long)unix_s, m.minute, day_minute);
	cr_expect_eq(m.weekday, weekday, "%ld: weekday %u", (long)unix_s, m.weekday);
	cr_expect_eq(m.local, local, "%ld: local %ld, wanted %ld", (long)unix_s, (long)m.local, (long)local);
}

Test(moment, calendar)
{
	int64_t days = 0;

	cr_assert_eq(moment_local(1970, 1, 1, 0), 0);
	for (unsigned year = 1970; year <= 2105; year++)
		for (unsigned month = 1; month <= 12; month++)
			for (unsigned day = 1; day <= 31; day++) {
				struct tm tm = { .tm_year = (int)year - 1900, .tm_mon = (int)month - 1,
					.tm_mday = (int)day };
				int64_t at = timegm(&tm);

				if (!date_exists(year, month, day)) {
					cr_assert_neq(tm.tm_mday, (int)day);
					continue;
				}
				cr_assert_eq(tm.tm_mday, (int)day);
				cr_assert_eq(moment_local(year, month, day, 7), at / 60 + 7);
				cr_assert_eq(at, days++ * 86400);
			}
	cr_assert(!date_exists(1969, 12, 31) && !date_exists(10000, 1, 1) && !date_exists(2026, 0, 1) &&
	    !date_exists(2026, 1, 0) && !date_exists(2100, 2, 29) && date_exists(2000, 2, 29));
}

Test(moment, utc)
{
	zone("UTC0");
	shows(1795694340, 719, 3, moment_local(2026, 11, 26, 719));	/* Thursday 11:59 */
	shows(1795694399, 719, 3, moment_local(2026, 11, 26, 719));
	shows(1795694400, 720, 3, moment_local(2026, 11, 26, 720));
	cr_expect_eq(moment_of(0).unix_s, 0);
	cr_expect_eq(moment_of(-5).unix_s, 0);
}

Test(moment, summer_time)
{
	int64_t last = 0;

	zone(BERLIN);
	shows(SPRING - 60, 119, 6, moment_local(2026, 3, 29, 119));
	shows(SPRING, 180, 6, moment_local(2026, 3, 29, 180));
	shows(AUTUMN - 60, 179, 6, moment_local(2026, 10, 25, 179));
	/* The clock shows 02:00 again; what ended at 02:30 or 02:59 stays ended. */
	shows(AUTUMN, 120, 6, moment_local(2026, 10, 25, 179));
	shows(AUTUMN + 1800, 150, 6, moment_local(2026, 10, 25, 179));
	shows(AUTUMN + 3600, 180, 6, moment_local(2026, 10, 25, 180));
	shows(AUTUMN + 4 * 3600, 360, 6, moment_local(2026, 10, 25, 360));
	for (int64_t t = AUTUMN - 20000; t < AUTUMN + 20000; t += 7) {
		cr_assert_geq(moment_of(t).local, last);
		last = moment_of(t).local;
	}
	zone("<-12>12");
	shows(1795694400, 0, 3, moment_local(2026, 11, 26, 0));
}

/* A time zone file as the parent passes it on; then another. */
Test(moment, zone_changes)
{
	static const char *const zones[] = { "Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC" };
	static const unsigned hours[] = { 780, 420, 1050, 720 };
	char path[100], bytes[8192];

	folder_start();
	zone("UTC0");
	for (int i = 0; i < 12; i++) {
		FILE *in;
		size_t n;

		snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", zones[i % 4]);
		in = fopen(path, "r");
		if (in == NULL)
			cr_skip_test("no tzdata");
		n = fread(bytes, 1, sizeof bytes, in);
		fclose(in);
		cr_assert_eq(zone_take(bytes, n, top), 0);
		cr_assert_eq(moment_of(1795694400).minute, hours[i % 4], "%s: %u", path, moment_of(1795694400).minute);
		cr_assert_eq(access(place("zone"), F_OK), -1);
	}
	/* What is no zone leaves UTC. */
	cr_assert_eq(zone_take("TZif2 and nothing more", 22, top), 0);
	cr_expect_eq(moment_of(1795694400).minute, 720);
	cr_assert_eq(zone_take("", 0, top), 0);
	cr_expect_eq(moment_of(1795694400).minute, 720);
	cr_expect_eq(zone_take(bytes, 100, "/nonexistent"), -1);
	folder_finish();
}

static const struct span_of_day spans[] = { { 510, 1020 }, { 1320, 360 } };
static const struct condition conditions[] = {
	{ .until = INT64_MAX, .timely = true, .spans_count = 1, .spans = spans },
	{ .until = INT64_MAX, .timely = true, .spans_count = 1, .spans = spans + 1, .days = 1 << 4 },
	{ .until = 29928240, .timely = true }, { .until = 29928300, .timely = true },
	{ .until = INT64_MAX, .timely = true, .uids_count = 1 },
};

/* A state changes exactly where some condition begins or ends to hold. */
Test(schedule, state)
{
	struct rule rules[6] = { { .action = RULE_DENY } };
	struct ruleset set = { .count = 6, .timely = true, .rules = rules };
	struct schedule s = { .untils = NULL };
	uint64_t last = 0;
	unsigned changes = 0;

	zone("UTC0");
	for (unsigned i = 0; i < 5; i++)
		rules[i + 1].condition = &conditions[i];
	cr_assert_eq(schedule_add(&s, &set), 0);
	schedule_finish(&s);
	for (int64_t t = 1795608000; t < 1795608000 + 86400 * 2; t += 60) {
		struct moment m = moment_of(t);
		uint64_t state = schedule_state(&s, &m);

		if (t > 1795608000 && state != last) {
			changes++;
			cr_expect(m.minute == 510 || m.minute == 1020 || m.minute == 1320 || m.minute == 360 ||
			    m.minute == 0 || m.local == 29928240 || m.local == 29928300, "minute %u", m.minute);
		}
		last = state;
	}
	cr_expect_eq(changes, 2 * 5 + 2, "%u", changes);
	schedule_free(&s);
}

Test(schedule, nothing_by_time)
{
	struct schedule s = { .untils = NULL };
	struct moment a = moment_of(1795608000), b = moment_of(1895608000);

	schedule_finish(&s);
	cr_expect_eq(schedule_state(&s, &a), schedule_state(&s, &b));
	cr_expect_eq(schedule_add(&s, &(struct ruleset){ .timely = true }), 0);
	schedule_free(&s);
}
