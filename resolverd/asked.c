/*
 * See asked.h. Called by the front. One word for each place of a keyed hash: of two
 * pairs that meet there the later stays, and the other has to wait once more.
 */
#include <sodium.h>

#include "asked.h"

#define WORDS	16384

static uint64_t	words[WORDS];
static uint8_t	key[crypto_shorthash_KEYBYTES];

void
asked_init(void)
{
	crypto_shorthash_keygen(key);
}

/* Of the answers to c's question the one with this identity. */
static uint64_t *
word_on(uint64_t program, const struct cached *c, uint64_t identity, uint64_t *is)
{
	uint64_t	in[3] = { program, c->name_hash + ((uint32_t)c->type << 8 | c->variant), identity };

	(void)crypto_shorthash((uint8_t *)is, (const uint8_t *)in, sizeof(in), key);
	return &words[*is % WORDS];
}

static bool
has(uint64_t program, const struct cached *c, uint64_t identity)
{
	uint64_t	is;

	return *word_on(program, c, identity, &is) == is;
}

static void
note(uint64_t program, const struct cached *c, uint64_t identity)
{
	uint64_t	is, *at = word_on(program, c, identity, &is);

	*at = is;
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
