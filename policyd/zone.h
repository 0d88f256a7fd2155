/*
 * The machine's time zone, as the parent tells it: /etc/localtime is not to be
 * seen from here.
 */
#ifndef POLICYD_ZONE_H
#define POLICYD_ZONE_H

#include <stddef.h>

/*
 * The bytes of a time zone file (RFC 9636); none: UTC. libc reads such files by name only, so they lie in the
 * folder for a moment. -1: they could not be written there; the zone stays as it was.
 */
int	zone_take(const char *tzif, size_t len, const char *folder);

#endif
