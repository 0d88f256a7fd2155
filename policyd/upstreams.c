/*
 * See upstreams.h. A pure function of the file's bytes, which root wrote and tools
 * may have garbled.
 */
#include <arpa/inet.h>

#include <stdio.h>
#include <string.h>

#include "upstreams.h"

#define DNS_PORT	53
#define TLS_PORT	853
#define HTTPS_PORT	443
#define SCHEME_LEN	6

struct scheme {
	const char	text[SCHEME_LEN + 1];
	const char	*behind;	/* what may stand behind address and port begins with one of these */
	uint16_t	port;
	bool		encrypted;
};

static bool
is_door(const struct upstream *u)
{
	static const uint8_t door4[2][4] = { { 127, 0, 0, 17 }, { 127, 0, 0, 1 } };
	static const uint8_t door6[16] = { [15] = 1 };

	return u->family == 4 ?
	    memcmp(u->address, door4[0], 4) == 0 || memcmp(u->address, door4[1], 4) == 0 :
	    memcmp(u->address, door6, 16) == 0;
}

static bool
set_address(const char *text, size_t len, struct upstream *u)
{
	char address[INET6_ADDRSTRLEN];

	if (len >= sizeof address)
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	if (inet_pton(AF_INET, address, u->address) == 1)
		u->family = 4;
	else if (inet_pton(AF_INET6, address, u->address) == 1)
		u->family = 6;
	return u->family != 0;
}

static bool
set_port(const char *text, size_t len, struct upstream *u)
{
	unsigned port = 0;

	if (len == 0 || len > 5)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		port = port * 10 + (unsigned)(text[i] - '0');
	}
	u->port = (uint16_t)port;
	return port > 0 && port <= UINT16_MAX;
}

/* ADDRESS, ADDRESS:PORT, [ADDRESS], [ADDRESS]:PORT */
static bool
set_end(const char *text, size_t len, struct upstream *u)
{
	const char *colon, *bracket;

	if (len > 0 && text[0] == '[') {
		if ((bracket = memchr(text, ']', len)) == NULL ||
		    !set_address(text + 1, (size_t)(bracket - text) - 1, u))
			return false;
		len -= (size_t)(bracket + 1 - text);
		return u->family == 6 && (len == 0 || (bracket[1] == ':' && set_port(bracket + 2, len - 1, u)));
	}
	colon = memchr(text, ':', len);
	if (colon == NULL)
		return set_address(text, len, u);
	return set_address(text, (size_t)(colon - text), u) &&
	    set_port(colon + 1, len - (size_t)(colon + 1 - text), u);
}

/* The scheme that text begins with; NULL: none. */
static const struct scheme *
scheme_of(const char *text, size_t len)
{
	static const struct scheme all[] = { { "udp://", "?", DNS_PORT, false },
		{ "dot://", "?", TLS_PORT, true }, { "doh://", "/?", HTTPS_PORT, true } };

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (len > SCHEME_LEN && memcmp(text, all[i].text, SCHEME_LEN) == 0)
			return &all[i];
	return NULL;
}

/* A link-local address with its device (fe80::1%eth0) is none that a socket of ours can reach. */
bool
upstream_read(const char *text, size_t len, struct upstream *u)
{
	const struct scheme *scheme = scheme_of(text, len);

	*u = (struct upstream){ .port = DNS_PORT };
	if (len == 0 || len >= sizeof u->text)
		return false;
	memcpy(u->text, text, len);
	if (scheme == NULL)
		return set_address(text, len, u);
	u->encrypted = scheme->encrypted;
	u->port = scheme->port;
	return set_end(text + SCHEME_LEN, strcspn(u->text + SCHEME_LEN, scheme->behind), u);
}

static void
read_line(const char *line, size_t len, struct upstreams *to)
{
	static const char word[] = "nameserver";
	size_t at = sizeof word - 1, end;

	if (len < at || memcmp(line, word, at) != 0)
		return;
	while (at < len && (line[at] == ' ' || line[at] == '\t'))
		at++;
	for (end = at; end < len && line[end] != ' ' && line[end] != '\t' && line[end] != '\r'; end++)
		continue;
	if (at > sizeof word - 1 && to->count < NAMES_SERVERS &&
	    upstream_read(line + at, end - at, &to->server[to->count]) &&
	    !is_door(&to->server[to->count]))
		to->count++;
}

void
upstreams_read(const struct control_resolvers *r, struct upstreams *to)
{
	const char *end;

	memset(to, 0, sizeof *to);
	for (size_t at = 0; at < r->len; at = (size_t)(end - r->text) + 1) {
		if ((end = memchr(r->text + at, '\n', r->len - at)) == NULL) {
			/* A longer file was cut here: half an address is another one. */
			if (r->len == sizeof r->text)
				return;
			end = r->text + r->len;
		}
		read_line(r->text + at, (size_t)(end - r->text) - at, to);
	}
}
