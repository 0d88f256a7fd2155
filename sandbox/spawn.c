/*
 * fork and exec of a child with exactly the descriptors that it is given: own
 * address space layout, nothing of the parent's memory, empty environment but
 * for what is set here. Called by the parent only.
 */
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/log.h"
#include "shared/narrow.h"
#include "sandbox.h"
#include "spawn.h"

#define HIGH	64	/* above all numbers that are agreed */
#define ENV	4

void
spawn_init(struct spawn *s, const struct row *row, int binary)
{
	*s = (struct spawn){ .row = row, .binary = binary };
	for (int i = 0; i < SPAWN_FDS; i++)
		s->fd[i] = -1;
}

/* From here to exec everything happens in the child. */
static void
place_fds(const struct spawn *s)
{
	int	high[SPAWN_FDS];

	/* First out of the way of each other, then to their places. */
	for (int i = 0; i < SPAWN_FDS; i++) {
		int	fd = s->fd[i];

		if (fd == -1 && i <= STDERR_FILENO)
			fd = open("/dev/null", O_RDWR | O_CLOEXEC);
		high[i] = fd == -1 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, HIGH);
		if (high[i] == -1 && (s->fd[i] != -1 || i <= STDERR_FILENO))
			_exit(126);
	}
	for (int i = 0; i < SPAWN_FDS; i++)
		if (high[i] == -1)
			(void)close(i);
		else if (dup2(high[i], i) == -1)
			_exit(126);
	if (close_range(SPAWN_FDS, ~0U, CLOSE_RANGE_CLOEXEC) == -1)
		_exit(126);
}

static void
plain_signals(void)
{
	sigset_t	none;

	for (int sig = 1; sig < NSIG; sig++)
		(void)signal(sig, SIG_DFL);	/* fails for KILL, STOP and libc's own */
	(void)sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) == -1)
		_exit(126);
}

static void __attribute__((noreturn))
become(const struct spawn *s, int binary)
{
	char		 user[64];
	char		*argv[] = { (char *)s->row->binary, (char *)s->verb, NULL };
	char		*env[ENV] = { NULL };
	unsigned	 n = 0;

	(void)snprintf(user, sizeof(user), NARROW_USER_ENV "=%u:%u", s->uid, s->gid);
	if (!s->row->oneshot)
		env[n++] = user;
	if (log_is_debug())
		env[n++] = LOG_DEBUG_ENV "=1";
#ifdef BULWARK_ASAN
	env[n++] = "ASAN_OPTIONS=detect_leaks=0:handle_segv=0:abort_on_error=1";
#endif
	if (setsid() == -1)
		_exit(126);
	plain_signals();
	if (s->row->oneshot) {
		struct narrow_result	result;

		log_init(s->row->name);
		narrow_row(s->row, 0, 0, binary, &result);
	}
	(void)syscall(__NR_execveat, binary, "", argv, env, AT_EMPTY_PATH);
	_exit(127);
}

pid_t
spawn(const struct spawn *s)
{
	pid_t	pid = fork();

	if (pid != 0)
		return pid;
	/* A copy that no other descriptor takes the place of. */
	int	binary = fcntl(s->binary, F_DUPFD_CLOEXEC, HIGH);

	if (binary == -1)
		_exit(126);
	place_fds(s);
	become(s, binary);
}
