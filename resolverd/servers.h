/*
 * The servers that are asked, and what is known of how they do: which one next.
 */
#ifndef RESOLVERD_SERVERS_H
#define RESOLVERD_SERVERS_H

#include <sys/socket.h>

#include "dname.h"

#define SERVERS_NAMED	8	/* of bulwark.conf */
#define SERVERS_MAX	(2 * SERVERS_NAMED)	/* and of the network */
#define SERVER_SCOPES	4
#define SERVER_TEXT	64
#define SERVER_NAME	254
#define SERVER_PATH	96
#define SERVER_PIN	32	/* SHA-256 of the key as the certificate has it (RFC 7858, 4.2) */

/* Instead of a place. */
#define UPSTREAM_UNKNOWN	UINT16_MAX		/* what the validator had kept */
#define UPSTREAM_NEIGHBOURS	(UINT16_MAX - 1)	/* all of them, by multicast DNS */

enum transport { TRANSPORT_CLEAR, TRANSPORT_TLS, TRANSPORT_HTTPS };

struct server {
	struct sockaddr_storage	addr;
	socklen_t		addr_len;
	enum transport		transport;
	char			text[SERVER_TEXT];	/* as people know it */
	char			name[SERVER_NAME];	/* TLS: to be in its certificate; "": its address is */
	char			path[SERVER_PATH];	/* HTTPS: where questions are posted */
	bool			is_public;	/* whatever its address: it hears no names of this network */
	bool			anyone;		/* TLS: who answers at its address is it, without a certificate */
	bool			of_network;	/* the network named it, not bulwark.conf */
	bool			aside;		/* asked for some names only (route.h) */
	bool			insecure;	/* what it says of its scopes is not validated */
	unsigned		scopes;
	struct dname		scope[SERVER_SCOPES];	/* lower case; it is asked for names at or below */
	bool			has_pin;
	uint8_t			pin[SERVER_PIN];	/* TLS: of its key */

	/* servers.c's own */
	bool			designated;	/* its place is that of one in clear */
	uint32_t		took_us;	/* smoothed; 0: never answered */
	unsigned		failures;	/* in a row */
	int64_t			rests_until_ms;	/* asked last until then */
	const char		*error;		/* the last one, in words that stay; NULL: none yet */
	int64_t			error_ms;	/* when that was */
};

/* Reached in the same way, at the same path, and known by the same name and key? */
bool		 server_same(const struct server *, const struct server *);
/* Takes the place of all there were; what was known of one that stays is kept. */
void		 servers_set(const struct server *, unsigned count);
unsigned	 servers_count(void);
/* Has it an address of this network or machine, and is not called public? Then it may hear their names. */
bool		 server_is_local(const struct server *);
struct server	*servers_at(unsigned);
/* Who it is at a place, or instead of one, as people know it; "": nobody, or not known. */
const char	*servers_text(unsigned);
/* Sorts places, the best first: those that rest last, then by the time they take, unknown ones first. */
void		 servers_order(unsigned *place, unsigned n, int64_t now_ms);
void		 servers_answered(unsigned, uint32_t us);
/*
 * One in clear is asked as it says itself (RFC 9462), for the same names, until it is to be
 * asked in clear again, or they are others.
 */
void		 servers_designate(unsigned, const struct server *);
void		 servers_undesignate(unsigned);
/* No answer, or none of use; why in words that stay. */
void		 servers_failed(unsigned, const char *why, int64_t now_ms);
/* The last answer of each that is asked for all names was none. */
bool		 servers_silent(void);
/* told() is called each time that changes. */
void		 servers_on_silent(void (*told)(void));

#endif
