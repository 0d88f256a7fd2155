/*
 * Rules for single fields; see check.h. Called by validators only, on structs
 * whose array counts were checked before.
 */
#include "check.h"

#include <netinet/in.h>
#include <string.h>

bool
check_zero(const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	uint8_t any = 0;

	while (len > 0)
		any |= p[--len];
	return any == 0;
}

bool
check_address(unsigned family, const uint8_t address[static 16])
{
	if (family == 4)
		return check_zero(address + 4, 12);
	return family == 6;
}

/* Whether the two port fields of a tuple mean anything. */
static bool
proto_has_ports(uint8_t proto)
{
	switch (proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_DCCP:
	case IPPROTO_SCTP:
	case IPPROTO_UDPLITE:
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return true;
	default:
		return false;
	}
}

bool
check_tuple(const struct tuple *t)
{
	if (!check_address(t->family, t->src) || !check_address(t->family, t->dst))
		return false;
	if (t->pad[0] != 0 || t->pad[1] != 0)
		return false;
	return proto_has_ports(t->proto) || (t->sport == 0 && t->dport == 0);
}

bool
check_ids(const uint64_t *ids, size_t count)
{
	while (count > 0)
		if (ids[--count] == 0)
			return false;
	return true;
}

bool
check_string(const char *s, size_t room)
{
	return memchr(s, '\0', room) != NULL;
}

bool
check_domain(const char *s, size_t room)
{
	size_t i;

	for (i = 0; i < room && s[i] != '\0'; i++)
		if (s[i] <= ' ' || s[i] >= 0x7f || (s[i] >= 'A' && s[i] <= 'Z'))
			return false;
	return i > 0 && i < room;
}

bool
check_name(const char *s, size_t room)
{
	size_t i;

	for (i = 0; i < room && s[i] != '\0'; i++)
		if (s[i] != '-' && (s[i] < 'a' || s[i] > 'z'))
			return false;
	return i > 0 && i < room;
}

bool
check_device(const char s[static DEVICE_BYTES])
{
	return s[0] != '\0' && check_string(s, DEVICE_BYTES);
}
