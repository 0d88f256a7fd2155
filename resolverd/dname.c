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

/* One label with its length byte; false: no room for it and the root's. */
static bool
append(struct dname *n, const uint8_t *label)
{
	size_t	len = label[0] + (size_t)1;

	if (n->len + len + (label[0] != 0) > DNAME_MAX)
		return false;
	memcpy(n->wire + n->len, label, len);
	n->len = (uint8_t)(n->len + len);
	return true;
}

int
dname_read(const uint8_t *message, size_t len, size_t *at, struct dname *n)
{
	size_t	p = *at, lowest = p, behind = 0, target;

	n->len = 0;
	for (;;) {
		if (p >= len)
			return -1;
		if ((message[p] & POINTER) == POINTER) {
			if (p + 1 >= len)
				return -1;
			target = (size_t)(message[p] & ~POINTER & 0xff) << 8 | message[p + 1];
			if (target >= lowest)
				return -1;
			if (behind == 0)
				behind = p + 2;
			lowest = target;
			p = target;
			continue;
		}
		if (message[p] > LABEL_MAX || p + 1 + message[p] > len || !append(n, message + p))
			return -1;
		if (message[p] == 0)
			break;
		p += message[p] + (size_t)1;
	}
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
			if (label[0] == 0 || !append(n, label))
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
	if (label[0] != 0 && !append(n, label))
		return -1;
	n->wire[n->len++] = 0;
	return 0;
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
dname_hash(const struct dname *n, uint32_t more)
{
	uint8_t		in[DNAME_MAX + sizeof(more)];
	uint64_t	hash;

	memcpy(in, n->wire, n->len);
	memcpy(in + n->len, &more, sizeof(more));
	(void)crypto_shorthash((uint8_t *)&hash, in, n->len + sizeof(more), hash_key);
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
