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

static uint64_t *
word_on(uint64_t program, const struct dname *n, uint16_t type, uint64_t *is)
{
	struct dname	lower = *n;
	uint64_t	in[2];

	dname_lower(&lower);
	in[0] = program;
	in[1] = dname_hash(&lower, type);
	(void)crypto_shorthash((uint8_t *)is, (const uint8_t *)in, sizeof(in), key);
	return &words[*is % WORDS];
}

bool
asked_before(uint64_t program, const struct dname *n, uint16_t type)
{
	uint64_t	is;

	return *word_on(program, n, type, &is) == is;
}

void
asked_note(uint64_t program, const struct dname *n, uint16_t type)
{
	uint64_t	is, *at = word_on(program, n, type, &is);

	*at = is;
}
