/* Messages of the control channel: what is refused, what comes back unchanged. */
#include "message_test.h"

#include "channel.h"
#include "control.h"
#include "control.pb-c.h"

static void
fill_control_hello(void *p)
{
	struct control_hello *m = p;

	m->version = CHANNEL_VERSION;
	rnd_name(m->name, sizeof(m->name));
}

static void
fill_control_ready(void *p)
{
	struct control_ready *m = p;

	m->landlock_abi = rnd_in(0, 9);
	m->seccomp_rules = rnd_in(1, 500);
}

static void
fill_control_ping(void *p)
{
	((struct control_ping *)p)->seq = rnd32();
}

static void
fill_control_log(void *p)
{
	struct control_log *m = p;

	m->level = (uint8_t)rnd_in(1, LOG_LEVEL_MAX);
	m->len = rnd_text(m->text, 0, sizeof(m->text));
}

static void
fill_control_rules_changed(void *p)
{
	((struct control_rules_changed *)p)->generation = rnd32();
}

static void
fill_control_peer(void *p)
{
	struct control_peer *m = p;

	m->channel = (uint8_t)rnd_in(1, CHANNEL_NAME_MAX);
	m->generation = rnd32();
}

static void
fill_control_suite(void *p)
{
	struct control_suite *m = p;
	size_t i;

	m->count = (uint8_t)rnd_in(1, CONTROL_SUITE_PROCESSES);
	m->doors = rnd_bool();
	if (!m->doors)
		rnd_string(m->taken, 0, sizeof(m->taken));
	m->kernel = !test_full && rnd_bool();
	if (!m->kernel)
		rnd_string(m->no_kernel, 1, sizeof(m->no_kernel));
	for (i = 0; i < m->count; i++) {
		struct control_suite_process *x = &m->process[i];

		rnd_name(x->name, sizeof(x->name));
		x->state = test_full ? STATE_RUNNING : (uint8_t)rnd_in(1, STATE_MAX);
		x->pid = x->state == STATE_DOWN ? 0 : rnd_in(1, UINT32_MAX);
		x->start = rnd_id();
		x->uid = rnd32();
		x->restarts = rnd32();
		x->rss_kib = rnd32();
		x->landlock_abi = rnd32();
	}
}

static void
fill_control_rules(void *p)
{
	struct control_rules *m = p;

	m->state = (uint8_t)rnd_in(1, RULES_STATE_MAX);
	m->guard = rnd_bool();
	m->len = rnd_text(m->text, 0, sizeof(m->text));
}

static void
fill_control_resolvers(void *p)
{
	struct control_resolvers *m = p;

	m->len = rnd_raw(m->text, 0, sizeof(m->text));
}

static void
fill_control_zone(void *p)
{
	struct control_zone *m = p;

	m->len = rnd_raw(m->tzif, 0, sizeof(m->tzif));
	if (m->len < 4)
		m->len = 0;
	else
		memcpy(m->tzif, "TZif", 4);
}

KIND(control_zone, CONTROL_ZONE_MAX, NULL);
KIND(control_resolvers, CONTROL_RESOLVERS_MAX, NULL);
KIND(control_hello, CONTROL_HELLO_MAX, NULL);
KIND(control_ready, CONTROL_READY_MAX, NULL);
KIND(control_ping, CONTROL_PING_MAX, NULL);
KIND(control_log, CONTROL_LOG_MAX, NULL);
KIND(control_rules_changed, CONTROL_RULES_CHANGED_MAX, NULL);
KIND(control_peer, CONTROL_PEER_MAX, NULL);
KIND(control_suite, CONTROL_SUITE_MAX, NULL);
KIND(control_rules, CONTROL_RULES_MAX, NULL);

Test(control, every_message)
{
	static const struct kind *const kinds[] = { &kind_control_hello, &kind_control_ready,
		&kind_control_ping, &kind_control_log, &kind_control_rules_changed,
		&kind_control_peer, &kind_control_suite, &kind_control_rules, &kind_control_resolvers,
		&kind_control_zone };
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		kind_check(kinds[i]);
}

Test(control, hello_fields)
{
	WRONG(control_hello, ControlHello, w->version = 0);
	RIGHT(control_hello, ControlHello, w->version = 99);	/* whoever reads it says so */
	WRONG(control_hello, ControlHello, w->name = LITERAL(""));
	WRONG(control_hello, ControlHello, w->name = LITERAL("Whod"));
	WRONG(control_hello, ControlHello, w->name = LITERAL("who d"));
	WRONG(control_hello, ControlHello, w->name = LITERAL("whod\n"));
	WRONG(control_hello, ControlHello, w->name = LITERAL("wh\0d"));
	WRONG(control_hello, ControlHello, w->name = filler(16));
	RIGHT(control_hello, ControlHello, w->name = filler(15));
}

Test(control, ready_fields)
{
	WRONG(control_ready, ControlReady, w->seccomp_rules = 0);
	RIGHT(control_ready, ControlReady, w->landlock_abi = 0);
}

Test(control, log_fields)
{
	WRONG(control_log, ControlLog, w->level = 0);
	WRONG(control_log, ControlLog, w->level = LOG_LEVEL_MAX + 1);
	WRONG(control_log, ControlLog, w->level = 256 + LOG_LEVEL_WARN);
	WRONG(control_log, ControlLog, w->text = filler(CONTROL_LOG_BYTES + 1));
	RIGHT(control_log, ControlLog, w->text = filler(CONTROL_LOG_BYTES));
	RIGHT(control_log, ControlLog, w->text = LITERAL("\033]0;x\a\0"));
}

Test(control, log_text_is_printable)
{
	static const char hostile[] = "a\0b\n\033[2J\x9b\xc2\x9b\xff\xe2\x80\xae\xc3\xa4\t.";
	struct control_log in = { .level = LOG_LEVEL_INFO, .len = sizeof(hostile) - 1 }, out;
	uint8_t body[CONTROL_LOG_MAX];
	size_t n;

	memcpy(in.text, hostile, in.len);
	cr_assert_gt(n = control_log_pack(&in, body, sizeof(body)), 0);
	cr_assert_eq(control_log_unpack(body, n, &out), 0);
	cr_assert_eq(out.len, strlen("a?b??[2J????\xc3\xa4?."));
	cr_assert_arr_eq(out.text, "a?b??[2J????\xc3\xa4?.", out.len);
}

Test(control, peer_fields)
{
	WRONG(control_peer, ControlPeer, w->channel = 0);
	WRONG(control_peer, ControlPeer, w->channel = CHANNEL_NAME_MAX + 1);
	WRONG(control_peer, ControlPeer, w->channel = 256 + CHANNEL_WHO);
}

Test(control, suite_fields)
{
	WRONG(control_suite, ControlSuite, w->n_process = 0);
	WRONG(control_suite, ControlSuite, w->process[0]->name = LITERAL("x\033"));
	WRONG(control_suite, ControlSuite, w->process[0]->name = filler(16));
	WRONG(control_suite, ControlSuite, w->process[0]->state = 0);
	WRONG(control_suite, ControlSuite, w->process[0]->state = STATE_MAX + 1);
	WRONG(control_suite, ControlSuite, w->process[0]->state = STATE_DOWN; w->process[0]->pid = 7);
	WRONG(control_suite, ControlSuite, w->process[0]->state = STATE_RUNNING; w->process[0]->pid = 0);
	RIGHT(control_suite, ControlSuite, w->process[0]->state = STATE_DOWN; w->process[0]->pid = 0);
	WRONG(control_suite, ControlSuite, w->kernel = 0; w->no_kernel = LITERAL(""));
	WRONG(control_suite, ControlSuite, w->kernel = 1; w->no_kernel = LITERAL("x"));
	WRONG(control_suite, ControlSuite, w->kernel = 0; w->no_kernel = filler(CONTROL_KERNEL_BYTES));
	RIGHT(control_suite, ControlSuite, w->kernel = 1; w->no_kernel = LITERAL(""));
	RIGHT(control_suite, ControlSuite, w->kernel = 0; w->no_kernel = LITERAL("x"));
}

Test(control, suite_too_many)
{
	WRONG(control_suite, ControlSuite, LIST_OF(process, CONTROL_SUITE_PROCESSES + 1));
	RIGHT(control_suite, ControlSuite, LIST_OF(process, CONTROL_SUITE_PROCESSES));
}

Test(control, rules_fields)
{
	WRONG(control_rules, ControlRules, w->state = 0);
	WRONG(control_rules, ControlRules, w->state = RULES_STATE_MAX + 1);
	WRONG(control_rules, ControlRules, w->text = filler(CONTROL_LOG_BYTES + 1));
}

Test(control, nothing_invalid_is_packed)
{
	uint8_t body[BODY_ROOM];
	struct control_suite suite = { .count = CONTROL_SUITE_PROCESSES + 1 };

	cr_assert_eq(control_hello_pack(&(struct control_hello){ .version = 1 }, body, sizeof(body)), 0);
	cr_assert_eq(control_ready_pack(&(struct control_ready){ 0 }, body, sizeof(body)), 0);
	cr_assert_eq(control_log_pack(&(struct control_log){ .level = 1, .len = 1001 }, body,
	    sizeof(body)), 0);
	cr_assert_eq(control_peer_pack(&(struct control_peer){ .channel = 5 }, body, sizeof(body)), 0);
	cr_assert_eq(control_suite_pack(&suite, body, sizeof(body)), 0);
	cr_assert_eq(control_rules_pack(&(struct control_rules){ 0 }, body, sizeof(body)), 0);
}

Test(control, zone_fields)
{
	static const char long_zone[CONTROL_ZONE_BYTES + 1] = "TZif";

	RIGHT(control_zone, ControlZone, w->tzif = LITERAL(""));
	RIGHT(control_zone, ControlZone, w->tzif = LITERAL("TZif"));
	WRONG(control_zone, ControlZone, w->tzif = LITERAL("TZi"));
	WRONG(control_zone, ControlZone, w->tzif = LITERAL("tzif2"));
	WRONG(control_zone, ControlZone, w->tzif = literal(long_zone, sizeof(long_zone)));
}
