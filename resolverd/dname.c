/*
 * See dname.h. Used by all of resolverd. The bytes are anybody's.
 */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "dname.h"

#define POINTER		0xc0
#define LABEL_MAX	63

static uint8_t	hash_key[crypto_shorthash_KEYBYTES];

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 'a' - 'A') : c;
}

/* Labels with their length bytes; false: no room for them. */
static bool
append(struct dname *n, const uint8_t *labels, size_t len)
{
	if (len > DNAME_MAX - (size_t)n->len)
		return false;
	memcpy(n->wire + n->len, labels, len);
	n->len = (uint8_t)(n->len + len);
	return true;
}

int
dname_read(const uint8_t *message, size_t len, size_t *at, struct dname *n)
{
	size_t	from = *at, p = from, behind = 0, target;

	n->len = 0;
	for (;;) {
		/* Labels in a row, from the last target on. */
		while (p < len && message[p] != 0 && message[p] <= LABEL_MAX)
			p += message[p] + (size_t)1;
		if (p >= len)
			return -1;
		if (message[p] == 0)
			break;
		if ((message[p] & POINTER) != POINTER || p + 1 >= len || !append(n, message + from, p - from))
			return -1;
		target = (size_t)(message[p] & ~POINTER & 0xff) << 8 | message[p + 1];
		if (target >= from)
			return -1;
		if (behind == 0)
			behind = p + 2;
		p = from = target;
	}
	if (!append(n, message + from, p + 1 - from))
		return -1;
	*at = behind != 0 ? behind : p + 1;
	return 0;
}

int
dname_skip(const uint8_t *message, size_t len, size_t *at)
{
	size_t	p = *at;

	while (p < len && message[p] != 0) {
		if ((message[p] & POINTER) == POINTER) {
			if (p + 2 > len)
				return -1;
			*at = p + 2;
			return 0;
		}
		if (message[p] > LABEL_MAX)
			return -1;
		p += message[p] + (size_t)1;
	}
	if (p >= len || p - *at >= DNAME_MAX)
		return -1;
	*at = p + 1;
	return 0;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* One byte of a label, escaped or not; how many characters it takes, 0: wrong. */
static size_t
parse_byte(const char *text, size_t len, uint8_t *byte)
{
	unsigned	n;

	if (text[0] != '\\') {
		*byte = (uint8_t)text[0];
		return 1;
	}
	if (len < 2)
		return 0;
	if (!is_digit(text[1])) {
		*byte = (uint8_t)text[1];
		return 2;
	}
	if (len < 4 || !is_digit(text[2]) || !is_digit(text[3]))
		return 0;
	n = (unsigned)(text[1] - '0') * 100 + (unsigned)(text[2] - '0') * 10 + (unsigned)(text[3] - '0');
	*byte = (uint8_t)n;
	return n < 256 ? 4 : 0;
}

int
dname_parse(const char *text, size_t len, struct dname *n)
{
	uint8_t	label[LABEL_MAX + 1] = { 0 };
	size_t	at = 0, used;

	n->len = 0;
	if (len == 1 && text[0] == '.')
		len = 0;
	while (at < len) {
		if (text[at] == '.') {
			if (label[0] == 0 || !append(n, label, label[0] + (size_t)1))
				return -1;
			label[0] = 0;
			at++;
			continue;
		}
		if (label[0] == LABEL_MAX ||
		    (used = parse_byte(text + at, len - at, &label[label[0] + 1])) == 0)
			return -1;
		label[0]++;
		at += used;
	}
	if (label[0] != 0 && !append(n, label, label[0] + (size_t)1))
		return -1;
	label[0] = 0;
	return append(n, label, 1) ? 0 : -1;
}

static bool
is_plain(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '-' || c == '_';
}

void
dname_text(const struct dname *n, char buf[static DNAME_TEXT])
{
	char	*to = buf;

	for (size_t at = 0; n->wire[at] != 0; at += n->wire[at] + (size_t)1) {
		if (at != 0)
			*to++ = '.';
		for (size_t i = at + 1; i <= at + n->wire[at]; i++) {
			if (is_plain(n->wire[i]))
				*to++ = (char)n->wire[i];
			else
				to += sprintf(to, "\\%03u", n->wire[i]);
		}
	}
	if (to == buf)
		*to++ = '.';
	*to = '\0';
}

void
dname_hash_init(void)
{
	crypto_shorthash_keygen(hash_key);
}

uint64_t
dname_hash(const struct dname *n)
{
	uint64_t	hash;

	(void)crypto_shorthash((uint8_t *)&hash, n->wire, n->len, hash_key);
	return hash;
}

/* Length bytes are below 'A': they may be taken along. */
void
dname_lower(struct dname *n)
{
	for (unsigned i = 0; i < n->len; i++)
		n->wire[i] = lower(n->wire[i]);
}

static bool
same(const uint8_t *a, const uint8_t *b, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (lower(a[i]) != lower(b[i]))
			return false;
	return true;
}

bool
dname_equal(const struct dname *a, const struct dname *b)
{
	return a->len == b->len && same(a->wire, b->wire, a->len);
}

bool
dname_within(const struct dname *n, const struct dname *zone)
{
	size_t	at = 0;

	while (n->len - at > zone->len)
		at += n->wire[at] + (size_t)1;
	return n->len - at == zone->len && same(n->wire + at, zone->wire, zone->len);
}

unsigned
dname_labels(const struct dname *n)
{
	unsigned	count = 0;

	for (size_t at = 0; n->wire[at] != 0; at += n->wire[at] + (size_t)1)
		count++;
	return count;
}

void
dname_parent(const struct dname *n, unsigned labels, struct dname *parent)
{
	size_t	at = 0;

	while (labels-- > 0 && n->wire[at] != 0)
		at += n->wire[at] + (size_t)1;
	parent->len = (uint8_t)(n->len - at);
	memcpy(parent->wire, n->wire + at, parent->len);
}
