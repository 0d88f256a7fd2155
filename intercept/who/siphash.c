/*
 * SipHash-2-4. Called by identity.c; trusts nothing, reads what it is given.
 */
#include <sys/random.h>

#include "sandbox.h"
#include "siphash.h"

static uint64_t
rotate(uint64_t x, unsigned by)
{
	return x << by | x >> (64 - by);
}

static void
siphash_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}

static void
siphash_word(struct siphash *h, uint64_t word)
{
	h->v[3] ^= word;
	siphash_round(h->v);
	siphash_round(h->v);
	h->v[0] ^= word;
}

void
siphash_init(struct siphash *h, const uint64_t key[static 2])
{
	h->v[0] = key[0] ^ UINT64_C(0x736f6d6570736575);
	h->v[1] = key[1] ^ UINT64_C(0x646f72616e646f6d);
	h->v[2] = key[0] ^ UINT64_C(0x6c7967656e657261);
	h->v[3] = key[1] ^ UINT64_C(0x7465646279746573);
	h->tail = 0;
	h->len = 0;
}

void
siphash_add(struct siphash *h, const void *data, size_t len)
{
	const uint8_t	*bytes = data;

	for (size_t i = 0; i < len; i++) {
		h->tail |= (uint64_t)bytes[i] << (h->len % 8 * 8);
		if (++h->len % 8 == 0) {
			siphash_word(h, h->tail);
			h->tail = 0;
		}
	}
}

uint64_t
siphash_end(struct siphash *h)
{
	siphash_word(h, h->tail | (uint64_t)h->len << 56);
	h->v[2] ^= 0xff;
	for (unsigned i = 0; i < 4; i++)
		siphash_round(h->v);
	return h->v[0] ^ h->v[1] ^ h->v[2] ^ h->v[3];
}

void
siphash_key(uint64_t key[static 2])
{
	if (getrandom(key, 2 * sizeof(uint64_t), 0) != 2 * sizeof(uint64_t))
		fatal("getrandom");
}
