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

/* Of the answers to c's question the one with this identity. */
static uint64_t
key_of(uint64_t program, const struct cached *c, uint64_t identity)
{
	uint64_t	in[3] = { program, c->name_hash + ((uint32_t)c->type << 8 | c->variant), identity };
	uint64_t	key;

	(void)crypto_shorthash((uint8_t *)&key, (const uint8_t *)in, sizeof(in), hash_key);
	return key;
}

static bool
has(uint64_t program, const struct cached *c, uint64_t identity)
{
	return recent_find(&recent, key_of(program, c, identity)) != NULL;
}

static void
note(uint64_t program, const struct cached *c, uint64_t identity)
{
	recent_note(&recent, key_of(program, c, identity), true);
}

/* That it asked for it late is kept like an answer of another identity. */
static uint64_t
late(uint64_t identity)
{
	return ~identity;
}

static bool
has_former(uint64_t program, const struct cached *c, int64_t now_s)
{
	return c->former != 0 && (has(program, c, late(c->former)) ||
	    (now_s < c->former_until_s && has(program, c, c->former)));
}

bool
asked_before(uint64_t program, const struct cached *c, int64_t now_s)
{
	if (has(program, c, cache_identity(c)))
		return true;
	if (!has_former(program, c, now_s))
		return false;
	asked_note(program, c);
	return true;
}

void
asked_note(uint64_t program, const struct cached *c)
{
	note(program, c, cache_identity(c));
}

void
asked_late(uint64_t program, const struct cached *c)
{
	note(program, c, late(cache_identity(c)));
}
