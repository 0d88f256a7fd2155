/*
 * policyd between resolverd and intercept: whose a call at the Unix door is, and what
 * resolverd may not say of one. Both peers are played here.
 */
/* links: policyd/answer.c policyd/arena.c policyd/away.c policyd/builtin.c policyd/check_files.c */
/* links: policyd/check_flow.c policyd/check_name.c policyd/check_packet.c policyd/check_profile.c */
/* links: policyd/conf.c policyd/current.c policyd/decide.c policyd/decide_server.c policyd/diag.c */
/* links: policyd/explain.c policyd/file.c policyd/kept.c policyd/known_names.c policyd/layers.c */
/* links: policyd/level.c policyd/name.c policyd/name_build.c policyd/name_index.c policyd/name_lists.c */
/* links: policyd/names_server.c policyd/name_servers.c policyd/net_index.c policyd/notices.c policyd/policy.c policyd/profile.c */
/* links: policyd/programs.c policyd/queries.c policyd/reach.c policyd/reasons.c policyd/rule_build.c policyd/rules.c */
/* links: policyd/say.c policyd/scan.c policyd/scope.c policyd/settings.c policyd/show.c policyd/status.c policyd/selfcheck.c */
/* links: policyd/steer.c policyd/steer_request.c policyd/tell.c policyd/upstream.c policyd/upstreams.c policyd/value_build.c */
/* links: policyd/watch.c policyd/words.c policyd/lang.y */
#include "temp_folder.h"

#include <sys/socket.h>

#include <event2/event.h>

#include "caller.h"
#include "channel.h"
#include "current.h"
#include "decide.h"
#include "decide_server.h"
#include "names.h"
#include "names_server.h"
#include "tell.h"
#include "who.h"

#define GENERATION	5
#define FIRST		((uint64_t)GENERATION << 32 | 1)

static struct event_base	*base;
static struct channel		*resolverd, *intercept;
static struct decide_whose	 whose;
static struct names_verdict	 verdict;
static struct names_forget	 forget;
static struct names_sifted	 sifted;
static uint32_t			 sifted_id;
static unsigned			 asked, verdicts, forgotten;
static bool			 resolverd_lost;
static int			 pair[2];
static uint8_t			 body[CHANNEL_BODY_MAX];

static int
on_whose(void *ctx, struct channel *c, struct frame *f)
{
	(void)ctx, (void)c;
	asked++;
	return decide_whose_unpack(f->body, f->len, &whose);
}

static int
on_verdict(void *ctx, struct channel *c, struct frame *f)
{
	(void)ctx, (void)c;
	verdicts++;
	return names_verdict_unpack(f->body, f->len, &verdict);
}

static int
on_forget(void *ctx, struct channel *c, struct frame *f)
{
	(void)ctx, (void)c;
	forgotten++;
	return names_forget_unpack(f->body, f->len, &forget);
}

static int
on_sifted(void *ctx, struct channel *c, struct frame *f)
{
	(void)ctx, (void)c;
	sifted_id = f->id;
	return names_sifted_unpack(f->body, f->len, &sifted);
}

static int
on_other(void *ctx, struct channel *c, struct frame *f)
{
	(void)ctx, (void)c, (void)f;
	return 0;
}

static const struct verb	of_resolverd[] = {
	{ NAMES_VERDICT, "verdict", PHASE_RUNNING, NAMES_VERDICT_MAX, false, on_verdict },
	{ NAMES_FORGET, "forget", PHASE_RUNNING, NAMES_FORGET_MAX, false, on_forget },
	{ NAMES_SIFTED, "sifted", PHASE_RUNNING, NAMES_SIFTED_MAX, false, on_sifted },
	{ NAMES_SETTINGS, "settings", PHASE_RUNNING, NAMES_SETTINGS_MAX, false, on_other },
	{ NAMES_REVOKE, "revoke", PHASE_RUNNING, NAMES_REVOKE_MAX, false, on_other },
	{ .handle = NULL },
}, of_intercept[] = {
	{ DECIDE_WHOSE, "whose", PHASE_RUNNING, DECIDE_WHOSE_MAX, false, on_whose },
	{ DECIDE_REVOKE, "revoke", PHASE_RUNNING, DECIDE_REVOKE_MAX, false, on_other },
	{ .handle = NULL },
};

static void
on_lost(void *ctx, struct channel *c, const char *why)
{
	(void)ctx, (void)why;
	resolverd_lost |= c == resolverd;
}

static void
on_change(void)
{
}

static void
turn(void)
{
	for (int i = 0; i < 10; i++)
		(void)event_base_loop(base, EVLOOP_NONBLOCK);
}

static void
start(void)
{
	static char		vendor[PATH_MAX], etc[PATH_MAX], state[PATH_MAX];
	const struct folders	folders = { vendor, etc, state, "/usr", "/etc", "/var" };
	int			ends[2];

	folder_start();
	strcpy(vendor, place("vendor"));
	strcpy(etc, place("etc"));
	strcpy(state, place("state"));
	cr_assert_eq(mkdir(vendor, 0755) | mkdir(etc, 0755) | mkdir(state, 0755) |
	    mkdir(place("etc/profiles"), 0755) | mkdir(place("state/profiles"), 0755), 0);
	put("etc/profiles/a.conf", "profile \"a\" {\n\tpath \"/bin/a\"\n\tflags internet localnet\n\tdefault permit\n}\n");
	base = event_base_new();
	tell_start(base);
	current_start(base, &folders, on_change);
	decide_server_start(base);
	names_server_start(base);
	cr_assert_eq(channel_pair(ends), 0);
	cr_assert_eq(decide_server_attach(ends[0], 1), 0);
	intercept = channel_new(base, ends[1], of_intercept, on_lost, NULL);
	cr_assert_eq(channel_pair(ends), 0);
	cr_assert_eq(names_server_attach(ends[0], GENERATION), 0);
	resolverd = channel_new(base, ends[1], of_resolverd, on_lost, NULL);
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	turn();
}

TestSuite(names_callers, .init = start, .fini = folder_finish, .timeout = 30);

static void
call(uint64_t number, int fd)
{
	struct names_caller	m = { .number = number };

	cr_assert_eq(channel_send(resolverd, NAMES_CALLER, 0, body, names_caller_pack(&m, body, sizeof body), fd), 0);
	turn();
}

static void
ask(uint32_t id, uint64_t number)
{
	static struct names_ask	m = { .name = "www.example.org", .qtype = 1 };

	caller_tuple(number, &m.tuple);
	cr_assert_eq(channel_send(resolverd, NAMES_ASK, id, body, names_ask_pack(&m, body, sizeof body), -1), 0);
	turn();
}

static void
give_notice(uint64_t number, uint64_t process)
{
	static struct process	p = { .pid = 9, .ppid = 1, .flags = PROCESS_PROVEN | PROCESS_ROOT_FILE | PROCESS_SAFE_MODE,
		.path = "/bin/a", .path_len = 6, .dev = 1, .ino = 1 };
	struct decide_notice	n = { .flow = number, .cookie = 1, .process = process };

	p.id = process;
	caller_tuple(number, &n.tuple);
	cr_assert_eq(channel_send(intercept, DECIDE_PROCESS, 0, body, process_pack(&p, body, sizeof body), -1), 0);
	cr_assert_eq(channel_send(intercept, DECIDE_NOTICE, 0, body, decide_notice_pack(&n, body, sizeof body), -1), 0);
	turn();
}

static void
gone(uint64_t process)
{
	struct who_gone	g = { .count = 1, .id = { process } };

	cr_assert_eq(channel_send(intercept, DECIDE_GONE, 0, body, who_gone_pack(&g, body, sizeof body), -1), 0);
	turn();
}

Test(names_callers, asked_for_and_judged)
{
	struct stat	st;

	call(FIRST, pair[0]);
	cr_assert_eq(asked, 1);
	cr_expect_eq(whose.caller, FIRST);
	cr_expect_eq(fstat(pair[0], &st) | (whose.inode != st.st_ino), 0);
	ask(1, FIRST);
	cr_expect_eq(verdicts, 0, "it waits for intercept's word");
	give_notice(FIRST, 77);
	cr_assert_eq(verdicts, 1);
	cr_expect_eq(verdict.word, NAMES_RESOLVE, "%s", verdict.reason);
	cr_expect_eq(verdict.asker, 77);
	cr_expect(!verdict.sift);
}

Test(names_callers, its_program_ends)
{
	call(FIRST, pair[0]);
	give_notice(FIRST, 77);
	gone(77);
	cr_assert_eq(forgotten, 1);
	cr_expect_eq(caller_number(&forget.tuple), FIRST);
	ask(1, FIRST);
	cr_assert_eq(verdicts, 1);
	cr_expect_eq(verdict.word, NAMES_REFUSE);
}

Test(names_callers, whom_nobody_knows_is_refused)
{
	call(FIRST, pair[0]);
	ask(1, FIRST);
	usleep(250000);
	turn();
	cr_assert_eq(verdicts, 1);
	cr_expect_eq(verdict.word, NAMES_REFUSE);
	cr_expect_eq(verdict.asker, 0);
}

/* Once over, its number is nobody's. */
Test(names_callers, one_that_left)
{
	struct names_caller	m = { .number = FIRST };

	call(FIRST, pair[0]);
	give_notice(FIRST, 77);
	cr_assert_eq(channel_send(resolverd, NAMES_LEFT, 0, body, names_caller_pack(&m, body, sizeof body), -1), 0);
	ask(1, FIRST);
	cr_expect_eq(verdicts, 0);
}

static void
must_end(uint64_t number, int fd)
{
	call(number, fd);
	cr_expect(resolverd_lost);
	cr_expect_eq(asked, 0);
}

Test(names_callers, a_number_of_another_channel)
{
	must_end((uint64_t)(GENERATION - 1) << 32 | 1, pair[0]);
}

Test(names_callers, no_socket)
{
	int	ends[2];

	cr_assert_eq(pipe(ends), 0);
	must_end(FIRST, ends[0]);
}

Test(names_callers, no_descriptor)
{
	must_end(FIRST, -1);
}

Test(names_callers, a_number_twice)
{
	call(FIRST + 1, pair[0]);
	cr_assert(!resolverd_lost);
	asked = 0;
	must_end(FIRST + 1, pair[0]);
}

Test(names_callers, a_number_that_goes_back)
{
	call(FIRST + 1, pair[0]);
	asked = 0;
	must_end(FIRST, pair[0]);
}

static void
ask_sift(uint32_t id, uint64_t asker)
{
	static struct names_sift	m = { .name = "nas.lan", .addresses = 3, .address = { { 4, { 192, 0, 2, 1 } },
		{ 4, { 10, 0, 0, 7 } }, { 6, { 0xfd, [15] = 1 } } } };

	m.asker = asker;
	cr_assert_eq(channel_send(resolverd, NAMES_SIFT, id, body, names_sift_pack(&m, body, sizeof body), -1), 0);
	turn();
}

/* Of whom some addresses are out of reach, answers are sifted; of whom nobody knows, there is nothing in them. */
Test(names_callers, answers_are_sifted)
{
	put("etc/profiles/a.conf", "profile \"a\" {\n\tpath \"/bin/a\"\n\tflags internet\n}\n");
	current_reload();
	call(FIRST, pair[0]);
	give_notice(FIRST, 77);
	ask(1, FIRST);
	cr_assert_eq(verdicts, 1);
	cr_expect_eq(verdict.word, NAMES_RESOLVE, "%s", verdict.reason);
	cr_expect(verdict.sift);
	ask_sift(9, 77);
	cr_expect_eq(sifted_id, 9);
	cr_expect_eq(sifted.out, 6, "%lx", sifted.out);
	cr_expect_not_null(strstr(sifted.reason, "flag localnet"), "%s", sifted.reason);
	ask_sift(10, 78);
	cr_expect_eq(sifted.out, 7, "%lx", sifted.out);
	cr_expect_str_eq(sifted.reason, "its program has ended");
	cr_expect(!resolverd_lost);
	ask_sift(0, 77);
	cr_expect(resolverd_lost, "a question without a number");
}
