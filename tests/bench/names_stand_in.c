/*
 * Stands in for bulwarkd and policyd, so that resolverd alone can be measured: starts
 * it, narrowed as always, and says over the real channels that everybody may ask.
 * Called by start-ours, as root; ends with resolverd, or on SIGTERM.
 *	names_stand_in RESOLVERD ADDRESS PORT SERVER ANCHORS LIST
 * SERVER as in bulwark.conf, only over TLS if it is dot://; ANCHORS and LIST: files, or "".
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>

#include "channel.h"
#include "control.h"
#include "names.h"
#include "sandbox.h"
#include "shared/log.h"
#include "spawn.h"
#include "users.h"

#define BACKLOG		128
#define ASKER		1
#define STOP_MS		2000	/* between the word and SIGKILL */

static struct event_base	*base;
static struct channel		*control, *names;
static struct names_settings	 settings = { .servers = 1, .rebinding = true, .blocked = NAMES_AS_NXDOMAIN };
static const char		*list;
static pid_t			 pid;

/* --- policyd --- */

static int
on_ask(void *ctx, struct channel *c, struct frame *frame)
{
	static struct names_ask		ask;
	const struct names_verdict	verdict = { .word = NAMES_RESOLVE, .asker = ASKER, .program = ASKER,
						    .user = ASKER, .grant = true, .lists = UINT64_MAX };
	uint8_t				body[NAMES_VERDICT_MAX];
	size_t				len = names_verdict_pack(&verdict, body, sizeof(body));

	(void)ctx;
	if (names_ask_unpack(frame->body, frame->len, &ask) == -1)
		return -1;
	return channel_send(c, NAMES_VERDICT, frame->id, body, len, -1);
}

static int
on_learnt(void *ctx, struct channel *c, struct frame *frame)
{
	static struct names_learnt	learnt;

	(void)ctx, (void)c;
	return names_learnt_unpack(frame->body, frame->len, &learnt);
}

static int
on_answers(void *ctx, struct channel *c, struct frame *frame)
{
	static struct names_answers	answers;

	(void)ctx, (void)c;
	return names_answers_unpack(frame->body, frame->len, &answers);
}

static int
on_listed(void *ctx, struct channel *c, struct frame *frame)
{
	struct names_listed	m;

	(void)ctx, (void)c;
	if (names_listed_unpack(frame->body, frame->len, &m) == -1)
		return -1;
	log_info("%s: %u rules, %u lines wrong %s", m.name, m.rules, m.wrong, m.text);
	return 0;
}

/* That no server answers, or one does again. */
static int
on_servers(void *ctx, struct channel *c, struct frame *frame)
{
	static struct names_servers	servers;

	(void)ctx, (void)c;
	return names_servers_unpack(frame->body, frame->len, &servers);
}

static const struct verb names_verbs[] = {
	{ NAMES_ASK, "ask", PHASE_RUNNING, NAMES_ASK_MAX, false, on_ask },
	{ NAMES_LEARNT, "learnt", PHASE_RUNNING, NAMES_LEARNT_MAX, false, on_learnt },
	{ NAMES_ANSWERS, "answers", PHASE_RUNNING, NAMES_ANSWERS_MAX, false, on_answers },
	{ NAMES_LISTED, "listed", PHASE_RUNNING, NAMES_LISTED_MAX, false, on_listed },
	{ NAMES_SERVERS_ARE, "servers", PHASE_RUNNING, NAMES_SERVERS_ARE_MAX, false, on_servers },
	{ .handle = NULL },
};

static void
send_list(void)
{
	const struct names_list	m = { .name = "bench", .tag = "bench" };
	uint8_t			body[NAMES_LIST_MAX];
	int			fd = open(list, O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		err(1, "%s", list);
	if (channel_send(names, NAMES_LIST, 0, body, names_list_pack(&m, body, sizeof(body)), fd) == -1)
		err(1, "list");
	(void)close(fd);
}

static void
send_settings(void)
{
	uint8_t	body[NAMES_SETTINGS_MAX];
	size_t	len = names_settings_pack(&settings, body, sizeof(body));

	if (channel_send(names, NAMES_SETTINGS, 0, body, len, -1) == -1)
		err(1, "settings");
	if (list[0] != '\0')
		send_list();
}

/* --- bulwarkd --- */

static void
on_lost(void *ctx, struct channel *c, const char *why)
{
	(void)ctx, (void)c;
	if (strcmp(why, CHANNEL_GONE) != 0)
		warnx("channel: %s", why);
	(void)event_base_loopbreak(base);
}

static void
connect_names(void)
{
	const struct control_peer	peer = { .channel = CHANNEL_NAMES, .generation = 1 };
	uint8_t				body[CONTROL_PEER_MAX];
	int				ends[2];

	if (channel_pair(ends) == -1 ||
	    channel_send(control, CONTROL_PEER, 0, body, control_peer_pack(&peer, body, sizeof(body)),
		ends[0]) == -1 ||
	    (names = channel_new(base, ends[1], names_verbs, on_lost, NULL)) == NULL)
		err(1, "names channel");
	(void)close(ends[0]);
	channel_set_generation(names, peer.generation);
	send_settings();
}

static int
on_hello(void *ctx, struct channel *c, struct frame *frame)
{
	struct control_hello	hello;

	(void)ctx;
	if (control_hello_unpack(frame->body, frame->len, &hello) == -1 || hello.version != CHANNEL_VERSION)
		return -1;
	channel_set_phase(c, PHASE_STARTING);
	return 0;
}

static int
on_ready(void *ctx, struct channel *c, struct frame *frame)
{
	struct control_ready	ready;

	(void)ctx;
	if (control_ready_unpack(frame->body, frame->len, &ready) == -1)
		return -1;
	channel_set_phase(c, PHASE_RUNNING);
	connect_names();
	return 0;
}

static int
on_log(void *ctx, struct channel *c, struct frame *frame)
{
	struct control_log	line;

	(void)ctx, (void)c;
	if (control_log_unpack(frame->body, frame->len, &line) == -1)
		return -1;
	(void)fprintf(stderr, "%.*s\n", line.len, line.text);
	return 0;
}

static const struct verb control_verbs[] = {
	{ CONTROL_HELLO, "hello", PHASE_GREETING, CONTROL_HELLO_MAX, false, on_hello },
	{ CONTROL_READY, "ready", PHASE_STARTING, CONTROL_READY_MAX, false, on_ready },
	{ CONTROL_LOG, "log", PHASE_STARTING | PHASE_RUNNING, CONTROL_LOG_MAX, false, on_log },
	{ .handle = NULL },
};

static int
door(int type, const char *address, const char *port)
{
	struct sockaddr_in	in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };
	int			fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;

	if (fd == -1 || inet_pton(AF_INET, address, &in.sin_addr) != 1 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
	    bind(fd, (struct sockaddr *)&in, sizeof(in)) == -1 ||
	    (type == SOCK_STREAM && listen(fd, BACKLOG) == -1))
		err(1, "%s port %s", address, port);
	return fd;
}

static void
start(char *argv[])
{
	struct spawn	what;
	uid_t		next = 64000;
	int		ends[2], binary = open(argv[1], O_PATH | O_CLOEXEC);

	if (binary == -1 || channel_pair(ends) == -1)
		err(1, "%s", argv[1]);
	spawn_init(&what, &row_resolverd, binary);
	what.fd[FD_CONTROL] = ends[1];
	what.fd[FD_NAMES_LOCAL_UDP] = door(SOCK_DGRAM, argv[2], argv[3]);
	what.fd[FD_NAMES_LOCAL_TCP] = door(SOCK_STREAM, argv[2], argv[3]);
	users_unused(&next, &what.uid, &what.gid);
	if (settings.dnssec && (what.fd[FD_NAMES_ANCHORS] = open(argv[5], O_RDONLY | O_CLOEXEC)) == -1)
		err(1, "%s", argv[5]);
	if ((pid = spawn(&what)) == -1)
		err(1, "fork");
	for (int i = FD_CONTROL; i < SPAWN_FDS; i++)
		if (what.fd[i] != -1)
			(void)close(what.fd[i]);
	(void)close(binary);
	control = channel_new(base, ends[0], control_verbs, on_lost, NULL);
	if (control == NULL)
		err(1, "channel");
	channel_set_phase(control, PHASE_GREETING);
}

static void
on_term(evutil_socket_t sig, short what, void *ctx)
{
	(void)sig, (void)what, (void)ctx;
	if (channel_send(control, CONTROL_STOP, 0, NULL, 0, -1) == -1)
		(void)kill(pid, SIGKILL);
	(void)alarm(STOP_MS / 1000);
}

static void
on_alarm(evutil_socket_t sig, short what, void *ctx)
{
	(void)sig, (void)what, (void)ctx;
	(void)kill(pid, SIGKILL);
}

static void
listen_to(int sig, event_callback_fn handler)
{
	struct event	*e = evsignal_new(base, sig, handler, NULL);

	if (e == NULL || event_add(e, NULL) == -1)
		err(1, "signal");
}

int
main(int argc, char *argv[])
{
	int	status;

	if (argc != 7 || strlen(argv[4]) >= sizeof(settings.server[0]))
		errx(2, "usage: names_stand_in RESOLVERD ADDRESS PORT SERVER ANCHORS LIST");
	log_init("names_stand_in");
	memcpy(settings.server[0], argv[4], strlen(argv[4]) + 1);
	settings.only_encrypted = strncmp(argv[4], "dot://", 6) == 0;
	settings.dnssec = argv[5][0] != '\0';
	list = argv[6];
	if ((base = event_base_new()) == NULL)
		errx(1, "no event loop");
	start(argv);
	listen_to(SIGTERM, on_term);
	listen_to(SIGINT, on_term);
	listen_to(SIGALRM, on_alarm);
	(void)event_base_dispatch(base);
	if (waitpid(pid, &status, 0) == -1)
		err(1, "wait");
	if (WIFSIGNALED(status))
		errx(1, "resolverd ended by signal %s", sigabbrev_np(WTERMSIG(status)));
	return WEXITSTATUS(status);
}
