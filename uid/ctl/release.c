/*
 * release: ends the suite and takes its rules off this machine, also where
 * every process was killed. Root only.
 */
#include <sys/pidfd.h>

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shared/place.h"
#include "show.h"
#include "suite.h"

#define STOP_WAIT_S	15
#define KILL_WAIT_S	3

static void
say(const struct options *o, const char *text)
{
	static struct line	 l;
	json_t			*object;

	if (o->json) {
		object = json_pack("{s:s, s:s}", "type", "progress", "text", text);
		if (object != NULL)
			show_json(object);
		json_decref(object);
	} else {
		line_start(&l, stdout);
		line_put(&l, text);
		line_end(&l);
	}
	(void)fflush(stdout);
}

static bool
ended(const struct running *r, int ms)
{
	struct pollfd	pfd = { .fd = r->pidfd, .events = POLLIN };

	return poll(&pfd, 1, ms) == 1;
}

/* Waits for one process and says so once a second: true when it is gone. */
static bool
wait_for(const struct options *o, const struct running *r, int seconds)
{
	char	text[96];

	for (int i = 0; i < seconds; i++) {
		if (ended(r, 1000))
			return true;
		(void)snprintf(text, sizeof(text), "waiting for %s to end, %d s ...", r->name, i + 1);
		say(o, text);
	}
	return ended(r, 0);
}

static void
stop_suite(const struct options *o, struct suite *suite)
{
	const struct running	*parent = &suite->process[0];
	char			 text[96];

	if (suite->count > 0 && strcmp(parent->name, "bulwarkd") == 0) {
		say(o, "asking bulwarkd to stop");
		(void)pidfd_send_signal(parent->pidfd, SIGTERM, NULL, 0);
		/* A stopped process takes no signal but these. */
		(void)pidfd_send_signal(parent->pidfd, SIGCONT, NULL, 0);
		if (!wait_for(o, parent, STOP_WAIT_S)) {
			say(o, "bulwarkd does not end: killing it");
			(void)pidfd_send_signal(parent->pidfd, SIGKILL, NULL, 0);
		}
	}
	for (unsigned i = 0; i < suite->count; i++) {
		const struct running	*r = &suite->process[i];

		if (ended(r, 500))
			continue;
		(void)snprintf(text, sizeof(text), "%s is left over: killing it", r->name);
		say(o, text);
		(void)pidfd_send_signal(r->pidfd, SIGKILL, NULL, 0);
		(void)wait_for(o, r, KILL_WAIT_S);
	}
}

/* What a killed parent left; a clean stop has removed it and put systemd-resolved's socket back. */
static void
tidy(const struct options *o)
{
	static const char *const	names[] = { "suite", "bulwark.sock", "steer.sock" };
	char				path[PATH_MAX];
	int				folder = place_open();

	if (folder != -1) {
		place_restore_dead(folder);
		(void)close(folder);
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (snprintf(path, sizeof(path), "%s/%s", o->rundir, names[i]) < (int)sizeof(path))
			(void)unlink(path);
}

enum ctl_exit
verb_release(const struct options *o, int argc, char **argv)
{
	struct suite	suite;
	char		path[PATH_MAX], line[1024], text[1200];
	int		result;

	(void)argv;
	if (argc > 0)
		return usage_error(o, "release takes no argument");
	if (geteuid() != 0)
		return complain(o, EXIT_DENIED, "permission denied: only root can take the firewall off");
	if (find_binary(o, "bulwark-setup", path, sizeof(path)) == -1)
		return complain(o, EXIT_FAILED, "bulwark-setup not found: -b names the folder of the "
		    "suite's programs");
	if (suite_read(o, &suite) == -1)
		return complain(o, EXIT_FAILED, "%s/suite is not root's alone or cannot be read: %s",
		    o->rundir, "look at it, then remove it");
	if (suite.count == 0)
		say(o, "the suite does not run; rules are taken off the network namespace we are in");
	stop_suite(o, &suite);
	result = suite_setup(path, (char[]){ "release" }, suite.netns, line, sizeof(line));
	suite_close(&suite);
	if (result == -1)
		return complain(o, EXIT_FAILED, "bulwark-setup release: %s",
		    line[0] == '\0' ? "could not run" : line);
	tidy(o);
	(void)snprintf(text, sizeof(text), "%s: the firewall is off this machine", line);
	say(o, text);
	if (o->json)
		(void)puts("{\"type\":\"end\",\"ok\":true}");
	return EXIT_OK;
}
