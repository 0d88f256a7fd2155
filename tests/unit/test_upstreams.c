/* The servers of a resolv.conf. */
/* links: policyd/upstreams.c */
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
		{ "dot://192.0.2.1?name=search=a", false }, { "dot://192.0.2.1?name=a&search=b", true },
		{ "udp://192.0.2.1?research=a", false }, { "udp://192.0.2.1?search", false },
	};
	static const char *const wrong[] = {
		"udp://192.0.2.1?search=", "udp://192.0.2.1?search=.", "udp://192.0.2.1?search=a.", "udp://192.0.2.1?search=a,",
		"udp://192.0.2.1?search=,a", "dot://192.0.2.1?name=b&search=a..b", "udp://192.0.2.1?search=*.a",
		"udp://192.0.2.1?search=a,b,c&search=d,e", "udp://192.0.2.1?search=" LABEL63 "4",
	};
	struct upstream	u;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		cr_assert(upstream_read(table[i].text, strlen(table[i].text), &u), "%s", table[i].text);
		cr_expect_eq(u.scoped, table[i].scoped, "%s", table[i].text);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		cr_expect_not(upstream_read(wrong[i], strlen(wrong[i]), &u), "%s", wrong[i]);
}
