/*
 * Keyed hashes: every byte and number counts, and none is 0.
 */
/* links: policyd/hash.c */
#include <criterion/criterion.h>
#include <string.h>

#include "hash.h"

Test(hash, each_bit_counts)
{
	uint8_t bytes[40] = { 0 };

	for (size_t len = 0; len <= sizeof bytes; len++) {
		const uint64_t h = hash_bytes(bytes, len);

		cr_expect_neq(h, 0);
		cr_expect_eq(h, hash_bytes(bytes, len));
		for (size_t bit = 0; bit < len * 8; bit++) {
			bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
			cr_expect_neq(hash_bytes(bytes, len), h, "bit %zu of %zu bytes", bit, len);
			bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		if (len > 0)
			cr_expect_neq(hash_bytes(bytes, len - 1), h, "%zu bytes", len);
	}
}

/* Numbers that hostile peers choose fill all buckets alike, also such as differ in their high bits alone. */
Test(hash, numbers_spread)
{
	unsigned low[256] = { 0 }, high[256] = { 0 };

	for (uint64_t i = 0; i < 256 * 64; i++) {
		low[hash_with(0, i) % 256]++;
		high[hash_with(hash_bytes("a", 1), i << 48) % 256]++;
	}
	for (unsigned i = 0; i < 256; i++)
		cr_expect(low[i] > 16 && low[i] < 128 && high[i] > 16 && high[i] < 128, "%u and %u in %u", low[i],
		    high[i], i);
}
