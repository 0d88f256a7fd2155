/*
 * See captive.h. Called by route.c. A pure function of the name. Only names that serve
 * nothing else: the network may give them any address, so www.gstatic.com, www.google.com
 * and www.apple.com, which some check, too, are not among them.
 */
#include <string.h>

#include "captive.h"
#include "query.h"
#include "sandbox.h"

static struct { const char *text; struct dname name; } names[] = {
	/* NetworkManager, as distributions set it (connectivity.uri in conf.d). */
	{ .text = "network-test.debian.org" },		/* Debian: 20-connectivity-debian.conf */
	{ .text = "connectivity-check.ubuntu.com" },	/* Ubuntu: 20-connectivity-ubuntu.conf */
	{ .text = "nmcheck.gnome.org" },		/* GNOME */
	{ .text = "networkcheck.kde.org" },		/* KDE */
	{ .text = "conncheck.opensuse.org" },
	{ .text = "ping.archlinux.org" },
	/* Firefox: captivedetect.canonicalURL */
	{ .text = "detectportal.firefox.com" },
	/* Chrome, Chromium and Android: /generate_204 */
	{ .text = "connectivitycheck.gstatic.com" },
	{ .text = "connectivitycheck.android.com" },
	/* Apple: /hotspot-detect.html */
	{ .text = "captive.apple.com" },
	/* Windows (NCSI): /connecttest.txt, before Windows 10 /ncsi.txt */
	{ .text = "www.msftconnecttest.com" }, { .text = "ipv6.msftconnecttest.com" },
	{ .text = "www.msftncsi.com" }, { .text = "ipv6.msftncsi.com" }, { .text = "dns.msftncsi.com" },
};

/* Each question is looked at: nearly all are told apart by their length. */
static bool	is_long_as[DNAME_MAX + 1];

void
captive_init(void)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (dname_parse(names[i].text, strlen(names[i].text), &names[i].name) == -1)
			fatalx("%s is no name", names[i].text);
		is_long_as[names[i].name.len] = true;
	}
}

bool
captive_name(const struct dname *n, uint16_t type)
{
	if (!is_long_as[n->len] || (type != QTYPE_A && type != QTYPE_AAAA))
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (n->len == names[i].name.len && memcmp(n->wire, names[i].name.wire, n->len) == 0)
			return true;
	return false;
}
