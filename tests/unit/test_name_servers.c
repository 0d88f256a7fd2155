/*
 * Which servers resolverd is given, from bulwark.conf, resolv.conf and settings; and when the
 * machine is in another network.
 */
/* links: policyd/name_servers.c policyd/upstream.c policyd/upstreams.c policyd/scope.c */
#include <criterion/criterion.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "current.h"
#include "name_servers.h"

static struct policy	policy;
static struct conf	conf;

const struct policy *
current_policy(void)
{
	return &policy;
}

enum level
level_now(void)
{
	return LEVEL_DYNAMIC;
}

static void
set(enum setting setting, enum value value)
{
	policy.settings.value[setting][LEVEL_DYNAMIC] = (uint8_t)value;
}

static void
start(void)
{
	struct control_resolvers	r = { .text = "search corp.example a.b\nnameserver 192.168.1.1\nnameserver 8.8.8.8\n" };

	r.len = (uint16_t)strlen(r.text);
	name_servers_machine(&r);
	policy.conf = &conf;
	set(SETTING_ENCRYPTED_DNS, VALUE_ON);
	set(SETTING_NETWORK_NAMES, VALUE_UNENCRYPTED);
	set(SETTING_CAPTIVE, VALUE_UNENCRYPTED);
}

TestSuite(name_servers, .init = start);

static void
resolver(const char *url)
{
	conf.resolver[conf.resolvers_count++] = url;
}

/* "of bulwark.conf; of the network; search domains; flags" */
static const char *
chosen(void)
{
	static char			out[1000];
	static struct names_settings	s;
	const struct upstreams		*u;

	memset(&s, 0, sizeof s);
	out[0] = '\0';
	name_servers_choose(&s);
	for (unsigned i = 0; i < s.servers; i++)
		sprintf(out + strlen(out), "%s ", s.server[i]);
	strcat(out, "; ");
	for (unsigned i = 0; i < s.network_servers; i++)
		sprintf(out + strlen(out), "%s ", s.network_server[i]);
	strcat(out, "; ");
	for (unsigned i = 0; i < s.searches; i++)
		sprintf(out + strlen(out), "%s ", s.search[i]);
	sprintf(out + strlen(out), "; %s%s%s%s%s", s.network_all ? "all " : "", s.network_names ? "names " : "",
	    s.captive ? "captive " : "", s.only_encrypted ? "encrypted " : "",
	    s.designated ? "designated " : "");
	u = name_servers_now();
	cr_assert_eq(u->offers, s.designated);
	cr_assert_eq(u->count, s.servers + s.network_servers, "what may be reached is what is asked");
	for (unsigned i = 0; i < u->count; i++)
		cr_assert_str_eq(u->server[i].text, i < s.servers ? s.server[i] : s.network_server[i - s.servers]);
	return out;
}

#define CHOOSES(what)	cr_expect_str_eq(chosen(), what)
#define NETWORK		"192.168.1.1 8.8.8.8 ; corp.example a.b "

Test(name_servers, nobody_named)
{
	CHOOSES("; " NETWORK "; all names captive ");
	policy.conf = NULL;
	CHOOSES("; " NETWORK "; all names captive ");
	set(SETTING_NETWORK_NAMES, VALUE_DENY);
	set(SETTING_CAPTIVE, VALUE_DENY);
	CHOOSES("; " NETWORK "; all ");
}

Test(name_servers, in_clear)
{
	resolver("9.9.9.9");
	CHOOSES("9.9.9.9 ; " NETWORK "; names captive ");
	set(SETTING_NETWORK_NAMES, VALUE_DENY);
	CHOOSES("9.9.9.9 ; " NETWORK "; captive ");
	set(SETTING_CAPTIVE, VALUE_DENY);
	CHOOSES("9.9.9.9 ; ; ; ");
}

/* Beside encrypted ones the network is heard only where that is said. */
Test(name_servers, encrypted)
{
	resolver("dot://9.9.9.9");
	CHOOSES("dot://9.9.9.9 ; ; ; encrypted ");
	set(SETTING_CAPTIVE, VALUE_PERMIT);
	CHOOSES("dot://9.9.9.9 ; " NETWORK "; captive encrypted ");
	set(SETTING_NETWORK_NAMES, VALUE_PERMIT);
	CHOOSES("dot://9.9.9.9 ; " NETWORK "; names captive encrypted ");
	resolver("udp://10.0.0.53?search=corp.example");
	set(SETTING_CAPTIVE, VALUE_DENY);
	set(SETTING_NETWORK_NAMES, VALUE_UNENCRYPTED);
	CHOOSES("dot://9.9.9.9 udp://10.0.0.53?search=corp.example ; ; ; encrypted ");
	set(SETTING_ENCRYPTED_DNS, VALUE_OFF);
	CHOOSES("dot://9.9.9.9 udp://10.0.0.53?search=corp.example ; " NETWORK "; names ");
}

/* What servers in clear offer is used where that is wished, and some may be asked in clear. */
Test(name_servers, offers)
{
	set(SETTING_DESIGNATED, VALUE_ON);
	resolver("9.9.9.9");
	set(SETTING_NETWORK_NAMES, VALUE_DENY);
	set(SETTING_CAPTIVE, VALUE_DENY);
	CHOOSES("9.9.9.9 ; ; ; designated ");
	resolver("dot://9.9.9.9");
	CHOOSES("9.9.9.9 dot://9.9.9.9 ; ; ; encrypted ");
	set(SETTING_ENCRYPTED_DNS, VALUE_OFF);
	CHOOSES("9.9.9.9 dot://9.9.9.9 ; ; ; designated ");
	set(SETTING_DESIGNATED, VALUE_OFF);
	CHOOSES("9.9.9.9 dot://9.9.9.9 ; ; ; ");
}

/* Servers with a scope take nobody's place for other names, encrypted or not. */
Test(name_servers, scopes)
{
	resolver("udp://10.0.0.53?search=corp.example");
	CHOOSES("udp://10.0.0.53?search=corp.example ; " NETWORK "; all names captive ");
	resolver("dot://10.0.0.54?search=dev.example");
	CHOOSES("udp://10.0.0.53?search=corp.example dot://10.0.0.54?search=dev.example ; " NETWORK
	    "; all names captive ");
	resolver("9.9.9.9");
	CHOOSES("udp://10.0.0.53?search=corp.example dot://10.0.0.54?search=dev.example 9.9.9.9 ; " NETWORK
	    "; names captive ");
}

/* One that couldn't be read may have been an encrypted one. */
Test(name_servers, unread)
{
	conf.resolver_unread = true;
	CHOOSES("; " NETWORK "; all encrypted ");
}

static struct links	links;

static void
net(const char *device, const char *address, uint8_t prefix)
{
	struct link_net *n = &links.net[links.count++];

	*n = (struct link_net){ .family = strchr(address, ':') == NULL ? 4 : 6, .prefix = prefix };
	cr_assert_eq(inet_pton(n->family == 4 ? AF_INET : AF_INET6, address, n->address), 1);
	strcpy(n->device, device);
}

static uint32_t
number(void)
{
	static struct names_settings	s;

	memset(&s, 0, sizeof s);
	name_servers_choose(&s);
	return s.network;
}

Test(name_servers, another_network)
{
	net("lo", "127.0.0.1", 8);
	net("wlan0", "192.168.1.7", 24);
	net("wlan0", "2001:db8::7", 64);
	cr_expect_not(name_servers_moved(&links), "told first");
	cr_expect_not(name_servers_moved(&links), "the same");
	cr_expect_eq(number(), 0);
	net("wlan0", "2001:db8::1234:5678", 64);
	cr_expect_not(name_servers_moved(&links), "another address there");
	net("veth1", "fe80::1", 64);
	cr_expect_not(name_servers_moved(&links), "a link of its own");
	links.net[1].address[3] = 9;
	cr_expect_not(name_servers_moved(&links), "another lease");
	net("tun0", "10.8.0.2", 24);
	cr_expect(name_servers_moved(&links), "a VPN");
	cr_expect_eq(number(), 1);
	links.count--;
	cr_expect(name_servers_moved(&links), "and its end");
	cr_expect_eq(number(), 2);
	strcpy(links.net[1].device, "eth0");
	cr_expect(name_servers_moved(&links), "another device");
	cr_expect_eq(number(), 3);
}

/* A server that is asked for some names only, or not at all, is none that all wait for. */
Test(name_servers, none_answers)
{
	static struct names_servers	m = { .count = 3, .silent = true, .server = {
		{ .text = "udp://10.0.0.53", .used = true, .some_names = true, .failures = 1, .error = "away" },
		{ .text = "9.9.9.9", .used = false, .failures = 1, .error = "away" },
		{ .text = "dot://9.9.9.9", .used = true, .failures = 1, .error = "hostname mismatch" } } };

	cr_expect_null(name_servers_silent());
	name_servers_heard(&m);
	cr_expect_str_eq(name_servers_silent(), "no server for names answers: dot://9.9.9.9: hostname mismatch; "
	    "'bulwarkctl dns servers' shows all");
	m.silent = false;
	name_servers_heard(&m);
	cr_expect_null(name_servers_silent());
	m.silent = true;
	name_servers_heard(&m);
	cr_expect_not_null(name_servers_silent());
	name_servers_heard(NULL);
	cr_expect_null(name_servers_silent(), "resolverd is gone");
}
