/*
 * The audit: what the kernel says each process of a running suite holds,
 * beside what its row promises. Called by bulwarkctl (as root, else /proc of
 * other users cannot be read). Believes RUNDIR/suite only if root owns it and
 * nobody else can write it, and a process in it only if pid and start time agree.
 */
#ifndef SANDBOX_AUDIT_H
#define SANDBOX_AUDIT_H

#include <stdbool.h>

/*
 * Calls finding() for each thing looked at: ok says whether the kernel agrees
 * with the row, text what was found (one printable line). Returns the number
 * of findings that are not ok, or -1 if the suite's list could not be read
 * (finding() was told why; process is then "suite").
 */
int	audit_suite(const char *rundir,
	    void (*finding)(const char *process, bool ok, const char *text, void *ctx), void *ctx);

#endif
