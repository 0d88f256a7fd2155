/*
 * release: ends the suite and takes its rules off this machine, also where
 * every process was killed. Root only. The list RUNDIR/suite is believed only
 * if root alone can write it, and a process in it only while number, start
 * time and program agree; signals go by pidfd, so none can hit another.
 */
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fields.h"
#include "shared/procstat.h"

#define PROCESSES_MAX	16
#define STOP_WAIT_S	15
#define KILL_WAIT_S	3

struct running {
	char		name[32];
	int		pidfd;		/* -1: gone */
};

struct suite {
	struct running	process[PROCESSES_MAX];	/* bulwarkd first */
	unsigned	count;
	int		netns;		/* the one it lives in; -1: ours */
};

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

/* The program that it runs is called so. A killed process that nobody reaped has none. */
static bool
runs(pid_t pid, const char *name)
{
	char	 link[64], path[PATH_MAX], *base;
	ssize_t	 n;

	(void)snprintf(link, sizeof(link), "/proc/%d/exe", (int)pid);
	if ((n = readlink(link, path, sizeof(path) - 1)) <= 0)
		return false;
	path[n] = '\0';
	base = strrchr(path, '/');
	base = base == NULL ? path : base + 1;
	return strncmp(base, name, strlen(name)) == 0 && (base[strlen(name)] == '\0' ||
	    strcmp(base + strlen(name), " (deleted)") == 0);
}

/* Opened first and looked at afterwards: what was looked at is what is held. */
static int
hold(pid_t pid, uint64_t start, const char *name)
{
	uint64_t	now;
	int		fd = pidfd_open(pid, 0);

	if (fd == -1)
		return -1;
	if (proc_start(pid, &now) == 0 && now == start && runs(pid, name))
		return fd;
	(void)close(fd);
	return -1;
}

static int
netns_of(pid_t pid)
{
	char	path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* 0, or -1: there is a list, and it cannot be believed. */
static int
suite_read(const struct options *o, struct suite *suite)
{
	char		 path[PATH_MAX], line[256], name[32];
	struct stat	 st;
	FILE		*file;
	int		 pid, fd;
	uint64_t	 start;

	memset(suite, 0, sizeof(*suite));
	suite->netns = -1;
	(void)snprintf(path, sizeof(path), "%s/suite", o->rundir);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) == -1)
		return errno == ENOENT ? 0 : -1;
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) || st.st_uid != 0 ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0 || (file = fdopen(fd, "r")) == NULL) {
		(void)close(fd);
		return -1;
	}
	while (suite->count < PROCESSES_MAX && fgets(line, sizeof(line), file) != NULL) {
		struct running	*r = &suite->process[suite->count];

		if (sscanf(line, "%31s %d %" SCNu64, name, &pid, &start) != 3 || pid <= 1)
			continue;
		memcpy(r->name, name, sizeof(r->name));
		if ((r->pidfd = hold(pid, start, name)) == -1)
			continue;
		/* The others live in empty namespaces of their own. */
		if (suite->netns == -1 &&
		    (strcmp(name, "bulwarkd") == 0 || strcmp(name, "intercept") == 0))
			suite->netns = netns_of(pid);
		suite->count++;
	}
	(void)fclose(file);
	return 0;
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

static void
suite_close(struct suite *suite)
{
	for (unsigned i = 0; i < suite->count; i++)
		(void)close(suite->process[i].pidfd);
	if (suite->netns != -1)
		(void)close(suite->netns);
}

/* Child: bulwark-setup release, where the suite lived, with nothing but its line to say. */
static void
become_setup(const char *path, int netns, int out)
{
	char	*const	args[] = { (char[]){ "bulwark-setup" }, (char[]){ "release" }, NULL };
	char	*const	env[] = { (char[]){ "PATH=/usr/sbin:/usr/bin:/sbin:/bin" }, NULL };
	int		null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (netns != -1 && setns(netns, CLONE_NEWNET) == -1)
		_exit(125);
	if (null == -1 || dup2(null, STDIN_FILENO) == -1 || dup2(out, STDOUT_FILENO) == -1 ||
	    close_range(3, ~0u, 0) == -1)
		_exit(126);
	execve(path, args, env);
	_exit(127);
}

/* 0 when the rules are gone; line is what bulwark-setup said. */
static int
run_setup(const char *path, int netns, char *line, size_t room)
{
	int	pipe_fds[2], state = 0;
	ssize_t	n, len = 0;
	pid_t	pid;

	line[0] = '\0';
	if (pipe2(pipe_fds, O_CLOEXEC) == -1)
		return -1;
	if ((pid = fork()) == 0)
		become_setup(path, netns, pipe_fds[1]);
	(void)close(pipe_fds[1]);
	while (pid != -1 && (n = read(pipe_fds[0], line + len, room - 1 - (size_t)len)) > 0)
		len += n;
	line[len] = '\0';
	line[strcspn(line, "\n")] = '\0';
	(void)close(pipe_fds[0]);
	if (pid == -1 || waitpid(pid, &state, 0) == -1)
		return -1;
	return WIFEXITED(state) && WEXITSTATUS(state) == 0 ? 0 : -1;
}

/* What a killed parent left; a clean stop has removed it. */
static void
tidy(const struct options *o)
{
	static const char *const	names[] = { "suite", "bulwark.sock", "steer.sock" };
	char				path[PATH_MAX];

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
	result = run_setup(path, suite.netns, line, sizeof(line));
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
