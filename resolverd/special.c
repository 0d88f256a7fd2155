/*
 * See special.h. Called by route.c. A pure function of the name.
 */
#include <stdlib.h>
#include <string.h>

#include "query.h"
#include "sandbox.h"
#include "special.h"

#define ZEROS_28	"0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"

static struct { const char *text; enum special what; bool multicast; struct dname zone; } zones[] = {
	{ .text = "localhost", .what = SPECIAL_LOCALHOST },
	{ .text = "onion", .what = SPECIAL_NOTHING },			/* RFC 7686 */
	{ .text = "alt", .what = SPECIAL_NOTHING },			/* RFC 9476 */
	{ .text = "invalid", .what = SPECIAL_NOTHING },			/* RFC 6761, 6.4 */
	{ .text = "use-application-dns.net", .what = SPECIAL_NOTHING },	/* browsers are to ask us */
	{ .text = "resolver.arpa", .what = SPECIAL_EMPTY },		/* RFC 9462: this is the resolver */
	{ .text = "local", .what = SPECIAL_SCOPED, .multicast = true },	/* RFC 6762, 3 */
	{ .text = "test", .what = SPECIAL_SCOPED },			/* RFC 6761, 6.2 */
	{ .text = "internal", .what = SPECIAL_LOCAL },
	{ .text = "home.arpa", .what = SPECIAL_LOCAL },			/* RFC 8375 */
	{ .text = "intranet", .what = SPECIAL_LOCAL }, { .text = "lan", .what = SPECIAL_LOCAL },
	{ .text = "home", .what = SPECIAL_LOCAL }, { .text = "corp", .what = SPECIAL_LOCAL },
	{ .text = "private", .what = SPECIAL_LOCAL },
	/* Private addresses backwards (RFC 6303, 6761, 7793). */
	{ .text = "10.in-addr.arpa", .what = SPECIAL_LOCAL }, { .text = "168.192.in-addr.arpa", .what = SPECIAL_LOCAL },
	{ .text = "254.169.in-addr.arpa", .what = SPECIAL_LOCAL, .multicast = true },	/* RFC 6762, 4 */
	{ .text = "127.in-addr.arpa", .what = SPECIAL_NOTHING },
	{ .text = "0.in-addr.arpa", .what = SPECIAL_NOTHING }, { .text = "255.255.255.255.in-addr.arpa", .what = SPECIAL_NOTHING },
	{ .text = "2.0.192.in-addr.arpa", .what = SPECIAL_NOTHING }, { .text = "100.51.198.in-addr.arpa", .what = SPECIAL_NOTHING },
	{ .text = "113.0.203.in-addr.arpa", .what = SPECIAL_NOTHING },
	{ .text = ZEROS_28 ".0.0.0.0.ip6.arpa", .what = SPECIAL_NOTHING },
	{ .text = "1.0.0.0." ZEROS_28 ".ip6.arpa", .what = SPECIAL_NOTHING },
	{ .text = "8.b.d.0.1.0.0.2.ip6.arpa", .what = SPECIAL_NOTHING },
	{ .text = "d.f.ip6.arpa", .what = SPECIAL_LOCAL }, { .text = "c.f.ip6.arpa", .what = SPECIAL_LOCAL },
	{ .text = "8.e.f.ip6.arpa", .what = SPECIAL_LOCAL, .multicast = true },
	{ .text = "9.e.f.ip6.arpa", .what = SPECIAL_LOCAL, .multicast = true },
	{ .text = "a.e.f.ip6.arpa", .what = SPECIAL_LOCAL, .multicast = true },
	{ .text = "b.e.f.ip6.arpa", .what = SPECIAL_LOCAL, .multicast = true },
};

/* 172.16.0.0/12 and 100.64.0.0/10: more zones than one would write down. */
static struct { const char *text; unsigned first, last; struct dname zone; } ranges[] = {
	{ .text = "172.in-addr.arpa", .first = 16, .last = 31 },
	{ .text = "100.in-addr.arpa", .first = 64, .last = 127 },
};

/* The label before a range's zone is a number within. */
static bool
in_range(const struct dname *n)
{
	struct dname	label;
	char		text[DNAME_TEXT], *end;
	unsigned long	number;
	size_t		i = 0;

	while (i < sizeof(ranges) / sizeof(ranges[0]) && !dname_within(n, &ranges[i].zone))
		i++;
	if (i == sizeof(ranges) / sizeof(ranges[0]) || n->len == ranges[i].zone.len)
		return false;
	dname_parent(n, dname_labels(n) - dname_labels(&ranges[i].zone) - 1, &label);
	dname_text(&label, text);
	number = strtoul(text, &end, 10);
	return end != text && *end == '.' && number >= ranges[i].first && number <= ranges[i].last;
}

/* Zones at the top are no hosts to who asks for their keys, servers and signatures. */
static bool
is_of_zones(uint16_t type)
{
	return type == QTYPE_NS || type == QTYPE_SOA || type == QTYPE_DS || type == QTYPE_DNSKEY ||
	    type == QTYPE_NSEC || type == QTYPE_NSEC3 || type == QTYPE_RRSIG;
}

static void
parse(const char *text, struct dname *zone)
{
	if (dname_parse(text, strlen(text), zone) == -1)
		fatalx("%s is no name", text);
}

void
special_init(void)
{
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
		parse(zones[i].text, &zones[i].zone);
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		parse(ranges[i].text, &ranges[i].zone);
}

enum special
special_name(const struct dname *n, uint16_t type)
{
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
		if (dname_within(n, &zones[i].zone))
			return zones[i].what;
	if (in_range(n))
		return SPECIAL_LOCAL;
	if (dname_labels(n) == 1 && !is_of_zones(type))
		return SPECIAL_LOCAL;
	return SPECIAL_NONE;
}

const struct dname *
special_multicast(const struct dname *n)
{
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
		if (zones[i].multicast && n->len > zones[i].zone.len && dname_within(n, &zones[i].zone))
			return &zones[i].zone;
	return NULL;
}
