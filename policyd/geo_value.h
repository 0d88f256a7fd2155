/*
 * Values in the data section of a MaxMind DB file (format 2.0), which may be
 * broken or hostile: nothing outside the section is read, pointers are followed
 * once, and a look ends after so many values. libmaxminddb's own way to a value
 * recurses as deep as the file says, so only its search tree is used (geo.c).
 */
#ifndef POLICYD_GEO_VALUE_H
#define POLICYD_GEO_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GEO_VALUES_MOST	1000	/* looked at for one answer */

enum geo_type { GEO_POINTER = 1, GEO_TEXT = 2, GEO_UINT32 = 6, GEO_MAP = 7 };

struct geo_data {
	const uint8_t	*bytes;
	size_t		 size;
	unsigned	 looked;	/* values so far; set to 0 before the first look for an address */
};

struct geo_value {
	unsigned	 type;		/* enum geo_type, or another of the format */
	uint32_t	 size;		/* bytes of a text or number, pairs of a map, items of an array */
	size_t		 at;		/* where they begin */
};

/* The value at an offset, through a pointer if there is one. */
bool	geo_value_at(struct geo_data *, size_t offset, struct geo_value *);
/* What a map has under a key. */
bool	geo_value_in(struct geo_data *, const struct geo_value *map, const char *key, struct geo_value *);
bool	geo_value_number(const struct geo_data *, const struct geo_value *, uint32_t *);

#endif
