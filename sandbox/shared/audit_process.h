/*
 * One process beside its row; for audit.c and the tests.
 */
#ifndef SANDBOX_AUDIT_PROCESS_H
#define SANDBOX_AUDIT_PROCESS_H

#include <sys/types.h>

#include "table.h"

struct audit {
	void		(*finding)(const char *process, bool ok, const char *text, void *ctx);
	void		*ctx;
	int		 faults;	/* findings that are not ok */
	pid_t		 parent;	/* bulwarkd: whose namespaces the children left or share */
	unsigned	 filters;	/* system call filters that it has, and so every child */
};

void		audit_say(struct audit *, const char *process, bool ok, const char *fmt, ...)
		    __attribute__((format(printf, 4, 5)));
/* uid: as RUNDIR/suite says. */
void		audit_process(struct audit *, pid_t, const struct row *, uid_t uid);

/*
 * What descriptor fd of process pid, whom pidfd is for, is; 0: closed by now;
 * FD_OTHER if it cannot be told.
 */
unsigned	audit_fd_kind(pid_t, int pidfd, int fd, const struct row *);
const char	*audit_fd_name(unsigned kind);

#endif
