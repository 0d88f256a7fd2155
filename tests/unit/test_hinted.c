/*
 * policyd tells intercept whose hints are wanted, and judges no program that it lacks them of.
 */
/* links: policyd/[a-z]*.c policyd/lang.y */
#include "keep_found.h"
#include "names_peers.h"
#include "programs.h"

static void
begin(void)
{
	start();
	programs_kept_by(keep_found);
}

TestSuite(hinted, .init = begin, .fini = folder_finish, .timeout = 30);

/* intercept tells of /bin/b; read: with its hints. */
static void
told(uint64_t id, bool read)
{
	static struct process	p = { .pid = 9, .ppid = 1, .flags = PROCESS_PROVEN | PROCESS_ROOT_FILE | PROCESS_SAFE_MODE,
		.path = "/bin/b", .path_len = 6, .dev = 1, .ino = 1 };

	p.id = id;
	p.hints.read = read;
	cr_assert_eq(channel_send(intercept, DECIDE_PROCESS, 0, body, process_pack(&p, body, sizeof body), -1), 0);
}

static struct decide_request
flow_of(uint64_t process)
{
	return (struct decide_request){ .flow = 1, .direction = DIRECTION_OUT, .owner = OWNER_PROCESS, .holders = 1,
		.holder = { process }, .has_socket = true, .socket_uid = 1000, .device = "eth0",
		.tuple = { .family = 4, .proto = 6, .sport = 4000, .dport = 443, .src = { 10, 0, 0, 2 },
		.dst = { 9, 9, 9, 9 } } };
}

static void
question(void)
{
	struct names_ask a = { .tuple = { .family = 4, .proto = 17, .sport = 4000, .dport = 53, .src = { 10, 0, 0, 2 },
		.dst = { 127, 0, 0, 17 } }, .name = "a.example.org", .qtype = 1 };

	cr_assert_eq(channel_send(resolverd, NAMES_ASK, 1, body, names_ask_pack(&a, body, sizeof body), -1), 0);
	turn();
}

static void
judge(struct decide_request r)
{
	unsigned before = flow_verdicts;

	cr_assert_eq(channel_send(intercept, DECIDE_REQUEST, 0, body, decide_request_pack(&r, body, sizeof body), -1), 0);
	turn();
	cr_assert_eq(flow_verdicts, before + 1);
}

/* What main.c does when a policy came into force. */
static void
policy_with(const char *text)
{
	put("etc/profiles/f.conf", "%s", text);
	current_reload();
	turn();
	decide_server_revoke();
	turn();
}

#define NAMED	"framework \"f\" { path \"/bin/b*\"; parent-level 1 }\n"

Test(hinted, told_at_the_beginning)
{
	cr_assert_eq(hinted_told, 1);
	cr_expect_eq(revoked, 1, "before the first word that could be judged by it");
	cr_expect(!hinted.all && hinted.count == 0);
}

Test(hinted, told_where_it_changed)
{
	policy_with(NAMED);
	cr_assert_eq(hinted_told, 2);
	cr_expect_eq(revoked, 2);
	cr_assert(!hinted.all && hinted.count == 1);
	cr_expect(hinted.path[0].len == 7 && memcmp(hinted.path[0].text, "/bin/b*", 7) == 0);
	policy_with(NAMED "profile \"x\" { path \"/bin/x\" }\n");
	cr_expect_eq(hinted_told, 2, "another policy with the same frameworks");
	decide_server_revoke();
	turn();
	cr_expect_eq(hinted_told, 2);
	policy_with("profile \"x\" { path \"/bin/x\" }\n");
	cr_expect_eq(hinted_told, 3);
	cr_expect_eq(hinted.count, 0);
}

Test(hinted, told_to_each_intercept)
{
	int ends[2];

	policy_with(NAMED);
	cr_assert_eq(channel_pair(ends), 0);
	cr_assert_eq(decide_server_attach(ends[0], 2), 0);
	channel_free(intercept);
	intercept = channel_new(base, ends[1], of_intercept, on_lost, NULL);
	turn();
	cr_expect_eq(hinted_told, 3);
	cr_expect_eq(hinted.count, 1);
}

/* Known when the framework came: sent back, by a generation that is over, until it is told anew. */
Test(hinted, not_judged_without)
{
	told(1, false);
	judge(flow_of(1));
	cr_expect_eq(flow_verdict.generation, current_generation());
	policy_with(NAMED);
	judge(flow_of(1));
	cr_expect_eq(flow_verdict.generation, current_generation() - 1);
	cr_expect(flow_verdict.action == ACTION_DROP && !flow_verdict.permanent && !flow_verdict.grant);
	told(2, true);
	judge(flow_of(2));
	cr_expect_eq(flow_verdict.generation, current_generation());
	judge(flow_of(1));
	cr_expect_eq(flow_verdict.generation, current_generation() - 1);
}

/* Whoever listens inside this machine has a say, too. */
Test(hinted, listener_without)
{
	struct decide_request r = flow_of(2);

	policy_with(NAMED);
	told(1, false);
	told(2, true);
	r.has_listener = true;
	r.listeners = 1;
	r.listener[0] = 1;
	judge(r);
	cr_expect_eq(flow_verdict.generation, current_generation() - 1);
}

/* Of a forwarded flow the namespace's program has a say, but not by its hints: it is judged. */
Test(hinted, forwarded)
{
	struct decide_request r = flow_of(1);

	policy_with(NAMED);
	told(1, false);
	r.owner = OWNER_FORWARDED;
	r.direction = DIRECTION_FORWARD;
	r.has_socket = false;
	judge(r);
	cr_expect_eq(flow_verdict.generation, current_generation());
}

/* Questions on a connection whose program was told before: refused, until it is judged anew. */
Test(hinted, questions)
{
	static const struct control_suite suite = { .doors = true };
	struct decide_request r = flow_of(1);

	machine_set_suite(&suite);
	r.tuple.proto = 17;
	r.tuple.dport = 53;
	told(1, false);
	judge(r);
	cr_assert_eq(flow_verdict.action, ACTION_NAMESERVER);
	policy_with(NAMED);
	r.again = true;
	judge(r);
	cr_expect_eq(flow_verdict.generation, current_generation() - 1);
	question();
	cr_expect(verdicts == 1 && verdict.word == NAMES_REFUSE);
	told(2, true);
	gone(1);
	question();
	cr_expect(verdicts == 2 && verdict.word == NAMES_REFUSE, "another program's, for all that is known");
	r.holder[0] = 2;
	judge(r);
	cr_expect_eq(flow_verdict.action, ACTION_NAMESERVER);
	question();
	cr_expect(verdicts == 3 && verdict.word == NAMES_RESOLVE && verdict.asker == 2);
}

/* A caller at the Unix door is told to come again: then whod is asked about it. */
Test(hinted, caller)
{
	struct names_caller	m = { .number = FIRST };
	struct names_ask	a = { .name = "a.example.org", .qtype = 1 };
	struct decide_notice	n = { .flow = FIRST, .cookie = 1, .process = 1 };

	policy_with(NAMED);
	told(1, false);
	caller_tuple(FIRST, &a.tuple);
	n.tuple = a.tuple;
	cr_assert_eq(channel_send(resolverd, NAMES_CALLER, 0, body, names_caller_pack(&m, body, sizeof body), pair[0]), 0);
	turn();
	cr_assert_eq(channel_send(intercept, DECIDE_NOTICE, 0, body, decide_notice_pack(&n, body, sizeof body), -1), 0);
	cr_assert_eq(channel_send(resolverd, NAMES_ASK, 1, body, names_ask_pack(&a, body, sizeof body), -1), 0);
	turn();
	cr_assert_eq(verdicts, 1);
	cr_expect_eq(verdict.word, NAMES_REFUSE);
	cr_assert_eq(forgotten, 1);
	cr_expect_eq(caller_number(&forget.tuple), FIRST);
}
