/*
 * Where addresses lie: each line of the IANA special-purpose and multicast registries, its first and
 * last address and its neighbours; forms that embed another address; and this machine's own nets.
 */
/* links: policyd/scope.c */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "scope.h"

static const struct links none;

static uint8_t
read_address(const char *text, uint8_t address[16])
{
	uint8_t family = strchr(text, ':') != NULL ? 6 : 4;

	memset(address, 0, 16);
	cr_assert_eq(inet_pton(family == 6 ? AF_INET6 : AF_INET, text, address), 1, "%s", text);
	return family;
}

static struct place
place(const struct links *links, const char *text)
{
	uint8_t address[16], family = read_address(text, address);

	return place_of(links, family, address);
}

struct row { const char *address; enum scope scope; };

static void
rows_hold(const struct links *links, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		cr_expect_eq(place(links, rows[i].address).scope, rows[i].scope, "%s is 0x%x, not 0x%x",
		    rows[i].address, place(links, rows[i].address).scope, rows[i].scope);
}
#define ROWS(links, rows)	rows_hold(links, rows, sizeof (rows) / sizeof (rows)[0])

#define HOST	SCOPE_HOST
#define LINK	SCOPE_LINK
#define SITE	SCOPE_SITE
#define GROUP	SCOPE_MULTICAST
#define NET	SCOPE_INTERNET
#define NET_GROUP SCOPE_INTERNET_MULTICAST
#define INVALID	SCOPE_INVALID

static const struct row v4[] = {
	{ "0.0.0.0", INVALID }, { "0.255.255.255", INVALID }, { "1.0.0.0", NET },	/* this network */
	{ "9.255.255.255", NET }, { "10.0.0.0", SITE }, { "10.255.255.255", SITE }, { "11.0.0.0", NET },
	{ "100.63.255.255", NET }, { "100.64.0.0", SITE }, { "100.127.255.255", SITE }, { "100.128.0.0", NET },
	{ "126.255.255.255", NET }, { "127.0.0.0", HOST }, { "127.255.255.255", HOST }, { "128.0.0.0", NET },
	{ "169.253.255.255", NET }, { "169.254.0.0", LINK }, { "169.254.255.255", LINK }, { "169.255.0.0", NET },
	{ "172.15.255.255", NET }, { "172.16.0.0", SITE }, { "172.31.255.255", SITE }, { "172.32.0.0", NET },
	{ "191.255.255.255", NET }, { "192.0.0.0", LINK }, { "192.0.0.7", LINK }, { "192.0.0.8", NET },	/* DS-Lite */
	{ "192.0.0.9", NET }, { "192.0.0.10", NET }, { "192.0.0.170", NET }, { "192.0.0.171", NET },
	{ "192.0.2.1", NET }, { "198.51.100.1", NET }, { "203.0.113.1", NET },		/* documentation */
	{ "192.31.196.1", NET }, { "192.52.193.1", NET }, { "192.88.99.1", NET }, { "192.175.48.1", NET },
	{ "192.167.255.255", NET }, { "192.168.0.0", SITE }, { "192.168.255.255", SITE }, { "192.169.0.0", NET },
	{ "198.18.0.0", NET }, { "198.19.255.255", NET },				/* benchmarks */
	{ "223.255.255.255", NET }, { "224.0.0.0", GROUP }, { "224.0.0.255", GROUP },
	{ "224.0.1.0", NET_GROUP }, { "232.0.0.1", NET_GROUP }, { "233.252.0.1", NET_GROUP },
	{ "238.255.255.255", NET_GROUP }, { "239.0.0.0", GROUP }, { "239.255.255.255", GROUP },
	{ "240.0.0.0", INVALID }, { "255.255.255.254", INVALID }, { "255.255.255.255", SCOPE_BROADCAST },
};

static const struct row v6[] = {
	{ "::", INVALID }, { "::1", HOST },
	{ "64:ff9b:1::1", NET }, { "64:ff9b:1:2::10.0.0.1", SITE }, { "64:ff9b:1::9.9.9.9", NET },
	{ "64:ff9b:1::127.0.0.1", NET }, { "64:ff9b:1::169.254.0.1", LINK }, { "100::1", NET }, { "100:0:0:1::1", NET }, { "2001:1::1", NET },
	{ "2001:2::1", NET }, { "2001:3::1", NET }, { "2001:4:112::1", NET }, { "2001:20::1", NET },
	{ "2001:30::1", NET }, { "2001:db8::1", NET }, { "2620:4f:8000::1", NET }, { "3fff::1", NET },
	{ "5f00::1", NET }, { "2000::", NET }, { "3fff:ffff::", NET }, { "4000::1", NET }, { "fbff::1", NET },
	{ "fc00::", SITE }, { "fdff:ffff::1", SITE }, { "fe00::1", NET }, { "fe7f::1", NET },
	{ "fe80::", LINK }, { "fe80:1::1", LINK }, { "febf:ffff::1", LINK },
	{ "fec0::1", SITE }, { "feff:ffff::1", SITE },					/* old site-local */
};

/* ff and its flag bits, then the scope; 0 and 15 are reserved. */
static const struct row groups6[] = {
	{ "ff00::1", INVALID }, { "ff01::1", HOST }, { "ff02::1", GROUP }, { "ff03::1", GROUP },
	{ "ff04::1", GROUP }, { "ff05::2", GROUP }, { "ff06::1", NET_GROUP }, { "ff08::1", NET_GROUP },
	{ "ff0e::1", NET_GROUP }, { "ff0f::1", INVALID }, { "ff10::1", INVALID }, { "ff11::1", HOST },
	{ "ff12::fb", GROUP }, { "ff15::1", GROUP }, { "ff1e::1", NET_GROUP }, { "ff32::1", GROUP },
	{ "ff3e::8000:1", NET_GROUP }, { "ff72::1", GROUP }, { "fff2::1", GROUP }, { "ffff::1", INVALID },
};

/* What an embedded IPv4 address is; loopback, groups and what is invalid lead nowhere. */
static const struct row embedded[] = {
	{ "::ffff:192.0.2.1", NET }, { "::ffff:10.0.0.1", SITE }, { "::ffff:169.254.1.1", LINK },
	{ "::ffff:127.0.0.1", INVALID }, { "::ffff:0.0.0.0", INVALID }, { "::ffff:224.0.0.1", INVALID },
	{ "::ffff:255.255.255.255", INVALID }, { "::ffff:239.1.1.1", INVALID },
	{ "::fffe:192.0.2.1", NET }, { "::1:ffff:192.0.2.1", NET },
	{ "::192.0.2.1", NET }, { "::10.0.0.1", SITE }, { "::127.0.0.1", INVALID }, { "::2", INVALID },
	{ "64:ff9b::192.0.2.1", NET }, { "64:ff9b::192.168.1.1", SITE }, { "64:ff9b::169.254.169.254", LINK },
	{ "64:ff9b::127.0.0.1", INVALID }, { "64:ff9b::1:127.0.0.1", NET },
	{ "2002:c000:201::1", NET }, { "2002:a00:1::", SITE }, { "2002:a9fe:1::1", LINK },
	{ "2002:7f00:1::", INVALID }, { "2002:e000:1::", INVALID }, { "2002:0:0::1", INVALID },
	/* Teredo: the client's address, inverted, not the server's. */
	{ "2001:0:a00:1:0:0:3fff:fdfe", NET }, { "2001:0:c000:201:0:0:f5ff:fffe", SITE },
	{ "2001:0:c000:201:0:0:80ff:fffe", INVALID }, { "2001:0:c000:201:0:0:1fff:fffe", INVALID },
	{ "2001:1:c000:201:0:0:80ff:fffe", NET },
};

Test(scope, registries)
{
	ROWS(&none, v4);
	ROWS(&none, v6);
	ROWS(&none, groups6);
	ROWS(&none, embedded);
}

/* A net is told with the machine's own address in it. */
static void
add_net(struct decide_links *l, const char *address, uint8_t prefix, const char *broadcast)
{
	struct decide_net *n = &l->net[l->count++];
	uint8_t all[16];

	snprintf(n->device, sizeof n->device, "dev%u", l->count);
	n->family = read_address(address, n->address);
	n->prefix = prefix;
	if (broadcast != NULL) {
		(void)read_address(broadcast, all);
		memcpy(n->broadcast, all, 4);
	}
}

static const struct row at_home[] = {
	{ "10.0.0.2", HOST }, { "10.0.0.3", SITE }, { "10.0.0.0", SITE }, { "10.0.0.255", SCOPE_BROADCAST },
	{ "10.0.1.1", SITE },
	{ "203.0.113.18", HOST }, { "203.0.113.17", LINK }, { "203.0.113.31", SCOPE_BROADCAST },
	{ "203.0.113.15", NET }, { "203.0.113.32", NET },
	{ "198.51.100.1", HOST }, { "198.51.100.0", LINK }, { "198.51.100.2", NET },	/* /31: no broadcast */
	{ "192.0.2.77", HOST }, { "192.0.2.78", NET },					/* /32 */
	{ "127.0.0.1", HOST }, { "224.0.0.1", GROUP }, { "255.255.255.255", SCOPE_BROADCAST },
	{ "2001:db8::2", HOST }, { "2001:db8::3", LINK }, { "2001:db8:0:1::3", NET },
	{ "fe80::2", HOST }, { "fe80::3", LINK }, { "fd00::2", HOST }, { "fd00::3", SITE }, { "ff02::1", GROUP },
	{ "::", INVALID }, { "0.0.0.0", INVALID }, { "2002:a00:2::1", SITE },
};

Test(scope, at_home)
{
	static const struct { const char *address; bool own; } own_subnet[] = {
		{ "10.0.0.3", true }, { "10.0.0.0", true }, { "10.0.1.1", false }, { "203.0.113.17", true },
		{ "203.0.113.32", false }, { "fe80::3", true }, { "fd00::3", true }, { "fd00:0:0:1::3", false },
		{ "2001:db8::3", true }, { "224.0.0.1", false },
	};
	static struct decide_links told;
	struct links links;

	add_net(&told, "10.0.0.2", 24, "10.0.0.255");
	add_net(&told, "203.0.113.18", 28, "203.0.113.31");
	add_net(&told, "198.51.100.1", 31, NULL);
	add_net(&told, "192.0.2.77", 32, NULL);
	add_net(&told, "2001:db8::2", 64, NULL);
	add_net(&told, "fe80::2", 64, NULL);
	add_net(&told, "fd00::2", 64, NULL);
	links_set(&links, &told);
	cr_expect(!links.more);
	ROWS(&links, at_home);
	for (size_t i = 0; i < sizeof own_subnet / sizeof own_subnet[0]; i++)
		cr_expect_eq(place(&links, own_subnet[i].address).own_subnet, own_subnet[i].own, "%s",
		    own_subnet[i].address);
}

/* A tunnel with half the Internet behind it makes none of it local, but its own address is its own. */
Test(scope, too_wide)
{
	static const struct row rows[] = {
		{ "8.0.0.1", HOST }, { "8.0.0.2", NET }, { "9.0.0.1", LINK }, { "9.255.0.1", LINK },
		{ "2600::1", HOST }, { "2600::2", NET }, { "2700::2", LINK },
	};
	static struct decide_links told;
	struct links links;

	add_net(&told, "8.0.0.1", 0, NULL);
	add_net(&told, "8.0.0.1", 7, NULL);
	add_net(&told, "9.0.0.2", 8, NULL);
	add_net(&told, "2600::1", 15, NULL);
	add_net(&told, "2700::1", 16, NULL);
	links_set(&links, &told);
	ROWS(&links, rows);
}

/* Each net belongs to its device alone, however wide. */
Test(scope, on_net_of)
{
	static const struct { const char *device, *address; bool on; } rows[] = {
		{ "dev1", "10.0.0.9", true }, { "dev1", "10.0.0.2", true }, { "dev1", "10.0.1.9", false },
		{ "dev2", "10.0.0.9", false }, { "dev", "10.0.0.9", false }, { "dev11", "10.0.0.9", false },
		{ "", "10.0.0.9", false }, { "dev2", "2001:db8::9", true }, { "dev1", "2001:db8::9", false },
		{ "dev3", "192.0.2.9", true }, { "dev3", "2001:db8::9", false },
	};
	static struct decide_links told;
	struct links links;
	uint8_t address[16];

	add_net(&told, "10.0.0.2", 24, "10.0.0.255");
	add_net(&told, "2001:db8::2", 64, NULL);
	add_net(&told, "198.51.100.1", 0, NULL);
	links_set(&links, &told);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		uint8_t family = read_address(rows[i].address, address);

		cr_expect_eq(on_net_of(&links, rows[i].device, family, address), rows[i].on, "row %zu", i);
	}
	cr_assert(!on_net_of(&none, "dev1", 4, address));
}

Test(scope, as_many_nets_as_may_be)
{
	static struct decide_links told;
	struct links links;
	char text[20];

	for (unsigned i = 0; i < DECIDE_NETS; i++) {
		snprintf(text, sizeof text, "192.0.%u.1", i);
		add_net(&told, text, 32, NULL);
	}
	links_set(&links, &told);
	cr_assert_eq(links.count, DECIDE_NETS);
	cr_assert_eq(place(&links, "192.0.127.1").scope, SCOPE_HOST);
	cr_assert_eq(place(&links, "192.0.128.1").scope, SCOPE_INTERNET);
}

Test(scope, mapped)
{
	uint8_t address[16];

	cr_assert(!address_mapped(read_address("192.0.2.1", address), address));
	cr_assert(address_mapped(read_address("::ffff:192.0.2.1", address), address));
	cr_assert(!address_mapped(read_address("::fffe:192.0.2.1", address), address));
	cr_assert(!address_mapped(read_address("1::ffff:192.0.2.1", address), address));
}

/* Every length against every bit. */
Test(scope, address_in)
{
	uint8_t net[16] = { 0 }, address[16];

	for (unsigned prefix = 0; prefix <= 128; prefix++)
		for (unsigned bit = 0; bit < 128; bit++) {
			memset(address, 0, 16);
			address[bit / 8] = (uint8_t)(0x80 >> bit % 8);
			cr_assert_eq(address_in(address, net, prefix), bit >= prefix);
		}
}

Test(scope, more_than_are_told)
{
	static struct decide_links told;
	struct links links;

	for (unsigned i = 0; i < DECIDE_NETS; i++)
		add_net(&told, "10.0.0.2", 24, "10.0.0.255");
	told.more = true;
	links_set(&links, &told);
	cr_expect(links.more);
	cr_expect_eq(links.count, DECIDE_NETS);
}
