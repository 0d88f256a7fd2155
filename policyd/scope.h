/*
 * Where an address lies: by the IANA special-purpose registries (IPv4 and
 * IPv6; forms that embed an IPv4 address count as what they embed), by this
 * machine's own addresses and by its subnets.
 */
#ifndef POLICYD_SCOPE_H
#define POLICYD_SCOPE_H

#include "decide.h"
#include "words.h"

struct link_net {
	uint8_t		family, prefix;
	uint8_t		address[16];
	uint8_t		broadcast[4];
	char		device[DEVICE_BYTES];
};

/* The machine's addresses, as intercept told them. */
struct links {
	unsigned	count;
	struct link_net	net[DECIDE_NETS];
	unsigned	more;		/* 1: there are, and count as foreign (compared as bytes: no gap) */
};

struct place {
	enum scope	scope;
	bool		own_subnet;	/* on a net that this machine has an address in */
};

void		links_set(struct links *, const struct decide_links *);
struct place	place_of(const struct links *, uint8_t family, const uint8_t address[16]);
/* Is it in a net that this machine has an address in on this very device? */
bool		on_net_of(const struct links *, const char *device, uint8_t family,
		    const uint8_t address[16]);
/* Many may hear what is sent there, and answer. */
bool		is_group(enum scope);
bool		address_in(const uint8_t *address, const uint8_t *net, unsigned prefix);
/* Mapped (::ffff:a.b.c.d) addresses are for sockets: on the wire they are forged. */
bool		address_mapped(uint8_t family, const uint8_t address[16]);
/* The IPv4 address inside an IPv6 one; NULL for none. Teredo's is stored inverted: it comes to lie in inverted. */
const uint8_t	*address_embedded(const uint8_t *address, uint8_t inverted[4]);

#endif
