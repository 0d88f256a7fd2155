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
#define LABEL_MAX	63
#define DOMAIN_MAX	253	/* characters (RFC 1035, 2.3.4) */
#define SCOPES_MOST	4	/* of one server, as resolverd takes */

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

/* Letters, digits, - and _ in labels of 1 to 63. How many; 0: it is no domain. */
static unsigned
domain_labels(const char *text, size_t len)
{
	size_t label = 0;
	unsigned labels = 1;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c == '.' ? label == 0 : ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') &&
		    (c < '0' || c > '9') && c != '-' && c != '_'))
			return 0;
		label = c == '.' ? 0 : label + 1;
		labels += c == '.';
		if (label > LABEL_MAX)
			return 0;
	}
	return label > 0 && len <= DOMAIN_MAX ? labels : 0;
}

/* Domains with commas between. Adds up how many; false: one is none. */
static bool
count_scopes(const char *at, const char *end, unsigned *scopes)
{
	const char *comma;

	for (;; at = comma + 1) {
		if ((comma = memchr(at, ',', (size_t)(end - at))) == NULL)
			comma = end;
		if (domain_labels(at, (size_t)(comma - at)) == 0)
			return false;
		(*scopes)++;
		if (comma == end)
			return true;
	}
}

/*
 * The parameters behind the question mark: is there a "search=", and are its domains good? One
 * that resolverd could not read would leave the names of its scope to other servers.
 */
static bool
read_scopes(const char *at, const char *end, bool *scoped)
{
	static const char word[] = "search=";
	unsigned scopes = 0;
	const char *next;

	for (; at < end; at = next + 1) {
		if ((next = memchr(at, '&', (size_t)(end - at))) == NULL)
			next = end;
		if ((size_t)(next - at) >= sizeof word - 1 && memcmp(at, word, sizeof word - 1) == 0 &&
		    !count_scopes(at + sizeof word - 1, next, &scopes))
			return false;
	}
	*scoped = scopes > 0;
	return scopes <= SCOPES_MOST;
}

/* A link-local address with its device (fe80::1%eth0) is none that a socket of ours can reach. */
bool
upstream_read(const char *text, size_t len, struct upstream *u)
{
	const struct scheme *scheme = scheme_of(text, len);
	const char *query;

	*u = (struct upstream){ .port = DNS_PORT };
	if (len == 0 || len >= sizeof u->text || memchr(text, '\0', len) != NULL)
		return false;
	memcpy(u->text, text, len);
	if (scheme == NULL)
		return set_address(text, len, u);
	u->encrypted = scheme->encrypted;
	u->port = scheme->port;
	query = memchr(text, '?', len);
	if (query != NULL && !read_scopes(query + 1, text + len, &u->scoped))
		return false;
	return set_end(text + SCHEME_LEN, strcspn(u->text + SCHEME_LEN, scheme->behind), u);
}

bool
upstreams_for_all_names(const struct upstreams *u)
{
	for (unsigned i = 0; i < u->count; i++)
		if (!u->server[i].scoped)
			return true;
	return false;
}

struct line {
	const char	*at, *end;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The next word of the line; false: there is none. */
static bool
next_word(struct line *l, const char **word, size_t *len)
{
	while (l->at < l->end && is_blank(*l->at))
		l->at++;
	*word = l->at;
	while (l->at < l->end && !is_blank(*l->at))
		l->at++;
	*len = (size_t)(l->at - *word);
	return *len > 0;
}

static bool
is_word(const char *word, size_t len, const char *wanted)
{
	return len == strlen(wanted) && memcmp(word, wanted, len) == 0;
}

/* An address alone: how it is asked, and for what, is not a network's to say. */
static void
add_server(struct upstreams *to, const char *text, size_t len)
{
	struct upstream *u = &to->server[to->count];

	if (to->count == NAMES_SERVERS || memchr(text, '/', len) != NULL || !upstream_read(text, len, u) || is_door(u))
		return;
	to->count++;
}

static void
add_search(struct resolv_conf *to, const char *text, size_t len)
{
	char *search;

	if (len > 0 && text[len - 1] == '.')
		len--;
	if (to->searches == NAMES_SEARCHES || domain_labels(text, len) < 2)
		return;
	search = to->search[to->searches++];
	for (size_t i = 0; i < len; i++)
		search[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] - 'A' + 'a') : text[i];
	search[len] = '\0';
}

static void
read_line(struct line l, struct resolv_conf *to)
{
	const char *word;
	size_t len;

	if (l.at == l.end || is_blank(*l.at) || !next_word(&l, &word, &len))
		return;
	if (is_word(word, len, "nameserver")) {
		if (next_word(&l, &word, &len))
			add_server(&to->servers, word, len);
	} else if (is_word(word, len, "search") || is_word(word, len, "domain")) {
		to->searches = 0;
		while (next_word(&l, &word, &len))
			add_search(to, word, len);
	}
}

void
upstreams_read(const struct control_resolvers *r, struct resolv_conf *to)
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
		read_line((struct line){ r->text + at, end }, to);
	}
}
