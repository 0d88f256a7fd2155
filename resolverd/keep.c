/*
 * See keep.h. Called by what asks servers and by what asks the validator.
 */
#include "captive.h"
#include "keep.h"

const struct cached *
keep_answer(const struct dname *name, uint8_t variant, const uint8_t *m, size_t len,
    const struct asked *a, const struct reply *r, const struct origin *o, int64_t now_s)
{
	static uint8_t		to[BUILD_MAX];
	static struct reply	written;
	struct asked		plain = *a;
	size_t			n;

	plain.name = *name;
	n = build_answer(m, len, &plain, r, (variant & CACHE_DO) != 0, o->validation == VALID_SECURE, to,
	    sizeof(to), &written);
	if (n == 0)
		return NULL;
	/* What says nothing of how long it holds may serve those who wait for it. */
	written.ttl = written.ttl == 0 ? 1 : written.ttl;
	if (o->validation == VALID_CAPTIVE && written.ttl > CAPTIVE_TTL)
		written.ttl = CAPTIVE_TTL;
	return cache_store(name, a->type, variant, to, n, &written, o, now_s);
}
