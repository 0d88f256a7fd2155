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

/* Of all answers to one question each was kept at another time. */
static uint64_t *
word_on(uint64_t program, const struct cached *c, uint64_t *is)
{
	uint64_t	in[3] = { program, c->name_hash + ((uint32_t)c->type << 8 | c->variant),
				  (uint64_t)c->stored_s << 32 | c->origin.took_us };

	(void)crypto_shorthash((uint8_t *)is, (const uint8_t *)in, sizeof(in), key);
	return &words[*is % WORDS];
}

bool
asked_before(uint64_t program, const struct cached *c)
{
	uint64_t	is;

	return *word_on(program, c, &is) == is;
}

void
asked_note(uint64_t program, const struct cached *c)
{
	uint64_t	is, *at = word_on(program, c, &is);

	*at = is;
}
