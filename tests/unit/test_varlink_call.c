/* Calls at the Unix door, as programs may write them. */
/* links: resolverd/varlink_call.c resolverd/varlink_text.c resolverd/dname.c */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "varlink_call.h"

#define CALL(METHOD, PARAMETERS) "{\"method\":\"" METHOD "\",\"parameters\":" PARAMETERS "}"
#define HOSTNAME(PARAMETERS)	CALL("io.systemd.Resolve.ResolveHostname", PARAMETERS)
#define ADDRESS(PARAMETERS)	CALL("io.systemd.Resolve.ResolveAddress", PARAMETERS)

static struct varlink_call	call;
static char			reply[VARLINK_REPLY_MOST], text[DNAME_TEXT];

static int
parse(const char *bytes)
{
	return varlink_call_parse(bytes, strlen(bytes), &call);
}

static const struct {
	const char		*bytes;
	enum varlink_method	 method;
	int			 family;
	const char		*name;
} good[] = {
	{ HOSTNAME("{\"name\":\"www.Example.org\"}"), VARLINK_HOSTNAME, AF_UNSPEC, "www.Example.org" },
	{ HOSTNAME("{\"name\":\"a.\",\"family\":2,\"flags\":0,\"ifindex\":0}"), VARLINK_HOSTNAME, AF_INET, "a" },
	{ HOSTNAME("{\"name\":\"a\",\"family\":10,\"flags\":4398046511104}"), VARLINK_HOSTNAME, AF_INET6, "a" },
	{ ADDRESS("{\"family\":2,\"address\":[192,0,2,1]}"), VARLINK_ADDRESS, AF_INET,
	    "1.2.0.192.in-addr.arpa" },
	{ ADDRESS("{\"family\":10,\"address\":[32,1,13,184,0,0,0,0,0,0,0,0,0,0,0,255]}"), VARLINK_ADDRESS, AF_INET6,
	    "f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa" },
};

Test(varlink_call, names_and_addresses)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		cr_assert_eq(parse(good[i].bytes), 0, "%s", good[i].bytes);
		cr_expect_eq(call.method, good[i].method, "%s", good[i].bytes);
		cr_expect_eq(call.family, good[i].family, "%s", good[i].bytes);
		dname_text(&call.name, text);
		cr_expect_str_eq(text, good[i].name);
	}
}

static const struct {
	const char		*bytes;
	enum varlink_method	 method;
	const char		*word;
} odd[] = {
	{ HOSTNAME("{}"), VARLINK_INVALID, "name" },
	{ HOSTNAME("{\"name\":7}"), VARLINK_INVALID, "name" },
	{ HOSTNAME("{\"name\":\"\"}"), VARLINK_INVALID, "name" },
	{ HOSTNAME("{\"name\":\".\"}"), VARLINK_INVALID, "name" },
	{ HOSTNAME("{\"name\":\"a..b\"}"), VARLINK_INVALID, "name" },
	{ HOSTNAME("{\"name\":\"a\",\"family\":1}"), VARLINK_INVALID, "family" },
	{ HOSTNAME("{\"name\":\"a\",\"family\":\"2\"}"), VARLINK_INVALID, "family" },
	{ HOSTNAME("{\"name\":\"a\",\"family\":4294967298}"), VARLINK_INVALID, "family" },
	{ HOSTNAME("{\"name\":\"a\",\"flags\":-1}"), VARLINK_INVALID, "flags" },
	{ HOSTNAME("{\"name\":\"a\",\"ifindex\":1.5}"), VARLINK_INVALID, "ifindex" },
	{ HOSTNAME("{\"name\":\"a\",\"more\":1}"), VARLINK_INVALID, "more" },
	{ ADDRESS("{\"family\":0,\"address\":[1,2,3,4]}"), VARLINK_INVALID, "family" },
	{ ADDRESS("{\"family\":2,\"address\":[1,2,3]}"), VARLINK_INVALID, "address" },
	{ ADDRESS("{\"family\":2,\"address\":[1,2,3,256]}"), VARLINK_INVALID, "address" },
	{ ADDRESS("{\"family\":2,\"address\":[1,2,3,-1]}"), VARLINK_INVALID, "address" },
	{ ADDRESS("{\"family\":2,\"address\":\"1234\"}"), VARLINK_INVALID, "address" },
	{ ADDRESS("{\"family\":10,\"address\":[1,2,3,4]}"), VARLINK_INVALID, "address" },
	{ CALL("io.systemd.Resolve.ResolveService", "{}"), VARLINK_UNKNOWN, "io.systemd.Resolve.ResolveService" },
	{ CALL("org.varlink.service.No", "{}"), VARLINK_UNKNOWN, "org.varlink.service.No" },
	{ CALL("org.varlink.service.GetInfo", "{\"a\":1}"), VARLINK_INVALID, "a" },
	{ CALL("org.varlink.service.GetInterfaceDescription", "{}"), VARLINK_INVALID, "interface" },
	{ CALL("io.systemd.Manager.Stop", "{}"), VARLINK_UNKNOWN_INTERFACE, "io.systemd.Manager" },
	{ CALL("nothing", "{}"), VARLINK_UNKNOWN_INTERFACE, "" },
};

Test(varlink_call, what_is_wrong_is_said)
{
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		cr_assert_eq(parse(odd[i].bytes), 0, "%s", odd[i].bytes);
		cr_expect_eq(call.method, odd[i].method, "%s", odd[i].bytes);
		cr_expect_str_eq(call.word, odd[i].word);
		cr_assert_gt(varlink_call_reply(&call, reply, sizeof(reply)), 0);
		cr_expect_not_null(strstr(reply, "\"error\":\"org.varlink.service."));
	}
}

Test(varlink_call, what_is_no_call)
{
	static const char *const	none[] = { "", "{", "[]", "7", "\"a\"", "{}", "{\"method\":7}",
		"{\"method\":\"a.b\",\"parameters\":[]}", "{\"method\":\"a.b\",\"method\":\"a.c\"}",
		"{\"method\":\"org.varlink.service.GetInfo\"} ,",
		"{\"method\":\"org.varlink.service.GetInfo\",\"oneway\":true}",
		"{\"method\":\"org.varlink.service.GetInfo\",\"upgrade\":true}",
		"{\"method\":\"org.varlink.service.GetInfo\xff\"}",
		"{\"method\":\"org.varlink.service.GetInfo\\u0000\"}" };

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		cr_expect_eq(parse(none[i]), -1, "%s", none[i]);
}

Test(varlink_call, depth_and_length)
{
	char	*deep = malloc(VARLINK_CALL_MOST + 1);

	memset(deep, '[', VARLINK_CALL_MOST + 1);
	cr_expect_eq(varlink_call_parse(deep, VARLINK_CALL_MOST, &call), -1);
	memset(deep, ' ', VARLINK_CALL_MOST + 1);
	memcpy(deep, HOSTNAME("{\"name\":\"a\"}"), strlen(HOSTNAME("{\"name\":\"a\"}")));
	cr_expect_eq(varlink_call_parse(deep, VARLINK_CALL_MOST, &call), 0);
	cr_expect_eq(varlink_call_parse(deep, VARLINK_CALL_MOST + 1, &call), -1);
	free(deep);
}

Test(varlink_call, speaks_of_itself)
{
	cr_assert_eq(parse("{\"method\":\"org.varlink.service.GetInfo\"}"), 0);
	cr_assert_gt(varlink_call_reply(&call, reply, sizeof(reply)), 0);
	cr_expect_not_null(strstr(reply, "\"interfaces\":[\"io.systemd.Resolve\""));
	cr_expect_eq(varlink_call_reply(&call, reply, 20), 0, "no room");
	cr_assert_eq(parse(CALL("org.varlink.service.GetInterfaceDescription",
	    "{\"interface\":\"io.systemd.Resolve\"}")), 0);
	cr_assert_gt(varlink_call_reply(&call, reply, sizeof(reply)), 0);
	cr_expect_not_null(strstr(reply, "method ResolveHostname("));
	cr_assert_eq(parse(CALL("org.varlink.service.GetInterfaceDescription", "{\"interface\":\"a.b\"}")), 0);
	cr_assert_gt(varlink_call_reply(&call, reply, sizeof(reply)), 0);
	cr_expect_not_null(strstr(reply, "InterfaceNotFound"));
}
