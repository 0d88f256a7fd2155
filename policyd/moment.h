/*
 * The time as rules see it: a fact, taken once a second outside decide(). The
 * local time zone is glibc's, in memory since before this process was shut in;
 * zone.h tells how a change of it comes in later.
 */
#ifndef POLICYD_MOMENT_H
#define POLICYD_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

struct moment {
	int64_t		unix_s;		/* 0: not known */
	/*
	 * Minutes from 1970-01-01 00:00 by the local calendar and clock. Where the clock is put back
	 * by the zone's rules (the end of summer time) it stands until the hour is over.
	 */
	int64_t		local;
	uint16_t	minute;		/* of the local day, as the clock shows it */
	uint8_t		weekday;	/* 0: Monday */
};

#define DAY_MINUTES	1440

struct moment	moment_of(int64_t unix_s);
/* As struct moment's local; the day must be one of the calendar (date_exists). */
int64_t		moment_local(unsigned year, unsigned month, unsigned day, unsigned minute);
/* Gregorian, 1970 to 9999. */
bool		date_exists(unsigned year, unsigned month, unsigned day);

#endif
