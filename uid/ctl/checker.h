/*
 * "policyd -n": the only reader of policy files. It is run as a program, so it works
 * without a running suite and finds exactly what policyd would find.
 */
#ifndef CTL_CHECKER_H
#define CTL_CHECKER_H

#include "ctl.h"

#define CHECKER_SAID_MOST	(256u * 1024)	/* bytes of what it says; more is cut */

/*
 * Checks files; a bulwark.conf among them comes first. EXIT_OK: all are good; EXIT_OFF: one is not; others
 * after a complaint. said: its lines, errors and warnings, owned by the caller; NULL after a complaint.
 */
enum ctl_exit	checker_run(const struct options *, int count, char *const files[], char **said);
/* Shows those lines, as objects with --json; where they name a file "from" they name "to" instead. */
void		checker_show(const struct options *, const char *said, const char *from, const char *to);

#endif
