/*
 * See asked.h. Called by the front. One word for each place, by a hash that nobody outside
 * can foresee: of two pairs that meet there the later stays, and the other has to wait once more.
 */
#include "asked.h"

#define WORDS	16384
#define SPREAD	0x9e3779b97f4a7c15	/* odd: programs with numbers in a row lie apart */

static uint64_t	words[WORDS];

static uint64_t
word_of(uint64_t program, uint64_t name_hash, uint16_t type)
{
	return (name_hash + type) ^ program * SPREAD;
}

bool
asked_before(uint64_t program, uint64_t name_hash, uint16_t type)
{
	uint64_t	word = word_of(program, name_hash, type);

	return words[word % WORDS] == word;
}

void
asked_note(uint64_t program, uint64_t name_hash, uint16_t type)
{
	uint64_t	word = word_of(program, name_hash, type);

	words[word % WORDS] = word;
}
