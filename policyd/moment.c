/*
 * See moment.h. localtime_r() reads no file once the zone is in memory (tzset()).
 */
#include <time.h>

#include "moment.h"

#define SHIFT_S		(3 * 3600)	/* longer than any clock is put back by */

static int64_t
offset_at(int64_t unix_s)
{
	time_t t = (time_t)unix_s;
	struct tm tm;

	return localtime_r(&t, &tm) == NULL ? 0 : tm.tm_gmtoff;
}

static int64_t
minutes(int64_t seconds)
{
	return seconds >= 0 ? seconds / 60 : -((-seconds + 59) / 60);
}

/* The latest that the clock has shown, if it was put back a while ago. */
static int64_t
latest_local(int64_t unix_s)
{
	int64_t offset = offset_at(unix_s), before = offset_at(unix_s - SHIFT_S), shown = minutes(unix_s + offset),
	    low = unix_s - SHIFT_S, high = unix_s, last;

	if (offset >= before)
		return shown;
	while (high - low > 1) {	/* low still has the old offset, high the new one */
		int64_t middle = (low + high) / 2;

		if (offset_at(middle) == before)
			low = middle;
		else
			high = middle;
	}
	last = minutes(low + before);
	return last > shown ? last : shown;
}

struct moment
moment_of(int64_t unix_s)
{
	int64_t shown = minutes(unix_s + offset_at(unix_s)), day = shown / DAY_MINUTES;

	if (unix_s <= SHIFT_S + 24 * 3600)	/* no clock of a machine that has one */
		return (struct moment){ .unix_s = 0 };
	return (struct moment){ .unix_s = unix_s, .local = latest_local(unix_s),
		.minute = (uint16_t)(shown % DAY_MINUTES), .weekday = (uint8_t)((day + 3) % 7) };	/* a Thursday */
}

static unsigned
days_of(unsigned year, unsigned month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

bool
date_exists(unsigned year, unsigned month, unsigned day)
{
	return year >= 1970 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= days_of(year, month);
}

int64_t
moment_local(unsigned year, unsigned month, unsigned day, unsigned minute)
{
	unsigned past = year - 1;
	int64_t days = (int64_t)past * 365 + past / 4 - past / 100 + past / 400 - 719162;	/* to 1970-01-01 */

	for (unsigned m = 1; m < month; m++)
		days += days_of(year, m);
	return (days + day - 1) * DAY_MINUTES + minute;
}
