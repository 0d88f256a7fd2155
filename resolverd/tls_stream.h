/*
 * One TLS connection to a server, as a stream of bytes either way. What is sent in
 * one turn of the loop goes in as few records as it fits into.
 */
#ifndef RESOLVERD_TLS_STREAM_H
#define RESOLVERD_TLS_STREAM_H

#include <sys/types.h>

#include "tls_peer.h"

#define TLS_IN	(2 + 65535)	/* bytes that may wait to be taken: one message and its length */

struct event_base;
struct tls_stream;

/* Calls come from the loop; the stream must not be freed in them. */
struct tls_user {
	/* The server is who it should be: now next is called. */
	void	(*up)(void *ctx);
	/* Bytes came: returns how many are used up, the others come again with more; -1: nonsense. */
	ssize_t	(*came)(void *ctx, const uint8_t *bytes, size_t len);
	/* There is room: writes what is to be sent next, and returns its length; 0: nothing. */
	size_t	(*next)(void *ctx, uint8_t *to, size_t room);
	/* The stream is gone. */
	void	(*ended)(void *ctx);
};

/* NULL: no socket, or no way there (errno). peer and user outlive the stream. */
struct tls_stream *tls_stream_new(struct event_base *, struct tls_peer *, const struct tls_user *,
		    void *ctx);
/* Its handshake waits until the certificate authorities are read (tls_peer.h). */
bool	 tls_stream_reads(const struct tls_stream *);
/* There is something to send: next is called at the end of this turn, once for all. */
void	 tls_stream_wake(struct tls_stream *);
/* Says goodbye if the other end listens; without a call to ended. */
void	 tls_stream_free(struct tls_stream *);

#endif
