/*
 * The map `owners`: which socket each UDP flow was judged for. Both sides read and write it by this file.
 *
 * A set of eight words is one cache line, and a flow has its place in one set: the kernel's own hashes touch some ten
 * lines for a flow not seen before. A word is a part of the tuple's hash and the socket's cookie, written at one
 * stroke. The hash (SipHash-2-4) has a secret, so nobody chooses flows that meet. Who finds its set full takes
 * another's place: the next packet of that flow is asked about again.
 */
#ifndef BPF_OWNERS_H
#define BPF_OWNERS_H

#include "maps.h"

#include <stdbool.h>

#define OWNER_COOKIE	((1ull << 40) - 1)	/* as far as sockets are counted here; above it the hash */
#define OWNER_WORDS	(sizeof(struct kernel_tuple) / sizeof(__u64))

static inline __u64
turned(__u64 x, int by)
{
	return x << by | x >> (64 - by);
}

static inline void
sip_round(__u64 v[static 4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = turned(v[1], 13) ^ v[0];
	v[3] = turned(v[3], 16) ^ v[2];
	v[0] = turned(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = turned(v[1], 17) ^ v[2];
	v[3] = turned(v[3], 21) ^ v[0];
	v[2] = turned(v[2], 32);
}

static inline void
sip_word(__u64 v[static 4], __u64 word)
{
	v[3] ^= word;
	sip_round(v);
	sip_round(v);
	v[0] ^= word;
}

static inline __u64
owner_hash(const struct kernel_tuple *t, const __u64 secret[static 2])
{
	__u64	word[OWNER_WORDS];
	__u64	v[4] = { secret[0] ^ 0x736f6d6570736575, secret[1] ^ 0x646f72616e646f6d,
			 secret[0] ^ 0x6c7967656e657261, secret[1] ^ 0x7465646279746573 };

	__builtin_memcpy(word, t, sizeof(word));
	for (unsigned i = 0; i < OWNER_WORDS; i++)
		sip_word(v, word[i]);
	sip_word(v, (__u64)sizeof(*t) << 56);
	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* Its number in the map. */
static inline __u32
owner_set(__u64 hash)
{
	return hash % KERNEL_OWNERS;
}

/* Without the cookie; a word that is 0 is empty. */
static inline __u64
owner_tag(__u64 hash)
{
	__u64	tag = hash & ~OWNER_COOKIE;

	return tag != 0 ? tag : OWNER_COOKIE + 1;
}

/* A word of the set as it is now: others write meanwhile. */
static inline __u64
owner_word(const struct kernel_owners *set, int at)
{
	return *(const volatile __u64 *)&set->word[at];
}

/* Where in the set; tag 0: an empty place. KERNEL_OWNERS_WAYS: there is none. */
static inline int
owner_place(const struct kernel_owners *set, __u64 tag)
{
	int	i;

	for (i = 0; i < KERNEL_OWNERS_WAYS && (owner_word(set, i) & ~OWNER_COOKIE) != tag; i++)
		continue;
	return i;
}

/* False: it is not known. A word is read once: a moment later it may be another flow's. */
static inline bool
owner_get(const struct kernel_owners *set, __u64 hash, __u64 *cookie)
{
	__u64	word, tag = owner_tag(hash);

	for (int i = 0; i < KERNEL_OWNERS_WAYS; i++) {
		word = owner_word(set, i);
		if ((word & ~OWNER_COOKIE) != tag)
			continue;
		*cookie = word & OWNER_COOKIE;
		return true;
	}
	return false;
}

/*
 * any: by chance, who makes room in a full set: of two flows that meet, neither keeps the other out for long. Two who
 * write at once may have given a flow two places, the other of which must not come to count when one is taken.
 */
static inline void
owner_put(struct kernel_owners *set, __u64 hash, __u64 cookie, __u32 any)
{
	__u64	tag = owner_tag(hash);
	int	at = owner_place(set, tag);

	if (at == KERNEL_OWNERS_WAYS)
		at = owner_place(set, 0);
	if (at == KERNEL_OWNERS_WAYS)
		at = any % KERNEL_OWNERS_WAYS;
	for (int i = 0; i < KERNEL_OWNERS_WAYS; i++)
		if (i == at)
			*(volatile __u64 *)&set->word[i] = tag | (cookie & OWNER_COOKIE);
		else if ((owner_word(set, i) & ~OWNER_COOKIE) == tag)
			*(volatile __u64 *)&set->word[i] = 0;
}

#endif
