/*
 * HTTP/2 (RFC 9113) as a client on one connection's bytes, by nghttp2: posts, each on a
 * stream of its own, and what the server answers. Nothing is read of an answer but its
 * status, type and body. A server that breaks the rules, pushes, or sends more beside its
 * answers than they need ends its connection.
 */
#ifndef RESOLVERD_H2_H
#define RESOLVERD_H2_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#define H2_POST		512	/* bytes of a post's body at most */
#define H2_BODY		65535	/* and of an answer's: a stream is given no more room */
#define H2_TYPE		64

struct h2;
struct h2_stream;

struct h2_post {
	const char	*authority, *path, *type;
	const uint8_t	*body;
	size_t		 len;
};

struct h2_answer {
	unsigned	 status;
	bool		 encoded;	/* compressed or the like */
	char		 type[H2_TYPE];	/* "": none, "?": more than one, or too long */
	const uint8_t	*body;
	size_t		 len;
};

/*
 * A post is over, and its stream gone. NULL: no whole answer came; unread: the server has
 * not looked at it (RFC 9113, 8.7). What is valid is so within the call, which is not to
 * free the connection, but may cancel others.
 */
typedef void	h2_done_fn(void *ctx, const struct h2_answer *, bool unread);

/* NULL: no memory. */
struct h2	*h2_new(h2_done_fn *);
/* Without a call to done; streams are gone, too. NULL is fine. */
void		 h2_free(struct h2 *);
/* May one more be posted now? Not when the server says goodbye, or that so many are enough. */
bool		 h2_takes(const struct h2 *);
/* The stream is gone with the call to done. ctx: not NULL. NULL: no memory, or it takes none. */
struct h2_stream *h2_post(struct h2 *, const struct h2_post *, void *ctx);
/* Without a call to done. */
void		 h2_cancel(struct h2_stream *);

/* Bytes came. 0, or -1: the connection is of no use any more. */
int		 h2_came(struct h2 *, const uint8_t *, size_t);
/* What is to be sent next; 0: nothing. */
size_t		 h2_next(struct h2 *, uint8_t *to, size_t room);

#endif
