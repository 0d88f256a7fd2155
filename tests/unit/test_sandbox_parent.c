/*
 * The parent against its children: every message it knows, valid, wrong, too
 * early, too late, too long, with a descriptor; and what bulwark-setup prints.
 */
/* links: sandbox/conf.c sandbox/folders.c sandbox/lines.c sandbox/notify.c sandbox/peers.c */
/* links: sandbox/resolvers.c sandbox/zone.c sandbox/setup.c sandbox/sockets.c sandbox/taken.c sandbox/spawn.c sandbox/status.c sandbox/suitefile.c */
/* links: sandbox/supervise.c sandbox/users.c sandbox/verbs.c sandbox/kernel.c sandbox/kernel_part.c sandbox/cgroup.c */
#include <sys/socket.h>

#include <criterion/criterion.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "parent.h"
#include "setup.h"
#include "shared/log.h"

/* What main.c has. */
static int64_t	clock_ms = 1000000;

int64_t
now_ms(void)
{
	return clock_ms;
}

void
suite_loaded(struct suite *s)
{
	(void)s;
}

void
suite_give_up(struct suite *s)
{
	(void)s;
}

void
suite_goes_on(struct suite *s)
{
	(void)s;
}

void
suite_ended(struct suite *s)
{
	(void)s;
}

static struct suite	suite;
static struct slot	*slot = &suite.slot[0];
static struct channel	*theirs;
static char		why[160];
static char		logged[4096];

static void
on_lost(void *ctx, struct channel *channel, const char *reason)
{
	(void)ctx;
	(void)snprintf(why, sizeof(why), "%s", reason);
	channel_free(channel);
	slot->control = NULL;
}

static void
on_their_end(void *ctx, struct channel *channel, const char *reason)
{
	(void)ctx;
	(void)reason;
	channel_free(channel);
	theirs = NULL;
}

static const struct verb	none[] = { { .handle = NULL } };

static void
start_as(const struct row *row, enum phase phase)
{
	int	ends[2];

	why[0] = '\0';
	if (suite.base == NULL)
		suite.base = event_base_new();
	if (suite.setup == NULL)
		suite.setup = setup_new(&suite);
	slot->suite = &suite;
	slot->row = row;
	slot->ping = 7;
	slot->heard_ms = 0;
	channel_free(slot->control);
	channel_free(theirs);
	cr_assert_eq(channel_pair(ends), 0);
	slot->control = channel_new(suite.base, ends[0], parent_verbs, on_lost, slot);
	theirs = channel_new(suite.base, ends[1], none, on_their_end, NULL);
	channel_set_phase(slot->control, phase);
}

static void
turn(void)
{
	for (int i = 0; i < 4; i++)
		event_base_loop(suite.base, EVLOOP_NONBLOCK);
}

static void
send_body(enum control_type type, const void *body, size_t len, int fd)
{
	cr_assert_eq(channel_send(theirs, type, 0, body, len, fd), 0);
	turn();
}

static void
send_pong(uint32_t seq)
{
	struct control_ping	pong = { seq };
	uint8_t			body[CONTROL_PONG_MAX];

	send_body(CONTROL_PONG, body, control_ping_pack(&pong, body, sizeof(body)), -1);
}

static void
send_hello(uint32_t version, const char *name)
{
	struct control_hello	hello = { .version = version };
	uint8_t			body[CONTROL_HELLO_MAX];

	(void)snprintf(hello.name, sizeof(hello.name), "%s", name);
	send_body(CONTROL_HELLO, body, control_hello_pack(&hello, body, sizeof(body)), -1);
}

static void
send_log(const char *text)
{
	struct control_log	line = { .level = LOG_LEVEL_WARN, .len = (uint16_t)strlen(text) };
	uint8_t			body[CONTROL_LOG_MAX];

	memcpy(line.text, text, line.len);
	send_body(CONTROL_LOG, body, control_log_pack(&line, body, sizeof(body)), -1);
}

Test(verbs, hello)
{
	start_as(&row_uid, PHASE_GREETING);
	send_hello(CHANNEL_VERSION, "uid");
	cr_assert_str_empty(why);
	send_hello(CHANNEL_VERSION, "uid");
	cr_assert_str_not_empty(why, "a second one is too late");
	start_as(&row_uid, PHASE_GREETING);
	send_hello(CHANNEL_VERSION + 1, "uid");
	cr_assert_str_not_empty(why, "another version");
	start_as(&row_uid, PHASE_GREETING);
	send_hello(CHANNEL_VERSION, "policyd");
	cr_assert_str_not_empty(why, "another's name");
}

Test(verbs, nothing_before_hello)
{
	static const enum control_type	types[] = {
		CONTROL_READY, CONTROL_PONG, CONTROL_LOG, CONTROL_RULES_CHANGED,
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		start_as(&row_intercept, PHASE_GREETING);
		send_body(types[i], "\x08\x01\x10\x01", 4, -1);
		cr_assert_str_not_empty(why, "%d", types[i]);
	}
}

Test(verbs, a_parents_words_are_not_theirs)
{
	for (int type = 0; type < 64; type++) {
		if (type >= CONTROL_HELLO && type <= CONTROL_RULES_CHANGED)
			continue;
		start_as(&row_intercept, PHASE_RUNNING);
		send_body(type, "\x08\x01", 2, -1);
		cr_assert_str_not_empty(why, "%d", type);
	}
}

Test(verbs, pong)
{
	start_as(&row_uid, PHASE_RUNNING);
	send_pong(7);
	cr_assert_str_empty(why);
	cr_assert_eq(slot->heard_ms, clock_ms);
	slot->heard_ms = 0;
	send_pong(6);
	send_pong(8);
	cr_assert_str_empty(why);
	cr_assert_eq(slot->heard_ms, 0, "only the answer to the last ping counts");
	send_body(CONTROL_PONG, "\x08", 1, -1);
	cr_assert_str_not_empty(why);
}

Test(verbs, descriptors_are_refused)
{
	start_as(&row_uid, PHASE_RUNNING);
	send_body(CONTROL_PONG, "\x08\x07", 2, STDIN_FILENO);
	cr_assert_str_not_empty(why);
}

Test(verbs, too_long)
{
	static char	body[CONTROL_LOG_MAX + 1];

	start_as(&row_uid, PHASE_RUNNING);
	send_body(CONTROL_LOG, body, sizeof(body), -1);
	cr_assert_str_not_empty(why);
}

Test(verbs, rules_changed)
{
	struct control_rules_changed	changed = { 5 };
	uint8_t				body[CONTROL_RULES_CHANGED_MAX];
	size_t				len;

	len = control_rules_changed_pack(&changed, body, sizeof(body));
	start_as(&row_intercept, PHASE_RUNNING);
	setup_release(suite.setup);	/* nothing is run here */
	send_body(CONTROL_RULES_CHANGED, body, len, -1);
	cr_assert_str_empty(why);
	start_as(&row_uid, PHASE_RUNNING);
	send_body(CONTROL_RULES_CHANGED, body, len, -1);
	cr_assert_str_not_empty(why, "only intercept may");
}

static size_t
read_log(int fd)
{
	ssize_t	n = read(fd, logged, sizeof(logged) - 1);

	logged[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

Test(verbs, log_lines_are_harmless)
{
	int	ends[2];

	cr_assert_eq(pipe2(ends, O_NONBLOCK), 0);
	cr_assert_neq(dup2(ends[1], STDERR_FILENO), -1);
	log_init("bulwarkd");
	start_as(&row_uid, PHASE_RUNNING);
	send_log("a\033[31mb\nbulwarkd: faked\x80");
	cr_assert_str_empty(why);
	cr_assert_gt(read_log(ends[0]), 0);
	cr_assert_null(strchr(logged, '\033'));
	cr_assert_eq(strchr(logged, '\n'), logged + strlen(logged) - 1, "one line");
	cr_assert_eq(strncmp(logged, "uid: a?[31mb?", 13), 0, "%s", logged);
}

Test(setup, result_line)
{
	struct control_rules	rules;

	cr_assert_eq(setup_parse("loaded guard", &rules), 0);
	cr_assert_eq(rules.state, RULES_LOADED);
	cr_assert(rules.guard);
	cr_assert_eq(setup_parse("put-back guard", &rules), 0);
	cr_assert_eq(rules.state, RULES_PUT_BACK);
	cr_assert_eq(setup_parse("kept no-guard the kernel is old", &rules), 0);
	cr_assert_eq(rules.state, RULES_KEPT);
	cr_assert(!rules.guard);
	cr_assert_eq(strncmp(rules.text, "the kernel is old", rules.len), 0);
}

Test(setup, anything_else_is_no_result)
{
	static const char *const	wrong[] = {
		"", "loaded", "loaded ", "loaded  guard", "loaded guard ", "loaded guards",
		"loaded no-guard", "loaded no-guard ", "LOADED guard", "released", "failed x",
		"kept guard\nloaded guard",
	};
	struct control_rules		rules;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		cr_assert_eq(setup_parse(wrong[i], &rules), -1, "%s", wrong[i]);
}
