/*
 * Short digests of what a process is: SipHash-2-4 (libsodium) under a key of this
 * process' own, since programs choose paths and must not be able to choose two
 * that are told apart nowhere.
 */
#ifndef WHO_DIGEST_H
#define WHO_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "types.h"

struct digest {
	size_t	len;
	uint8_t	bytes[sizeof(struct process)];	/* what is digested, one after the other */
};

/* A key that nobody knows; fatal without one. */
void		digest_key(void);
void		digest_begin(struct digest *);
void		digest_add(struct digest *, const void *, size_t);
uint64_t	digest_end(const struct digest *);

#endif
