/*
 * One question to one server over TLS (RFC 7858) or HTTPS (RFC 8484). A few connections per server are
 * kept and shared: questions go out as they come, answers come in any order, and a
 * connection that nobody needs is closed. What was asked on one that broke is asked
 * once more on a fresh one.
 */
#ifndef RESOLVERD_TLS_H
#define RESOLVERD_TLS_H

#include "ask.h"
#include "servers.h"

struct tls_ask;

/*
 * As ask_new(); no answer also from a server that is not who it should be. NULL: no
 * way to it, or too many servers at once (errno). tls_peer_init() comes first; the loop
 * is the same in all calls. How many are open at a time is the caller's to bound.
 */
struct tls_ask	*tls_ask_new(struct event_base *, const struct server *, const struct dname *name,
		    uint16_t type, const struct question_options *, unsigned ms, ask_done_fn *,
		    void *ctx);
/* Without a call to done. */
void		 tls_ask_cancel(struct tls_ask *);

/* Why the server or what it answers is refused, in words that stay; NULL: it is not, as far as known. */
const char	*tls_refused(const struct server *);

#endif
