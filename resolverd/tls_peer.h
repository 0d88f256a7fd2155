/*
 * Who is at the other end of a TLS connection: authorities, names and pinned keys,
 * and the session that the next connection resumes.
 */
#ifndef RESOLVERD_TLS_PEER_H
#define RESOLVERD_TLS_PEER_H

#include <openssl/ssl.h>

#include "servers.h"

struct tls_peer {
	struct server	 server;
	SSL_SESSION	*session;	/* the newest; NULL: none */
	const char	*refused;	/* why it was, the last time; NULL: it was not */
	const char	*useless;	/* why its last answer was; NULL: it was not */
};

/*
 * Once, before the process is narrowed: TLS 1.2 and newer. The file has the authorities in PEM
 * (-1: Debian's own is opened); it is no longer the caller's. 0, or -1: no such file, or no
 * memory. Pinned servers can be asked nevertheless.
 */
int	 tls_peer_init(int file);
enum authorities {
	AUTHORITIES_READ,	/* to the file's end */
	AUTHORITIES_MORE,	/* not yet; call again */
	AUTHORITIES_NONE,	/* no file, no authority in it, what is no certificate, more than 1000, or no memory */
};
/*
 * Reads on in that file, as the first handshake does which needs it: until all is read it waits
 * (SSL_ERROR_WANT_RETRY_VERIFY), and is to be called again soon. tls_peer_ssl() comes first.
 */
enum authorities tls_peer_authorities(void);

/* For a handshake with this peer; the caller's to free, before the peer. NULL: no memory. */
SSL	*tls_peer_ssl(struct tls_peer *);
/*
 * A handshake ended. Is it who it should be, and does it speak what it is to (HTTP/2: RFC
 * 7301)? What is wrong is told once, until it is right.
 */
bool	 tls_peer_met(struct tls_peer *, const SSL *, bool met);
/* An answer came; wrong: why it is of no use, in words that stay, or NULL. Told once in the same way. */
void	 tls_peer_answers(struct tls_peer *, const char *wrong);
void	 tls_peer_forget_session(struct tls_peer *);

#endif
