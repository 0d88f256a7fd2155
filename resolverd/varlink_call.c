/*
 * See varlink_call.h. Called by the Unix door; the bytes are any program's.
 */
#include <sys/socket.h>

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "varlink_call.h"
#include "varlink_text.h"

#define RESOLVE		"io.systemd.Resolve"
#define SERVICE		"org.varlink.service"

/* What a method may be given; *word is filled where a parameter is not as it must be. */
struct reader {
	json_t			*parameters;
	struct varlink_call	*call;
};

static void
set_word(struct varlink_call *c, const char *text)
{
	(void)snprintf(c->word, sizeof(c->word), "%s", text);
}

static void
invalid(struct varlink_call *c, const char *parameter)
{
	c->method = VARLINK_INVALID;
	set_word(c, parameter);
}

/* Only what the method knows. */
static bool
all_known(const struct reader *r, const char *const known[])
{
	const char	*key;
	json_t		*value;
	unsigned	 i;

	json_object_foreach(r->parameters, key, value) {
		for (i = 0; known[i] != NULL && strcmp(known[i], key) != 0; i++)
			continue;
		if (known[i] == NULL) {
			invalid(r->call, key);
			return false;
		}
	}
	return true;
}

/* A number from 0 to max, 0 if it is not given. */
static bool
read_number(const struct reader *r, const char *key, json_int_t max, json_int_t *number)
{
	const json_t	*value = json_object_get(r->parameters, key);

	*number = 0;
	if (value == NULL || json_is_null(value))
		return true;
	*number = json_integer_value(value);
	if (json_is_integer(value) && *number >= 0 && *number <= max)
		return true;
	invalid(r->call, key);
	return false;
}

static bool
read_common(const struct reader *r, bool any_family)
{
	json_int_t	ifindex, flags, family;

	if (!read_number(r, "ifindex", INT32_MAX, &ifindex) ||
	    !read_number(r, "flags", INT64_MAX, &flags) ||
	    !read_number(r, "family", INT32_MAX, &family))
		return false;
	r->call->family = (int)family;
	if (family == AF_INET || family == AF_INET6 || (family == AF_UNSPEC && any_family))
		return true;
	invalid(r->call, "family");
	return false;
}

static void
read_hostname(const struct reader *r)
{
	static const char *const	 known[] = { "ifindex", "name", "family", "flags", NULL };
	const char			*name = json_string_value(json_object_get(r->parameters, "name"));

	r->call->method = VARLINK_HOSTNAME;
	if (!all_known(r, known) || !read_common(r, true))
		return;
	if (name == NULL || dname_parse(name, strlen(name), &r->call->name) == -1 ||
	    dname_labels(&r->call->name) == 0)
		invalid(r->call, "name");
}

/* RFC 1035, 3.5; RFC 3596, 2.5. */
static void
set_backwards(struct varlink_call *c, const uint8_t *address, size_t len)
{
	char	text[DNAME_TEXT];
	size_t	at = 0;

	for (size_t i = len; i-- > 0;)
		at += (size_t)(len == 4 ? snprintf(text + at, sizeof(text) - at, "%u.", address[i]) :
		    snprintf(text + at, sizeof(text) - at, "%x.%x.", address[i] & 15, address[i] >> 4));
	(void)snprintf(text + at, sizeof(text) - at, "%s", len == 4 ? "in-addr.arpa" : "ip6.arpa");
	if (dname_parse(text, strlen(text), &c->name) == -1)
		invalid(c, "address");
}

static void
read_address(const struct reader *r)
{
	static const char *const	 known[] = { "ifindex", "family", "address", "flags", NULL };
	const json_t			*list = json_object_get(r->parameters, "address"), *byte;
	uint8_t				 address[16];
	size_t				 len;

	r->call->method = VARLINK_ADDRESS;
	if (!all_known(r, known) || !read_common(r, false))
		return;
	len = r->call->family == AF_INET ? 4 : 16;
	if (!json_is_array(list) || json_array_size(list) != len) {
		invalid(r->call, "address");
		return;
	}
	for (size_t i = 0; i < len; i++) {
		byte = json_array_get(list, i);
		if (!json_is_integer(byte) || json_integer_value(byte) < 0 ||
		    json_integer_value(byte) > UINT8_MAX) {
			invalid(r->call, "address");
			return;
		}
		address[i] = (uint8_t)json_integer_value(byte);
	}
	set_backwards(r->call, address, len);
}

static void
read_info(const struct reader *r)
{
	static const char *const	known[] = { NULL };

	r->call->method = VARLINK_INFO;
	(void)all_known(r, known);
}

static void
read_description(const struct reader *r)
{
	static const char *const	 known[] = { "interface", NULL };
	const char			*name = json_string_value(json_object_get(r->parameters, "interface"));

	r->call->method = VARLINK_DESCRIPTION;
	if (!all_known(r, known))
		return;
	if (name == NULL)
		invalid(r->call, "interface");
	else
		set_word(r->call, name);
}

static const struct {
	const char	*name;
	void		(*read)(const struct reader *);
} methods[] = {
	{ RESOLVE ".ResolveHostname", read_hostname },
	{ RESOLVE ".ResolveAddress", read_address },
	{ SERVICE ".GetInfo", read_info },
	{ SERVICE ".GetInterfaceDescription", read_description },
};

/* A method that is not there, or one of an interface that is not there. */
static void
unknown(struct varlink_call *c, const char *method)
{
	const char	*dot = strrchr(method, '.');
	size_t		 len = dot == NULL ? 0 : (size_t)(dot - method);

	if ((len == strlen(RESOLVE) && memcmp(method, RESOLVE, len) == 0) ||
	    (len == strlen(SERVICE) && memcmp(method, SERVICE, len) == 0)) {
		c->method = VARLINK_UNKNOWN;
		set_word(c, method);
		return;
	}
	c->method = VARLINK_UNKNOWN_INTERFACE;
	(void)snprintf(c->word, sizeof(c->word), "%.*s", (int)len, method);
}

static int
read_call(json_t *call, struct varlink_call *c)
{
	struct reader	 r = { .call = c, .parameters = json_object_get(call, "parameters") };
	const char	*method = json_string_value(json_object_get(call, "method"));

	/* Who wants no answer, or another protocol in its place, asks for nothing that is here. */
	if (method == NULL || strlen(method) >= VARLINK_WORD || json_is_true(json_object_get(call, "oneway")) ||
	    json_is_true(json_object_get(call, "upgrade")))
		return -1;
	if (r.parameters != NULL && !json_is_object(r.parameters) && !json_is_null(r.parameters))
		return -1;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (strcmp(methods[i].name, method) == 0) {
			methods[i].read(&r);
			return 0;
		}
	unknown(c, method);
	return 0;
}

int
varlink_call_parse(const char *bytes, size_t len, struct varlink_call *c)
{
	json_t	*call = len > VARLINK_CALL_MOST ? NULL : json_loadb(bytes, len, JSON_REJECT_DUPLICATES, NULL);
	int	 result;

	memset(c, 0, sizeof(*c));
	result = json_is_object(call) ? read_call(call, c) : -1;
	json_decref(call);
	return result;
}

static json_t *
describe(const struct varlink_call *c)
{
	const char	*text = strcmp(c->word, RESOLVE) == 0 ? varlink_resolve_text :
			    strcmp(c->word, SERVICE) == 0 ? varlink_service_text : NULL;

	if (text == NULL)
		return json_pack("{s:s, s:{s:s}}", "error", SERVICE ".InterfaceNotFound", "parameters",
		    "interface", c->word);
	return json_pack("{s:{s:s}}", "parameters", "description", text);
}

static json_t *
reply_of(const struct varlink_call *c)
{
	switch (c->method) {
	case VARLINK_INFO:
		return json_pack("{s:{s:s, s:s, s:s, s:s, s:[s, s]}}", "parameters", "vendor", "Bulwark",
		    "product", "resolverd", "version", "1", "url", "", "interfaces", RESOLVE, SERVICE);
	case VARLINK_DESCRIPTION:
		return describe(c);
	case VARLINK_UNKNOWN:
		return json_pack("{s:s, s:{s:s}}", "error", SERVICE ".MethodNotFound", "parameters",
		    "method", c->word);
	case VARLINK_UNKNOWN_INTERFACE:
		return json_pack("{s:s, s:{s:s}}", "error", SERVICE ".InterfaceNotFound", "parameters",
		    "interface", c->word);
	case VARLINK_INVALID:
		return json_pack("{s:s, s:{s:s}}", "error", SERVICE ".InvalidParameter", "parameters",
		    "parameter", c->word);
	default:
		return NULL;
	}
}

size_t
varlink_call_reply(const struct varlink_call *c, char *to, size_t size)
{
	return varlink_write(reply_of(c), to, size);
}
