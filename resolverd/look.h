/*
 * What the cache holds, for people who may see all: told to policyd when it asks.
 */
#ifndef RESOLVERD_LOOK_H
#define RESOLVERD_LOOK_H

#include <stdint.h>

struct channel;

/* Last used first, in messages with this id, the last of which says so. */
void	look_tell(struct channel *, uint32_t id, int64_t now_s);

#endif
