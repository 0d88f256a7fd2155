/*
 * See name.h.
 */
#include <string.h>

#include "glob.h"
#include "name.h"

int
name_compare(const struct name_pattern *a, const struct name_pattern *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return memcmp(a->text, b->text, a->len);
}

static bool
in_zone(const char *name, size_t len, const char *zone, size_t zone_len)
{
	return len >= zone_len && memcmp(name + len - zone_len, zone, zone_len) == 0 &&
	    (len == zone_len || name[len - zone_len - 1] == '.');
}

bool
name_matches(const struct name_pattern *p, const char *name, size_t len)
{
	switch (p->kind) {
	case NAME_EXACT:
		return len == p->len && memcmp(name, p->text, len) == 0;
	case NAME_ZONE:
		return in_zone(name, len, p->text, p->len);
	default:
		return glob_fits(p->text, p->len, name, len);
	}
}

const char *
name_tail(const struct name_pattern *p, size_t *len)
{
	const char *star = memrchr(p->text, '*', p->len), *dot;

	*len = p->len;
	if (star == NULL)
		return p->text;
	dot = memchr(star, '.', p->len - (size_t)(star - p->text));
	*len = dot == NULL ? 0 : p->len - (size_t)(dot + 1 - p->text);
	return p->text + p->len - *len;
}

static bool
in_zones(const char *name, size_t len, const char *const *zones, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (in_zone(name, len, zones[i], strlen(zones[i])))
			return true;
	return false;
}

bool
name_is_host(const char *name, size_t len)
{
	static const char *const zones[] = { "localhost", "127.in-addr.arpa" };

	return in_zones(name, len, zones, sizeof zones / sizeof zones[0]);
}

bool
name_is_local(const char *name, size_t len)
{
	static const char *const zones[] = { "local", "internal", "intranet", "private", "corp", "home", "lan",
		"home.arpa", "10.in-addr.arpa", "16.172.in-addr.arpa", "17.172.in-addr.arpa",
		"18.172.in-addr.arpa", "19.172.in-addr.arpa", "20.172.in-addr.arpa", "21.172.in-addr.arpa",
		"22.172.in-addr.arpa", "23.172.in-addr.arpa", "24.172.in-addr.arpa", "25.172.in-addr.arpa",
		"26.172.in-addr.arpa", "27.172.in-addr.arpa", "28.172.in-addr.arpa", "29.172.in-addr.arpa",
		"30.172.in-addr.arpa", "31.172.in-addr.arpa", "168.192.in-addr.arpa", "254.169.in-addr.arpa",
		"c.f.ip6.arpa", "d.f.ip6.arpa", "8.e.f.ip6.arpa", "9.e.f.ip6.arpa", "a.e.f.ip6.arpa",
		"b.e.f.ip6.arpa" };

	if (len == 0 || name_is_host(name, len))
		return false;
	return memchr(name, '.', len) == NULL || in_zones(name, len, zones, sizeof zones / sizeof zones[0]);
}
