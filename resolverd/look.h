/*
 * What policyd asks for people: what the cache holds, how servers do, what a question for
 * a name would meet. Nothing is sent to any server for it.
 */
#ifndef RESOLVERD_LOOK_H
#define RESOLVERD_LOOK_H

#include "names.h"

struct channel;

/*
 * Answers with this id, in one message; what the cache holds, last used first, in several, the
 * last of which says so. Monotonic time.
 */
void	look_tell(struct channel *, uint32_t id, const struct names_look *, int64_t now_ms);

#endif
