/*
 * Fuzzing of the messages that one side of a channel may get. The first byte
 * chooses the message, the rest is its body. What is accepted must have a form
 * of its own that is accepted, too, and means the same.
 */
#ifndef FUZZ_MESSAGE_H
#define FUZZ_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct fuzzed {
	size_t	 size;
	size_t	 max;
	size_t	(*pack)(const void *, uint8_t *, size_t);
	int	(*unpack)(const uint8_t *, size_t, void *);
	bool	(*equal)(const void *, const void *);	/* NULL: memcmp */
};

/* The functions take their own struct type; a thin layer each makes them alike. */
#define FUZZED_FUNCTIONS(T) \
static size_t T##_pack_any(const void *m, uint8_t *out, size_t room) \
{ \
	return T##_pack(m, out, room); \
} \
static int T##_unpack_any(const uint8_t *body, size_t len, void *m) \
{ \
	return T##_unpack(body, len, m); \
}
#define FUZZED_AS(T, MAX, EQUAL) { sizeof(struct T), MAX, T##_pack_any, T##_unpack_any, EQUAL }
#define FUZZED(T, MAX)	FUZZED_AS(T, MAX, NULL)

static inline void
must(bool ok)
{
	if (!ok)
		abort();
}

static inline int
fuzz_message(const struct fuzzed *kinds, size_t count, const uint8_t *data, size_t len)
{
	static uint8_t body[1 << 17];
	const struct fuzzed *k;
	void *a, *b;
	size_t n;

	if (len == 0)
		return 0;
	k = &kinds[data[0] % count];
	a = malloc(k->size);
	b = malloc(k->size);
	must(a != NULL && b != NULL);
	memset(a, 0xa5, k->size);
	memset(b, 0x5a, k->size);
	if (k->unpack(data + 1, len - 1, a) == 0) {
		must(len > 1 && len - 1 <= k->max);
		n = k->pack(a, body, sizeof(body));
		must(n > 0 && n <= k->max);
		must(k->unpack(body, n, b) == 0);
		must(k->equal != NULL ? k->equal(a, b) : memcmp(a, b, k->size) == 0);
	}
	free(a);
	free(b);
	return 0;
}

#define FUZZ_MESSAGES(KINDS) \
int LLVMFuzzerTestOneInput(const uint8_t *, size_t); \
int \
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) \
{ \
	return fuzz_message(KINDS, sizeof(KINDS) / sizeof(KINDS[0]), data, len); \
}

#endif
