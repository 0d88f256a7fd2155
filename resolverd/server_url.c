/*
 * See server_url.h. Called for what settings and networks offer. The text is
 * anybody's; nothing of it is taken that was not checked whole.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sodium.h>
#include <string.h>

#include "server_url.h"

#define PORT_CLEAR	53
#define PORT_TLS	853
#define PORT_HTTPS	443
#define PATH		"/dns-query"	/* as servers have it who say nothing else (RFC 8484) */
#define PIN_TEXT	44	/* characters of 32 bytes in base64 */
#define LABEL_MAX	63

struct url {
	const char	*p;		/* what is next */
	const char	*end;		/* of address and port */
	const char	*wrong;
	struct server	*s;
};

static int
refuse(struct url *u, const char *at, const char *why)
{
	u->p = at;
	u->wrong = why;
	return -1;
}

static bool
skip(struct url *u, const char *word)
{
	size_t	len = strlen(word);

	if (strncmp(u->p, word, len) != 0)
		return false;
	u->p += len;
	return true;
}

/* All zeros, or of a group: nobody can answer from there. */
static bool
is_one(const struct sockaddr_storage *any)
{
	const struct in6_addr	*six = &((const struct sockaddr_in6 *)any)->sin6_addr;
	uint32_t		 four = ntohl(((const struct sockaddr_in *)any)->sin_addr.s_addr);

	if (any->ss_family == AF_INET6)
		return !IN6_IS_ADDR_UNSPECIFIED(six) && !IN6_IS_ADDR_MULTICAST(six);
	return four >> 24 != 0 && four < 0xe0000000;
}

static int
set_address(struct url *u, int family, const char *from, size_t len, uint16_t port)
{
	struct sockaddr_in	*in = (struct sockaddr_in *)&u->s->addr;
	struct sockaddr_in6	*in6 = (struct sockaddr_in6 *)&u->s->addr;
	char			 address[INET6_ADDRSTRLEN];

	if (len >= sizeof(address))
		return refuse(u, from, "not an IP address: too long");
	memcpy(address, from, len);
	address[len] = '\0';
	u->s->addr.ss_family = (sa_family_t)family;
	u->s->addr_len = family == AF_INET ? sizeof(*in) : sizeof(*in6);
	in->sin_port = htons(port);	/* the same place in both */
	if (inet_pton(family, address, family == AF_INET ? (void *)&in->sin_addr : &in6->sin6_addr) != 1)
		return refuse(u, from, "not an IP address");
	if (!is_one(&u->s->addr))
		return refuse(u, from, "no server can have this address");
	u->end = u->p;
	return 0;
}

static int
parse_port(struct url *u, uint16_t *port)
{
	const char	*from = u->p;
	unsigned	 n = 0;

	while (*u->p >= '0' && *u->p <= '9' && u->p - from < 5)
		n = n * 10 + (unsigned)(*u->p++ - '0');
	if (n == 0 || n > UINT16_MAX || *from == '0')
		return refuse(u, from, "not a port, 1 to 65535 (an IPv6 address stands in [])");
	*port = (uint16_t)n;
	return 0;
}

/* 10.0.0.1 or [2001:db8::1], with a port behind it or without. */
static int
parse_host(struct url *u, uint16_t port)
{
	const char	*from = u->p;
	size_t		 len = strcspn(from, ":?/");
	int		 family = AF_INET;

	if (*from == '[') {
		family = AF_INET6;
		len = strcspn(++from, "]");
		if (from[len] == '\0')
			return refuse(u, from + len, "] is missing behind the address");
	}
	u->p = from + len + (family == AF_INET6);
	if (skip(u, ":") && parse_port(u, &port) == -1)
		return -1;
	return set_address(u, family, from, len, port);
}

static bool
is_address(const char *name)
{
	struct in6_addr	any;

	return inet_pton(AF_INET, name, &any) == 1 || inet_pton(AF_INET6, name, &any) == 1;
}

static bool
is_host_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

/* A host's name: labels of letters, digits and - that are not too long (RFC 1123, 2.1). */
static bool
is_host_name(const char *name)
{
	size_t	label = 0;

	for (const char *p = name; *p != '\0'; p++) {
		if (*p == '.' ? label == 0 : !is_host_letter(*p))
			return false;
		label = *p == '.' ? 0 : label + 1;
		if (label > LABEL_MAX)
			return false;
	}
	return label > 0;
}

/* As a host's, but for the underscores that some domains begin with. */
static bool
is_scope_name(const char *name)
{
	char	plain[SERVER_NAME];
	size_t	i;

	for (i = 0; name[i] != '\0'; i++)
		plain[i] = name[i] == '_' ? '-' : name[i];
	plain[i] = '\0';
	return is_host_name(plain);
}

static int
parse_name(struct url *u, size_t len)
{
	const char	*from = u->p;

	if (u->s->name[0] != '\0')
		return refuse(u, from, "a second name");
	if (len >= sizeof(u->s->name))
		return refuse(u, from, "name: too long");
	memcpy(u->s->name, from, len);
	u->p += len;
	return is_address(u->s->name) || is_host_name(u->s->name) ? 0 :
	    refuse(u, from, "name: neither a host's name nor an IP address");
}

/* libsodium takes a byte above those for a character of base64. */
static bool
is_ascii(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] > 126)
			return false;
	return true;
}

static int
parse_pin(struct url *u, size_t len)
{
	const char	*from = u->p;
	size_t		 n;

	if (u->s->has_pin)
		return refuse(u, from, "a second pin");
	if (len != PIN_TEXT || !is_ascii(from, len) || sodium_base642bin(u->s->pin, sizeof(u->s->pin), from, len, NULL, &n, NULL,
	    sodium_base64_VARIANT_ORIGINAL) == -1 || n != sizeof(u->s->pin))
		return refuse(u, from, "pin: not 44 characters of base64 (SHA-256 of the server's key)");
	u->s->has_pin = true;
	u->p += len;
	return 0;
}

/* One domain of search=, of at least one label: the root's would be all names. */
static int
parse_scope(struct url *u, size_t len)
{
	struct server	*s = u->s;
	struct dname	*scope;
	char		 text[SERVER_NAME];

	if (s->scopes == SERVER_SCOPES)
		return refuse(u, u->p, "search: too many domains");
	if (len >= sizeof(text))
		return refuse(u, u->p, "search: too long");
	memcpy(text, u->p, len);
	text[len] = '\0';
	scope = &s->scope[s->scopes];
	if (!is_scope_name(text) || dname_parse(text, len, scope) == -1)
		return refuse(u, u->p, "search: not a domain");
	dname_lower(scope);
	s->scopes++;
	u->p += len;
	return 0;
}

static int
parse_search(struct url *u)
{
	do {
		if (parse_scope(u, strcspn(u->p, ",&")) == -1)
			return -1;
	} while (skip(u, ","));
	return 0;
}

/* 1: it is none of those that any server may have. */
static int
parse_common(struct url *u)
{
	if (skip(u, "search="))
		return parse_search(u);
	if (skip(u, "public"))
		u->s->is_public = true;
	else if (skip(u, "insecure"))
		u->s->insecure = true;
	else
		return 1;
	return 0;
}

static int
parse_tls_parameter(struct url *u)
{
	if (skip(u, "name="))
		return parse_name(u, strcspn(u->p, "&"));
	if (skip(u, "pin="))
		return parse_pin(u, strcspn(u->p, "&"));
	return parse_common(u);
}

static int
parse_parameters(struct url *u, int (*one)(struct url *), const char *wrong)
{
	const char	*from = u->p;
	int		 r;

	do {
		if ((r = one(u)) != 0)
			return r == -1 ? -1 : refuse(u, u->p, wrong);
	} while (skip(u, "&"));
	if (u->s->insecure && u->s->scopes == 0)
		return refuse(u, from, "insecure without search=");
	return 0;
}

static int
parse_tls_parameters(struct url *u)
{
	if (!skip(u, "?"))
		return 0;
	return parse_parameters(u, parse_tls_parameter, "neither name=, pin=, search=, insecure nor public");
}

static int
parse_tls(struct url *u)
{
	u->s->transport = TRANSPORT_TLS;
	return parse_host(u, PORT_TLS) == -1 ? -1 : parse_tls_parameters(u);
}

/* Characters that a path is made of (RFC 3986, 3.3). */
static bool
is_path_letter(char c)
{
	return is_host_letter(c) || (c != '\0' && strchr("/._~%!$&'()*+,;=:@", c) != NULL);
}

static int
parse_path(struct url *u)
{
	const char	*from = u->p;
	size_t		 len = 0;

	if (*from != '/') {
		memcpy(u->s->path, PATH, sizeof(PATH));
		return 0;
	}
	while (is_path_letter(from[len]))
		len++;
	if (from[len] == '{')
		return refuse(u, from + len, "path: questions are posted, it ends before {?dns}");
	if (len >= sizeof(u->s->path))
		return refuse(u, from, "path: too long");
	memcpy(u->s->path, from, len);
	u->p += len;
	return 0;
}

static int
parse_https(struct url *u)
{
	u->s->transport = TRANSPORT_HTTPS;
	if (parse_host(u, PORT_HTTPS) == -1 || parse_path(u) == -1)
		return -1;
	return parse_tls_parameters(u);
}

static int
parse_clear(struct url *u)
{
	if (parse_host(u, PORT_CLEAR) == -1)
		return -1;
	if (!skip(u, "?"))
		return 0;
	return parse_parameters(u, parse_common, "neither search=, insecure nor public");
}

static int
parse_bare(struct url *u)
{
	const char	*from = u->p;
	size_t		 len = strlen(from);

	if (strstr(from, "://") != NULL)
		return refuse(u, from, "neither dot://, doh://, udp:// nor an IP address");
	u->p += len;
	return set_address(u, strchr(from, ':') == NULL ? AF_INET : AF_INET6, from, len, PORT_CLEAR);
}

static int
parse(struct url *u)
{
	int	r;

	if (skip(u, "dot://"))
		r = parse_tls(u);
	else if (skip(u, "doh://"))
		r = parse_https(u);
	else
		r = skip(u, "udp://") ? parse_clear(u) : parse_bare(u);
	return r == 0 && *u->p != '\0' ? refuse(u, u->p, "too much behind a server") : r;
}

int
server_parse(const char *text, struct server *s, const char **wrong, size_t *at)
{
	struct url	u = { .p = text, .s = s };
	size_t		shown;

	memset(s, 0, sizeof(*s));
	if (parse(&u) == -1) {
		*wrong = u.wrong;
		*at = (size_t)(u.p - text);
		return -1;
	}
	/* Scheme, address and port were found whole: they are shorter than SERVER_TEXT. */
	shown = (size_t)(u.end - text);
	memcpy(s->text, text, shown < sizeof(s->text) ? shown : sizeof(s->text) - 1);
	return 0;
}
