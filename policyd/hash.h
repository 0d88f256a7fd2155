/*
 * Hashes of bytes that hostile peers choose: keyed with random numbers of this process, so that nobody can
 * choose ones that meet. Never for what is kept on disk.
 */
#ifndef POLICYD_HASH_H
#define POLICYD_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Never 0. */
uint64_t	hash_bytes(const void *, size_t len);
/* A hash (0: none yet) and one more number. */
uint64_t	hash_with(uint64_t hash, uint64_t number);

#endif
