/*
 * What a child may say to the parent. Each message is checked whole before it
 * is looked at; whatever does not fit ends the child. A child may be in an
 * attacker's hands: all it can gain here is a line in the log under its own
 * name, its own end, and (intercept) another look at the rules.
 */
#include <string.h>

#include "shared/log.h"
#include "parent.h"
#include "setup.h"

#define LINES_A_SECOND	200

static int
on_hello(void *ctx, struct channel *channel, struct frame *frame)
{
	struct slot		*slot = ctx;
	struct control_hello	hello;

	if (control_hello_unpack(frame->body, frame->len, &hello) == -1 ||
	    hello.version != CHANNEL_VERSION || strcmp(hello.name, slot->row->name) != 0)
		return -1;
	channel_set_phase(channel, PHASE_STARTING);
	return 0;
}

static int
on_ready(void *ctx, struct channel *channel, struct frame *frame)
{
	struct slot		*slot = ctx;
	struct control_ready	ready;

	if (control_ready_unpack(frame->body, frame->len, &ready) == -1)
		return -1;
	channel_set_phase(channel, PHASE_RUNNING);
	slot_ready(slot, &ready);
	return 0;
}

static int
on_pong(void *ctx, struct channel *channel, struct frame *frame)
{
	struct slot		*slot = ctx;
	struct control_ping	pong;

	(void)channel;
	if (control_ping_unpack(frame->body, frame->len, &pong) == -1)
		return -1;
	slot_pong(slot, pong.seq);
	return 0;
}

static int
on_log(void *ctx, struct channel *channel, struct frame *frame)
{
	struct slot		*slot = ctx;
	struct control_log	line;
	char			text[CONTROL_LOG_BYTES + 1];

	(void)channel;
	if (control_log_unpack(frame->body, frame->len, &line) == -1)
		return -1;
	if (line.level == LOG_LEVEL_DEBUG && !log_is_debug())
		return 0;
	if (!log_rate_ok(&slot->log_rate, LINES_A_SECOND))
		return 0;
	memcpy(text, line.text, line.len);
	text[line.len] = '\0';
	log_line_of(slot->row->name, line.level, text);
	return 0;
}

static int
on_rules_changed(void *ctx, struct channel *channel, struct frame *frame)
{
	struct slot			*slot = ctx;
	struct control_rules_changed	changed;

	(void)channel;
	if (slot->row != &row_intercept ||
	    control_rules_changed_unpack(frame->body, frame->len, &changed) == -1)
		return -1;
	setup_again(slot->suite->setup);
	return 0;
}

const struct verb parent_verbs[] = {
	{ CONTROL_HELLO, "hello", PHASE_GREETING, CONTROL_HELLO_MAX, false, on_hello },
	{ CONTROL_READY, "ready", PHASE_STARTING, CONTROL_READY_MAX, false, on_ready },
	{ CONTROL_PONG, "pong", PHASE_RUNNING, CONTROL_PONG_MAX, false, on_pong },
	{ CONTROL_LOG, "log", PHASE_STARTING | PHASE_RUNNING, CONTROL_LOG_MAX, false, on_log },
	{ CONTROL_RULES_CHANGED, "rules-changed", PHASE_RUNNING, CONTROL_RULES_CHANGED_MAX, false,
	    on_rules_changed },
	{ .handle = NULL },
};
