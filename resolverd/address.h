/*
 * Addresses of sockets, and the tuple that a client's two ends make.
 */
#ifndef RESOLVERD_ADDRESS_H
#define RESOLVERD_ADDRESS_H

#include <sys/socket.h>

#include <netinet/in.h>

#include "types.h"

union address {
	struct sockaddr		sa;
	struct sockaddr_in	in;
	struct sockaddr_in6	in6;
	struct sockaddr_storage	any;
};

/* As the client's packets go: from it to the door. Both are of the same family. */
void	address_tuple(uint8_t proto, const union address *client, const union address *door,
	    struct tuple *);

/*
 * Of this machine or a network that the Internet does not lead to: loopback, private
 * (RFC 1918, 4193), shared (RFC 6598), link-local, unspecified; also where an IPv6
 * address holds such an IPv4 one (mapped, NAT64, also that for local use, RFC 8215).
 */
bool	address_is_private(const union address *);
bool	address4_is_private(const uint8_t address[static 4]);
bool	address6_is_private(const uint8_t address[static 16]);
/* Of this machine alone: loopback and unspecified, also mapped. */
bool	address4_is_here(const uint8_t address[static 4]);
bool	address6_is_here(const uint8_t address[static 16]);

/* Of the same length both; prefix: bits of net that count. */
bool	address_within(const uint8_t *address, const uint8_t *net, unsigned prefix);

#endif
