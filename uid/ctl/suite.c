/*
 * See suite.h. A process in the list counts only while number, start time and
 * program agree.
 */
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shared/procstat.h"
#include "suite.h"

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

int
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
	suite->listed = true;
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

void
suite_close(struct suite *suite)
{
	for (unsigned i = 0; i < suite->count; i++)
		(void)close(suite->process[i].pidfd);
	if (suite->netns != -1)
		(void)close(suite->netns);
}

/* Child: bulwark-setup, where the suite lived, with nothing but its line to say. */
static void
become_setup(const char *path, char *verb, int netns, int out)
{
	char	*const	args[] = { (char[]){ "bulwark-setup" }, verb, NULL };
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

int
suite_setup(const char *path, char *verb, int netns, char *line, size_t room)
{
	int	pipe_fds[2], state = 0;
	ssize_t	n, len = 0;
	pid_t	pid;

	line[0] = '\0';
	if (pipe2(pipe_fds, O_CLOEXEC) == -1)
		return -1;
	if ((pid = fork()) == 0)
		become_setup(path, verb, netns, pipe_fds[1]);
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
