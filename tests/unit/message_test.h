/*
 * What every message of proto/ has to stand, given a way to fill it with
 * random valid content. Included by the tests of each channel.
 */
#ifndef TESTS_MESSAGE_TEST_H
#define TESTS_MESSAGE_TEST_H

#include <criterion/criterion.h>

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <protobuf-c/protobuf-c.h>

#include "types.h"
#include "wire_arena.h"

#define BODY_ROOM	(70 * 1024)

struct kind {
	const char	*name;
	const ProtobufCMessageDescriptor *descriptor;
	size_t		 size;		/* of the struct */
	size_t		 max;		/* of the body */
	void		(*fill)(void *);
	size_t		(*pack)(const void *, uint8_t *, size_t);
	int		(*unpack)(const uint8_t *, size_t, void *);
	bool		(*equal)(const void *, const void *);	/* NULL: memcmp */
};

/* Names a message's kind, kind_T; the casts let one table hold all messages. */
#define KIND(T, MAX, EQUAL) static const struct kind kind_##T = { \
	.name = #T, .descriptor = &wire__##T##__descriptor, .size = sizeof(struct T), .max = MAX, \
	.fill = fill_##T, .equal = EQUAL, \
	.pack = (size_t(*)(const void *, uint8_t *, size_t))(void (*)(void))T##_pack, \
	.unpack = (int (*)(const uint8_t *, size_t, void *))(void (*)(void))T##_unpack }

static uint64_t test_seed = 0x9e3779b97f4a7c15u;
static bool test_full;	/* fill as much as a message can hold */

static inline uint64_t
rnd(void)
{
	test_seed ^= test_seed << 13;
	test_seed ^= test_seed >> 7;
	test_seed ^= test_seed << 17;
	return test_seed;
}

/* low to high, both included; high when everything shall be full. */
static inline uint32_t
rnd_in(uint32_t low, uint32_t high)
{
	return test_full ? high : low + (uint32_t)(rnd() % ((uint64_t)high - low + 1));
}

static inline uint32_t
rnd32(void)
{
	return test_full ? UINT32_MAX : (uint32_t)rnd();
}

static inline uint64_t
rnd_id(void)
{
	return test_full ? UINT64_MAX : rnd() | 1;
}

static inline bool
rnd_bool(void)
{
	return test_full || (rnd() & 1);
}

static inline void
rnd_bytes(void *out, size_t len)
{
	uint8_t *p = out;

	while (len-- > 0)
		*p++ = (uint8_t)rnd();
}

/* Any bytes but NUL. */
static inline uint16_t
rnd_raw(char *out, size_t low, size_t room)
{
	size_t len = rnd_in((uint32_t)low, (uint32_t)room), i;

	for (i = 0; i < len; i++)
		out[i] = (char)(1 + rnd() % 255);
	return (uint16_t)len;
}

/* Text that stays as it is when it is made printable. */
static inline uint16_t
rnd_text(char *out, size_t low, size_t room)
{
	size_t len = rnd_in((uint32_t)low, (uint32_t)room), i;

	for (i = 0; i < len; i++)
		out[i] = (char)(' ' + rnd() % 95);
	for (i = 0; i + 2 <= len; i += 17)
		memcpy(out + i, "\xc3\xa4", 2);
	return (uint16_t)len;
}

static inline void
rnd_string(char *out, size_t low, size_t room)
{
	out[rnd_text(out, low, room - 1)] = '\0';
}

static inline void
rnd_name(char *out, size_t room)
{
	size_t len = rnd_in(1, (uint32_t)room - 1), i;

	for (i = 0; i < len; i++)
		out[i] = "abcdefghijklmnopqrstuvwxyz-"[rnd() % 27];
	out[len] = '\0';
}

static inline uint8_t
rnd_address(uint8_t family, uint8_t out[16])
{
	memset(out, 0, 16);
	rnd_bytes(out, family == 4 ? 4 : 16);
	return family;
}

static inline void
rnd_tuple(struct tuple *t)
{
	static const uint8_t protos[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_ICMPV6,
		IPPROTO_SCTP, IPPROTO_ESP, 0, 255 };

	memset(t, 0, sizeof(*t));
	t->family = test_full || rnd_bool() ? 6 : 4;
	t->proto = protos[test_full ? 4 : rnd() % sizeof(protos)];
	if (t->proto != IPPROTO_ESP && t->proto != 0 && t->proto != 255) {
		t->sport = (uint16_t)rnd32();
		t->dport = (uint16_t)rnd32();
	}
	rnd_address(t->family, t->src);
	rnd_address(t->family, t->dst);
}

static inline void
rnd_ids(uint64_t *ids, size_t n)
{
	while (n > 0)
		ids[--n] = rnd_id();
}

static inline bool
kind_equal(const struct kind *k, const void *a, const void *b)
{
	return k->equal != NULL ? k->equal(a, b) : memcmp(a, b, k->size) == 0;
}

/* A top-level field as it lies in the body. */
struct segment {
	uint32_t	field, type;
	size_t		start, value, end;	/* value: after tag and length */
};

static inline uint64_t
varint_at(const uint8_t *body, size_t *at)
{
	uint64_t v = 0;
	unsigned shift = 0;

	for (;; shift += 7) {
		v |= (uint64_t)(body[*at] & 0x7f) << shift;
		if (!(body[(*at)++] & 0x80))
			return v;
	}
}

static inline size_t
varint_put(uint8_t *out, uint64_t v)
{
	size_t n = 0;

	for (; v >= 0x80; v >>= 7)
		out[n++] = (uint8_t)(v | 0x80);
	out[n++] = (uint8_t)v;
	return n;
}

static inline struct segment
segment_at(const uint8_t *body, size_t at)
{
	struct segment s = { .start = at };
	uint64_t tag = varint_at(body, &at);

	s.field = (uint32_t)(tag >> 3);
	s.type = tag & 7;
	switch (s.type) {
	case 0:
		s.value = at;
		varint_at(body, &at);
		break;
	case 1:
		s.value = at;
		at += 8;
		break;
	case 5:
		s.value = at;
		at += 4;
		break;
	default: {
		size_t len = (size_t)varint_at(body, &at);

		s.value = at;
		at += len;
	}
	}
	s.end = at;
	return s;
}

static inline void
check_refused(const struct kind *k, const uint8_t *body, size_t len, const char *what, size_t where)
{
	static uint8_t *out;
	uint8_t *exact = malloc(len > 0 ? len : 1);

	/* A buffer of exactly this length, so that sanitizers see a read beyond it. */
	memcpy(exact, body, len);
	if (out == NULL)
		out = malloc(1 << 20);
	cr_assert_eq(k->unpack(exact, len, out), -1, "%s: accepted %s at %zu", k->name, what, where);
	free(exact);
}

static inline void
check_round_trip(const struct kind *k, uint8_t *body)
{
	uint8_t *a = calloc(1, k->size), *b = malloc(k->size);
	int i;

	for (i = 0; i < 300; i++) {
		size_t n;

		test_full = i == 0;
		memset(a, 0, k->size);
		memset(b, 0xee, k->size);
		k->fill(a);
		n = k->pack(a, body, BODY_ROOM);
		cr_assert_gt(n, 0, "%s: not packed", k->name);
		cr_assert_leq(n, k->max, "%s: %zu bytes are more than its bound", k->name, n);
		cr_assert_eq(k->pack(a, body, n - 1), 0, "%s: written beyond the room", k->name);
		cr_assert_eq(k->pack(a, body, n), n);
		cr_assert_eq(k->unpack(body, n, b), 0, "%s: refused", k->name);
		cr_assert(kind_equal(k, a, b), "%s: came back different", k->name);
	}
	test_full = false;
	free(a);
	free(b);
}

static inline void
check_appended(const struct kind *k, const uint8_t *body, size_t n, uint8_t *work)
{
	static const struct {
		size_t	len;
		uint8_t	bytes[12];
	} unknown[] = {
		{ 3, { 0xc0, 0x3e, 1 } },				/* 1000: varint */
		{ 10, { 0xc1, 0x3e, 1, 2, 3, 4, 5, 6, 7, 8 } },	/* 1000: fixed64 */
		{ 4, { 0xc2, 0x3e, 1, 'x' } },			/* 1000: bytes */
		{ 6, { 0xc5, 0x3e, 1, 2, 3, 4 } },			/* 1000: fixed32 */
		{ 4, { 0xc3, 0x3e, 0xc4, 0x3e } },			/* 1000: group */
		{ 2, { 0x00, 0x00 } },					/* field 0 */
		{ 1, { 0x00 } },
		{ 1, { 0xff } },
	};
	size_t i;

	for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		memcpy(work, body, n);
		memcpy(work + n, unknown[i].bytes, unknown[i].len);
		check_refused(k, work, n + unknown[i].len, "something appended", i);
		memcpy(work, unknown[i].bytes, unknown[i].len);
		memcpy(work + unknown[i].len, body, n);
		check_refused(k, work, n + unknown[i].len, "something in front", i);
	}
	/* Longer than its bound: unknown fields all along. */
	memcpy(work, body, n);
	for (i = n; i <= k->max; i += 3)
		memcpy(work + i, unknown[0].bytes, 3);
	check_refused(k, work, i, "a body beyond its bound", i);
}

/* An unknown field inside a submessage: its length grows with it. */
static inline void
check_inside(const struct kind *k, const uint8_t *body, size_t n, uint8_t *work, struct segment s)
{
	size_t at = s.start, w = 0;

	w += varint_put(work, s.field << 3 | 2);
	w += varint_put(work + w, s.end - s.value + 3);
	memcpy(work + w, body + s.value, s.end - s.value);
	w += s.end - s.value;
	memcpy(work + w, "\xc0\x3e\x01", 3);
	w += 3;
	memmove(work + at, work, w);
	memcpy(work, body, at);
	memcpy(work + at + w, body + s.end, n - s.end);
	check_refused(k, work, at + w + n - s.end, "an unknown field in a part", s.field);
}

static inline void
check_fields(const struct kind *k, const uint8_t *body, size_t n, uint8_t *work)
{
	size_t at = 0;

	while (at < n) {
		struct segment s = segment_at(body, at);
		const ProtobufCFieldDescriptor *f =
		    protobuf_c_message_descriptor_get_field(k->descriptor, s.field);
		size_t len = s.end - s.start;
		bool list = f->label == PROTOBUF_C_LABEL_REPEATED;

		if (!list || (f->flags & PROTOBUF_C_FIELD_FLAG_PACKED)) {
			memcpy(work, body, n);
			memcpy(work + n, body + s.start, len);
			check_refused(k, work, n + len, "a field twice", s.field);
		}
		if (f->label == PROTOBUF_C_LABEL_REQUIRED) {
			memcpy(work, body, s.start);
			memcpy(work + s.start, body + s.end, n - s.end);
			check_refused(k, work, n - len, "a missing field", s.field);
		}
		if (f->type == PROTOBUF_C_TYPE_MESSAGE)
			check_inside(k, body, n, work, s);
		if (s.type == 0) {
			/* The same number, a byte longer than it needs to be. */
			memcpy(work, body, s.end);
			work[s.end - 1] |= 0x80;
			work[s.end] = 0;
			memcpy(work + s.end + 1, body + s.end, n - s.end);
			check_refused(k, work, n + 1, "an overlong number", s.field);
		}
		/* Another wire type for this field. */
		memcpy(work, body, n);
		work[s.start] = (uint8_t)((work[s.start] & ~7) | (s.type == 5 ? 0 : 5));
		check_refused(k, work, n, "a field of another type", s.field);
		at = s.end;
	}
}

/* Bytes changed at random: refused, or else a message like any other. */
static inline void
check_mutations(const struct kind *k, const uint8_t *body, size_t n, uint8_t *work, int tries)
{
	uint8_t *a = malloc(k->size), *b = malloc(k->size);

	while (tries-- > 0) {
		size_t len = n, m, changes = 1 + rnd() % 3;

		memcpy(work, body, n);
		while (changes-- > 0)
			work[rnd() % n] = (uint8_t)rnd();
		if (rnd() % 8 == 0)
			len = rnd() % n;
		if (k->unpack(work, len, a) == -1)
			continue;
		m = k->pack(a, work, BODY_ROOM);
		cr_assert_gt(m, 0, "%s: accepted but can't be packed", k->name);
		cr_assert_eq(k->unpack(work, m, b), 0, "%s: own form refused", k->name);
		cr_assert(kind_equal(k, a, b), "%s: own form differs", k->name);
	}
	free(a);
	free(b);
}

static inline void
kind_check(const struct kind *k)
{
	uint8_t *body = malloc(BODY_ROOM), *work = malloc(2 * BODY_ROOM + k->max);
	void *message = calloc(1, k->size);
	int i;

	check_refused(k, body, 0, "an empty body", 0);
	check_round_trip(k, body);
	for (i = 0; i < 6; i++) {
		size_t n, at, step;

		memset(message, 0, k->size);
		k->fill(message);
		n = k->pack(message, body, BODY_ROOM);
		cr_assert_gt(n, 0);
		/* A shortened list is a message of its own, so those are cut in its first part. */
		step = n > 4096 ? 61 : 1;
		for (at = 0; at < n; at += step) {
			struct segment s;
			size_t cut = 0;

			while (cut < at)
				cut = (s = segment_at(body, cut)).end;
			if (cut != at)
				check_refused(k, body, at, "a cut body", at);
		}
		check_appended(k, body, n, work);
		check_fields(k, body, n, work);
		check_mutations(k, body, n, work, n > 4096 ? 300 : 3000);
	}
	free(message);
	free(body);
	free(work);
}

static uint8_t test_body[BODY_ROOM];

/* A valid message in its wire form, to be changed. */
static inline void *
changed_begin(const struct kind *k)
{
	static _Alignas(16) uint8_t memory[1 << 20];
	static struct wire_arena arena;
	void *message = calloc(1, k->size);
	ProtobufCMessage *w;
	size_t n;

	k->fill(message);
	n = k->pack(message, test_body, sizeof(test_body));
	free(message);
	cr_assert_gt(n, 0);
	wire_arena_init(&arena, memory, sizeof(memory));
	w = protobuf_c_message_unpack(k->descriptor, &arena.allocator, n, test_body);
	cr_assert_not_null(w);
	return w;
}

static inline int
changed_end(const struct kind *k, const ProtobufCMessage *w)
{
	void *out = malloc(k->size);
	size_t n;
	int answer;

	cr_assert_leq(protobuf_c_message_get_packed_size(w), sizeof(test_body));
	n = protobuf_c_message_pack(w, test_body);
	answer = k->unpack(test_body, n, out);
	free(out);
	return answer;
}

/*
 * WRONG(T, CamelType, change): a valid message whose wire form w was changed
 * must be refused. RIGHT: must still be accepted (a bound's last good value).
 */
#define CHANGED(T, W, ANSWER, ...) do { \
	for (int i_ = 0; i_ < 5; i_++) { \
		Wire__##W *w = changed_begin(&kind_##T); \
		__VA_ARGS__; \
		cr_assert_eq(changed_end(&kind_##T, &w->base), ANSWER, "%s", #__VA_ARGS__); \
	} \
} while (0)
#define WRONG(T, W, ...)	CHANGED(T, W, -1, __VA_ARGS__)
#define RIGHT(T, W, ...)	CHANGED(T, W, 0, __VA_ARGS__)

/* The list of w gets n entries, all the same as its first. */
#define LIST_OF(LIST, N) do { \
	static void *list_[N]; \
	for (size_t j_ = 0; j_ < (N); j_++) \
		list_[j_] = w->LIST[0]; \
	w->LIST = (void *)list_; \
	w->n_##LIST = (N); \
} while (0)

/* Bytes of one place of the column at field; 0: the field is none. */
static inline size_t
column_width(const ProtobufCFieldDescriptor *f, const void *field, size_t places)
{
	if (f->label != PROTOBUF_C_LABEL_REPEATED)
		return f->type == PROTOBUF_C_TYPE_BYTES ? ((const ProtobufCBinaryData *)field)->len / places : 0;
	switch (f->type) {
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	case PROTOBUF_C_TYPE_FIXED32:
		return 4;
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_SFIXED64:
		return 8;
	default:
		cr_assert_fail("%s: no column of this type is known here", f->name);
		return 0;
	}
}

/* Each column of w, and of a message in it, gets n places instead of was, all as its first. */
static inline void
columns_set(ProtobufCMessage *w, size_t was, size_t n)
{
	static _Alignas(16) uint8_t memory[1 << 17];
	static size_t used;

	for (unsigned i = 0; i < w->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &w->descriptor->fields[i];
		void *at = (uint8_t *)w + f->offset;
		ProtobufCBinaryData *bytes = at;
		bool list = f->label == PROTOBUF_C_LABEL_REPEATED;
		uint8_t *to = memory + used;
		size_t width;

		if (f->type == PROTOBUF_C_TYPE_MESSAGE) {
			columns_set(*(ProtobufCMessage **)at, was, n);
			continue;
		}
		if ((width = column_width(f, at, was)) == 0)
			continue;
		for (size_t j = 0; j < n; j++)
			memcpy(to + j * width, list ? *(uint8_t **)at : bytes->data, width);
		used = (used + n * width + 15) / 16 * 16 % (sizeof(memory) / 2);
		if (list) {
			*(uint8_t **)at = to;
			memcpy((uint8_t *)w + f->quantifier_offset, &n, sizeof(n));
		} else
			*bytes = (ProtobufCBinaryData){ .len = n * width, .data = to };
	}
}
#define COLUMNS(N)	columns_set(&w->base, w->n_flow, N)

static uint8_t test_filler[BODY_ROOM];	/* of 'x': for fields made too long */
static inline ProtobufCBinaryData
filler(size_t len)
{
	memset(test_filler, 'x', sizeof(test_filler));
	return (ProtobufCBinaryData){ .len = len, .data = test_filler };
}

static inline ProtobufCBinaryData
literal(const char *s, size_t len)
{
	return (ProtobufCBinaryData){ .len = len, .data = (uint8_t *)(uintptr_t)s };
}
#define LITERAL(S)	literal(S, sizeof(S) - 1)

#endif
