/*
 * See hash.h. A multiplication to 128 bits, of which the halves are folded, for each eight bytes.
 */
#include <sys/random.h>

#include <string.h>

#include "hash.h"
#include "sandbox.h"

static uint64_t key[2];

static uint64_t
mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static void
make_key(void)
{
	if (key[0] == 0 && getrandom(key, sizeof key, 0) != sizeof key)
		fatal("getrandom");
	key[0] |= 1;
	key[1] |= 1;
}

uint64_t
hash_with(uint64_t hash, uint64_t number)
{
	make_key();
	return mix(mix(hash ^ number ^ key[0], key[1]), key[0]);
}

uint64_t
hash_bytes(const void *bytes, size_t len)
{
	const uint8_t *at = bytes;
	uint64_t h, word;

	make_key();
	for (h = key[0] ^ len; len >= 8; at += 8, len -= 8) {
		memcpy(&word, at, 8);
		h = mix(h ^ word, key[1]);
	}
	word = 0;
	memcpy(&word, at, len);
	h = mix(mix(h ^ word, key[1]), key[0]);
	return h == 0 ? 1 : h;
}
