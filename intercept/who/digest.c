/* Keyed digests; see digest.h. */
#include <sodium/crypto_shorthash.h>
#include <string.h>
#include <sys/random.h>

#include "digest.h"
#include "sandbox.h"

static uint8_t	key[crypto_shorthash_KEYBYTES];

void
digest_key(void)
{
	if (getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key))
		fatal("getrandom");
}

void
digest_begin(struct digest *d)
{
	d->len = 0;
}

void
digest_add(struct digest *d, const void *bytes, size_t len)
{
	if (len > sizeof(d->bytes) - d->len)
		fatalx("a process that is longer than one can be");
	memcpy(d->bytes + d->len, bytes, len);
	d->len += len;
}

uint64_t
digest_end(const struct digest *d)
{
	uint8_t		out[crypto_shorthash_BYTES];
	uint64_t	digest;

	(void)crypto_shorthash(out, d->bytes, d->len, key);
	memcpy(&digest, out, sizeof(digest));
	return digest;
}
