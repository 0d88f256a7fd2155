/*
 * An answer from outside, written anew and kept as it goes to clients.
 */
#ifndef RESOLVERD_KEEP_H
#define RESOLVERD_KEEP_H

#include "build.h"
#include "cache.h"

/*
 * reply is what reply_parse() took of message, asked what it fits to; name is in lower
 * case. Goes with signatures if the variant has CACHE_DO, with AD if the origin says
 * VALID_SECURE, for CAPTIVE_TTL at most with VALID_CAPTIVE. Valid as long as what cache_store() returns; NULL: it can't be kept.
 */
const struct cached *keep_answer(const struct dname *name, uint8_t variant, const uint8_t *message,
	    size_t len, const struct asked *, const struct reply *, const struct origin *, int64_t now_s);

#endif
