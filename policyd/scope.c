/*
 * Scopes of addresses; see scope.h.
 *
 * Reserved ranges that no registry calls private (documentation, benchmarks,
 * NAT64 for local use but where it embeds a private address) count as the
 * Internet: they are not this machine's local network unless one of its
 * interfaces says so.
 */
#include <string.h>

#include "scope.h"

struct range {
	uint8_t		net[4];
	unsigned	prefix;
	enum scope	scope;
};

/* First match wins. RFC 6890 and its registry; 100.64/10 is RFC 6598, 224.0.0.0/24 RFC 5771. */
static const struct range ranges4[] = {
	{ { 127, 0, 0, 0 }, 8, SCOPE_HOST },
	{ { 10, 0, 0, 0 }, 8, SCOPE_SITE },
	{ { 172, 16, 0, 0 }, 12, SCOPE_SITE },
	{ { 192, 168, 0, 0 }, 16, SCOPE_SITE },
	{ { 100, 64, 0, 0 }, 10, SCOPE_SITE },
	{ { 169, 254, 0, 0 }, 16, SCOPE_LINK },
	{ { 192, 0, 0, 0 }, 29, SCOPE_LINK },
	{ { 255, 255, 255, 255 }, 32, SCOPE_BROADCAST },
	{ { 224, 0, 0, 0 }, 24, SCOPE_MULTICAST },
	{ { 239, 0, 0, 0 }, 8, SCOPE_MULTICAST },
	{ { 224, 0, 0, 0 }, 4, SCOPE_INTERNET_MULTICAST },
	{ { 0, 0, 0, 0 }, 8, SCOPE_INVALID },
	{ { 240, 0, 0, 0 }, 4, SCOPE_INVALID },
};

bool
address_in(const uint8_t *address, const uint8_t *net, unsigned prefix)
{
	unsigned whole = prefix / 8, rest = prefix % 8;

	if (memcmp(address, net, whole) != 0)
		return false;
	return rest == 0 || ((address[whole] ^ net[whole]) & (0xff00 >> rest) & 0xff) == 0;
}

static bool
starts(const uint8_t *a, const char *bytes, size_t n)
{
	return memcmp(a, bytes, n) == 0;
}

bool
address_mapped(uint8_t family, const uint8_t a[16])
{
	return family == 6 && starts(a, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
}

static enum scope
registry4(const uint8_t *a)
{
	for (size_t i = 0; i < sizeof ranges4 / sizeof ranges4[0]; i++)
		if (address_in(a, ranges4[i].net, ranges4[i].prefix))
			return ranges4[i].scope;
	return SCOPE_INTERNET;
}

/*
 * The scope nibble says it, whatever the flag bits before it (RFC 4291, 7346).
 * 0 and 15 are reserved; 1 never leaves the interface.
 */
static enum scope
multicast6(const uint8_t *a)
{
	unsigned scope = a[1] & 15;

	if (scope == 0 || scope == 15)
		return SCOPE_INVALID;
	if (scope == 1)
		return SCOPE_HOST;
	return scope <= 5 ? SCOPE_MULTICAST : SCOPE_INTERNET_MULTICAST;
}

const uint8_t *
address_embedded(const uint8_t *a, uint8_t inverted[4])
{
	if (starts(a, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) ||		/* mapped */
	    starts(a, "\0\x64\xff\x9b\0\0\0\0\0\0\0\0", 12) ||		/* NAT64, RFC 6052 */
	    starts(a, "\0\0\0\0\0\0\0\0\0\0\0\0", 12))			/* compatible, RFC 4291 */
		return a + 12;
	if (starts(a, "\x20\x02", 2))					/* 6to4, RFC 3056 */
		return a + 2;
	if (starts(a, "\x20\x01\0\0", 4)) {				/* Teredo, RFC 4380 */
		for (int i = 0; i < 4; i++)
			inverted[i] = (uint8_t)~a[12 + i];
		return inverted;
	}
	return NULL;
}

static enum scope
registry6(const uint8_t *a)
{
	static const uint8_t unspecified[16], loopback[16] = { [15] = 1 };
	uint8_t inverted[4];
	const uint8_t *v4;
	enum scope scope;

	if (memcmp(a, unspecified, 16) == 0)
		return SCOPE_INVALID;
	if (memcmp(a, loopback, 16) == 0)
		return SCOPE_HOST;
	if (a[0] == 0xff)
		return multicast6(a);
	if (a[0] == 0xfe && (a[1] & 0xc0) == 0x80)
		return SCOPE_LINK;
	if ((a[0] & 0xfe) == 0xfc || (a[0] == 0xfe && (a[1] & 0xc0) == 0xc0))	/* fec0::/10: old site-local */
		return SCOPE_SITE;
	if (starts(a, "\0\x64\xff\x9b\0\1", 6))				/* NAT64 for local use, RFC 8215 */
		return (scope = registry4(a + 12)) & (SCOPE_SITE | SCOPE_LINK) ? scope : SCOPE_INTERNET;
	if ((v4 = address_embedded(a, inverted)) == NULL)
		return SCOPE_INTERNET;
	/* An embedded loopback or group address is no way to this host or a group. */
	scope = registry4(v4);
	return scope & (SCOPE_SITE | SCOPE_LINK | SCOPE_INTERNET) ? scope : SCOPE_INVALID;
}

void
links_set(struct links *links, const struct decide_links *from)
{
	links->count = 0;
	links->more = from->more;
	for (unsigned i = 0; i < from->count && i < DECIDE_NETS; i++) {
		struct link_net *n = &links->net[links->count++];

		n->family = from->net[i].family;
		n->prefix = from->net[i].prefix;
		memcpy(n->address, from->net[i].address, 16);
		memcpy(n->broadcast, from->net[i].broadcast, 4);
		memcpy(n->device, from->net[i].device, sizeof n->device);
	}
}

/* A net so wide that "my subnet" means nothing; half the Internet behind a tunnel is not local. */
static bool
too_wide(const struct link_net *n)
{
	return n->family == 4 ? n->prefix < 8 : n->prefix < 16;
}

static bool
is_broadcast(const struct link_net *n, const uint8_t *a)
{
	static const uint8_t none[4];

	return n->family == 4 && memcmp(n->broadcast, none, 4) != 0 && memcmp(n->broadcast, a, 4) == 0;
}

struct place
place_of(const struct links *links, uint8_t family, const uint8_t a[16])
{
	struct place place = { .scope = family == 4 ? registry4(a) : registry6(a) };
	size_t bytes = family == 4 ? 4 : 16;

	/* Groups, loopback and what is invalid are so everywhere. */
	if (!(place.scope & (SCOPE_INTERNET | SCOPE_SITE | SCOPE_LINK)))
		return place;
	for (unsigned i = 0; i < links->count; i++) {
		const struct link_net *n = &links->net[i];

		if (n->family != family)
			continue;
		if (memcmp(n->address, a, bytes) == 0) {
			place.scope = SCOPE_HOST;
			return place;
		}
		if (is_broadcast(n, a)) {
			place.scope = SCOPE_BROADCAST;
			return place;
		}
		if (!too_wide(n) && address_in(a, n->address, n->prefix))
			place.own_subnet = true;
	}
	if (place.own_subnet && place.scope == SCOPE_INTERNET)
		place.scope = SCOPE_LINK;
	return place;
}

bool
is_group(enum scope scope)
{
	return (scope & (SCOPE_MULTICAST | SCOPE_INTERNET_MULTICAST | SCOPE_BROADCAST)) != 0;
}

bool
on_net_of(const struct links *links, const char *device, uint8_t family, const uint8_t address[16])
{
	for (unsigned i = 0; i < links->count; i++) {
		const struct link_net *n = &links->net[i];

		if (n->family == family && strcmp(n->device, device) == 0 &&
		    address_in(address, n->address, n->prefix))
			return true;
	}
	return false;
}
