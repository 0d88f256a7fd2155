/*
 * The servers that are asked, and what is known of how they do: which one next.
 */
#ifndef RESOLVERD_SERVERS_H
#define RESOLVERD_SERVERS_H

#include <sys/socket.h>

#include <stdbool.h>
#include <stdint.h>

#define SERVERS_MAX	8
#define SERVER_TEXT	64
#define SERVER_NAME	254
#define SERVER_PIN	32	/* SHA-256 of the key as the certificate has it (RFC 7858, 4.2) */

enum transport { TRANSPORT_CLEAR, TRANSPORT_TLS, TRANSPORT_HTTPS };

struct server {
	struct sockaddr_storage	addr;
	socklen_t		addr_len;
	enum transport		transport;
	char			text[SERVER_TEXT];	/* as people know it */
	char			name[SERVER_NAME];	/* TLS: to be in its certificate; "": its address is */
	bool			is_public;	/* whatever its address: it hears no names of this network */
	bool			has_pin;
	uint8_t			pin[SERVER_PIN];	/* TLS: of its key */

	/* servers.c's own */
	uint32_t		took_us;	/* smoothed; 0: never answered */
	unsigned		failures;	/* in a row */
	int64_t			rests_until_ms;	/* asked last until then */
	const char		*error;		/* the last one, in words that stay; NULL: none yet */
	int64_t			error_ms;	/* when that was */
};

/* Reached in the same way, and known by the same name and key? */
bool		 server_same(const struct server *, const struct server *);
/* Takes the place of all there were; what was known of one that stays is kept. */
void		 servers_set(const struct server *, unsigned count);
unsigned	 servers_count(void);
/* Have all an address of this network or machine, and is none called public? Then they may hear its names. */
bool		 servers_local(void);
struct server	*servers_at(unsigned);
/* Places of all, the best first: those that rest last, then by the time they take, unknown ones first. */
unsigned	 servers_order(unsigned order[static SERVERS_MAX], int64_t now_ms);
void		 servers_answered(unsigned, uint32_t us);
/*
 * No answer, or none of use; why in words that stay. True: none of all has answered since; said
 * once until one does.
 */
bool		 servers_failed(unsigned, const char *why, int64_t now_ms);

#endif
