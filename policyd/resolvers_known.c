/*
 * See resolvers_known.h. Names and addresses are sorted; a test looks at it.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "resolvers_known.h"

static const char *const names[] = {
	"8888.google", "ada.openbld.net", "adfree.usableprivacy.net", "ads-doh.securedns.eu",
	"ads-dot.securedns.eu", "adult-filter-dns.cleanbrowsing.org", "ahadns.net",
	"anycast.uncensoreddns.org", "basic.rethinkdns.com", "blahdns.com", "blitz.ahadns.com",
	"canadianshield.cira.ca", "child-noads.joindns4.eu", "child.joindns4.eu", "cloudflare-dns.com",
	"cloudflare-gateway.com", "d.adguard-dns.com", "dns-family.adguard.com", "dns-nosec.quad9.net",
	"dns-nyc.aaflalo.me", "dns-unfiltered.adguard.com", "dns.aaflalo.me", "dns.adguard-dns.com",
	"dns.adguard.com", "dns.alidns.com", "dns.arapurayil.com", "dns.artikel10.org", "dns.belnet.be",
	"dns.containerpi.com", "dns.controld.com", "dns.decloudus.com", "dns.digitale-gesellschaft.ch",
	"dns.google", "dns.google.com", "dns.hostux.net", "dns.mullvad.net", "dns.nextdns.io", "dns.njal.la",
	"dns.opendns.com", "dns.oszx.co", "dns.pumplex.com", "dns.quad9.net", "dns.rubyfish.cn",
	"dns.snopyta.org", "dns.surfsharkdns.com", "dns.switch.ch", "dns.telekom.de", "dns.twnic.tw",
	"dns.umbrella.com", "dns.yandex.net", "dns0.eu", "dns1.dnscrypt.ca", "dns1.nextdns.io",
	"dns10.quad9.net", "dns11.quad9.net", "dns12.quad9.net", "dns2.dnscrypt.ca", "dns2.nextdns.io",
	"dns9.quad9.net", "dnses.alekberg.net", "dnsforge.de", "dnspub.restena.lu", "doh.360.cn", "doh.42l.fr",
	"doh.applied-privacy.net", "doh.captnemo.in", "doh.cleanbrowsing.org", "doh.dns.apple.com",
	"doh.dns.sb", "doh.dnslify.com", "doh.familyshield.opendns.com", "doh.ffmuc.net", "doh.libredns.gr",
	"doh.mullvad.net", "doh.opendns.com", "doh.powerdns.org", "doh.pub", "doh.safesurfer.co.nz",
	"doh.sandbox.opendns.com", "doh.sb", "doh.seby.io", "doh.securedns.eu", "doh.tiar.app",
	"doh.umbrella.com", "doh.xfinity.com", "dot.360.cn", "dot.ffmuc.net", "dot.libredns.gr", "dot.pub",
	"dot.sb", "dot.seby.io", "dot.securedns.eu", "dot.tiar.app", "dot.xfinity.com",
	"dot1.applied-privacy.net", "family-filter-dns.cleanbrowsing.org", "family.adguard-dns.com",
	"familyshield.opendns.com", "fdns1.dismail.de", "fdns2.dismail.de", "freedns.controld.com",
	"jp.tiar.app", "jp.tiarap.org", "kaitain.restena.lu", "max.rethinkdns.com", "noads.joindns4.eu",
	"ns0.fdn.fr", "ns1.fdn.fr", "odvr.nic.cz", "one.one.one.one", "ordns.he.net", "protective.joindns4.eu",
	"public.dns.iij.jp", "resolver-eu.lelux.fi", "resolver.sunet.se", "ric.openbld.net",
	"security-filter-dns.cleanbrowsing.org", "sky.rethinkdns.com", "unfiltered.adguard-dns.com",
	"unfiltered.joindns4.eu", "unicast.uncensoreddns.org", "wikimedia-dns.org",
};

#define V4(a, b, c, d)	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

static const uint32_t addresses4[] = {
	V4(1, 0, 0, 1), V4(1, 0, 0, 2), V4(1, 0, 0, 3), V4(1, 1, 1, 1), V4(1, 1, 1, 2), V4(1, 1, 1, 3),
	V4(1, 12, 12, 12), V4(8, 8, 4, 4), V4(8, 8, 8, 8), V4(9, 9, 9, 9), V4(9, 9, 9, 10), V4(9, 9, 9, 11),
	V4(9, 9, 9, 12), V4(45, 11, 45, 11), V4(74, 82, 42, 42), V4(76, 76, 2, 0), V4(76, 76, 2, 1),
	V4(76, 76, 2, 2), V4(76, 76, 2, 3), V4(76, 76, 2, 4), V4(76, 76, 2, 5), V4(76, 76, 10, 0),
	V4(76, 76, 10, 1), V4(76, 76, 10, 2), V4(76, 76, 10, 3), V4(76, 76, 10, 4), V4(76, 76, 10, 5),
	V4(77, 88, 8, 1), V4(77, 88, 8, 2), V4(77, 88, 8, 3), V4(77, 88, 8, 7), V4(77, 88, 8, 8),
	V4(77, 88, 8, 88), V4(86, 54, 11, 1), V4(86, 54, 11, 11), V4(86, 54, 11, 12), V4(86, 54, 11, 13),
	V4(86, 54, 11, 100), V4(86, 54, 11, 200), V4(86, 54, 11, 201), V4(86, 54, 11, 211),
	V4(86, 54, 11, 212), V4(86, 54, 11, 213), V4(89, 233, 43, 71), V4(91, 239, 100, 100),
	V4(94, 140, 14, 14), V4(94, 140, 14, 15), V4(94, 140, 14, 140), V4(94, 140, 14, 141),
	V4(94, 140, 15, 15), V4(94, 140, 15, 16), V4(101, 101, 101, 101), V4(101, 102, 103, 104),
	V4(103, 2, 57, 5), V4(103, 2, 57, 6), V4(104, 16, 248, 249), V4(104, 16, 249, 249),
	V4(119, 29, 29, 29), V4(120, 53, 53, 53), V4(130, 59, 31, 248), V4(130, 59, 31, 251),
	V4(146, 112, 41, 2), V4(146, 112, 41, 3), V4(149, 112, 112, 9), V4(149, 112, 112, 10),
	V4(149, 112, 112, 11), V4(149, 112, 112, 12), V4(149, 112, 112, 112), V4(149, 112, 121, 10),
	V4(149, 112, 121, 20), V4(149, 112, 121, 30), V4(149, 112, 122, 10), V4(149, 112, 122, 20),
	V4(149, 112, 122, 30), V4(162, 159, 61, 3), V4(162, 159, 61, 4), V4(172, 64, 41, 3),
	V4(172, 64, 41, 4), V4(185, 43, 135, 1), V4(185, 71, 138, 138), V4(185, 95, 218, 42),
	V4(185, 95, 218, 43), V4(185, 222, 222, 222), V4(185, 228, 168, 9), V4(185, 228, 168, 10),
	V4(185, 228, 168, 168), V4(185, 228, 169, 9), V4(185, 228, 169, 11), V4(185, 228, 169, 168),
	V4(185, 253, 5, 0), V4(193, 17, 47, 1), V4(193, 110, 81, 0), V4(194, 242, 2, 2), V4(194, 242, 2, 3),
	V4(194, 242, 2, 4), V4(194, 242, 2, 5), V4(194, 242, 2, 6), V4(194, 242, 2, 9), V4(208, 67, 220, 123),
	V4(208, 67, 220, 220), V4(208, 67, 220, 222), V4(208, 67, 222, 123), V4(208, 67, 222, 220),
	V4(208, 67, 222, 222), V4(223, 5, 5, 5), V4(223, 6, 6, 6),
};

/* The upper and the lower half. */
static const uint64_t addresses6[][2] = {
	{ 0x2001047000200000, 0x2 }, { 0x2001067c09300000, 0x1 }, { 0x2001148ffffe0000, 0x1 },
	{ 0x2001148fffff0000, 0x1 }, { 0x2001486048600000, 0x64 }, { 0x2001486048600000, 0x6464 },
	{ 0x2001486048600000, 0x8844 }, { 0x2001486048600000, 0x8888 }, { 0x2400320000000000, 0x1 },
	{ 0x24003200baba0000, 0x1 }, { 0x2606470047000000, 0x64 }, { 0x2606470047000000, 0x1001 },
	{ 0x2606470047000000, 0x1002 }, { 0x2606470047000000, 0x1003 }, { 0x2606470047000000, 0x1111 },
	{ 0x2606470047000000, 0x1112 }, { 0x2606470047000000, 0x1113 }, { 0x2606470047000000, 0x6400 },
	{ 0x262000000ccc0000, 0x2 }, { 0x262000000ccd0000, 0x2 }, { 0x262000fe00000000, 0x9 },
	{ 0x262000fe00000000, 0x10 }, { 0x262000fe00000000, 0x11 }, { 0x262000fe00000000, 0x12 },
	{ 0x262000fe00000000, 0xfe }, { 0x262000fe00000000, 0xfe0010 }, { 0x262000fe00000000, 0xfe0011 },
	{ 0x262000fe00000000, 0xfe0012 }, { 0x2620011900350000, 0x35 }, { 0x2620011900350000, 0x123 },
	{ 0x2620011900530000, 0x53 }, { 0x2620011900530000, 0x123 }, { 0x2a07e34000000000, 0x2 },
	{ 0x2a07e34000000000, 0x3 }, { 0x2a07e34000000000, 0x4 }, { 0x2a07e34000000000, 0x5 },
	{ 0x2a07e34000000000, 0x6 }, { 0x2a07e34000000000, 0x9 }, { 0x2a09000000000000, 0x0 },
	{ 0x2a0d2a0000010000, 0x0 }, { 0x2a0d2a0000010000, 0x1 }, { 0x2a0d2a0000010000, 0x2 },
	{ 0x2a0d2a0000020000, 0x0 }, { 0x2a0d2a0000020000, 0x1 }, { 0x2a0d2a0000020000, 0x2 },
	{ 0x2a1050c000000000, 0x100ff }, { 0x2a1050c000000000, 0x200ff }, { 0x2a1050c000000000, 0xad100ff },
	{ 0x2a1050c000000000, 0xad200ff }, { 0x2a1050c000000000, 0xbad100ff },
	{ 0x2a1050c000000000, 0xbad200ff }, { 0x2a11000000000000, 0x0 },
};

static int
compare(const char *name, size_t len, const char *other)
{
	size_t other_len = strlen(other);
	int c = memcmp(name, other, len < other_len ? len : other_len);

	return c != 0 ? c : len == other_len ? 0 : len < other_len ? -1 : 1;
}

static bool
is_name(const char *name, size_t len)
{
	size_t low = 0, high = sizeof names / sizeof names[0];

	while (low < high) {
		size_t middle = (low + high) / 2;
		int c = compare(name, len, names[middle]);

		if (c == 0)
			return true;
		if (c < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

bool
resolver_has_name(const char *name, size_t len)
{
	const char *end = name + len, *dot;

	for (; !is_name(name, (size_t)(end - name)); name = dot + 1)
		if ((dot = memchr(name, '.', (size_t)(end - name))) == NULL)
			return false;
	return true;
}

static uint64_t
number(const uint8_t *bytes, size_t count)
{
	uint64_t n = 0;

	for (size_t i = 0; i < count; i++)
		n = n << 8 | bytes[i];
	return n;
}

static bool
is_address4(uint32_t address)
{
	size_t low = 0, high = sizeof addresses4 / sizeof addresses4[0];

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (addresses4[middle] == address)
			return true;
		if (address < addresses4[middle])
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

bool
resolver_has_address(uint8_t family, const uint8_t address[16])
{
	uint64_t upper, lower;

	if (family == 4)
		return is_address4((uint32_t)number(address, 4));
	upper = number(address, 8);
	lower = number(address + 8, 8);
	for (size_t i = 0; i < sizeof addresses6 / sizeof addresses6[0]; i++)
		if (addresses6[i][0] == upper && addresses6[i][1] == lower)
			return true;
	return false;
}

static bool
write_names(int fd)
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (dprintf(fd, "%s\n", names[i]) < 0)
			return false;
	return true;
}

int
resolvers_list(const char *folder)
{
	char path[PATH_MAX];
	int fd, result = -1;

	(void)snprintf(path, sizeof path, "%s/resolvers.new", folder);
	if ((fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600)) == -1)
		return -1;
	if (write_names(fd))
		result = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	(void)close(fd);
	(void)unlink(path);
	return result;
}
