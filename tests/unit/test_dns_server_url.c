/*
 * Servers as people write them: what is understood, and what is said of the rest.
 */
/* links: resolverd/server_url.c resolverd/dname.c resolverd/servers.c resolverd/address.c policyd/upstream.c */
#include <criterion/criterion.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "server_url.h"
#include "upstream.h"

#define PIN	"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="	/* 0, 1 ... 31 */
#define TLS_PARAMETERS	"neither name=, pin=, search=, insecure nor public"
#define CLEAR_PARAMETERS "neither search=, insecure nor public"
#define LABEL63	"a23456789-123456789-123456789-123456789-123456789-123456789-123"

static const struct {
	const char	*text, *shown, *address, *name;
	enum transport	 transport;
	uint16_t	 port;
	bool		 has_pin;
} good[] = {
	{ "9.9.9.9", "9.9.9.9", "9.9.9.9", "", TRANSPORT_CLEAR, 53, false },
	{ "2620:fe::fe", "2620:fe::fe", "2620:fe::fe", "", TRANSPORT_CLEAR, 53, false },
	{ "::1", "::1", "::1", "", TRANSPORT_CLEAR, 53, false },
	{ "udp://10.0.0.1", "udp://10.0.0.1", "10.0.0.1", "", TRANSPORT_CLEAR, 53, false },
	{ "udp://10.0.0.1:5353", "udp://10.0.0.1:5353", "10.0.0.1", "", TRANSPORT_CLEAR, 5353, false },
	{ "udp://[2001:db8::1]:5353", "udp://[2001:db8::1]:5353", "2001:db8::1", "", TRANSPORT_CLEAR, 5353, false },
	{ "dot://9.9.9.9", "dot://9.9.9.9", "9.9.9.9", "", TRANSPORT_TLS, 853, false },
	{ "dot://9.9.9.9:65535", "dot://9.9.9.9:65535", "9.9.9.9", "", TRANSPORT_TLS, 65535, false },
	{ "dot://[2620:fe::fe]", "dot://[2620:fe::fe]", "2620:fe::fe", "", TRANSPORT_TLS, 853, false },
	{ "dot://[2620:fe::fe]:1?name=dns.quad9.net", "dot://[2620:fe::fe]:1", "2620:fe::fe", "dns.quad9.net",
	  TRANSPORT_TLS, 1, false },
	{ "dot://9.9.9.9?name=149.112.112.112", "dot://9.9.9.9", "9.9.9.9", "149.112.112.112", TRANSPORT_TLS, 853, false },
	{ "dot://9.9.9.9?name=2620:fe::fe", "dot://9.9.9.9", "9.9.9.9", "2620:fe::fe", TRANSPORT_TLS, 853, false },
	{ "dot://9.9.9.9?pin=" PIN, "dot://9.9.9.9", "9.9.9.9", "", TRANSPORT_TLS, 853, true },
	{ "dot://9.9.9.9:853?name=dns.quad9.net&pin=" PIN, "dot://9.9.9.9:853", "9.9.9.9", "dns.quad9.net",
	  TRANSPORT_TLS, 853, true },
	{ "dot://9.9.9.9?pin=" PIN "&name=" LABEL63 ".B-1", "dot://9.9.9.9", "9.9.9.9", LABEL63 ".B-1",
	  TRANSPORT_TLS, 853, true },
	{ "dot://[2001:2001:2001:2001:2001:2001:255.255.255.255]:65535", NULL, NULL, NULL, 0, 0, false },
	{ "doh://9.9.9.9", "doh://9.9.9.9", "9.9.9.9", "", TRANSPORT_HTTPS, 443, false },
	{ "doh://9.9.9.9:8443/", "doh://9.9.9.9:8443", "9.9.9.9", "", TRANSPORT_HTTPS, 8443, false },
	{ "doh://[2620:fe::fe]/a/b~c%20=1", "doh://[2620:fe::fe]", "2620:fe::fe", "", TRANSPORT_HTTPS, 443, false },
	{ "doh://9.9.9.9?public&pin=" PIN, "doh://9.9.9.9", "9.9.9.9", "", TRANSPORT_HTTPS, 443, true },
	{ "doh://9.9.9.9:444/q?name=dns.quad9.net", "doh://9.9.9.9:444", "9.9.9.9", "dns.quad9.net", TRANSPORT_HTTPS,
	  444, false },
};

static const struct {
	const char	*text, *at, *wrong;	/* at: what the text goes on with there */
} bad[] = {
	{ "", "", "not an IP address" },
	{ " 9.9.9.9", " 9.9.9.9", "not an IP address" },
	{ "9.9.9.9 ", "9.9.9.9 ", "not an IP address" },
	{ "9.9.9.9:53", "9.9.9.9:53", "not an IP address" },
	{ "[::1]", "[::1]", "not an IP address" },
	{ "dns.quad9.net", "dns.quad9.net", "not an IP address" },
	{ "fe80::1%eth0", "fe80::1%eth0", "not an IP address" },
	{ "0.0.0.0", "0.0.0.0", "no server can have this address" },
	{ "224.0.0.251", "224.0.0.251", "no server can have this address" },
	{ "255.255.255.255", "255.255.255.255", "no server can have this address" },
	{ "dot://[::]", "::]", "no server can have this address" },
	{ "udp://[ff02::fb]", "ff02::fb]", "no server can have this address" },
	{ "http://9.9.9.9", "http://9.9.9.9", "neither dot://, doh://, udp:// nor an IP address" },
	{ "doh://dns.quad9.net/dns-query", "dns.quad9.net/dns-query", "not an IP address" },
	{ "doh://9.9.9.9/dns-query{?dns}", "{?dns}", "path: questions are posted, it ends before {?dns}" },
	{ "doh://9.9.9.9/a b", " b", "too much behind a server" },
	{ "doh://9.9.9.9/a#b", "#b", "too much behind a server" },
	{ "doh://9.9.9.9/\x80", "\x80", "too much behind a server" },
	{ "doh://9.9.9.9/a?dns=", "dns=", TLS_PARAMETERS },
	{ "doh://9.9.9.9/" LABEL63 LABEL63, "/" LABEL63 LABEL63, "path: too long" },
	{ "DOT://9.9.9.9", "DOT://9.9.9.9", "neither dot://, doh://, udp:// nor an IP address" },
	{ "dot://", "", "not an IP address" },
	{ "dot://dns.quad9.net", "dns.quad9.net", "not an IP address" },
	{ "dot://1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1", "1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1",
	  "not an IP address: too long" },
	{ "dot://2620:fe::fe", "fe::fe", "not a port, 1 to 65535 (an IPv6 address stands in [])" },
	{ "dot://[2620:fe::fe", "", "] is missing behind the address" },
	{ "dot://[9.9.9.9]", "9.9.9.9]", "not an IP address" },
	{ "dot://9.9.9.9:", "", "not a port, 1 to 65535 (an IPv6 address stands in [])" },
	{ "dot://9.9.9.9:0", "0", "not a port, 1 to 65535 (an IPv6 address stands in [])" },
	{ "dot://9.9.9.9:0853", "0853", "not a port, 1 to 65535 (an IPv6 address stands in [])" },
	{ "dot://9.9.9.9:65536", "65536", "not a port, 1 to 65535 (an IPv6 address stands in [])" },
	{ "dot://9.9.9.9:853853", "853853", "not a port, 1 to 65535 (an IPv6 address stands in [])" },
	{ "dot://9.9.9.9/dns-query", "/dns-query", "too much behind a server" },
	{ "dot://9.9.9.9:853 ", " ", "too much behind a server" },
	{ "udp://9.9.9.9?name=a", "name=a", CLEAR_PARAMETERS },
	{ "udp://9.9.9.9?pin=" PIN, "pin=" PIN, CLEAR_PARAMETERS },
	{ "dot://9.9.9.9?", "", TLS_PARAMETERS },
	{ "udp://9.9.9.9?", "", CLEAR_PARAMETERS },
	{ "dot://9.9.9.9?publicly", "ly", "too much behind a server" },
	{ "udp://9.9.9.9?public&", "", CLEAR_PARAMETERS },
	{ "udp://9.9.9.9?search=", "", "search: not a domain" },
	{ "udp://9.9.9.9?search=.", ".", "search: not a domain" },
	{ "udp://9.9.9.9?search=a.&public", "a.&public", "search: not a domain" },
	{ "udp://9.9.9.9?search=*.a", "*.a", "search: not a domain" },
	{ "udp://9.9.9.9?search=a\\046b", "a\\046b", "search: not a domain" },
	{ "udp://9.9.9.9?search=a,", "", "search: not a domain" },
	{ "udp://9.9.9.9?search=a,,b", ",b", "search: not a domain" },
	{ "udp://9.9.9.9?search=" LABEL63 "4", LABEL63 "4", "search: not a domain" },
	{ "udp://9.9.9.9?search=" LABEL63 "." LABEL63 "." LABEL63 "." LABEL63, LABEL63 "." LABEL63 "." LABEL63 "." LABEL63,
	  "search: too long" },
	{ "udp://9.9.9.9?search=a,b&search=c,d,e", "e", "search: too many domains" },
	{ "udp://9.9.9.9?insecure", "insecure", "insecure without search=" },
	{ "dot://9.9.9.9?insecure&name=a", "insecure&name=a", "insecure without search=" },
	{ "10.0.0.53?search=a", "10.0.0.53?search=a", "not an IP address" },
	{ "9.9.9.9?public", "9.9.9.9?public", "not an IP address" },
	{ "dot://9.9.9.9?name=a&", "", TLS_PARAMETERS },
	{ "dot://9.9.9.9?name=", "", "name: neither a host's name nor an IP address" },
	{ "dot://9.9.9.9?name=.", "", "name: neither a host's name nor an IP address" },
	{ "dot://9.9.9.9?name=a.", "", "name: neither a host's name nor an IP address" },
	{ "dot://9.9.9.9?name=a..b", "", "name: neither a host's name nor an IP address" },
	{ "dot://9.9.9.9?name=*.a", "", "name: neither a host's name nor an IP address" },
	{ "dot://9.9.9.9?name=a\nb", "", "name: neither a host's name nor an IP address" },
	{ "dot://9.9.9.9?name=" LABEL63 "4", "", "name: neither a host's name nor an IP address" },
	{ "dot://9.9.9.9?name=" LABEL63 "." LABEL63 "." LABEL63 "." LABEL63, "", "name: too long" },
	{ "dot://9.9.9.9?name=a&name=b", "b", "a second name" },
	{ "dot://9.9.9.9?pin=" PIN "&pin=" PIN, PIN, "a second pin" },
	{ "dot://9.9.9.9?pin=", "", "pin: not 44 characters of base64 (SHA-256 of the server's key)" },
	{ "doh://9.9.9.9?pin=\371yiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiyeatcA=", "\371yiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiyeatcA=",
	  "pin: not 44 characters of base64 (SHA-256 of the server's key)" },
	{ "dot://9.9.9.9?pin=" PIN "=", PIN "=", "pin: not 44 characters of base64 (SHA-256 of the server's key)" },
	{ "dot://9.9.9.9?pin=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=",
	  "pin: not 44 characters of base64 (SHA-256 of the server's key)" },
	{ "dot://9.9.9.9?pin=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh==", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh==",
	  "pin: not 44 characters of base64 (SHA-256 of the server's key)" },
	{ "dot://9.9.9.9?pin=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd-h8=", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd-h8=",
	  "pin: not 44 characters of base64 (SHA-256 of the server's key)" },
};

static void
is_at(const struct server *s, const char *address, uint16_t port)
{
	char	text[INET6_ADDRSTRLEN];
	int	family = strchr(address, ':') == NULL ? AF_INET : AF_INET6;

	cr_assert_eq(s->addr.ss_family, family);
	cr_assert_eq(s->addr_len, family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
	cr_assert_eq(ntohs(((const struct sockaddr_in *)&s->addr)->sin_port), port);
	inet_ntop(family, family == AF_INET ? (const void *)&((const struct sockaddr_in *)&s->addr)->sin_addr :
	    &((const struct sockaddr_in6 *)&s->addr)->sin6_addr, text, sizeof(text));
	cr_assert_str_eq(text, address);
}

Test(server_url, understood)
{
	struct server	s;
	const char	*wrong = NULL;
	size_t		at;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		memset(&s, 0xff, sizeof(s));
		cr_assert_eq(server_parse(good[i].text, &s, &wrong, &at), 0, "%s: %s", good[i].text, wrong);
		if (good[i].shown == NULL) {
			cr_assert_str_eq(s.text, good[i].text, "the longest is shown whole");
			continue;
		}
		is_at(&s, good[i].address, good[i].port);
		cr_assert_str_eq(s.text, good[i].shown);
		cr_assert_str_eq(s.name, good[i].name);
		cr_assert_eq(s.transport, good[i].transport);
		cr_assert_eq(s.has_pin, good[i].has_pin);
		for (unsigned k = 0; k < SERVER_PIN; k++)
			cr_assert_eq(s.pin[k], good[i].has_pin ? k : 0);
		cr_assert(s.took_us == 0 && s.failures == 0 && s.rests_until_ms == 0);
	}
}

Test(server_url, paths)
{
	static const char *const	all[][2] = { { "9.9.9.9", "" }, { "dot://9.9.9.9?name=a.b", "" },
		{ "doh://9.9.9.9", "/dns-query" }, { "doh://9.9.9.9?name=a.b", "/dns-query" },
		{ "doh://9.9.9.9:8443/", "/" }, { "doh://[2620:fe::fe]/a/b~c%20=1", "/a/b~c%20=1" },
		{ "doh://9.9.9.9/q?name=a.b&public", "/q" } };
	struct server			s, other;
	const char			*wrong = NULL;
	size_t				at;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		cr_assert_eq(server_parse(all[i][0], &s, &wrong, &at), 0, "%s: %s", all[i][0], wrong);
		cr_assert_str_eq(s.path, all[i][1]);
	}
	cr_assert_eq(server_parse("doh://9.9.9.9/r?name=a.b", &other, &wrong, &at), 0);
	cr_assert(server_same(&s, &s) && !server_same(&s, &other), "another path is another server");
}

Test(server_url, who_may_hear_names_of_this_network)
{
	static const struct {
		const char	*text;
		bool		 local;
	} all[] = { { "udp://10.64.0.1", true }, { "10.64.0.1", true }, { "udp://9.9.9.9", false },
		{ "udp://10.64.0.1?public", false }, { "udp://[fd00::1]:53?public", false },
		{ "dot://10.64.0.1?pin=" PIN, true }, { "dot://10.64.0.1?public&pin=" PIN, false },
		{ "dot://10.64.0.1?name=a.b&public", false } };
	struct server	s;
	const char	*wrong = NULL;
	size_t		at;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		cr_assert_eq(server_parse(all[i].text, &s, &wrong, &at), 0, "%s: %s", all[i].text, wrong);
		cr_assert_eq(server_is_local(&s), all[i].local, "%s", all[i].text);
	}
}

/* Scopes, with blanks between; "!" behind: insecure. */
Test(server_url, scopes)
{
	static const struct { const char *text, *scopes; } all[] = {
		{ "udp://10.0.0.53", "" }, { "udp://10.0.0.53?public", "" },
		{ "udp://10.0.0.53?search=corp.example", "corp.example" },
		{ "udp://10.0.0.53?search=Corp.EXAMPLE,10.in-addr.arpa", "corp.example 10.in-addr.arpa" },
		{ "udp://10.0.0.53?search=a&public&search=_b.c&insecure", "a _b.c!" },
		{ "dot://10.0.0.53:1?insecure&pin=" PIN "&search=a,b,c,d", "a b c d!" },
		{ "dot://[fd00::1]?search=a-b.c&name=dns.example", "a-b.c" },
	};
	char		 got[8 * DNAME_TEXT], name[DNAME_TEXT];
	struct server	 s;
	const char	*wrong = NULL;
	size_t		 at;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		cr_assert_eq(server_parse(all[i].text, &s, &wrong, &at), 0, "%s: %s", all[i].text, wrong);
		got[0] = '\0';
		for (unsigned k = 0; k < s.scopes; k++) {
			dname_text(&s.scope[k], name);
			sprintf(got + strlen(got), "%s%s", k == 0 ? "" : " ", name);
		}
		strcat(got, s.insecure ? "!" : "");
		cr_expect_str_eq(got, all[i].scopes, "%s: %s", all[i].text, got);
		cr_expect_null(strchr(s.text, '?'));
	}
}

Test(server_url, refused)
{
	struct server	s;
	const char	*wrong, *from;
	size_t		at;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		at = SIZE_MAX;
		cr_assert_eq(server_parse(bad[i].text, &s, &wrong, &at), -1, "%s", bad[i].text);
		cr_assert_str_eq(wrong, bad[i].wrong, "%s: %s", bad[i].text, wrong);
		cr_assert_leq(at, strlen(bad[i].text));
		from = bad[i].text + at;
		if (strncmp(wrong, "name: ", 6) == 0)
			cr_assert_str_eq(from, strstr(bad[i].text, "name=") + 5);
		else
			cr_assert_str_eq(from, bad[i].at, "%s: %s", bad[i].text, from);
	}
}

/* What resolverd could not use must be refused where people see it: policyd reads it first. */
static void
agree(const char *text, bool usable)
{
	struct upstream_fault	fault = { NULL, 0 };
	struct upstream		u;

	if (strlen(text) >= NAMES_SERVER_BYTES)
		return;
	cr_expect_eq(upstream_read(text, strlen(text), &u, &fault), usable, "%s", text);
	cr_expect(usable || (fault.why != NULL && fault.at <= strlen(text)), "%s", text);
}

Test(server_url, policyd_takes_the_same)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		agree(good[i].text, true);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		agree(bad[i].text, false);
}
