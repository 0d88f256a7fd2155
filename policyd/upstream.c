/*
 * See upstream.h. A pure function of text that root wrote, or that tools may have garbled.
 */
#include <arpa/inet.h>

#include <string.h>

#include "upstream.h"

#define DNS_PORT	53
#define TLS_PORT	853
#define HTTPS_PORT	443
#define SCHEME_LEN	6
#define LABEL_MAX	63
#define DOMAIN_MAX	253	/* characters (RFC 1035, 2.3.4) */
#define SCOPES_MOST	4	/* of one server, as resolverd takes */
#define PATH_MOST	95	/* characters, as resolverd takes */
#define PIN_LEN		44	/* characters of 32 bytes in base64 */

static const char no_server[] = "not an IP address alone, nor udp://, dot:// (TLS) or doh:// (HTTPS) with one";

struct scheme {
	const char	text[SCHEME_LEN + 1];
	uint16_t	port;
	bool		encrypted, path;
	const char	*others;	/* said of a parameter that it does not know */
};

struct reader {
	struct upstream		*u;
	const struct scheme	*scheme;
	const char		*at;	/* in u->text */
	struct upstream_fault	*fault;
	unsigned		 scopes;
	bool			 named, pinned, insecure;
};

static bool
wrong(struct reader *r, const char *at, const char *why)
{
	*r->fault = (struct upstream_fault){ why, (size_t)(at - r->u->text) };
	return false;
}

static bool
skip(struct reader *r, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(r->at, word, len) != 0)
		return false;
	r->at += len;
	return true;
}

/* All zeros, or of a group: nobody can answer from there. */
static bool
is_one(const struct upstream *u)
{
	static const uint8_t none[16];

	if (u->family == 4)
		return u->address[0] != 0 && u->address[0] < 224;
	return memcmp(u->address, none, sizeof none) != 0 && u->address[0] != 0xff;
}

/* A link-local address with its device (fe80::1%eth0) is none that a socket of ours can reach. */
static bool
set_address(struct reader *r, int family, const char *from, size_t len, const char *why)
{
	char address[INET6_ADDRSTRLEN];

	if (len >= sizeof address)
		return wrong(r, from, why);
	memcpy(address, from, len);
	address[len] = '\0';
	if (inet_pton(family, address, r->u->address) != 1)
		return wrong(r, from, why);
	r->u->family = family == AF_INET ? 4 : 6;
	return is_one(r->u) || wrong(r, from, "no server can have this address");
}

static bool
read_port(struct reader *r)
{
	const char *from = r->at;
	unsigned port = 0;

	while (*r->at >= '0' && *r->at <= '9' && r->at - from < 5)
		port = port * 10 + (unsigned)(*r->at++ - '0');
	if (port == 0 || port > UINT16_MAX || *from == '0')
		return wrong(r, from, "not a port, 1 to 65535 (an IPv6 address stands in [])");
	r->u->port = (uint16_t)port;
	return true;
}

/* ADDRESS, ADDRESS:PORT, [ADDRESS], [ADDRESS]:PORT */
static bool
read_end(struct reader *r)
{
	const char *from = r->at;
	size_t len = strcspn(from, ":?/");
	bool six = *from == '[';

	if (six) {
		len = strcspn(++from, "]");
		if (from[len] == '\0')
			return wrong(r, from + len, "] is missing behind the address");
	}
	if (!set_address(r, six ? AF_INET6 : AF_INET, from, len,
	    "not an IP address (no server is asked for another one's: a name stands behind, as ?name=)"))
		return false;
	r->at = from + len + six;
	return !skip(r, ":") || read_port(r);
}

static bool
is_host_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

unsigned
domain_labels(const char *text, size_t len)
{
	size_t label = 0;
	unsigned labels = 1;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '.' ? label == 0 : !is_host_letter(text[i]) && text[i] != '_')
			return 0;
		label = text[i] == '.' ? 0 : label + 1;
		labels += text[i] == '.';
		if (label > LABEL_MAX)
			return 0;
	}
	return label > 0 && len <= DOMAIN_MAX ? labels : 0;
}

static bool
is_address(const char *text, size_t len)
{
	char address[INET6_ADDRSTRLEN];
	uint8_t any[16];

	if (len >= sizeof address)
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	return inet_pton(AF_INET, address, any) == 1 || inet_pton(AF_INET6, address, any) == 1;
}

static bool
read_name(struct reader *r)
{
	size_t len = strcspn(r->at, "&");

	if (r->named)
		return wrong(r, r->at, "a second name");
	if (!is_address(r->at, len) && (domain_labels(r->at, len) == 0 || memchr(r->at, '_', len) != NULL))
		return wrong(r, r->at, "name: neither a host's name nor an IP address");
	r->named = true;
	r->at += len;
	return true;
}

/* The last character but the = stands for four bits. */
static bool
is_pin(const char *text, size_t len)
{
	static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	return len == PIN_LEN && strspn(text, base64) == PIN_LEN - 1 && text[PIN_LEN - 1] == '=' &&
	    (strchr(base64, text[PIN_LEN - 2]) - base64) % 4 == 0;
}

static bool
read_pin(struct reader *r)
{
	size_t len = strcspn(r->at, "&");

	if (r->pinned)
		return wrong(r, r->at, "a second pin");
	if (!is_pin(r->at, len))
		return wrong(r, r->at, "pin: not 44 characters of base64 (SHA-256 of the server's key)");
	r->pinned = true;
	r->at += len;
	return true;
}

static bool
read_scopes(struct reader *r)
{
	size_t len;

	do {
		len = strcspn(r->at, ",&");
		if (r->scopes++ == SCOPES_MOST)
			return wrong(r, r->at, "search: too many domains, four are the most");
		if (domain_labels(r->at, len) == 0)
			return wrong(r, r->at, "search: not a domain");
		r->at += len;
	} while (skip(r, ","));
	r->u->scoped = true;
	return true;
}

static bool
read_parameter(struct reader *r)
{
	if (r->scheme->encrypted && skip(r, "name="))
		return read_name(r);
	if (r->scheme->encrypted && skip(r, "pin="))
		return read_pin(r);
	if (skip(r, "search="))
		return read_scopes(r);
	if (skip(r, "insecure"))
		r->insecure = true;
	else if (!skip(r, "public"))
		return wrong(r, r->at, r->scheme->others);
	return true;
}

static bool
read_parameters(struct reader *r)
{
	const char *from = r->at;

	do
		if (!read_parameter(r))
			return false;
	while (skip(r, "&"));
	return !r->insecure || r->scopes > 0 || wrong(r, from, "insecure without search=");
}

/* Characters that a path is made of (RFC 3986, 3.3). */
static bool
is_path_letter(char c)
{
	return is_host_letter(c) || (c != '\0' && strchr("/._~%!$&'()*+,;=:@", c) != NULL);
}

static bool
read_path(struct reader *r)
{
	const char *from = r->at;

	while (is_path_letter(*r->at))
		r->at++;
	if (*r->at == '{')
		return wrong(r, r->at, "path: questions are posted, it ends before {?dns}");
	return r->at - from <= PATH_MOST || wrong(r, from, "path: too long");
}

/* Sets the scheme that the text begins with; not for an address alone, which has none. */
static bool
read_scheme(struct reader *r)
{
	static const char tls[] = "neither name=, pin=, search=, insecure nor public";
	static const struct scheme all[] = {
		{ "udp://", DNS_PORT, false, false, "neither search=, insecure nor public (name= and pin= are for dot:// and doh://)" },
		{ "dot://", TLS_PORT, true, false, tls }, { "doh://", HTTPS_PORT, true, true, tls } };

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (skip(r, all[i].text)) {
			r->scheme = &all[i];
			return true;
		}
	return strstr(r->at, "://") == NULL ||
	    wrong(r, r->at, "neither udp://, dot:// (TLS), doh:// (HTTPS) nor an IP address alone");
}

static bool
read_server(struct reader *r)
{
	const char *from = r->at;

	if (!read_scheme(r))
		return false;
	if (r->scheme == NULL)
		return set_address(r, strchr(from, ':') == NULL ? AF_INET : AF_INET6, from, strlen(from), no_server);
	r->u->port = r->scheme->port;
	r->u->encrypted = r->scheme->encrypted;
	if (!read_end(r) || (r->scheme->path && *r->at == '/' && !read_path(r)) ||
	    (skip(r, "?") && !read_parameters(r)))
		return false;
	return *r->at == '\0' || wrong(r, r->at, "too much behind a server");
}

bool
upstream_read(const char *text, size_t len, struct upstream *u, struct upstream_fault *fault)
{
	struct reader r = { .u = u, .at = u->text, .fault = fault };

	*u = (struct upstream){ .port = DNS_PORT };
	if (len >= sizeof u->text)
		return wrong(&r, u->text, "longer than 127 bytes");
	if (memchr(text, '\0', len) != NULL)
		return wrong(&r, u->text, no_server);
	memcpy(u->text, text, len);
	return read_server(&r);
}
