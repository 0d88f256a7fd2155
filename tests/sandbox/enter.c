/*
 * enter sweep|tries ROW... and, for the audit, under the name of a row's
 * binary: ROW weak. Prints "ok" and "not ok" lines.
 */
#include <sys/socket.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "enter.h"
#include "sandbox.h"

void
result(bool ok, const char *fmt, ...)
{
	va_list	ap;

	(void)printf("%s ", ok ? "ok" : "not ok");
	va_start(ap, fmt);
	(void)vprintf(fmt, ap);
	va_end(ap);
	(void)printf("\n");
	(void)fflush(stdout);
}

const char *
status_text(int status)
{
	static char	text[32];

	if (WIFSIGNALED(status))
		(void)snprintf(text, sizeof(text), "SIG%s", sigabbrev_np(WTERMSIG(status)));
	else
		(void)snprintf(text, sizeof(text), "exit %d", WEXITSTATUS(status));
	return text;
}

int
in_child(void (*fn)(void *), void *arg)
{
	int	status, null;
	pid_t	pid = fork();

	if (pid == 0) {
		null = getenv("ENTER_VERBOSE") == NULL ? open("/dev/null", O_RDWR) : -1;
		if (null != -1 && dup2(null, STDERR_FILENO) == -1)
			_exit(FAULT);
		if (null != -1)
			(void)close(null);
		fn(arg);
		_exit(0);
	}
	if (pid == -1 || waitpid(pid, &status, 0) == -1)
		fatal("fork");
	return status;
}

static int
open_kind(const struct row_fd *f, const char *folder)
{
	int	ends[2];

	if ((f->kind & FD_NULL) != 0)
		return open("/dev/null", O_RDWR);
	switch (f->kind) {
	case FD_UNIX:
		return socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0 ? ends[0] : -1;
	case FD_NETLINK:
		return socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	case FD_MEMFD:
		return memfd_create("test", 0);
	case FD_PROC:
		return open("/proc", O_RDONLY | O_DIRECTORY);
	case FD_HOST:
		return open(folder, O_PATH | O_DIRECTORY);
	default:
		return -1;
	}
}

void
give_descriptors(const struct row *row, const char *folder)
{
	int	opened[16] = { 0 }, n = 0;

	for (const struct row_fd *f = row->fds; f->what != NULL; f++, n++) {
		opened[n] = open_kind(f, folder);
		if (opened[n] == -1 || (opened[n] = fcntl(opened[n], F_DUPFD, 64)) == -1)
			_exit(FAULT);
	}
	if (close_range(3, 63, 0) == -1)
		_exit(FAULT);
	n = 0;
	for (const struct row_fd *f = row->fds; f->what != NULL; f++, n++)
		if (dup2(opened[n], f->fd) == -1)
			_exit(FAULT);
	if (close_range(64, ~0U, 0) == -1)
		_exit(FAULT);
}

int
main(int argc, char *argv[])
{
	const struct row	*row;

	log_init("enter");
	if (geteuid() != 0 || argc < 2)
		fatalx("usage (root): enter sweep|tries ROW... or ROW weak");
	if (strcmp(argv[1], "weak") == 0) {
		row = row_find(basename(argv[0]));
		if (row == NULL)
			fatalx("%s: no such row", argv[0]);
		weak(row);
		return 0;
	}
	for (int i = 2; i < argc; i++) {
		row = row_find(argv[i]);
		if (row == NULL)
			fatalx("%s: no such row", argv[i]);
		if (strcmp(argv[1], "sweep") == 0)
			sweep(row);
		else
			tries(row);
	}
	return 0;
}
