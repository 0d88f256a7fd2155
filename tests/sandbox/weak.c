/*
 * The audit's own test: a process that narrowed itself by the table is clean,
 * and one that left out a step, or holds something more, is not; one whose
 * descriptors come and go is clean, too. Runs under the name of the row's
 * binary, since the audit looks at that, too.
 */
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "enter.h"
#include "sandbox.h"
#include "shared/audit_process.h"
#include "shared/filter.h"
#include "shared/landlock.h"
#include "shared/narrow.h"

#define BUSY_TIMES	500	/* what needs luck to be seen is seen */

enum step {
	STEP_NONE, STEP_LIMITS, STEP_ROOT, STEP_NAMESPACES, STEP_IDS, STEP_CAPS, STEP_PRIVS,
	STEP_FILTER, STEP_SOCKET, STEP_FILE, STEP_BUSY, STEP_LAST,
};

static const char *const	step_names[STEP_LAST] = {
	[STEP_NONE] = "nothing left out",
	[STEP_LIMITS] = "no limits",
	[STEP_ROOT] = "the machine's root",
	[STEP_NAMESPACES] = "the suite's namespaces",
	[STEP_IDS] = "still root",
	[STEP_CAPS] = "a capability more",
	[STEP_PRIVS] = "new privileges possible",
	[STEP_FILTER] = "no filter",
	[STEP_SOCKET] = "a network socket",
	[STEP_FILE] = "a file of the machine",
	[STEP_BUSY] = "descriptors that come and go",
};

static char	folder[64];

/* Narrows as narrow_row() does, without one step or with something more. */
static void
narrow_but(const struct row *row, enum step left_out)
{
	struct row	weaker = *row;
	struct filter	*filter = filter_make(row);

	if (left_out == STEP_SOCKET && socket(AF_INET, SOCK_DGRAM, 0) == -1)
		_exit(FAULT);
	if (left_out == STEP_FILE && open("/etc/passwd", O_RDONLY) == -1)
		_exit(FAULT);
	if (left_out == STEP_CAPS)
		weaker.caps |= UINT64_C(1) << 10 /* CAP_NET_BIND_SERVICE */;
	if (left_out == STEP_NAMESPACES)
		weaker.namespaces = CLONE_NEWNS;
	if (left_out != STEP_LIMITS)
		narrow_limits(row);
	if (left_out != STEP_ROOT)
		narrow_root(&weaker);
	else if (unshare(row->namespaces) == -1)
		_exit(FAULT);
	if (left_out == STEP_IDS)
		narrow_caps(weaker.caps);
	else
		narrow_ids(&weaker, TEST_UID, TEST_GID);
	if (left_out != STEP_PRIVS && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		_exit(FAULT);
	if (row->landlock && left_out != STEP_PRIVS)
		(void)landlock_enter(row, -1);
	if (left_out != STEP_FILTER && left_out != STEP_PRIVS)
		(void)filter_enter(filter);
}

/* A process that opens and closes in our table of descriptors, as long as we live. */
static void
start_busy(void)
{
	pid_t	narrowed = getpid();
	int	pair[2];

	if (syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, NULL) != 0)
		return;
	while (getppid() == narrowed) {
		(void)close(open("/dev/null", O_RDONLY));
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0) {
			(void)close(pair[0]);
			(void)close(pair[1]);
		}
	}
	_exit(0);
}

/* Says over the pipe that it is narrowed, then waits to be ended. */
static pid_t
start(const struct row *row, enum step left_out)
{
	int	ready[2], word[2];
	char	byte;
	pid_t	pid;

	if (pipe(ready) == -1 || pipe(word) == -1)
		fatal("pipe");
	pid = fork();
	if (pid == 0) {
		(void)dup2(word[0], STDIN_FILENO);
		(void)dup2(ready[1], STDOUT_FILENO);
		(void)dup2(ready[1], STDERR_FILENO);
		give_descriptors(row, folder);
		if (left_out == STEP_BUSY)
			start_busy();
		narrow_but(row, left_out);
		(void)write(STDOUT_FILENO, "+", 1);
		(void)read(STDIN_FILENO, &byte, 1);
		_exit(0);
	}
	(void)close(ready[1]);
	if (pid == -1 || read(ready[0], &byte, 1) != 1 || byte != '+')
		fatalx("%s: could not narrow without %s", row->name, step_names[left_out]);
	(void)close(ready[0]);
	(void)close(word[0]);
	/* word[1] stays open: it ends with us. */
	return pid;
}

static void
finding(const char *process, bool ok, const char *text, void *ctx)
{
	(void)process;
	if (!ok)
		(void)snprintf(ctx, 256, "%s", text);
}

static void
try_without(const struct row *row, enum step left_out)
{
	char		text[256] = "clean";
	struct audit	a = { .finding = finding, .ctx = text, .parent = getpid() };
	pid_t		pid = start(row, left_out);

	for (int i = 0; i < (left_out == STEP_BUSY ? BUSY_TIMES : 1); i++)
		audit_process(&a, pid, row, TEST_UID);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	result((a.faults == 0) == (left_out == STEP_NONE || left_out == STEP_BUSY),
	    "audit of %s with %s: %s", row->name, step_names[left_out], text);
}

void
weak(const struct row *row)
{
	(void)snprintf(folder, sizeof(folder), "/tmp/bulwark-weak.XXXXXX");
	if (mkdtemp(folder) == NULL || chown(folder, TEST_UID, TEST_GID) == -1)
		fatal("%s", folder);
	for (enum step step = STEP_NONE; step < STEP_LAST; step++)
		try_without(row, step);
	(void)rmdir(folder);
}
