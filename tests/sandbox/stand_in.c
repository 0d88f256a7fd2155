/*
 * Stands in for any child of the suite, under that child's name: narrows itself
 * by the row, and then does what the file NAME.do beside it says, once: the way
 * a broken or taken-over process would treat its parent.
 */
#include <sys/socket.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "sandbox.h"

static char	deed[32];

static bool
is(const char *name)
{
	return strcmp(deed, name) == 0;
}

static void
read_deed(const char *name)
{
	char	path[4096];
	ssize_t	n = readlink("/proc/self/exe", path, sizeof(path) - 32);
	int	fd;

	if (n <= 0)
		return;
	path[n] = '\0';
	(void)snprintf(path + n, 32, ".do");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return;
	n = read(fd, deed, sizeof(deed) - 1);
	deed[n > 0 ? n - 1 : 0] = '\0';		/* without the newline */
	(void)close(fd);
	(void)unlink(path);
	(void)name;
}

static int
on_peer(void *ctx, enum channel_name name, uint32_t generation, int fd)
{
	(void)ctx;
	(void)fd;		/* kept: the peer is there, and says nothing */
	log_info("channel %d, generation %u", name, generation);
	return 0;
}

static int
on_suite(void *ctx, const struct control_suite *suite)
{
	(void)ctx;
	(void)suite;
	return 0;
}

static int
on_rules(void *ctx, const struct control_rules *rules)
{
	(void)ctx;
	log_info("rules: state %d", rules->state);
	return 0;
}

static int
on_resolvers(void *ctx, const struct control_resolvers *resolvers)
{
	(void)ctx;
	(void)resolvers;
	return 0;
}

static int
on_zone(void *ctx, const struct control_zone *zone)
{
	(void)ctx;
	(void)zone;
	return 0;
}

static void
send_raw(const void *bytes, size_t len)
{
	(void)send(FD_CONTROL, bytes, len, 0);
}

static void
say(enum control_type type, const char *body, size_t len)
{
	(void)channel_send(child_control(), (uint16_t)type, 0, body, len, -1);
}

static void
misbehave_at_start(void)
{
	static char	big[60000];

	if (is("garbage"))
		send_raw("this is no message", 18);
	else if (is("empty"))
		send_raw("", 0);
	else if (is("big"))
		send_raw(big, sizeof(big));
	else if (is("unknown"))
		say(4711, NULL, 0);
	else if (is("order"))		/* what only a parent says */
		say(CONTROL_STOP, NULL, 0);
	else if (is("invalid"))
		say(CONTROL_LOG, "\xff\xff\xff", 3);
	else if (is("early"))
		say(CONTROL_PONG, "\x08\x01", 2);
	else if (is("exit"))
		_exit(3);
	else if (is("mute"))
		(void)sleep(1000);
}

/* Serves, it says, with all it was born with. */
static void
lie(void)
{
	const struct control_ready	ready = { .landlock_abi = 7, .seccomp_rules = 50 };
	uint8_t				body[CONTROL_READY_MAX];
	size_t				len = control_ready_pack(&ready, body, sizeof(body));

	say(CONTROL_READY, (const char *)body, len);
}

static void
misbehave_when_ready(void)
{
	char	*argv[] = { "sh", NULL };

	if (is("again"))
		child_ready();
	else if (is("foreign"))		/* intercept's word */
		say(CONTROL_RULES_CHANGED, "\x08\x01", 2);
	else if (is("silent"))
		(void)sleep(1000);
	else if (is("exec"))
		(void)execve("/bin/sh", argv, argv + 1);
	else if (is("abort"))
		abort();
	else if (is("flood"))
		for (int i = 0; i < 20000; i++)
			log_warnx("flood %d", i);
	else if (is("noise"))
		for (int i = 0; i < 20000; i++)
			(void)write(STDERR_FILENO, "noise \033[31m\n", 12);
}

int
main(int argc, char *argv[])
{
	static const struct child_ops	ops = {
		.peer = on_peer, .suite = on_suite, .rules = on_rules, .resolvers = on_resolvers,
		.zone = on_zone,
	};
	const char	*name = strrchr(argv[0], '/');

	(void)argc;
	name = name != NULL ? name + 1 : argv[0];
	read_deed(name);
	(void)child_start(is("name") ? "somebody" : name, &ops, NULL);
	misbehave_at_start();
	if (is("lie")) {
		lie();
	} else {
		child_narrow();
		child_ready();
	}
	misbehave_when_ready();
	return child_loop();
}
