/* The servers of a resolv.conf. */
/* links: policyd/upstream.c policyd/upstreams.c */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "upstreams.h"

static char	searches[NAMES_SEARCHES * NAMES_SEARCH_BYTES];	/* of the last one, blanks between */

/* The servers in order, blanks between. */
static const char *
read_text(const char *text)
{
	static char			out[NAMES_SERVERS * NAMES_SERVER_BYTES];
	static struct control_resolvers	r;
	static struct resolv_conf	c;

	r.len = (uint16_t)strlen(text);
	memcpy(r.text, text, r.len);
	memset(&c, 0, sizeof(c));
	upstreams_read(&r, &c);
	out[0] = searches[0] = '\0';
	for (unsigned i = 0; i < c.servers.count; i++)
		snprintf(out + strlen(out), sizeof(out) - strlen(out), "%s%s", i > 0 ? " " : "",
		    c.servers.server[i].text);
	for (unsigned i = 0; i < c.searches; i++)
		snprintf(searches + strlen(searches), sizeof(searches) - strlen(searches), "%s%s", i > 0 ? " " : "",
		    c.search[i]);
	return out;
}

Test(upstreams, resolv_conf)
{
	static const struct { const char *text, *servers; } table[] = {
		{ "", "" },
		{ "nameserver 192.0.2.1\n", "192.0.2.1" },
		{ "nameserver 192.0.2.1", "192.0.2.1" },
		{ "# nameserver 192.0.2.9\nsearch corp.example\nnameserver\t192.0.2.1 \r\n"
		  "nameserver 2001:db8::53\noptions edns0\n", "192.0.2.1 2001:db8::53" },
		{ " nameserver 192.0.2.1\n", "" },
		{ "nameserver192.0.2.1\nnameserver 192.0.2.300\nnameserver host\nnameserver\n", "" },
		{ "nameserver udp://192.0.2.1\nnameserver dot://192.0.2.1?search=a.b\nnameserver 192.0.2.2\n", "192.0.2.2" },
		{ "nameserver fe80::1%eth0\nnameserver 192.0.2.2\n", "192.0.2.2" },
		{ "nameserver 127.0.0.1\nnameserver ::1\nnameserver 127.0.0.17\nnameserver 127.0.0.53\n",
		  "127.0.0.53" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		cr_expect_str_eq(read_text(table[i].text), table[i].servers, "%s", table[i].text);
}

/* The end that a packet may go to is read here, whatever stands behind it. */
Test(upstreams, ends)
{
	static const struct { const char *text; int port; bool encrypted; } table[] = {
		{ "9.9.9.9", 53, false }, { "udp://9.9.9.9:54?public", 54, false },
		{ "dot://9.9.9.9", 853, true }, { "dot://9.9.9.9:1?name=a.b", 1, true },
		{ "doh://9.9.9.9", 443, true }, { "doh://9.9.9.9:8443/dns-query?name=a.b", 8443, true },
		{ "doh://9.9.9.9?name=a/b", 0, true }, { "doh://9.9.9.9/a:1?name=a", 443, true },
		{ "doh://9.9.9.9:0/", 0, false }, { "doh://9.9.9.9:/", 0, false }, { "doh:///", 0, false }, { "doh://", 0, false },
		{ "dot://9.9.9.9/a", 0, false }, { "udp://9.9.9.9/", 0, false }, { "doh://host/", 0, false },
		{ "https://9.9.9.9/", 0, false },
	};
	struct upstream_fault fault;
	struct upstream	u;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		cr_expect_eq(upstream_read(table[i].text, strlen(table[i].text), &u, &fault), table[i].port != 0, "%s",
		    table[i].text);
		if (table[i].port == 0)
			continue;
		cr_expect(u.family == 4 && memcmp(u.address, "\11\11\11\11", 4) == 0, "%s", table[i].text);
		cr_expect_eq(u.port, table[i].port, "%s", table[i].text);
		cr_expect_eq(u.encrypted, table[i].encrypted, "%s", table[i].text);
	}
	cr_expect(upstream_read("doh://[2620:fe::fe]:444/q", 25, &u, &fault));
	cr_expect(u.family == 6 && u.port == 444);
}

/* A file as long as may be was cut, and may be in the middle of an address. */
Test(upstreams, cut)
{
	char	text[CONTROL_RESOLV_BYTES + 1];

	memset(text, '#', sizeof(text));
	memcpy(text, "nameserver 192.0.2.7\n", 21);
	memcpy(text + CONTROL_RESOLV_BYTES - 21, "\nnameserver 192.0.2.1", 21);
	text[CONTROL_RESOLV_BYTES] = '\0';
	cr_expect_str_eq(read_text(text), "192.0.2.7");
	text[CONTROL_RESOLV_BYTES - 1] = '\0';
	memcpy(text + CONTROL_RESOLV_BYTES - 22, "\nnameserver 192.0.2.1", 21);
	cr_expect_str_eq(read_text(text), "192.0.2.7 192.0.2.1");
}

Test(upstreams, bounded)
{
	char	text[4096];

	for (unsigned i = 0; i < 20; i++)
		sprintf(text + 26 * i, "nameserver 192.000.002.%03u", i);
	cr_expect_str_eq(read_text(text), "");
	text[0] = '\0';
	for (unsigned i = 0; i < 20; i++)
		sprintf(text + strlen(text), "nameserver 192.0.2.%u\n", i);
	cr_expect_str_eq(read_text(text), "192.0.2.0 192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5 "
	    "192.0.2.6 192.0.2.7");
	memset(text, 'n', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	cr_expect_str_eq(read_text(text), "");
}

#define LABEL63	"a23456789-123456789-123456789-123456789-123456789-123456789-123"

Test(upstreams, search_domains)
{
	static const struct { const char *text, *searches; } table[] = {
		{ "nameserver 192.0.2.1\n", "" },
		{ "search Corp.Example  office.corp.example.\t_a.b\r\n", "corp.example office.corp.example _a.b" },
		{ "domain corp.example", "corp.example" },
		{ "search a.b\ndomain c.d e.f\n", "c.d e.f" },
		{ "domain a.b\nsearch .\n", "" },
		{ "search\n", "" }, { "searching a.b\n", "" }, { " search a.b\n", "" }, { "#search a.b\n", "" },
		/* A top-level domain is too much. */
		{ "search com lan local. a.b\n", "a.b" },
		{ "search a..b .a.b a.b.. a*.b a\\.b \303\244.b -.- ok.b\n", "-.- ok.b" },
		{ "search " LABEL63 ".b " LABEL63 "4.b\n", LABEL63 ".b" },
		{ "search " LABEL63 "." LABEL63 "." LABEL63 "." LABEL63 "\n", "" },
		{ "search 1.b 2.b 3.b 4.b 5.b 6.b 7.b 8.b 9.b\n", "1.b 2.b 3.b 4.b 5.b 6.b 7.b 8.b" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		(void)read_text(table[i].text);
		cr_expect_str_eq(searches, table[i].searches, "%s: %s", table[i].text, searches);
	}
}

Test(upstreams, scopes)
{
	static const struct { const char *text; bool scoped; } table[] = {
		{ "192.0.2.1", false }, { "udp://192.0.2.1", false }, { "udp://192.0.2.1?public", false },
		{ "udp://192.0.2.1?search=a", true }, { "udp://192.0.2.1?public&search=a", true },
		{ "dot://192.0.2.1?name=search.a", false }, { "dot://192.0.2.1?name=a&search=b", true },
	};
	static const char *const wrong[] = {
		"udp://192.0.2.1?search=", "udp://192.0.2.1?search=.", "udp://192.0.2.1?search=a.", "udp://192.0.2.1?search=a,",
		"udp://192.0.2.1?search=,a", "dot://192.0.2.1?name=b&search=a..b", "udp://192.0.2.1?search=*.a",
		"udp://192.0.2.1?search=a,b,c&search=d,e", "udp://192.0.2.1?search=" LABEL63 "4",
		"udp://192.0.2.1?research=a", "udp://192.0.2.1?search", "dot://192.0.2.1?name=search=a",
	};
	struct upstream_fault fault;
	struct upstream	u;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		cr_assert(upstream_read(table[i].text, strlen(table[i].text), &u, &fault), "%s", table[i].text);
		cr_expect_eq(u.scoped, table[i].scoped, "%s", table[i].text);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		cr_expect_not(upstream_read(wrong[i], strlen(wrong[i]), &u, &fault), "%s", wrong[i]);
}
