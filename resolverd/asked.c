/*
 * See asked.h. Called by the front.
 */
#include <sodium.h>

#include "asked.h"
#include "recent.h"

static struct recent	recent;
static uint8_t		hash_key[crypto_shorthash_KEYBYTES];

void
asked_init(void)
{
	crypto_shorthash_keygen(hash_key);
}

/* Of all answers to one question each was kept at another time. */
static uint64_t
key_of(uint64_t program, const struct cached *c)
{
	uint64_t	in[3] = { program, c->name_hash + ((uint32_t)c->type << 8 | c->variant),
				  (uint64_t)c->stored_s << 32 | c->origin.took_us };
	uint64_t	key;

	(void)crypto_shorthash((uint8_t *)&key, (const uint8_t *)in, sizeof(in), hash_key);
	return key;
}

bool
asked_before(uint64_t program, const struct cached *c)
{
	return recent_find(&recent, key_of(program, c)) != NULL;
}

void
asked_note(uint64_t program, const struct cached *c)
{
	recent_note(&recent, key_of(program, c), true);
}
