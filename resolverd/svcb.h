/*
 * What a DNS server says of encrypted ways to itself: one SVCB record (RFC 9460, 9461),
 * as designated resolvers are named by (RFC 9462). A pure function of the record's bytes.
 */
#ifndef RESOLVERD_SVCB_H
#define RESOLVERD_SVCB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "servers.h"

struct svcb {
	uint16_t	priority;	/* the least is preferred; never 0 */
	uint16_t	port;		/* 0: the usual one */
	bool		dot, h2;	/* it speaks DNS over TLS, HTTP/2 */
	char		path[SERVER_PATH];	/* HTTPS; "": none that questions can be posted to */
	/* Addresses, in the record's bytes, one behind the other. */
	const uint8_t	*hint4, *hint6;
	size_t		 hint4_len, hint6_len;
};

/*
 * data: of the record, and stays the caller's while *s is used. 0, or -1: malformed, an
 * alias, or it demands what is not known here.
 */
int	svcb_read(const uint8_t *data, size_t len, struct svcb *s);
/* Is this one of the addresses that it names (4: 4 bytes, else 16)? Also if it names none. */
bool	svcb_is_at(const struct svcb *, unsigned family, const uint8_t *address);

#endif
