/*
 * What the kernel says of a process: for the parent's check of a narrowed
 * child and for the audit.
 */
#ifndef SANDBOX_PROCSTAT_H
#define SANDBOX_PROCSTAT_H

#include <sys/types.h>

#include "table.h"

struct proc_status {
	uid_t		uid[4];		/* real, effective, saved, file system */
	gid_t		gid[4];
	bool		groups;		/* has supplementary groups */
	unsigned	threads;
	uint64_t	cap_inh, cap_prm, cap_eff, cap_bnd, cap_amb;
	unsigned	no_new_privs;
	unsigned	seccomp;
	unsigned	filters;	/* 0 where the kernel does not tell (before 5.9) */
};

/* All return 0, or -1: no such process, or a form that is not known. */
int		 proc_status(pid_t, struct proc_status *);
int		 proc_start(pid_t, uint64_t *ticks);
int		 proc_rss_kib(pid_t, uint32_t *kib);
/* Reads /proc/PID/name whole, NUL-terminated, up to size - 1 bytes. Returns the length or -1. */
ssize_t		 proc_read(pid_t, const char *name, char *buf, size_t size);

/*
 * NULL, or what does not agree with the row: ids, capabilities,
 * no-new-privileges, seccomp. filters: programs that it inherited.
 */
const char	*row_status_fault(const struct row *, const struct proc_status *, uid_t, gid_t,
		    unsigned filters);

#endif
