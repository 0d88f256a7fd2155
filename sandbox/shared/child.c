/*
 * The skeleton of every child: control channel, hand-shake, loop. Called by
 * each child's main in the order that sandbox.h shows. It trusts the parent,
 * whose end of the channel it was born with, and still checks each message.
 */
#include <sys/prctl.h>
#include <sys/socket.h>

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "log.h"
#include "narrow.h"
#include "sandbox.h"

static struct child {
	const char		*name;
	const struct child_ops	*ops;
	void			*ctx;
	struct event_base	*base;
	struct channel		*control;
	struct narrow_result	 narrowed;
	bool			 logging;	/* a line is on its way: none about it */
} child;

static int
on_peer(void *ctx, struct channel *channel, struct frame *frame)
{
	struct control_peer	peer;
	int			fd = frame->fd;

	(void)ctx;
	(void)channel;
	if (control_peer_unpack(frame->body, frame->len, &peer) == -1)
		return -1;
	if (child.ops->peer == NULL)
		return -1;
	frame->fd = -1;
	return child.ops->peer(child.ctx, peer.channel, peer.generation, fd);
}

static int
on_ping(void *ctx, struct channel *channel, struct frame *frame)
{
	struct control_ping	ping;
	uint8_t			body[CONTROL_PONG_MAX];
	size_t			len;

	(void)ctx;
	if (control_ping_unpack(frame->body, frame->len, &ping) == -1)
		return -1;
	len = control_ping_pack(&ping, body, sizeof(body));
	/* A parent that does not read will miss the answer and act on it. */
	(void)channel_send(channel, CONTROL_PONG, frame->id, body, len, -1);
	if (child.ops->tick != NULL)
		child.ops->tick(child.ctx);
	return 0;
}

static int
on_stop(void *ctx, struct channel *channel, struct frame *frame)
{
	(void)ctx;
	(void)channel;
	(void)frame;
	if (child.ops->stop != NULL)
		child.ops->stop(child.ctx);
	return event_base_loopexit(child.base, NULL);
}

static int
on_suite(void *ctx, struct channel *channel, struct frame *frame)
{
	struct control_suite	suite;

	(void)ctx;
	(void)channel;
	if (child.ops->suite == NULL ||
	    control_suite_unpack(frame->body, frame->len, &suite) == -1)
		return -1;
	return child.ops->suite(child.ctx, &suite);
}

static int
on_rules(void *ctx, struct channel *channel, struct frame *frame)
{
	struct control_rules	rules;

	(void)ctx;
	(void)channel;
	if (child.ops->rules == NULL ||
	    control_rules_unpack(frame->body, frame->len, &rules) == -1)
		return -1;
	return child.ops->rules(child.ctx, &rules);
}

static int
on_resolvers(void *ctx, struct channel *channel, struct frame *frame)
{
	static struct control_resolvers	resolvers;

	(void)ctx;
	(void)channel;
	if (child.ops->resolvers == NULL ||
	    control_resolvers_unpack(frame->body, frame->len, &resolvers) == -1)
		return -1;
	return child.ops->resolvers(child.ctx, &resolvers);
}

static int
on_zone(void *ctx, struct channel *channel, struct frame *frame)
{
	static struct control_zone	zone;

	(void)ctx;
	(void)channel;
	if (child.ops->zone == NULL || control_zone_unpack(frame->body, frame->len, &zone) == -1)
		return -1;
	return child.ops->zone(child.ctx, &zone);
}

static const struct verb child_verbs[] = {
	{ CONTROL_PEER,  "peer",  PHASE_ANY, CONTROL_PEER_MAX,  true,  on_peer },
	{ CONTROL_PING,  "ping",  PHASE_ANY, CONTROL_PING_MAX,  false, on_ping },
	{ CONTROL_STOP,  "stop",  PHASE_ANY, CONTROL_STOP_MAX,  false, on_stop },
	{ CONTROL_SUITE, "suite", PHASE_ANY, CONTROL_SUITE_MAX, false, on_suite },
	{ CONTROL_RULES, "rules", PHASE_ANY, CONTROL_RULES_MAX, false, on_rules },
	{ CONTROL_RESOLVERS, "resolvers", PHASE_ANY, CONTROL_RESOLVERS_MAX, false, on_resolvers },
	{ CONTROL_ZONE,  "zone",  PHASE_ANY, CONTROL_ZONE_MAX,  false, on_zone },
	{ .handle = NULL },
};

/* The parent is gone, or speaks nonsense: nobody watches this process any more. */
static void
on_lost(void *ctx, struct channel *channel, const char *why)
{
	(void)ctx;
	(void)channel;
	(void)why;
	_exit(0);
}

/* What cannot be queued is lost: the log never holds up a child. */
static void
log_to_parent(enum log_level level, const char *text)
{
	struct control_log	line = { .level = (uint8_t)level };
	uint8_t			body[CONTROL_LOG_MAX];
	size_t			len;

	if (child.logging)
		return;
	child.logging = true;
	line.len = (uint16_t)strnlen(text, sizeof(line.text));
	memcpy(line.text, text, line.len);
	len = control_log_pack(&line, body, sizeof(body));
	if (len > 0)
		(void)channel_send(child.control, CONTROL_LOG, 0, body, len, -1);
	child.logging = false;
}

static void
flush_to_parent(void)
{
	channel_flush(child.control, 200);
}

/*
 * The parent speaks by the control channel, and its end is the channel's end,
 * so signals of a terminal, a session or a stray kill have nothing to say.
 * Those that tell of a fault in the process itself keep their effect.
 */
static void
ignore_signals(void)
{
	static const int	ignored[] = { SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGALRM, SIGTERM,
					      SIGUSR1, SIGUSR2, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG,
					      SIGVTALRM, SIGPROF, SIGWINCH, SIGIO, SIGPWR };

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		if (signal(ignored[i], SIG_IGN) == SIG_ERR)
			fatal("signal %d", ignored[i]);
}

static void
say_hello(void)
{
	struct control_hello	hello = { .version = CHANNEL_VERSION };
	uint8_t			body[CONTROL_HELLO_MAX];
	size_t			len;

	(void)snprintf(hello.name, sizeof(hello.name), "%s", child.name);
	len = control_hello_pack(&hello, body, sizeof(body));
	if (len == 0 || channel_send(child.control, CONTROL_HELLO, 0, body, len, -1) == -1)
		fatal("hello");
}

/* By hand there is no such descriptor, or another thing on it. */
static bool
has_parent(void)
{
	int		type = 0;
	socklen_t	len = sizeof(type);

	return getsockopt(FD_CONTROL, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_SEQPACKET;
}

struct event_base *
child_start(const char *name, const struct child_ops *ops, void *ctx)
{
	log_init(name);
	if (!has_parent())
		fatalx("bulwarkd starts this, by hand it is of no use (see %s --help)", name);
	ignore_signals();
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		fatal("PR_SET_DUMPABLE");
	child.name = name;
	child.ops = ops;
	child.ctx = ctx;
	child.base = event_base_new();
	if (child.base == NULL)
		fatalx("event loop");
	child.control = channel_new(child.base, FD_CONTROL, child_verbs, on_lost, NULL);
	if (child.control == NULL)
		fatal("control channel");
	say_hello();
	log_set_sink(log_to_parent);
	log_set_flush(flush_to_parent);
	return child.base;
}

void
child_narrow(void)
{
	narrow_enter(child.name, &child.narrowed);
}

void
child_ready(void)
{
	struct control_ready	ready = { .landlock_abi = child.narrowed.landlock_abi,
					  .seccomp_rules = child.narrowed.seccomp_rules };
	uint8_t			body[CONTROL_READY_MAX];
	size_t			len;

	len = control_ready_pack(&ready, body, sizeof(body));
	if (len == 0 || channel_send(child.control, CONTROL_READY, 0, body, len, -1) == -1)
		fatal("ready");
}

int
child_loop(void)
{
	if (event_base_loop(child.base, EVLOOP_NO_EXIT_ON_EMPTY) == -1)
		fatal("event loop");
	flush_to_parent();
	log_set_sink(NULL);
	log_set_flush(NULL);
	channel_free(child.control);
	child.control = NULL;
	return 0;
}

struct channel *
child_control(void)
{
	return child.control;
}
