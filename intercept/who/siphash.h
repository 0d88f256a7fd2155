/*
 * SipHash-2-4 (Aumasson, Bernstein 2012) under a key of this process' own:
 * programs choose paths and must not be able to choose two that hash alike.
 */
#ifndef WHO_SIPHASH_H
#define WHO_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct siphash {
	uint64_t	v[4];
	uint64_t	tail;
	size_t		len;
};

void		siphash_init(struct siphash *, const uint64_t key[static 2]);
void		siphash_add(struct siphash *, const void *, size_t);
uint64_t	siphash_end(struct siphash *);
/* A key that nobody knows; fatal without one. */
void		siphash_key(uint64_t key[static 2]);

#endif
