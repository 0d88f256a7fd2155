/* Names that never go to a public server, and addresses that public names may not have. */
/* links: resolverd/dname.c resolverd/special.c resolverd/address.c */
#include <criterion/criterion.h>

#include <arpa/inet.h>
#include <string.h>

#include "address.h"
#include "query.h"
#include "special.h"

#define ZEROS_28	"0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"

static enum special
of(const char *text, uint16_t type)
{
	struct dname	n;

	cr_assert_eq(dname_parse(text, strlen(text), &n), 0, "%s", text);
	return special_name(&n, type);
}

Test(special, names)
{
	static const struct { const char *name; enum special what; } table[] = {
		{ "localhost", SPECIAL_LOCALHOST }, { "a.localhost", SPECIAL_LOCALHOST },
		{ "localhost.example.org", SPECIAL_NONE },
		{ "facebookcorewwwi.onion", SPECIAL_NOTHING }, { "x.alt", SPECIAL_NOTHING },
		{ "a.invalid", SPECIAL_NOTHING }, { "use-application-dns.net", SPECIAL_NOTHING },
		{ "_dns.resolver.arpa", SPECIAL_EMPTY },
		{ "printer.local", SPECIAL_SCOPED }, { "router.home.arpa", SPECIAL_LOCAL },
		{ "db.internal", SPECIAL_LOCAL }, { "nas.lan", SPECIAL_LOCAL }, { "x.test", SPECIAL_SCOPED },
		{ "4.3.2.10.in-addr.arpa", SPECIAL_LOCAL }, { "1.2.168.192.in-addr.arpa", SPECIAL_LOCAL },
		{ "1.2.16.172.in-addr.arpa", SPECIAL_LOCAL }, { "1.2.31.172.in-addr.arpa", SPECIAL_LOCAL },
		{ "1.2.15.172.in-addr.arpa", SPECIAL_NONE }, { "1.2.32.172.in-addr.arpa", SPECIAL_NONE },
		{ "172.in-addr.arpa", SPECIAL_NONE }, { "x.172.in-addr.arpa", SPECIAL_NONE },
		{ "9.9.64.100.in-addr.arpa", SPECIAL_LOCAL }, { "9.9.128.100.in-addr.arpa", SPECIAL_NONE },
		{ "1.0.0.127.in-addr.arpa", SPECIAL_NOTHING }, { "9.9.9.9.in-addr.arpa", SPECIAL_NONE },
		{ "1.d.f.ip6.arpa", SPECIAL_LOCAL }, { "1.2.ip6.arpa", SPECIAL_NONE },
		{ "1.2.0.192.in-addr.arpa", SPECIAL_NOTHING }, { "1.0.0.0." ZEROS_28 ".ip6.arpa", SPECIAL_NOTHING },
		{ "0.0.0.0." ZEROS_28 ".ip6.arpa", SPECIAL_NOTHING }, { "2.0.0.0." ZEROS_28 ".ip6.arpa", SPECIAL_NONE },
		{ "1.8.b.d.0.1.0.0.2.ip6.arpa", SPECIAL_NOTHING },
		{ "www.example.org", SPECIAL_NONE }, { "onion.example.org", SPECIAL_NONE },
		{ "notlocal", SPECIAL_LOCAL },
	};

	special_init();
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		cr_expect_eq(of(table[i].name, QTYPE_A), table[i].what, "%s", table[i].name);
	/* A zone at the top is no single-label host to who asks for its keys. */
	cr_expect_eq(of("org", QTYPE_DS), SPECIAL_NONE);
	cr_expect_eq(of("org", QTYPE_DNSKEY), SPECIAL_NONE);
	cr_expect_eq(of("org", QTYPE_NS), SPECIAL_NONE);
	cr_expect_eq(of("printer", QTYPE_TXT), SPECIAL_LOCAL);
	cr_expect_eq(of("printer", QTYPE_ANY), SPECIAL_LOCAL);
	cr_expect_eq(of(".", QTYPE_A), SPECIAL_NONE);
}

/* Those that neighbours may be asked for: below the zones of multicast DNS. */
Test(special, multicast)
{
	static const struct { const char *name, *zone; } table[] = {
		{ "printer.local", "local" }, { "a.b.local", "local" }, { "local", NULL }, { "notlocal", NULL },
		{ "local.example.org", NULL }, { "x.localhost", NULL }, { "x.lan", NULL }, { ".", NULL },
		{ "4.3.254.169.in-addr.arpa", "254.169.in-addr.arpa" }, { "254.169.in-addr.arpa", NULL },
		{ "4.3.253.169.in-addr.arpa", NULL }, { "4.3.168.192.in-addr.arpa", NULL },
		{ "1.0.8.e.f.ip6.arpa", "8.e.f.ip6.arpa" }, { "1.0.b.e.f.ip6.arpa", "b.e.f.ip6.arpa" },
		{ "1.0.c.e.f.ip6.arpa", NULL }, { "1.d.f.ip6.arpa", NULL },
	};
	struct dname	n, zone;

	special_init();
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct dname	*found;

		cr_assert_eq(dname_parse(table[i].name, strlen(table[i].name), &n), 0);
		found = special_multicast(&n);
		cr_assert_eq(found == NULL, table[i].zone == NULL, "%s", table[i].name);
		if (found == NULL)
			continue;
		cr_assert_eq(dname_parse(table[i].zone, strlen(table[i].zone), &zone), 0);
		cr_assert(dname_equal(found, &zone), "%s", table[i].name);
	}
}

Test(special, within)
{
	static const uint8_t	ten[4] = { 10, 1, 2, 3 }, net[4] = { 10, 1, 3, 9 };

	cr_assert(address_within(ten, net, 0) && address_within(ten, net, 8) && address_within(ten, net, 23));
	cr_assert_not(address_within(ten, net, 24));
	cr_assert(address_within(ten, ten, 32));
	cr_assert_not(address_within(ten, net, 32));
}

Test(special, addresses)
{
	static const struct { const char *address; bool inner; } table[] = {
		{ "0.0.0.0", true }, { "10.1.2.3", true }, { "100.64.0.1", true }, { "100.127.255.255", true },
		{ "100.63.0.1", false }, { "100.128.0.1", false }, { "127.0.0.1", true }, { "127.17.0.1", true },
		{ "169.254.1.1", true }, { "172.15.0.1", false }, { "172.16.0.1", true }, { "172.31.0.1", true },
		{ "172.32.0.1", false }, { "192.168.0.1", true }, { "192.167.0.1", false }, { "9.9.9.9", false },
		{ "::", true }, { "::1", true }, { "::2", false }, { "fc00::1", true }, { "fdff::1", true },
		{ "fe80::1", true }, { "fec0::1", true }, { "2001:db8::1", false }, { "ff02::1", false },
		{ "::ffff:10.0.0.1", true }, { "::ffff:9.9.9.9", false },
		{ "64:ff9b::192.168.0.1", true }, { "64:ff9b::9.9.9.9", false },
		/* NAT64 of an operator's own, 192.168.7.1 and 9.9.9.9 behind 96, 64, 56 and 48 bits */
		{ "64:ff9b:1::192.168.7.1", true }, { "64:ff9b:1:ffff:0:1:192.168.7.1", true },
		{ "64:ff9b:1:2:c0:a807:100::", true }, { "64:ff9b:1:2c0:a8:701::", true },
		{ "64:ff9b:1:c0a8:7:100::", true },
		{ "64:ff9b:1::9.9.9.9", false }, { "64:ff9b:1:2:9:909:900::", false },
		{ "64:ff9b:1:209:9:909::", false }, { "64:ff9b:1:909:9:900::", false },
		{ "64:ff9b:2::192.168.7.1", false },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		union address	a = { .any = { 0 } };

		a.in.sin_family = AF_INET;
		if (inet_pton(AF_INET, table[i].address, &a.in.sin_addr) != 1) {
			a.in6.sin6_family = AF_INET6;
			cr_assert_eq(inet_pton(AF_INET6, table[i].address, &a.in6.sin6_addr), 1);
		}
		cr_expect_eq(address_is_private(&a), table[i].inner, "%s", table[i].address);
	}
}
