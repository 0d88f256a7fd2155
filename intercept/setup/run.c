/* Runs iptables-restore and iptables-save (run.h). */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ruleset.h"
#include "run.h"
#include "sandbox.h"

#define SAID_BYTES	400

static int	keep_fd = -1;

void
run_keep(int fd)
{
	keep_fd = fd;
}

/* The nft form where it is installed: the guard and the watch are made for it. */
static const char *
program(int family, bool save)
{
	static const char *const	place[][2][2] = {
		{ { "/usr/sbin/iptables-nft-restore", "/usr/sbin/iptables-nft-save" },
		  { "/usr/sbin/ip6tables-nft-restore", "/usr/sbin/ip6tables-nft-save" } },
		{ { "/sbin/iptables-nft-restore", "/sbin/iptables-nft-save" },
		  { "/sbin/ip6tables-nft-restore", "/sbin/ip6tables-nft-save" } },
		{ { "/usr/sbin/iptables-restore", "/usr/sbin/iptables-save" },
		  { "/usr/sbin/ip6tables-restore", "/usr/sbin/ip6tables-save" } },
		{ { "/sbin/iptables-restore", "/sbin/iptables-save" },
		  { "/sbin/ip6tables-restore", "/sbin/ip6tables-save" } },
	};

	for (size_t i = 0; i < sizeof(place) / sizeof(place[0]); i++)
		if (access(place[i][family == 6][save], X_OK) == 0)
			return place[i][family == 6][save];
	return NULL;
}

static void __attribute__((noreturn))
become(const char *path, char *const argv[], const int fd[3], pid_t parent)
{
	char		*env[] = { NULL };
	sigset_t	 none;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 || getppid() != parent)
		_exit(126);
	for (int i = 0; i < 3; i++)
		if (dup2(fd[i], i) == -1)
			_exit(126);
	if (close_range(3, FD_SETUP_KERNEL - 1, 0) == -1 || close_range(FD_SETUP_KERNEL + 1, ~0U, CLOSE_RANGE_CLOEXEC) == -1 ||
	    (keep_fd != -1 && fcntl(keep_fd, F_SETFD, 0) == -1))
		_exit(126);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)execve(path, argv, env);
	_exit(127);
}

/* A descriptor that holds text, read from its start; empty text stands for /dev/null. */
static int
text_fd(const char *s, size_t len)
{
	int	fd = memfd_create("bulwark-setup", MFD_CLOEXEC);
	ssize_t	n;

	if (fd == -1)
		return -1;
	while (len > 0) {
		n = write(fd, s, len);
		if (n == -1) {
			(void)close(fd);
			return -1;
		}
		s += n;
		len -= (size_t)n;
	}
	if (lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

/* Starts path; its output (and errors, if asked for) comes from the stream returned. */
static FILE *
start(const char *path, char *const argv[], const struct text *input, bool errors, pid_t *pid)
{
	int	 out[2], in, none, fd[3];
	pid_t	 self = getpid();
	FILE	*f = NULL;

	in = text_fd(text_str(input), input->len);
	none = text_fd("", 0);
	if (in == -1 || none == -1 || pipe2(out, O_CLOEXEC) == -1)
		fatal("pipe");
	fd[0] = in;
	fd[1] = out[1];
	fd[2] = errors ? out[1] : none;
	*pid = fork();
	if (*pid == 0)
		become(path, argv, fd, self);
	if (*pid != -1)
		f = fdopen(out[0], "r");
	if (f == NULL)
		fatal("fork");
	(void)close(in);
	(void)close(none);
	(void)close(out[1]);
	return f;
}

static int
finish(FILE *f, pid_t pid, const char *path, char *why, size_t size)
{
	int	status;

	(void)fclose(f);
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			fatal("waitpid");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (why[0] == '\0')
		(void)snprintf(why, size, "%s failed, status %#x", path, (unsigned)status);
	return -1;
}

int
run_restore(int family, const struct text *input, char *why, size_t size)
{
	const char	*path = program(family, false);
	char		*argv[] = { (char *)path, "--noflush", "--wait", NULL };
	char		 said[SAID_BYTES];
	size_t		 n;
	pid_t		 pid;
	FILE		*f;

	why[0] = '\0';
	if (path == NULL) {
		(void)snprintf(why, size, "iptables-restore is not installed");
		return -1;
	}
	f = start(path, argv, input, true, &pid);
	n = fread(said, 1, sizeof(said) - 1, f);
	said[n] = '\0';
	for (char *p = said; *p != '\0'; p++)
		if (*p == '\n')
			*p = ' ';
	if (said[0] != '\0')
		(void)snprintf(why, size, "%s", said);
	while (fread(said, 1, sizeof(said), f) > 0)
		continue;	/* what it says further is of no use, but must not block it */
	return finish(f, pid, path, why, size);
}

int
run_save(int family, struct ruleset *have, char *why, size_t size)
{
	const char	*path = program(family, true);
	char		*argv[] = { (char *)path, NULL }, *line = NULL;
	struct text	 nothing = { 0 };
	size_t		 room = 0;
	ssize_t		 n;
	pid_t		 pid;
	FILE		*f;

	why[0] = '\0';
	if (path == NULL) {
		(void)snprintf(why, size, "iptables-save is not installed");
		return -1;
	}
	f = start(path, argv, &nothing, false, &pid);
	while ((n = getline(&line, &room, f)) != -1) {
		if (n > 0 && line[n - 1] == '\n')
			line[n - 1] = '\0';
		ruleset_line(have, line);
	}
	free(line);
	if (finish(f, pid, path, why, size) == -1)
		return -1;
	if (!have->broken)
		return 0;
	(void)snprintf(why, size, "%s prints rules of ours that cannot be read", path);
	return -1;
}
