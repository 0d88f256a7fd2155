/*
 * Rules for single fields, used by the validators of all messages on both
 * edges: nobody sends what the other side would refuse.
 */
#ifndef PROTO_CHECK_H
#define PROTO_CHECK_H

#include "types.h"

/* An enum of ours: 1 to max. */
static inline bool
check_enum(unsigned value, unsigned max)
{
	return value >= 1 && value <= max;
}

bool	check_zero(const void *, size_t);
/* Bytes beyond IPv4's four are zero. */
bool	check_address(unsigned family, const uint8_t address[static 16]);
bool	check_tuple(const struct tuple *);
/* count ids, none of them 0. */
bool	check_ids(const uint64_t *ids, size_t count);
/* Ends within room. */
bool	check_string(const char *s, size_t room);
/* A domain's name as text: printable ASCII without blanks and capitals, not empty, ends within room. */
bool	check_domain(const char *s, size_t room);
/* A row of the process table: [a-z-]+, ends within room. */
bool	check_name(const char *s, size_t room);
/* A network device: as check_string(), not empty. */
bool	check_device(const char s[static DEVICE_BYTES]);

#endif
