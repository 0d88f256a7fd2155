/*
 * Regular expressions of framework profiles (PCRE2), bytes without a character set.
 * Compiled once; a match begins where the text does (the library's bounds count anew at
 * each place where one may begin), and ends at a bound of steps, depth and memory. Never compiled
 * to machine code: memory that is written is never run here.
 */
#ifndef POLICYD_REGEX_H
#define POLICYD_REGEX_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"

#define REGEX_MOST	1000	/* bytes of an expression */
#define REGEX_GROUPS	9

struct regex;

struct regex_groups {
	unsigned	 count;				/* with the whole, which is 0 */
	size_t		 from[REGEX_GROUPS + 1], to[REGEX_GROUPS + 1];	/* alike: the group took no part */
};

enum regex_result { REGEX_FITS, REGEX_MISSES, REGEX_LIMIT };

/* NULL: an error, which stands in why and begins at byte *at. The result lives as long as the arena. */
const struct regex *regex_compile(struct arena *, const char *text, size_t *at, char *why, size_t size);
enum regex_result regex_match(const struct regex *, const char *text, size_t len, struct regex_groups *);

#endif
