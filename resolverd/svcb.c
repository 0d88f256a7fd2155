/*
 * See svcb.h. Called by designate.c. The record is from anybody who can answer in clear.
 */
#include <string.h>

#include "dname.h"
#include "svcb.h"

#define TEMPLATE	"{?dns}"	/* behind the path (RFC 9461, 5); a post leaves it out */

enum key {
	KEY_MANDATORY, KEY_ALPN, KEY_NO_DEFAULT_ALPN, KEY_PORT, KEY_IPV4HINT, KEY_ECH, KEY_IPV6HINT,
	KEY_DOHPATH, KEYS,
};

static unsigned
get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

/* Keys that must be understood, ascending (RFC 9460, 8). seen: those that the record has. */
static bool
may_use(const uint8_t *keys, size_t len, unsigned seen)
{
	const unsigned	known = 1u << KEY_ALPN | 1u << KEY_NO_DEFAULT_ALPN | 1u << KEY_PORT | 1u << KEY_IPV4HINT |
			    1u << KEY_IPV6HINT | 1u << KEY_DOHPATH;
	unsigned	last = KEY_MANDATORY, key;

	for (size_t i = 0; i < len; i += 2) {
		key = get16(keys + i);
		if (key <= last || key >= KEYS || (known & seen & 1u << key) == 0)
			return false;
		last = key;
	}
	return true;
}

static int
read_alpn(const uint8_t *p, size_t len, struct svcb *s)
{
	size_t	n;

	for (size_t at = 0; at < len; at += n) {
		n = p[at++];
		if (n == 0 || n > len - at)
			return -1;
		s->dot |= n == 3 && memcmp(p + at, "dot", 3) == 0;
		s->h2 |= n == 2 && memcmp(p + at, "h2", 2) == 0;
	}
	return len > 0 ? 0 : -1;
}

/*
 * A path of another form is none: nothing can be posted there. A question mark would be where
 * a server's parameters begin (server_url.h), and whose certificate counts is not for it to say.
 */
static void
read_path(const uint8_t *p, size_t len, struct svcb *s)
{
	const size_t	tail = sizeof(TEMPLATE) - 1;

	if (len <= tail || len - tail >= sizeof(s->path) || p[0] != '/' || memchr(p, '\0', len) != NULL ||
	    memchr(p, '?', len - tail) != NULL || memcmp(p + len - tail, TEMPLATE, tail) != 0)
		return;
	memcpy(s->path, p, len - tail);
}

static int
read_value(unsigned key, const uint8_t *p, size_t len, struct svcb *s)
{
	switch (key) {
	case KEY_MANDATORY:
		return len > 0 && len % 2 == 0 ? 0 : -1;
	case KEY_ALPN:
		return read_alpn(p, len, s);
	case KEY_NO_DEFAULT_ALPN:
		return len == 0 ? 0 : -1;
	case KEY_PORT:
		s->port = len == 2 ? (uint16_t)get16(p) : 0;
		return s->port != 0 ? 0 : -1;
	case KEY_IPV4HINT:
		s->hint4 = p;
		s->hint4_len = len;
		return len > 0 && len % 4 == 0 ? 0 : -1;
	case KEY_IPV6HINT:
		s->hint6 = p;
		s->hint6_len = len;
		return len > 0 && len % 16 == 0 ? 0 : -1;
	case KEY_DOHPATH:
		read_path(p, len, s);
		return 0;
	default:
		return 0;
	}
}

/* Keys ascend, each once (RFC 9460, 2.2). */
static int
read_values(const uint8_t *p, size_t len, struct svcb *s)
{
	const uint8_t	*mandatory = NULL;
	size_t		 mandatory_len = 0, n;
	unsigned	 seen = 0, key, next = 0;

	for (size_t at = 0; at < len; at += n) {
		if (len - at < 4)
			return -1;
		key = get16(p + at);
		n = get16(p + at + 2);
		at += 4;
		if (key < next || n > len - at || read_value(key, p + at, n, s) == -1)
			return -1;
		next = key + 1;
		seen |= key < KEYS ? 1u << key : 0;
		if (key == KEY_MANDATORY) {
			mandatory = p + at;
			mandatory_len = n;
		}
	}
	return may_use(mandatory, mandatory_len, seen) ? 0 : -1;
}

/* The target's name is not compressed (RFC 9460, 2.2), and says who it is: none says nobody. */
int
svcb_read(const uint8_t *data, size_t len, struct svcb *s)
{
	struct dname	target;
	size_t		at = 2;

	memset(s, 0, sizeof(*s));
	if (len < 3 || (s->priority = (uint16_t)get16(data)) == 0 ||
	    dname_read(data, len, &at, &target) == -1 || at != 2u + target.len || target.len == 1)
		return -1;
	return read_values(data + at, len - at, s);
}

bool
svcb_is_at(const struct svcb *s, unsigned family, const uint8_t *address)
{
	const uint8_t	*hint = family == 4 ? s->hint4 : s->hint6;
	size_t		 len = family == 4 ? s->hint4_len : s->hint6_len, step = family == 4 ? 4 : 16;

	for (size_t i = 0; i < len; i += step)
		if (memcmp(hint + i, address, step) == 0)
			return true;
	return s->hint4 == NULL && s->hint6 == NULL;
}
