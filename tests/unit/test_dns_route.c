/*
 * Which servers may be asked for which name.
 */
/* links: resolverd/route.c resolverd/captive.c resolverd/special.c resolverd/servers.c */
/* links: resolverd/server_url.c resolverd/dname.c resolverd/address.c */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "query.h"
#include "route.h"
#include "server_url.h"

static struct server	list[SERVERS_MAX];
static unsigned		servers;
static struct network	network;

static void
start(void)
{
	route_init();
}

TestSuite(route, .init = start);

/* A server of bulwark.conf. */
static void
named(const char *text)
{
	const char	*wrong = NULL;
	size_t		 at;

	cr_assert_eq(server_parse(text, &list[servers], &wrong, &at), 0, "%s: %s", text, wrong);
	list[servers].aside = list[servers].scopes > 0;
	servers_set(list, ++servers);
}

/* One of the network's; all: for all names. */
static void
offered(const char *text, bool all)
{
	named(text);
	list[servers - 1].of_network = true;
	list[servers - 1].aside = !all;
	servers_set(list, servers);
}

static void
searched(const char *text)
{
	cr_assert_eq(dname_parse(text, strlen(text), &network.search[network.searches++]), 0);
}

static void
heard(bool names, bool captive)
{
	network.names = names;
	network.captive = captive;
	route_set_network(&network);
}

/* "0 2 ui": places; u: unproved, i: inner; c: in clear whatever is said; m: all neighbours */
static const char *
show(const struct route *r)
{
	static char	out[80];

	out[0] = '\0';
	for (unsigned i = 0; i < r->count; i++)
		sprintf(out + strlen(out), "%u ", r->server[i]);
	snprintf(out + strlen(out), 5, "%s%s%s%s", r->unproved ? "u" : "", r->inner ? "i" : "", r->clear ? "c" : "",
	    r->multicast ? "m" : "");
	return out;
}

static const char *
route(const char *text, uint16_t type)
{
	struct route	r;
	struct dname	n;

	cr_assert_eq(dname_parse(text, strlen(text), &n), 0, "%s", text);
	route_find(&n, type, &r);
	return show(&r);
}

#define GOES(name, way)	cr_expect_str_eq(route(name, QTYPE_A), way, "%s: %s", name, route(name, QTYPE_A))

Test(route, longest_scope)
{
	named("9.9.9.9");
	named("udp://10.0.0.53?search=corp.example,10.in-addr.arpa");
	named("udp://10.1.0.53?search=dev.corp.example&insecure");
	named("udp://192.0.2.53?search=dev.corp.example");
	named("udp://10.0.0.54?search=corp.example");
	heard(true, true);
	GOES("www.example.org", "0 ");
	GOES("example", "ui");	/* a single label, and nobody to ask */
	GOES("corp.example", "1 4 i");
	GOES("www.corp.example", "1 4 i");
	GOES("notcorp.example", "0 ");
	GOES("www.dev.corp.example", "2 3 u");
	GOES("1.2.3.10.in-addr.arpa", "1 ui");
	GOES("1.2.168.192.in-addr.arpa", "ui");
	cr_expect_str_eq(route("corp.example", QTYPE_DS), "1 4 i");
	route_only_encrypted(true);
	GOES("www.corp.example", "i");
	GOES("www.example.org", "");
}

/* Names that are not there whatever anybody says, and those that a scope brings to life. */
Test(route, special_names)
{
	named("10.0.0.1");
	named("udp://10.0.0.53?search=corp.local,onion,my.test");
	heard(true, true);
	GOES("localhost", "ui");
	GOES("abc.onion", "ui");
	GOES("x.alt", "ui");
	GOES("_dns.resolver.arpa", "ui");
	GOES("1.0.0.127.in-addr.arpa", "ui");
	GOES("printer.local", "u");
	GOES("dc.corp.local", "1 ui");
	GOES("x.test", "u");
	GOES("x.my.test", "1 ui");
	GOES("db.internal", "0 ui");
	GOES("printer", "0 ui");
	GOES("org", "0 ui");
	cr_expect_str_eq(route("org", QTYPE_DS), "0 ");
	cr_expect_str_eq(route(".", QTYPE_DNSKEY), "0 ");
}

/* By multicast DNS, or not at all; what an administrator gave a server stays with it. */
Test(route, neighbours)
{
	named("9.9.9.9");
	named("10.0.0.1");
	named("udp://10.0.0.53?search=corp.local");
	offered("192.168.1.1", false);
	searched("local");
	searched("home.local");
	network.multicast = true;
	heard(true, true);
	GOES("printer.local", "uim");
	GOES("nas.home.local", "uim");
	GOES("dc.corp.local", "2 ui");
	GOES("4.3.254.169.in-addr.arpa", "uim");
	GOES("1.0.8.e.f.ip6.arpa", "uim");
	GOES("4.3.168.192.in-addr.arpa", "1 ui");
	GOES("printer", "1 ui");
	GOES("www.example.org", "0 1 ");
	network.multicast = false;
	heard(true, true);
	GOES("4.3.254.169.in-addr.arpa", "1 ui");
	GOES("nas.home.local", "3 uic");
}

Test(route, local_names_hear_private_servers_only)
{
	named("9.9.9.9");
	named("udp://10.0.0.2?public");
	heard(true, true);
	GOES("db.internal", "ui");
	named("10.0.0.1");
	GOES("db.internal", "2 ui");
	GOES("router.home.arpa", "2 ui");
	GOES("1.2.3.10.in-addr.arpa", "2 ui");
	GOES("www.example.org", "0 1 2 ");
}

/* The network's own servers beside those of bulwark.conf. */
Test(route, search_domains)
{
	named("9.9.9.9");
	named("udp://10.9.9.9?search=vpn.corp.example");
	offered("192.168.1.1", false);
	offered("8.8.8.8", false);
	searched("corp.example");
	searched("corp.local");
	heard(true, false);
	GOES("www.example.org", "0 ");
	GOES("host.corp.example", "2 ic");
	GOES("host.vpn.corp.example", "1 i");
	GOES("dc.corp.local", "2 uic");
	GOES("printer.local", "u");
	GOES("printer", "2 uic");
	route_only_encrypted(true);
	GOES("host.corp.example", "2 ic");
	heard(false, false);
	GOES("host.corp.example", "");
	GOES("printer", "ui");
	route_only_encrypted(false);
	GOES("host.corp.example", "0 ");
	GOES("printer", "ui");
}

Test(route, search_domains_of_a_network_with_public_servers)
{
	named("9.9.9.9");
	offered("8.8.8.8", false);
	searched("uni.example");
	searched("uni.internal");
	heard(true, false);
	GOES("host.uni.example", "1 c");
	GOES("host.uni.internal", "uc");
	GOES("printer", "uic");
}

/* Nobody else is named. */
Test(route, all_names_to_the_network)
{
	offered("192.168.1.1", true);
	offered("8.8.8.8", true);
	searched("corp.example");
	heard(false, false);
	GOES("www.example.org", "0 1 ");
	GOES("host.corp.example", "0 i");
	GOES("printer", "0 ui");
	route_only_encrypted(true);
	GOES("www.example.org", "");
	GOES("host.corp.example", "");
	GOES("printer", "ui");
}

Test(route, captive_portals)
{
	struct route	r;
	struct dname	n;

	cr_assert_eq(dname_parse("detectportal.firefox.com", 24, &n), 0);
	named("9.9.9.9");
	heard(true, true);
	cr_expect_not(route_captive(&n, QTYPE_A, &r), "no network");
	offered("192.168.1.1", false);
	offered("8.8.8.8", false);
	route_only_encrypted(true);
	cr_expect(route_captive(&n, QTYPE_A, &r));
	cr_expect_str_eq(show(&r), "1 2 uic");
	cr_expect(route_captive(&n, QTYPE_AAAA, &r));
	cr_expect_not(route_captive(&n, QTYPE_TXT, &r));
	heard(true, false);
	cr_expect_not(route_captive(&n, QTYPE_A, &r));
	heard(true, true);
	cr_assert_eq(dname_parse("a.detectportal.firefox.com", 26, &n), 0);
	cr_expect_not(route_captive(&n, QTYPE_A, &r), "what lies below is another name");
	cr_assert_eq(dname_parse("firefox.com", 11, &n), 0);
	cr_expect_not(route_captive(&n, QTYPE_A, &r));
}
