/*
 * The registrable domain of a name: one label more than the longest public suffix
 * that the name ends in (https://publicsuffix.org), by the list that libpsl has
 * built in; no file is read.
 */
#ifndef POLICYD_REGISTRABLE_H
#define POLICYD_REGISTRABLE_H

#include <stddef.h>
#include <stdint.h>

struct facts;

/*
 * Where it begins in this name, which is lower case without its last dot and ends with a
 * NUL beside len; len: there is none, since the name is a public suffix itself.
 */
size_t	zone_begin(const char *name, size_t len);
/* The name of a flow or question, and what it is a part of. NULL: none. */
void	facts_set_name(struct facts *, const char *name, uint16_t len);

#endif
