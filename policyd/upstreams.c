/*
 * See upstreams.h. A pure function of the file's bytes, which root wrote and tools
 * may have garbled.
 */
#include <arpa/inet.h>

#include <stdio.h>
#include <string.h>

#include "upstreams.h"

#define DNS_PORT	53

static bool
is_door(const struct upstream *u)
{
	static const uint8_t door4[2][4] = { { 127, 0, 0, 17 }, { 127, 0, 0, 1 } };
	static const uint8_t door6[16] = { [15] = 1 };

	return u->family == 4 ?
	    memcmp(u->address, door4[0], 4) == 0 || memcmp(u->address, door4[1], 4) == 0 :
	    memcmp(u->address, door6, 16) == 0;
}

/* A link-local address with its device (fe80::1%eth0) is none that a socket of ours can reach. */
static bool
read_address(const char *text, size_t len, struct upstream *u)
{
	*u = (struct upstream){ .port = DNS_PORT };
	if (len >= sizeof u->text)
		return false;
	memcpy(u->text, text, len);
	if (inet_pton(AF_INET, u->text, u->address) == 1)
		u->family = 4;
	else if (inet_pton(AF_INET6, u->text, u->address) == 1)
		u->family = 6;
	return u->family != 0 && !is_door(u);
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
	    read_address(line + at, end - at, &to->server[to->count]))
		to->count++;
}

void
upstreams_read(const struct control_resolvers *r, struct upstreams *to)
{
	const char *end;

	memset(to, 0, sizeof *to);
	for (size_t at = 0; at < r->len; at = (size_t)(end - r->text) + 1) {
		if ((end = memchr(r->text + at, '\n', r->len - at)) == NULL)
			end = r->text + r->len;
		read_line(r->text + at, (size_t)(end - r->text) - at, to);
	}
}
