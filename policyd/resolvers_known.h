/*
 * Resolvers that others run for everybody and that answer over TLS, HTTPS or QUIC: their
 * names and, of the largest, their addresses. From what their providers publish; one that
 * is missing is not seen but by the port 853.
 */
#ifndef POLICYD_RESOLVERS_KNOWN_H
#define POLICYD_RESOLVERS_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Lower case, without the last dot; also what is below a resolver's name. */
bool	resolver_has_name(const char *name, size_t len);
/* As in a tuple. */
bool	resolver_has_address(uint8_t family, const uint8_t address[16]);
/*
 * As a block list (docs/lists.md), in a file without a name that is made in this folder. Its
 * descriptor, for reading, becomes the caller's; -1: errno.
 */
int	resolvers_list(const char *folder);

#endif
