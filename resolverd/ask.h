/*
 * One question to one server in clear: over UDP from a port by chance (udp_port.h), with a
 * random id and random case of letters (0x20), over TCP if the answer was cut. An answer
 * counts only if it fits; what does not is ignored, and the true one still awaited.
 */
#ifndef RESOLVERD_ASK_H
#define RESOLVERD_ASK_H

#include <sys/socket.h>

#include "build.h"

struct ask;
struct event_base;

/*
 * The answer, or NULL: none came in time, or the server can't be reached. asked is
 * what it fits to. Called once, from the loop; the ask is gone then.
 */
typedef void	ask_done_fn(void *ctx, const uint8_t *message, size_t len, const struct asked *asked);

/* NULL: no socket could be had (errno). ms: for all of it. */
struct ask	*ask_new(struct event_base *, const struct sockaddr *, socklen_t, const struct dname *,
		    uint16_t type, const struct question_options *, unsigned ms, ask_done_fn *,
		    void *ctx);
/* Without a call to done. */
void		 ask_cancel(struct ask *);

#endif
