/*
 * DNS over HTTPS (RFC 8484): a question as a post, and whether what came is an answer.
 */
#ifndef RESOLVERD_DOH_H
#define RESOLVERD_DOH_H

#include "build.h"
#include "h2.h"
#include "servers.h"

/* a's id becomes 0, for all who ask the same send the same (4.1). NULL: as h2_post(). */
struct h2_stream *doh_ask(struct h2 *, const struct server *, struct asked *a,
		    const struct question_options *, void *ctx);
/* Why this is no DNS message, in words that stay; NULL: it is one, as far as HTTP says. */
const char	*doh_wrong(const struct h2_answer *);

#endif
