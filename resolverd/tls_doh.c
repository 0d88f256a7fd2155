/*
 * DNS over HTTPS on the connections of tls.c (tls_impl.h): each question a stream. The
 * server is known by its certificate, and yet may send anything: h2.c bounds it, and an
 * answer counts only if it fits the question of its stream.
 */
#include "doh.h"
#include "tls_impl.h"

static void
on_done(void *ctx, const struct h2_answer *answer, bool unread)
{
	struct tls_ask	*a = ctx;
	struct tls_link	*l = a->link;
	const char	*wrong = answer == NULL ? NULL : doh_wrong(answer);

	a->stream = NULL;
	if (answer != NULL)
		tls_peer_answers(&l->pool->peer, wrong);
	if (unread)
		tls_again(a);
	else if (answer == NULL || wrong != NULL || !reply_fits(answer->body, answer->len, &a->asked))
		tls_finish(a, NULL, 0);
	else
		tls_finish(a, answer->body, answer->len);
	tls_heard(l);
}

static bool
open_link(struct tls_link *l)
{
	return (l->h2 = h2_new(on_done)) != NULL;
}

static void
close_link(struct tls_link *l)
{
	h2_free(l->h2);
	l->h2 = NULL;
}

static bool
takes(const struct tls_link *l)
{
	return h2_takes(l->h2);
}

static ssize_t
came(struct tls_link *l, const uint8_t *bytes, size_t len)
{
	return h2_came(l->h2, bytes, len) == -1 ? -1 : (ssize_t)len;
}

static size_t
next(struct tls_link *l, uint8_t *to, size_t room)
{
	struct tls_ask	*a;

	while ((a = tls_first(l)) != NULL &&
	    (a->stream = doh_ask(l->h2, &l->pool->peer.server, &a->asked, &a->options, a)) != NULL)
		tls_put(l, a);
	return h2_next(l->h2, to, room);
}

static void
leave(struct tls_link *l, struct tls_ask *a)
{
	if (l->h2 != NULL && a->stream != NULL) {
		h2_cancel(a->stream);
		tls_stream_wake(l->stream);
	}
	a->stream = NULL;
}

const struct tls_wire	tls_wire_doh = {
	.open = open_link, .close = close_link, .takes = takes, .came = came, .next = next, .leave = leave,
};
