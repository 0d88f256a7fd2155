/*
 * See lent.h. Called by decide_server.c for each grant; the addresses are what programs chose.
 */
#include <string.h>

#include "hash.h"
#include "lent.h"

#define PLACES	65536u

static uint8_t	lent[PLACES / 8];

static unsigned
place_of_grant(const struct program *p, uint8_t family, const uint8_t address[16])
{
	uint64_t h = hash_with(hash_bytes(address, 16), p->dev);

	return (unsigned)(hash_with(hash_with(hash_with(h, p->ino), p->uid), family) % PLACES);
}

void
lent_note(const struct program *p, uint8_t family, const uint8_t address[16])
{
	unsigned at = place_of_grant(p, family, address);

	lent[at / 8] |= (uint8_t)(1u << at % 8);
}

bool
lent_has(const struct program *p, uint8_t family, const uint8_t address[16])
{
	unsigned at = place_of_grant(p, family, address);

	return lent[at / 8] >> at % 8 & 1;
}

void
lent_forget(void)
{
	memset(lent, 0, sizeof lent);
}
