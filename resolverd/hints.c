/*
 * See hints.h. Called by cache.c and sift.c. The records are from servers that may lie.
 */
#include <string.h>

#include "dname.h"
#include "hints.h"

/* Keys of parameters (RFC 9460, 14.3.2). */
#define KEY_MANDATORY	0
#define KEY_IPV4HINT	4
#define KEY_IPV6HINT	6
#define PARAM_HEAD	4	/* key and length */

struct param {
	unsigned	key;
	size_t		value, len;	/* in the record */
};

static unsigned
get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

/* Where the parameters begin; len: nowhere. */
static size_t
first_param(const uint8_t *data, size_t len)
{
	size_t	at = 2;

	return len < 3 || dname_skip(data, len, &at) == -1 ? len : at;
}

/* The one at *at, which is moved behind it. False: there is none, or it is malformed. */
static bool
read_param(const uint8_t *data, size_t len, size_t *at, struct param *p)
{
	if (len - *at < PARAM_HEAD)
		return false;
	p->key = get16(data + *at);
	p->len = get16(data + *at + 2);
	p->value = *at + PARAM_HEAD;
	if (p->len > len - p->value)
		return false;
	*at = p->value + p->len;
	return true;
}

static uint8_t
family_of(unsigned key)
{
	return key == KEY_IPV4HINT ? 4 : key == KEY_IPV6HINT ? 6 : 0;
}

static size_t
size_of(uint8_t family)
{
	return family == 4 ? 4 : 16;
}

void
hints_begin(struct hints *h, const uint8_t *data, size_t len)
{
	*h = (struct hints){ .data = data, .len = len, .next = first_param(data, len) };
}

const uint8_t *
hints_next(struct hints *h, uint8_t *family)
{
	const uint8_t	*address;
	struct param	 p;

	while (h->family == 0 || h->end - h->at < size_of(h->family)) {
		if (!read_param(h->data, h->len, &h->next, &p))
			return NULL;
		h->family = family_of(p.key);
		h->at = p.value;
		h->end = p.value + p.len;
	}
	address = h->data + h->at;
	h->at += size_of(h->family);
	*family = h->family;
	return address;
}

static bool
demands(const uint8_t *keys, size_t len, unsigned key)
{
	for (size_t i = 0; i + 2 <= len; i += 2)
		if (get16(keys + i) == key)
			return true;
	return false;
}

/* Closes up those that are not taken out; a rest that is no address stays. Returns the new length. */
static size_t
take_from(uint8_t *list, size_t len, uint8_t family, hint_fn *is, const void *ctx)
{
	size_t	size = size_of(family), out = 0, i;

	for (i = 0; len - i >= size; i += size)
		if (!is(ctx, family, list + i)) {
			memmove(list + out, list + i, size);
			out += size;
		}
	memmove(list + out, list + i, len - i);
	return out + len - i;
}

static void
set16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

size_t
hints_take_out(uint8_t *data, size_t len, hint_fn *is, const void *ctx)
{
	size_t		at = first_param(data, len), out = at, left;
	struct param	p, mandatory = { .len = 0 };

	while (read_param(data, len, &at, &p)) {
		uint8_t	family = family_of(p.key);

		left = family == 0 ? p.len : take_from(data + p.value, p.len, family, is, ctx);
		if (left == 0 && p.len > 0) {
			if (demands(data + mandatory.value, mandatory.len, p.key))
				return 0;
			continue;
		}
		set16(data + out, p.key);
		set16(data + out + 2, left);
		memmove(data + out + PARAM_HEAD, data + p.value, left);
		if (p.key == KEY_MANDATORY)
			mandatory = (struct param){ .value = out + PARAM_HEAD, .len = left };
		out += PARAM_HEAD + left;
	}
	memmove(data + out, data + at, len - at);
	return out + len - at;
}
