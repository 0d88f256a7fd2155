/* Requests: what is taken, what is refused and in which words; the filters; the JSON writer; the tables' bounds. */
/* links: uid/request.c uid/view.c uid/words.c uid/jw.c uid/store.c uid/store_names.c uid/store_blocked.c */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "jw.h"
#include "request.h"
#include "store.h"
#include "view.h"

static struct request	request;
static char		error[REQUEST_ERROR_BYTES];

static int
reading(const char *line)
{
	return request_read(line, strlen(line), &request, error);
}

#define SIXTY_FOUR	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
	const char	*line;
	const char	*says;		/* NULL: taken */
} table[] = {
	{ "{\"verb\":\"status\"}", NULL },
	{ " { \"verb\" : \"status\" } ", NULL },
	{ "{\"verb\":\"monitor\",\"last\":1024,\"ends\":true}", NULL },
	{ "{\"verb\":\"connections\",\"uid\":[0,1000],\"direction\":\"in\"}", NULL },
	{ "{\"verb\":\"explain\",\"pid\":1}", NULL },
	{ "{\"verb\":\"explain\",\"app\":\"/bin/sh\",\"address\":\"::1\",\"port\":0}", NULL },
	{ "{\"verb\":\"explain\",\"app\":\"a\",\"address\":\"10.0.0.1\",\"proto\":\"icmp\"}", NULL },
	{ "{\"verb\":\"explain\",\"app\":\"a\",\"address\":\"10.0.0.1\",\"proto\":\"47\"}", NULL },
	{ "{\"verb\":\"explain\",\"app_bytes\":\"2fff\"}", NULL },
	{ "{\"verb\":\"explain\",\"pid\":1,\"address\":\"::1\",\"port\":80,\"name\":\"Example.org\"}", NULL },
	{ "{\"verb\":\"explain\",\"pid\":1,\"name\":\"example.org\"}", "wants \"address\"" },
	{ "{\"verb\":\"explain\",\"pid\":1,\"address\":\"::1\",\"port\":80,\"name\":\"a..b\"}", "a domain's name" },
	{ "{\"verb\":\"explain\",\"pid\":1,\"address\":\"::1\",\"port\":80,\"direction\":\"in\",\"name\":\"a.b\"}",
	  "only who goes out" },
	{ "{\"verb\":\"profile-list\"}", NULL },
	{ "{\"verb\":\"lists\"}", NULL },
	{ "{\"verb\":\"answers\"}", NULL },
	{ "{\"verb\":\"answers\",\"as_uid\":0}", "answers takes: verb" },
	{ "{\"verb\":\"profile-show\",\"name\":\"x\"}", NULL },
	{ "{\"verb\":\"dns-servers\"}", NULL },
	{ "{\"verb\":\"dns-cache\"}", NULL },
	{ "{\"verb\":\"dns-query\",\"pid\":1,\"name\":\".\"}", NULL },
	{ "{\"verb\":\"dns-query\",\"app\":\"/a\",\"name\":\"_x.Example.org.\",\"qtype\":\"srv\"}", NULL },
	{ "{\"verb\":\"dns-query\",\"app\":\"/a\",\"name\":\"a.b\",\"qtype\":\"TYPE65535\"}", NULL },
	{ "", "not a JSON object" },
	{ "[]", "\"verb\"" },
	{ "7", "not a JSON object" },
	{ "{}", "one of: status, monitor" },
	{ "{\"verb\":7}", "\"verb\"" },
	{ "{\"verb\":\"allow\"}", "unknown verb \"allow\"; known are: status, monitor" },
	{ "{\"verb\":\"status\",\"verb\":\"status\"}", "not a JSON object" },
	{ "{\"verb\":\"status\",\"app\":\"x\"}", "unknown key \"app\"; status takes: verb" },
	{ "{\"verb\":\"monitor\",\"x\\u001b\":1}", "unknown key \"x?\"; monitor takes: verb, app" },
	{ "{\"verb\":\"monitor\",\"verdict\":\"allow\"}", "accept, block, drop" },
	{ "{\"verb\":\"monitor\",\"verdict\":[]}", "accept, block, drop" },
	{ "{\"verb\":\"monitor\",\"verdict\":[\"refused\",\"below\",\"asked\"]}", NULL },
	{ "{\"verb\":\"connections\",\"container\":\"docker/*\"}", NULL },
	{ "{\"verb\":\"dns-blocked\",\"container\":\"web\"}", NULL },
	{ "{\"verb\":\"monitor\",\"container\":\"\"}", "1 to 255 bytes" },
	{ "{\"verb\":\"monitor\",\"port\":65536}", "0 to 65535" },
	{ "{\"verb\":\"monitor\",\"port\":\"443\"}", "0 to 65535" },
	{ "{\"verb\":\"monitor\",\"uid\":-1}", "a number" },
	{ "{\"verb\":\"monitor\",\"address\":\"10.0.0.0/33\"}", "an address or a net" },
	{ "{\"verb\":\"monitor\",\"address\":\"10.0.0.0/\"}", "an address or a net" },
	{ "{\"verb\":\"monitor\",\"address\":\"10.0.0.0/-1\"}", "an address or a net" },
	{ "{\"verb\":\"monitor\",\"pid\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]}", "more than 16" },
	{ "{\"verb\":\"monitor\",\"app\":[[\"x\"]]}", "flat" },
	{ "{\"verb\":\"monitor\",\"last\":1025}", "0 to 1024" },
	{ "{\"verb\":\"explain\"}", "either" },
	{ "{\"verb\":\"explain\",\"app\":\"a\",\"pid\":1}", "either" },
	{ "{\"verb\":\"explain\",\"app\":\"\"}", "1 to" },
	{ "{\"verb\":\"explain\",\"app\":\"a\\u0000b\"}", "not a JSON object" },
	{ "{\"verb\":\"explain\",\"app_bytes\":\"00\"}", "hex" },
	{ "{\"verb\":\"explain\",\"app_bytes\":\"2\"}", "hex" },
	{ "{\"verb\":\"explain\",\"app\":\"a\",\"app_bytes\":\"2f\"}", "not both" },
	{ "{\"verb\":\"explain\",\"app\":\"a\",\"port\":1}", "wants \"address\"" },
	{ "{\"verb\":\"explain\",\"app\":\"a\",\"address\":\"10.0.0.1\"}", "wants \"port\"" },
	{ "{\"verb\":\"explain\",\"app\":\"a\",\"address\":\"10.0.0.1\",\"local\":\"::1\",\"port\":1}",
	    "one family" },
	{ "{\"verb\":\"explain\",\"app\":\"a\",\"address\":\"::1\",\"proto\":\"icmp\"}", "icmp6" },
	{ "{\"verb\":\"explain\",\"app\":\"a\",\"address\":\"::1\",\"proto\":\"icmp6\",\"port\":1}",
	    "icmp_type" },
	{ "{\"verb\":\"explain\",\"app\":\"a\",\"address\":\"::1\",\"proto\":\"256\"}", "\"proto\"" },
	{ "{\"verb\":\"explain\",\"app\":\"a\",\"address\":\"::1\",\"port\":1,\"direction\":\"forward\"}",
	    "out or in" },
	{ "{\"verb\":\"dns-servers\",\"app\":\"x\"}", "dns-servers takes: verb" },
	{ "{\"verb\":\"dns-query\",\"name\":\"a.b\"}", "either" },
	{ "{\"verb\":\"dns-query\",\"pid\":1}", "wants \"name\"" },
	{ "{\"verb\":\"dns-query\",\"pid\":1,\"name\":7}", "a domain's name" },
	{ "{\"verb\":\"dns-query\",\"pid\":1,\"name\":\"\"}", "a domain's name" },
	{ "{\"verb\":\"dns-query\",\"pid\":1,\"name\":\"a..b\"}", "a domain's name" },
	{ "{\"verb\":\"dns-query\",\"pid\":1,\"name\":\"a.b..\"}", "a domain's name" },
	{ "{\"verb\":\"dns-query\",\"pid\":1,\"name\":\".b\"}", "a domain's name" },
	{ "{\"verb\":\"dns-query\",\"pid\":1,\"name\":\"a b\"}", "a domain's name" },
	{ "{\"verb\":\"dns-query\",\"pid\":1,\"name\":\"b\\u00fc.de\"}", "a domain's name" },
	{ "{\"verb\":\"dns-query\",\"pid\":1,\"name\":\"" SIXTY_FOUR ".org\"}", "a domain's name" },
	{ "{\"verb\":\"dns-query\",\"pid\":1,\"name\":\"a\",\"qtype\":\"NOPE\"}", "takes a type" },
	{ "{\"verb\":\"dns-query\",\"pid\":1,\"name\":\"a\",\"qtype\":\"TYPE65536\"}", "takes a type" },
	{ "{\"verb\":\"dns-query\",\"pid\":1,\"name\":\"a\",\"qtype\":\"TYPE1x\"}", "takes a type" },
	{ "{\"verb\":\"profile-show\"}", "wants \"name\"" },
};

Test(uid_request, table)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		int	result = reading(table[i].line);

		if (table[i].says == NULL)
			cr_expect_eq(result, 0, "%s: %s", table[i].line, error);
		else {
			cr_expect_eq(result, -1, "taken: %s", table[i].line);
			cr_expect_not_null(strstr(error, table[i].says), "%s: %s", table[i].line, error);
		}
	}
}

Test(uid_request, deep_nesting_is_refused_unread)
{
	char	line[8000];

	memset(line, '[', sizeof(line));
	cr_assert_eq(request_read(line, sizeof(line), &request, error), -1);
	cr_assert_not_null(strstr(error, "flat"));
}

Test(uid_request, explain_tuple)
{
	cr_assert_eq(reading("{\"verb\":\"explain\",\"app\":\"/a\",\"address\":\"10.0.0.1\","
	    "\"proto\":\"icmp\",\"icmp_type\":3,\"icmp_code\":4}"), 0);
	cr_assert_eq(request.query.tuple.dport, 3 << 8 | 4);
	cr_assert_eq(request.query.tuple.sport, 0);
	cr_assert_eq(reading("{\"verb\":\"explain\",\"app_bytes\":\"2fff0a\"}"), 0);
	cr_assert_eq(request.query.len, 3);
	cr_assert_arr_eq(request.query.text, "/\xff\n", 3);
	cr_assert_eq(request.query.kind, UI_EXPLAIN_PROGRAM);
}

static bool
passes(const char *line, const struct ui_event *e, const char *path, const char *profile)
{
	static _Alignas(8) char	p[sizeof(struct program) + 100], w[sizeof(struct why) + 100];
	struct program		*program = (struct program *)p;
	struct why		*why = (struct why *)w;

	cr_assert_eq(reading(line), 0, "%s", error);
	program->uid = 1000;
	program->path_len = (uint16_t)strlen(path);
	memcpy(program->bytes, path, strlen(path));
	why->profile_len = (uint16_t)strlen(profile);
	memcpy(why->bytes, profile, strlen(profile));
	return filter_passes(&request.filter, e->action, e, program, why);
}

Test(uid_request, filters)
{
	struct ui_event	e = { .action = ACTION_BLOCK, .direction = DIRECTION_IN,
			      .tuple = { .family = 4, .proto = 6, .dport = 22,
			      .src = { 192, 0, 2, 129 }, .dst = { 10, 1, 2, 3 } } };

	cr_expect(passes("{\"verb\":\"monitor\"}", &e, "/a/b", "p"));
	cr_expect(passes("{\"verb\":\"monitor\",\"app\":\"b\"}", &e, "/a/b", "p"));
	cr_expect(!passes("{\"verb\":\"monitor\",\"app\":\"a\"}", &e, "/a/b", "p"));
	cr_expect(passes("{\"verb\":\"monitor\",\"app\":\"/a/*\"}", &e, "/a/b", "p"));
	cr_expect(!passes("{\"verb\":\"monitor\",\"app\":\"/a/\"}", &e, "/a/b", "p"));
	cr_expect(passes("{\"verb\":\"monitor\",\"app\":\"*\"}", &e, "", "p"));
	cr_expect(!passes("{\"verb\":\"monitor\",\"app\":\"b\"}", &e, "", "p"));
	cr_expect(passes("{\"verb\":\"monitor\",\"address\":\"192.0.2.128/25\"}", &e, "/a", "p"));
	cr_expect(!passes("{\"verb\":\"monitor\",\"address\":\"192.0.2.0/25\"}", &e, "/a", "p"));
	cr_expect(passes("{\"verb\":\"monitor\",\"address\":\"0.0.0.0/0\"}", &e, "/a", "p"));
	cr_expect(!passes("{\"verb\":\"monitor\",\"address\":\"::/0\"}", &e, "/a", "p"));
	cr_expect(passes("{\"verb\":\"monitor\",\"profile\":[\"x\",\"p\"],\"uid\":1000}", &e, "", "p"));
	cr_expect(!passes("{\"verb\":\"monitor\",\"profile\":\"p\",\"uid\":1001}", &e, "", "p"));
	cr_expect(passes("{\"verb\":\"monitor\",\"direction\":[\"in\",\"forward\"]}", &e, "", "p"));
}

Test(uid_request, writer_escapes_and_stays_within)
{
	static const char	hostile[] = "a\"\\\x01\x7f\xc2\x9b\xe2\x80\xae\xf0\x9f\x90\xa7\xc3";
	char			buf[256];
	struct jw		j;

	jw_start(&j, buf, sizeof(buf));
	jw_open(&j, NULL, '{');
	jw_bytes(&j, "k", hostile, sizeof(hostile) - 1);
	jw_close(&j, '}');
	cr_assert(!j.over);
	buf[j.len] = '\0';
	cr_assert_str_eq(buf, "{\"k\":\"a\\\"\\\\\\u0001\\u007f\\u009b\\u202e\xf0\x9f\x90\xa7\xef\xbf\xbd\","
	    "\"k_bytes\":\"61225c017fc29be280aef09f90a7c3\"}");
	for (size_t room = 0; room < 100; room++) {
		memset(buf, 'Z', sizeof(buf));
		jw_start(&j, buf, room);
		jw_open(&j, NULL, '{');
		jw_bytes(&j, "k", hostile, sizeof(hostile) - 1);
		jw_time(&j, "t", 1);
		cr_assert(j.over || room > 90);
		cr_assert_eq(buf[room], 'Z');
	}
}

Test(uid_request, dates)
{
	static const struct { int64_t us; const char *text; } dates[] = {
		{ 0, "1970-01-01T00:00:00.000000Z" }, { 951782400000000, "2000-02-29T00:00:00.000000Z" },
		{ 4107542399999999, "2100-02-28T23:59:59.999999Z" },
		{ -1, "1970-01-01T00:00:00.000000Z" },
		{ INT64_MAX, "1970-01-01T00:00:00.000000Z" },
		{ 253402300799999999, "9999-12-31T23:59:59.999999Z" },
	};
	char		buf[128];
	struct jw	j;

	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
		jw_start(&j, buf, sizeof(buf));
		jw_time(&j, "t", dates[i].us);
		cr_expect_eq(strncmp(buf + 5, dates[i].text, strlen(dates[i].text)), 0, "%.*s",
		    (int)j.len, buf);
	}
}

static struct ui_event
flow(uint64_t id)
{
	return (struct ui_event){ .flow = id, .action = ACTION_ACCEPT, .permanent = true,
				  .source = UI_BY_DECISION };
}

Test(uid_store, newest_connections_stay)
{
	struct store	*s = store_new();
	unsigned	 used = 0;

	for (uint64_t i = 1; i <= STORE_FLOWS + 100; i++) {
		struct ui_event	e = flow(i);

		store_add_event(s, &e);
	}
	cr_assert_eq(store_connections(s), (unsigned)STORE_FLOWS);
	cr_assert_eq(store_pushed_out(s), 100u);
	cr_assert_null(store_connection(s, 100));
	cr_assert_not_null(store_connection(s, 101));
	cr_assert_eq(store_recent(s), (unsigned)STORE_RECENT);
	cr_assert_eq(store_event(s, STORE_RECENT - 1)->flow, STORE_FLOWS + 100u);
	for (uint64_t i = 1; i <= STORE_FLOWS + 100; i += 2)
		store_remove_connection(s, i);
	for (uint32_t i = 0; i < STORE_FLOWS; i++)
		used += store_slot(s, i) != NULL;
	cr_assert_eq(used, store_connections(s));
	cr_assert_eq(used, STORE_FLOWS / 2u);
	store_free(s);
}

/* In a place where there was one before, too: after its end, by another verdict, when the ring comes round. */
Test(uid_store, a_name_is_the_events_own)
{
	static const char *const	names[] = { "a.long.name.example.org", "short.org", "", "www.example.com" };
	struct store			*s = store_new();

	for (unsigned i = 0; i < STORE_RECENT + 8u; i++) {
		struct ui_event	e = flow(1 + i / 2);

		(void)snprintf(e.name, sizeof(e.name), "%s", names[i % 4]);
		store_add_event(s, &e);
		cr_assert_str_eq(store_connection(s, e.flow)->event.name, names[i % 4]);
		cr_assert_str_eq(store_event(s, store_recent(s) - 1)->name, names[i % 4]);
		if (i % 2 == 1)
			store_remove_connection(s, e.flow);
	}
	store_free(s);
}

Test(uid_store, a_connection_judged_anew_is_no_more)
{
	struct store	*s = store_new();
	struct ui_event	 e = flow(5);

	store_add_event(s, &e);
	e.source = UI_AGAIN;
	store_add_event(s, &e);
	cr_assert_null(store_connection(s, 5));
	e = flow(6);
	e.permanent = false;
	store_add_event(s, &e);
	cr_assert_null(store_connection(s, 6));
	store_free(s);
}

Test(uid_store, names_are_bounded_and_the_used_stay)
{
	struct store			*s = store_new();
	static struct process		 p;
	static struct ui_reason		 r;
	unsigned			 known = 0;

	p.path_len = sizeof(p.path);
	memset(p.path, 'x', sizeof(p.path));
	for (uint64_t i = 1; i <= 4000; i++) {
		p.id = i;
		p.pid = (uint32_t)i;
		store_add_process(s, &p);
		store_process_gone(s, i - 1);
		cr_assert_not_null(store_process(s, i));
	}
	for (uint64_t i = 1; i <= 4000; i++)
		known += store_process(s, i) != NULL;
	cr_assert_leq(known, STORE_TEXT_MAX / sizeof(p.path));
	cr_assert_not_null(store_process_by_pid(s, 4000));
	cr_assert_null(store_process_by_pid(s, 3999));
	for (uint32_t i = 0; i < STORE_REASONS + 500; i++) {
		r.id = i;
		store_add_reason(s, &r);
		cr_assert_not_null(store_reason(s, 0));
	}
	cr_assert_null(store_reason(s, 1));
	store_free(s);
}
