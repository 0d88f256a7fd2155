/*
 * See address.h. Used by the front's doors, and by who judges addresses of servers and in answers.
 */
#include <string.h>

#include "address.h"

void
address_tuple(uint8_t proto, const union address *client, const union address *door, struct tuple *t)
{
	memset(t, 0, sizeof(*t));
	t->proto = proto;
	t->family = door->sa.sa_family == AF_INET ? 4 : 6;
	if (t->family == 4) {
		t->sport = ntohs(client->in.sin_port);
		t->dport = ntohs(door->in.sin_port);
		memcpy(t->src, &client->in.sin_addr, sizeof(client->in.sin_addr));
		memcpy(t->dst, &door->in.sin_addr, sizeof(door->in.sin_addr));
	} else {
		t->sport = ntohs(client->in6.sin6_port);
		t->dport = ntohs(door->in6.sin6_port);
		memcpy(t->src, &client->in6.sin6_addr, sizeof(client->in6.sin6_addr));
		memcpy(t->dst, &door->in6.sin6_addr, sizeof(door->in6.sin6_addr));
	}
}

bool
address4_is_private(const uint8_t a[static 4])
{
	return a[0] == 0 || a[0] == 10 || a[0] == 127 || (a[0] == 100 && (a[1] & 0xc0) == 64) ||
	    (a[0] == 169 && a[1] == 254) || (a[0] == 172 && (a[1] & 0xf0) == 16) ||
	    (a[0] == 192 && a[1] == 168);
}

/*
 * 64:ff9b:1::/48 (RFC 8215) holds an IPv4 address behind a prefix that its operator chose
 * (RFC 6052, 2.2): which one is told by the zeros behind it, and where several can be, any counts.
 */
static bool
nat64_is_private(const uint8_t a[static 16])
{
	static const uint8_t	zero[5];
	const uint8_t		at48[4] = { a[6], a[7], a[9], a[10] }, at56[4] = { a[7], a[9], a[10], a[11] };

	if (memcmp(a + 13, zero, 3) != 0)
		return address4_is_private(a + 12);
	return address4_is_private(a + 9) || (a[12] == 0 && address4_is_private(at56)) ||
	    (memcmp(a + 11, zero, 5) == 0 && address4_is_private(at48));
}

bool
address6_is_private(const uint8_t a[static 16])
{
	static const uint8_t	zero[15], mapped[12] = { [10] = 0xff, [11] = 0xff };
	static const uint8_t	nat64[12] = { 0, 0x64, 0xff, 0x9b }, nat64_local[6] = { 0, 0x64, 0xff, 0x9b, 0, 1 };

	if (memcmp(a, mapped, sizeof(mapped)) == 0 || memcmp(a, nat64, sizeof(nat64)) == 0)
		return address4_is_private(a + 12);
	if (memcmp(a, nat64_local, sizeof(nat64_local)) == 0)
		return nat64_is_private(a);
	return (memcmp(a, zero, sizeof(zero)) == 0 && a[15] <= 1) || (a[0] & 0xfe) == 0xfc ||
	    (a[0] == 0xfe && (a[1] & 0x80) != 0);
}

bool
address4_is_here(const uint8_t a[static 4])
{
	return a[0] == 0 || a[0] == 127;
}

bool
address6_is_here(const uint8_t a[static 16])
{
	static const uint8_t	zero[15], mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (memcmp(a, mapped, sizeof(mapped)) == 0)
		return address4_is_here(a + 12);
	return memcmp(a, zero, sizeof(zero)) == 0 && a[15] <= 1;
}

bool
address_is_private(const union address *a)
{
	if (a->sa.sa_family == AF_INET6)
		return address6_is_private(a->in6.sin6_addr.s6_addr);
	return address4_is_private((const uint8_t *)&a->in.sin_addr);
}

bool
address_within(const uint8_t *a, const uint8_t *net, unsigned prefix)
{
	unsigned	whole = prefix / 8, rest = prefix % 8;

	if (memcmp(a, net, whole) != 0)
		return false;
	return rest == 0 || ((a[whole] ^ net[whole]) & (0xff00 >> rest) & 0xff) == 0;
}
