/*
 * See tls_stream.h. Called by tls.c, which says what the bytes mean. The server is
 * nobody before the handshake is done. SIGPIPE is ignored by every child.
 */
#include <sys/socket.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "tls_stream.h"

#define OUT		16384	/* a record's most */
#define READS		8	/* records taken in one turn */
#define UNHEARD_MS	2000	/* bytes that the other end's kernel has not confirmed: the way is dead */

static const struct timeval	soon = { 0 };	/* with the loop's next turn */

struct tls_stream {
	SSL			*ssl;
	int			 fd;
	struct event		*readable, *writable, *turn;
	bool			 up, broken;
	struct tls_peer		*peer;
	const struct tls_user	*user;
	void			*ctx;
	size_t			 in_len, out_len, sent;
	uint8_t			 in[TLS_IN], out[OUT];
};

/*
 * A session whose connection was not closed in order counts as spoilt to OpenSSL; TLS
 * has long given that up (RFC 5246, 7.2.1), and servers hang up as they like.
 */
static void
close_tls(struct tls_stream *s)
{
	if (s->up && !s->broken)
		(void)SSL_shutdown(s->ssl);
	SSL_set_shutdown(s->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(s->ssl);
	ERR_clear_error();
}

void
tls_stream_free(struct tls_stream *s)
{
	struct event	*all[] = { s->readable, s->writable, s->turn };

	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i] != NULL)
			event_free(all[i]);
	if (s->ssl != NULL)
		close_tls(s);
	if (s->fd != -1)
		(void)close(s->fd);
	free(s);
}

static void
end(struct tls_stream *s)
{
	const struct tls_user	*user = s->user;
	void			*ctx = s->ctx;

	s->broken = true;
	tls_stream_free(s);
	user->ended(ctx);
}

/* After a call of OpenSSL that did not do it: false if it never will. */
static bool
comes_later(struct tls_stream *s, int r)
{
	switch (SSL_get_error(s->ssl, r)) {
	case SSL_ERROR_WANT_WRITE:
		return event_add(s->writable, NULL) == 0;
	case SSL_ERROR_WANT_READ:
		return true;
	case SSL_ERROR_WANT_RETRY_VERIFY:
		return event_add(s->turn, &soon) == 0;
	default:
		s->broken = true;
		return false;
	}
}

static bool
shake_hands(struct tls_stream *s)
{
	int	r = SSL_do_handshake(s->ssl);

	if (r != 1 && comes_later(s, r))
		return true;
	if (!tls_peer_met(s->peer, s->ssl, r == 1))
		return false;
	s->up = true;
	s->user->up(s->ctx);
	return true;
}

static bool
take(struct tls_stream *s, size_t n)
{
	ssize_t	used;

	s->in_len += n;
	used = s->user->came(s->ctx, s->in, s->in_len);
	if (used == -1)
		return false;
	s->in_len -= (size_t)used;
	memmove(s->in, s->in + used, s->in_len);
	return true;
}

/* A server that sends without end does not keep the loop: the rest waits for another turn. */
static bool
receive(struct tls_stream *s)
{
	int	n;

	for (unsigned i = 0; i < READS; i++) {
		n = SSL_read(s->ssl, s->in + s->in_len, (int)(sizeof(s->in) - s->in_len));
		if (n <= 0)
			return comes_later(s, n);
		if (!take(s, (size_t)n))
			return false;
		if (SSL_has_pending(s->ssl) == 0)
			return true;
	}
	return event_add(s->turn, &soon) == 0;
}

static bool
send_next(struct tls_stream *s)
{
	int	n;

	for (;;) {
		if (s->sent == s->out_len) {
			s->sent = 0;
			s->out_len = s->user->next(s->ctx, s->out, sizeof(s->out));
		}
		if (s->out_len == 0)
			return true;
		n = SSL_write(s->ssl, s->out + s->sent, (int)(s->out_len - s->sent));
		if (n <= 0)
			return comes_later(s, n);
		s->sent += (size_t)n;
	}
}

static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct tls_stream	*s = arg;

	(void)fd;
	(void)what;
	ERR_clear_error();
	if ((!s->up && !shake_hands(s)) || (s->up && (!receive(s) || !send_next(s))))
		end(s);
}

/* There is something to send, or more to take, or the handshake goes on. */
static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct tls_stream	*s = arg;

	if (!s->up) {
		on_ready(fd, what, arg);
		return;
	}
	ERR_clear_error();
	if ((SSL_has_pending(s->ssl) != 0 && !receive(s)) || !send_next(s))
		end(s);
}

bool
tls_stream_reads(const struct tls_stream *s)
{
	return SSL_want_retry_verify(s->ssl);
}

void
tls_stream_wake(struct tls_stream *s)
{
	if (s->up)
		event_active(s->turn, EV_TIMEOUT, 0);
}

static bool
open_socket(struct tls_stream *s)
{
	const struct server	*to = &s->peer->server;
	int			 on = 1;
	unsigned		 unheard = UNHEARD_MS;

	s->fd = socket(to->addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd == -1)
		return false;
	(void)setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(s->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unheard, sizeof(unheard));
	return connect(s->fd, (const struct sockaddr *)&to->addr, to->addr_len) == 0 || errno == EINPROGRESS;
}

static bool
watch(struct tls_stream *s, struct event_base *base)
{
	s->readable = event_new(base, s->fd, EV_READ | EV_PERSIST, on_ready, s);
	s->writable = event_new(base, s->fd, EV_WRITE, on_ready, s);
	s->turn = event_new(base, -1, 0, on_turn, s);
	return s->readable != NULL && s->writable != NULL && s->turn != NULL &&
	    event_add(s->readable, NULL) == 0 && event_add(s->writable, NULL) == 0;
}

struct tls_stream *
tls_stream_new(struct event_base *base, struct tls_peer *peer, const struct tls_user *user, void *ctx)
{
	struct tls_stream	*s = malloc(sizeof(*s));	/* its buffers are not touched yet */

	if (s == NULL)
		return NULL;
	memset(s, 0, offsetof(struct tls_stream, in));
	s->fd = -1;
	s->peer = peer;
	s->user = user;
	s->ctx = ctx;
	if (!open_socket(s) || !watch(s, base) || (s->ssl = tls_peer_ssl(peer)) == NULL ||
	    SSL_set_fd(s->ssl, s->fd) != 1) {
		tls_stream_free(s);
		return NULL;
	}
	return s;
}
