/*
 * policyd between intercept and resolverd: what resolverd hears of a flow to it before the
 * flow's verdict is said. Both peers are played here.
 */
/* links: policyd/[a-z]*.c policyd/lang.y */
#include "names_peers.h"

static void
begin(void)
{
	static const struct control_suite	s = { .doors = true };

	start();
	(void)machine_set_suite(&s);
	introduce(77);
	introduce(78);
}

TestSuite(names_grants, .init = begin, .fini = folder_finish, .timeout = 30);

/* A flow's first packet: a question over UDP, to a server in the Internet. */
static struct decide_request
question(uint64_t flow, uint64_t process)
{
	return (struct decide_request){ .flow = flow, .direction = DIRECTION_OUT, .owner = OWNER_PROCESS, .holders = 1,
		.holder = { process }, .has_socket = true, .socket_uid = 1000, .device = "eth0",
		.tuple = { .family = 4, .proto = 17, .sport = 4000, .dport = 53, .src = { 10, 0, 0, 2 },
		.dst = { 9, 9, 9, 9 } } };
}

static void
judge(const struct decide_request *r)
{
	cr_assert_eq(channel_send(intercept, DECIDE_REQUEST, 0, body, decide_request_pack(r, body, sizeof body), -1), 0);
	turn();
}

/* A resolverd that was judged before it was known to be the suite's own is judged anew: it is said that it is new. */
Test(names_grants, a_new_resolver_is_told)
{
	struct control_suite	s = { .doors = true, .count = 2,
		.process = { { .name = "resolverd", .pid = 10, .start = 5 }, { .name = "uid", .pid = 9, .start = 4 } } };

	cr_expect(machine_set_suite(&s));
	cr_expect_not(machine_set_suite(&s));
	s.process[0].start = 6;
	cr_expect(machine_set_suite(&s));
	s.process[0].pid = 11;
	cr_expect(machine_set_suite(&s));
	s.process[1].pid = 12;
	cr_expect_not(machine_set_suite(&s));
	s.process[0].pid = 0;
	cr_expect_not(machine_set_suite(&s));
}

Test(names_grants, heard_before_the_verdict)
{
	struct decide_request	r = question(1, 77);

	judge(&r);
	cr_assert_eq(flow_verdicts, 1);
	cr_expect_eq(flow_verdict.action, ACTION_NAMESERVER);
	cr_assert_eq(told_first, 1);
	cr_assert_eq(granted, 1);
	cr_expect_eq(grant.asker, 77);
	cr_expect_neq(grant.program, 0);
	cr_expect_eq(grant.tuple.sport, 4000);
}

/* Who takes a port of another program never has what was granted to that one. */
Test(names_grants, the_place_is_another_programs)
{
	struct decide_request	r = question(1, 77);

	judge(&r);
	r = question(2, 78);
	judge(&r);
	cr_assert_eq(flow_verdicts, 2);
	cr_assert_eq(told_first, 3, "forgotten and granted anew, before the verdict");
	cr_expect_eq(forgotten, 1);
	cr_expect_eq(grant.asker, 78);
}

/* Where names are judged each question is asked about; the former client's grant ends all the same. */
Test(names_grants, not_where_rules_name_domains)
{
	struct decide_request	r = question(1, 77);

	judge(&r);
	cr_assert_eq(granted, 1);
	put("etc/profiles/a.conf", "profile \"a\" {\n\tpath \"/bin/a\"\n\tflags internet\n\tdomains { example.org }\n}\n");
	current_reload();
	r = question(2, 78);
	judge(&r);
	cr_assert_eq(flow_verdicts, 2);
	cr_expect_eq(flow_verdict.action, ACTION_NAMESERVER);
	cr_expect_eq(granted, 1);
}

Test(names_grants, not_for_two_programs)
{
	struct decide_request	r = question(1, 77);

	r.holders = 2;
	r.holder[1] = 78;
	judge(&r);
	cr_assert_eq(flow_verdicts, 1);
	cr_expect_eq(granted, 0);
}

/* A flow that is judged anew began before; what ends with it is known. */
Test(names_grants, not_again)
{
	struct decide_request	r = question(1, 77);

	judge(&r);
	r.again = true;
	judge(&r);
	cr_assert_eq(flow_verdicts, 2);
	cr_expect_eq(granted + forgotten, 1);
}

static void
asks(const char *name)
{
	struct names_ask	a = { .tuple = question(1, 77).tuple, .qtype = 1 };

	snprintf(a.name, sizeof a.name, "%s", name);
	cr_assert_eq(channel_send(resolverd, NAMES_ASK, 1, body, names_ask_pack(&a, body, sizeof body), -1), 0);
	turn();
}

/* Which lists count is said with the grant, and with each answer. */
Test(names_grants, lists_that_count)
{
	struct decide_request	r = question(1, 77);
	struct decide_request	again = question(2, 77);

	cr_assert_eq(list.number, LIST_RESOLVERS, "other resolvers");
	put("etc/ads", "ads.example\n");
	put("etc/bulwark.conf", "list \"a\" file \"/etc/ads\" tag ads\nset dns-bypass { dynamic block }\n");
	current_reload();
	names_server_policy();
	turn();
	cr_assert_str_eq(list.name, "a");
	judge(&r);
	cr_assert_eq(granted, 1);
	cr_expect_eq(grant.lists, UINT64_C(1) << LIST_RESOLVERS | UINT64_C(1) << list.number, "%jx", (uintmax_t)grant.lists);
	asks("www.example.org");
	cr_expect_eq(verdict.word, NAMES_RESOLVE);
	cr_expect_eq(verdict.lists, grant.lists);
	put("etc/bulwark.conf", "list \"a\" file \"/etc/ads\" tag ads\nset lists-tracking { dynamic off secure off fortress off }\n");
	current_reload();
	names_server_policy();
	again.tuple.sport = 4001;
	judge(&again);
	cr_expect_eq(granted, 2);
	cr_expect_eq(grant.lists, 0);
}

/* A name that is on a list which counts later: the flow to its address is judged by it. */
Test(names_grants, listed_later)
{
	struct names_learnt	*m = calloc(1, sizeof *m);
	struct decide_request	r = question(1, 77);
	static const char	off[] = "list \"a\" file \"/etc/ads\" tag ads\nset lists-tracking { dynamic off }\n";

	put("etc/ads", "ads.example\n");
	put("etc/bulwark.conf", "%s", off);
	current_reload();
	names_server_policy();
	turn();
	*m = (struct names_learnt){ .count = 1, .told = { { .asker = 77, .names = 1, .addresses = 1, .name = { "ads.example" },
		.address = { { 4, { 9, 9, 9, 1 } } }, .lists = UINT64_C(1) << list.number } } };
	cr_assert_eq(channel_send(resolverd, NAMES_LEARNT, 0, body, names_learnt_pack(m, body, sizeof body), -1), 0);
	turn();
	free(m);
	r.tuple.dport = 443;
	r.tuple.dst[3] = 1;
	judge(&r);
	cr_expect_eq(flow_verdict.action, ACTION_ACCEPT);
	put("etc/bulwark.conf", "%.*s\n", (int)strcspn(off, "\n"), off);
	current_reload();
	names_server_policy();
	judge(&r);
	cr_expect_eq(flow_verdict.action, ACTION_DROP, "refused; and no answer, since the source is no address of this machine");
}

/* Who asks for many machine-made names has no grant any more, and is refused where the setting says so. */
Test(names_grants, machine_names)
{
	struct decide_request	r = question(1, 77);
	char			name[200];

	put("etc/bulwark.conf", "set machine-names { dynamic block }\n");
	current_reload();
	names_server_policy();
	judge(&r);
	cr_assert_eq(granted, 1);
	revocations = 0;
	for (unsigned i = 0; i < 40; i++) {
		snprintf(name, sizeof name, "%04u.%040u.0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghij."
		    "0123456789abcdefghijklmnopqrstuvwxyz.t.example.org", i, i);
		asks(name);
		cr_expect_eq(verdict.word, i < 31 ? NAMES_RESOLVE : NAMES_BLOCK, "question %u", i);
	}
	cr_expect_not_null(strstr(verdict.reason, "40 machine-made names"), "%s", verdict.reason);
	cr_expect_eq(revocations, 1, "flows that live by such a name, too");
	asks("www.example.net");
	cr_expect_eq(verdict.word, NAMES_RESOLVE);
	cr_expect_not(verdict.grant, "each of its questions is judged");
	r = question(2, 77);
	r.tuple.sport = 4001;
	granted = 0;
	judge(&r);
	cr_expect_eq(granted, 0);
}

static void
learnt(uint64_t process, const char *name, uint8_t last)
{
	struct names_learnt	*m = calloc(1, sizeof *m);

	*m = (struct names_learnt){ .count = 1, .told = { { .asker = process, .names = 1, .addresses = 1,
		.address = { { 4, { 9, 9, 9, last } } } } } };
	(void)snprintf(m->told[0].name[0], sizeof m->told[0].name[0], "%s", name);
	cr_assert_eq(channel_send(resolverd, NAMES_LEARNT, 0, body, names_learnt_pack(m, body, sizeof body), -1), 0);
	turn();
	free(m);
}

/* Flows of all processes count for the program, until one knows a name that is refused: then none is lent. */
Test(names_grants, names_of_one_process)
{
	struct decide_request	r = question(1, 77);

	r.tuple.dport = 443;
	r.tuple.proto = 6;
	r.tuple.dst[3] = 1;
	judge(&r);
	cr_expect_eq(flow_verdict.action, ACTION_ACCEPT);
	cr_expect_eq(flow_verdict.grant, GRANT_PROGRAM);
	revocations = 0;
	learnt(78, "www.example.org", 1);
	judge(&r);
	cr_expect_eq(flow_verdict.grant, GRANT_PROGRAM, "whatever it is called");
	learnt(78, "dns.google", 2);
	cr_expect_eq(revocations, 0, "nothing was lent for that address");
	r.tuple.dst[3] = 2;
	judge(&r);
	cr_expect_eq(flow_verdict.grant, GRANT_NONE);
	learnt(78, "dns.google", 1);
	cr_expect_eq(revocations, 1, "what was lent ends");
	r.tuple.dst[3] = 1;
	judge(&r);
	cr_expect_eq(flow_verdict.action, ACTION_ACCEPT);
	cr_expect_eq(flow_verdict.grant, GRANT_NONE);
	gone(78);
	programs_tick(INT32_MAX);
	judge(&r);
	cr_expect_eq(flow_verdict.grant, GRANT_PROGRAM, "nobody knows it any more");
}

Test(names_grants, nothing_for_other_flows)
{
	struct decide_request	r = question(1, 77);

	r.tuple.dport = 443;
	judge(&r);
	cr_assert_eq(flow_verdicts, 1);
	cr_expect_eq(granted, 0);
}

Test(names_grants, ends_with_its_program_and_flow)
{
	struct decide_request	r = question(1, 77);
	struct decide_ends	ends = { .count = 1, .end = { { .flow = 2 } } };

	judge(&r);
	gone(77);
	cr_expect_eq(forgotten, 1);
	r = question(2, 78);
	judge(&r);
	cr_assert_eq(channel_send(intercept, DECIDE_ENDS, 0, body, decide_ends_pack(&ends, body, sizeof body), -1), 0);
	turn();
	cr_expect_eq(forgotten, 2);
}
