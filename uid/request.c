/*
 * See request.h.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "request.h"
#include "store.h"
#include "words.h"

#define DEPTH_MAX	2	/* an object, and lists in it */
#define DOMAIN_MOST	253
#define LABEL_MOST	63
#define EXPLAIN_SPORT	40000	/* a port such as clients get */

struct reading {
	struct request	*request;
	char		*error;
	bool		 has_address, has_local, has_port, has_icmp;
	unsigned	 icmp_type, icmp_code;
};

typedef int	(*key_reader)(struct reading *, const char *key, const json_t *);

struct key {
	const char	*name;
	unsigned	 verbs;		/* 1 << enum request_verb, OR-ed */
	key_reader	 read;
};

static const char *const verb_names[REQUEST_VERBS] = {
	[REQUEST_STATUS] = "status", [REQUEST_MONITOR] = "monitor",
	[REQUEST_CONNECTIONS] = "connections", [REQUEST_EXPLAIN] = "explain",
	[REQUEST_PROFILE_LIST] = "profile-list", [REQUEST_PROFILE_SHOW] = "profile-show",
	[REQUEST_DNS_SERVERS] = "dns-servers", [REQUEST_DNS_QUERY] = "dns-query",
	[REQUEST_DNS_CACHE] = "dns-cache", [REQUEST_DNS_BLOCKED] = "dns-blocked",
	[REQUEST_SETTINGS] = "settings", [REQUEST_WORDS] = "words", [REQUEST_JOURNAL] = "journal",
	[REQUEST_LISTS] = "lists", [REQUEST_ANSWERS] = "answers",
};

static int	wrong(struct reading *, const char *, ...) __attribute__((format(printf, 2, 3)));

static int
wrong(struct reading *r, const char *format, ...)
{
	va_list	ap;

	va_start(ap, format);
	(void)vsnprintf(r->error, REQUEST_ERROR_BYTES, format, ap);
	va_end(ap);
	for (char *p = r->error; *p != '\0'; p++)
		if (*p < 0x20 || *p > 0x7e)
			*p = '?';
	return -1;
}

static int
add_filter(struct reading *r, enum filter_key key, const json_t *value)
{
	struct filter	*filter = &r->request->filter;
	int		 result;

	if (filter_takes_number(key))
		result = json_is_integer(value) ?
		    filter_add_number(filter, key, json_integer_value(value)) : -1;
	else
		result = json_is_string(value) ?
		    filter_add_text(filter, key, json_string_value(value)) : -1;
	if (result == -1 && filter->count == FILTER_TERMS)
		return wrong(r, "more than %d filters", FILTER_TERMS);
	return result;
}

static const char *
filter_wants(enum filter_key key)
{
	switch (key) {
	case FILTER_VERDICT:
		return "accept, block, drop, nameserver or tunnel; resolved, blocked, refused, asked or below";
	case FILTER_DIRECTION:
		return "out, in or forward";
	case FILTER_PROTO:
		return "tcp, udp, icmp, icmp6, sctp or another protocol's name or number, as text";
	case FILTER_ADDRESS:
		return "an address or a net such as 192.0.2.0/24";
	case FILTER_PORT:
		return "a number from 0 to 65535";
	case FILTER_UID:
	case FILTER_PID:
		return "a number";
	default:
		return "text of 1 to 255 bytes; a * at its end stands for more";
	}
}

static int
read_filter(struct reading *r, const char *name, const json_t *value)
{
	enum filter_key	key = 0;
	const json_t	*one;
	size_t		 i;

	while (strcmp(filter_key_name(key), name) != 0)
		key++;
	r->error[0] = '\0';
	if (!json_is_array(value)) {
		if (add_filter(r, key, value) == 0)
			return 0;
	} else if (json_array_size(value) > 0) {
		json_array_foreach(value, i, one)
			if (add_filter(r, key, one) == -1)
				goto bad;
		return 0;
	}
bad:
	if (r->error[0] != '\0')
		return -1;
	return wrong(r, "\"%s\" takes %s, or a list of these", name, filter_wants(key));
}

static int
read_last(struct reading *r, const char *name, const json_t *value)
{
	json_int_t	n = json_integer_value(value);

	if (!json_is_integer(value) || n < 0 || n > STORE_RECENT)
		return wrong(r, "\"%s\" takes a number from 0 to %d", name, STORE_RECENT);
	r->request->last = (uint32_t)n;
	return 0;
}

static int
read_ends(struct reading *r, const char *name, const json_t *value)
{
	if (!json_is_boolean(value))
		return wrong(r, "\"%s\" takes true or false", name);
	r->request->ends = json_is_true(value);
	return 0;
}

/* A path or a profile's name. */
static int
read_text(struct reading *r, const char *name, const json_t *value)
{
	struct ui_query	*q = &r->request->query;
	size_t		 len = json_is_string(value) ? json_string_length(value) : 0;

	if (len == 0 || len >= sizeof(q->text))
		return wrong(r, "\"%s\" takes text of 1 to %zu bytes", name, sizeof(q->text) - 1);
	if (q->len > 0)
		return wrong(r, "one of \"app\" and \"app_bytes\", not both");
	memcpy(q->text, json_string_value(value), len);
	q->len = (uint16_t)len;
	return 0;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static int
read_hex(struct reading *r, const char *name, const json_t *value)
{
	struct ui_query	*q = &r->request->query;
	const char	*s = json_string_value(value);
	size_t		 len = json_is_string(value) ? json_string_length(value) : 0;

	if (q->len > 0)
		return wrong(r, "one of \"app\" and \"app_bytes\", not both");
	if (len == 0 || len % 2 != 0 || len / 2 >= sizeof(q->text))
		return wrong(r, "\"%s\" takes a path's bytes in hex", name);
	for (size_t i = 0; i < len / 2; i++) {
		int	high = hex_value(s[2 * i]), low = hex_value(s[2 * i + 1]);

		if (high == -1 || low == -1 || (high == 0 && low == 0))
			return wrong(r, "\"%s\" takes a path's bytes in lower-case hex", name);
		q->text[i] = (char)(high << 4 | low);
	}
	q->len = (uint16_t)(len / 2);
	return 0;
}

static int
read_u32(struct reading *r, const char *name, const json_t *value, uint32_t least, uint32_t most,
    uint32_t *to)
{
	json_int_t	n = json_integer_value(value);

	if (!json_is_integer(value) || n < least || n > most)
		return wrong(r, "\"%s\" takes a number from %u to %u", name, least, most);
	*to = (uint32_t)n;
	return 0;
}

static int
read_number(struct reading *r, const char *name, const json_t *value)
{
	struct ui_query	*q = &r->request->query;
	uint32_t	 n = 0;

	if (strcmp(name, "pid") == 0)
		return read_u32(r, name, value, 1, INT32_MAX, &q->pid);
	if (strcmp(name, "as_uid") == 0) {
		r->request->has_as_uid = true;
		return read_u32(r, name, value, 0, UINT32_MAX - 1, &q->as_uid);
	}
	if (strcmp(name, "port") == 0) {
		r->has_port = true;
		if (read_u32(r, name, value, 0, UINT16_MAX, &n) == -1)
			return -1;
		q->tuple.dport = (uint16_t)n;
		return 0;
	}
	r->has_icmp = true;
	return read_u32(r, name, value, 0, UINT8_MAX,
	    strcmp(name, "icmp_type") == 0 ? &r->icmp_type : &r->icmp_code);
}

static int
read_word(struct reading *r, const char *name, const json_t *value)
{
	struct ui_query	*q = &r->request->query;
	const char	*s = json_is_string(value) ? json_string_value(value) : "";
	int		 proto;

	if (strcmp(name, "direction") == 0) {
		q->direction = (uint8_t)word_to_direction(s);
		if (q->direction == 0 || q->direction == DIRECTION_FORWARD)
			return wrong(r, "\"direction\" takes out or in");
		return 0;
	}
	if ((proto = word_to_protocol(s)) == -1)
		return wrong(r, "\"proto\" takes %s", filter_wants(FILTER_PROTO));
	q->tuple.proto = (uint8_t)proto;
	return 0;
}

/* "address" is the other machine, "local" this one; which is source comes with the direction. */
static int
read_address(struct reading *r, const char *name, const json_t *value)
{
	struct tuple	*t = &r->request->query.tuple;
	const char	*s = json_is_string(value) ? json_string_value(value) : "";
	bool		 local = strcmp(name, "local") == 0;
	uint8_t		*to = local ? t->src : t->dst;
	uint8_t		 family = 0;

	if (inet_pton(AF_INET, s, to) == 1)
		family = 4;
	else if (inet_pton(AF_INET6, s, to) == 1)
		family = 6;
	else
		return wrong(r, "\"%s\" takes an IPv4 or IPv6 address", name);
	if (t->family != 0 && t->family != family)
		return wrong(r, "\"address\" and \"local\" are of one family");
	t->family = family;
	if (local)
		r->has_local = true;
	else
		r->has_address = true;
	return 0;
}

/* Without the last dot; the root is a dot. */
static bool
is_domain(const char *s, size_t len)
{
	size_t	label = 0;

	if (len == 0 || len > DOMAIN_MOST)
		return false;
	if (len == 1 && s[0] == '.')
		return true;
	for (size_t i = 0; i < len; i++) {
		if (s[i] <= ' ' || s[i] > '~' || (s[i] == '.' && label == 0))
			return false;
		label = s[i] == '.' ? 0 : label + 1;
		if (label > LABEL_MOST)
			return false;
	}
	return label > 0;
}

/* Small letters, as policyd wants it. */
static int
read_domain(struct reading *r, const char *name, const json_t *value)
{
	const char	*s = json_is_string(value) ? json_string_value(value) : "";
	char		*to = r->request->query.name;
	size_t		 len = strlen(s);

	if (len > 1 && s[len - 1] == '.')
		len--;
	if (!is_domain(s, len))
		return wrong(r, "\"%s\" takes a domain's name; of other alphabets its form in ASCII (xn--)",
		    name);
	for (size_t i = 0; i < len; i++)
		to[i] = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] + 'a' - 'A') : s[i];
	to[len] = '\0';
	return 0;
}

static int
read_qtype(struct reading *r, const char *name, const json_t *value)
{
	const char	*s = json_is_string(value) ? json_string_value(value) : "";

	if ((r->request->query.qtype = (uint16_t)word_to_qtype(s)) == 0)
		return wrong(r, "\"%s\" takes a type such as A, AAAA, MX or TYPE65", name);
	return 0;
}

#define BIT(verb)	(1u << REQUEST_##verb)
#define FLOWS		(BIT(MONITOR) | BIT(CONNECTIONS))
#define PROGRAMS	(FLOWS | BIT(DNS_BLOCKED))

static const struct key keys[] = {
	{ "verb", ~0u, NULL },
	{ "app", PROGRAMS, read_filter }, { "profile", FLOWS, read_filter },
	{ "verdict", FLOWS, read_filter }, { "uid", PROGRAMS, read_filter },
	{ "pid", PROGRAMS, read_filter }, { "port", FLOWS, read_filter },
	{ "proto", FLOWS, read_filter }, { "direction", FLOWS, read_filter },
	{ "address", FLOWS, read_filter }, { "container", PROGRAMS, read_filter },
	{ "last", BIT(MONITOR), read_last }, { "ends", BIT(MONITOR), read_ends },
	{ "app", BIT(EXPLAIN), read_text }, { "app_bytes", BIT(EXPLAIN), read_hex },
	{ "pid", BIT(EXPLAIN), read_number }, { "as_uid", BIT(EXPLAIN), read_number },
	{ "direction", BIT(EXPLAIN), read_word }, { "proto", BIT(EXPLAIN), read_word },
	{ "address", BIT(EXPLAIN), read_address }, { "local", BIT(EXPLAIN), read_address },
	{ "port", BIT(EXPLAIN), read_number }, { "icmp_type", BIT(EXPLAIN), read_number },
	{ "icmp_code", BIT(EXPLAIN), read_number }, { "name", BIT(EXPLAIN), read_domain },
	{ "name", BIT(PROFILE_SHOW), read_text },
	{ "app", BIT(DNS_QUERY), read_text }, { "app_bytes", BIT(DNS_QUERY), read_hex },
	{ "pid", BIT(DNS_QUERY), read_number }, { "as_uid", BIT(DNS_QUERY), read_number },
	{ "name", BIT(DNS_QUERY), read_domain }, { "qtype", BIT(DNS_QUERY), read_qtype },
};
#define KEYS	(sizeof(keys) / sizeof(keys[0]))

/* Appends a word to a list that stands in the error text. */
static void
list_word(char *error, const char *word, bool first)
{
	size_t	len = strlen(error);

	(void)snprintf(error + len, REQUEST_ERROR_BYTES - len, "%s%s", first ? "" : ", ", word);
}

static int
unknown_key(struct reading *r, const char *name)
{
	enum request_verb	verb = r->request->verb;
	bool			first = true;

	(void)wrong(r, "unknown key \"%.64s\"; %s takes: ", name, verb_names[verb]);
	for (size_t i = 0; i < KEYS; i++)
		if (keys[i].verbs & 1u << verb) {
			list_word(r->error, keys[i].name, first);
			first = false;
		}
	return -1;
}

static int
read_verb(struct reading *r, const json_t *value)
{
	const char	*name = json_is_string(value) ? json_string_value(value) : "";

	for (unsigned i = 0; i < REQUEST_VERBS; i++)
		if (strcmp(verb_names[i], name) == 0) {
			r->request->verb = i;
			return 0;
		}
	if (name[0] == '\0')
		(void)wrong(r, "a request is an object with the key \"verb\", one of: ");
	else
		(void)wrong(r, "unknown verb \"%.64s\"; known are: ", name);
	for (unsigned i = 0; i < REQUEST_VERBS; i++)
		list_word(r->error, verb_names[i], i == 0);
	return -1;
}

static int
read_keys(struct reading *r, json_t *object)
{
	const char	*name;
	json_t		*value;

	json_object_foreach(object, name, value) {
		size_t	i = 0;

		while (i < KEYS && ((keys[i].verbs & 1u << r->request->verb) == 0 ||
		    strcmp(keys[i].name, name) != 0))
			i++;
		if (i == KEYS)
			return unknown_key(r, name);
		if (keys[i].read != NULL && keys[i].read(r, name, value) == -1)
			return -1;
	}
	return 0;
}

static bool
has_ports(uint8_t proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_UDPLITE ||
	    proto == IPPROTO_SCTP || proto == IPPROTO_DCCP;
}

/* The addresses as a packet would carry them, and what was left out. */
static void
finish_tuple(struct reading *r)
{
	struct ui_query	*q = &r->request->query;
	struct tuple	*t = &q->tuple;
	uint8_t		 swap[16];
	bool		 icmp = t->proto == IPPROTO_ICMP || t->proto == IPPROTO_ICMPV6;

	if (icmp && !r->has_icmp)
		r->icmp_type = t->proto == IPPROTO_ICMP ? 8 : 128;	/* echo request */
	if (icmp)
		t->dport = (uint16_t)(r->icmp_type << 8 | r->icmp_code);
	if (r->has_port)
		t->sport = EXPLAIN_SPORT;
	if (q->direction != DIRECTION_IN)
		return;
	memcpy(swap, t->src, sizeof(swap));
	memcpy(t->src, t->dst, sizeof(swap));
	memcpy(t->dst, swap, sizeof(swap));
}

static int
finish_explain(struct reading *r)
{
	struct ui_query	*q = &r->request->query;
	struct tuple	*t = &q->tuple;
	bool		 icmp;

	if ((q->len > 0) == (q->pid != 0))
		return wrong(r, "explain wants either \"app\" (a path) or \"pid\"");
	if (!r->has_address) {
		if (t->proto != 0 || q->direction != 0 || r->has_port || r->has_local || r->has_icmp ||
		    q->name[0] != '\0')
			return wrong(r, "explain for a flow wants \"address\"");
		q->kind = UI_EXPLAIN_PROGRAM;
		return 0;
	}
	q->kind = UI_EXPLAIN_FLOW;
	if (q->direction == 0)
		q->direction = DIRECTION_OUT;
	if (q->direction != DIRECTION_OUT && q->name[0] != '\0')
		return wrong(r, "only who goes out asks for a \"name\"");
	if (t->proto == 0)
		t->proto = IPPROTO_TCP;
	icmp = t->proto == IPPROTO_ICMP || t->proto == IPPROTO_ICMPV6;
	if (t->proto == (t->family == 4 ? IPPROTO_ICMPV6 : IPPROTO_ICMP))
		return wrong(r, "\"icmp\" goes with IPv4, \"icmp6\" with IPv6");
	if (has_ports(t->proto) && !r->has_port)
		return wrong(r, "explain for a protocol with ports wants \"port\"");
	if (!has_ports(t->proto) && r->has_port)
		return wrong(r, "this protocol has no \"port\"%s",
		    icmp ? " but \"icmp_type\" and \"icmp_code\"" : "");
	if (!icmp && r->has_icmp)
		return wrong(r, "\"icmp_type\" and \"icmp_code\" go with icmp and icmp6");
	finish_tuple(r);
	return 0;
}

static int
finish_dns_query(struct reading *r)
{
	struct ui_query	*q = &r->request->query;

	if ((q->len > 0) == (q->pid != 0))
		return wrong(r, "dns-query wants either \"app\" (a path) or \"pid\"");
	if (q->name[0] == '\0')
		return wrong(r, "dns-query wants \"name\"");
	q->kind = UI_EXPLAIN_NAME;
	if (q->qtype == 0)
		q->qtype = 1;	/* A */
	return 0;
}

static int
finish(struct reading *r)
{
	struct request	*request = r->request;

	switch (request->verb) {
	case REQUEST_EXPLAIN:
		return finish_explain(r);
	case REQUEST_PROFILE_LIST:
		request->query.kind = UI_PROFILE_LIST;
		return 0;
	case REQUEST_PROFILE_SHOW:
		request->query.kind = UI_PROFILE_SHOW;
		return request->query.len > 0 ? 0 : wrong(r, "profile-show wants \"name\"");
	case REQUEST_DNS_SERVERS:
		request->query.kind = UI_DNS_SERVERS;
		return 0;
	case REQUEST_DNS_CACHE:
		request->query.kind = UI_DNS_CACHE;
		return 0;
	case REQUEST_SETTINGS:
		request->query.kind = UI_SETTINGS;
		return 0;
	case REQUEST_LISTS:
		request->query.kind = UI_LISTS;
		return 0;
	case REQUEST_ANSWERS:
		request->query.kind = UI_ANSWERS;
		return 0;
	case REQUEST_WORDS:
		request->query.kind = UI_WORDS;
		return 0;
	case REQUEST_JOURNAL:
		request->query.kind = UI_JOURNAL;
		return 0;
	case REQUEST_DNS_QUERY:
		return finish_dns_query(r);
	default:
		return 0;
	}
}

/* The parser recurses: what is nested deeper than any request is refused unread. */
static bool
too_deep(const char *line, size_t len)
{
	unsigned	depth = 0;
	bool		quoted = false;

	for (size_t i = 0; i < len; i++) {
		char	c = line[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '[' || c == '{') && ++depth > DEPTH_MAX)
			return true;
		else if (!quoted && (c == ']' || c == '}') && depth > 0)
			depth--;
	}
	return false;
}

int
request_read(const char *line, size_t len, struct request *request,
    char error[REQUEST_ERROR_BYTES])
{
	struct reading	 r = { .request = request, .error = error };
	json_error_t	 fault;
	json_t		*object;
	int		 result = -1;

	memset(request, 0, sizeof(*request));
	error[0] = '\0';
	if (too_deep(line, len))
		return wrong(&r, "a request is one flat object");
	object = json_loadb(line, len, JSON_REJECT_DUPLICATES, &fault);
	if (object == NULL)
		return wrong(&r, "not a JSON object on one line: %s (byte %d)", fault.text,
		    fault.position);
	if (read_verb(&r, json_object_get(object, "verb")) == 0 && read_keys(&r, object) == 0)
		result = finish(&r);
	json_decref(object);
	return result;
}
