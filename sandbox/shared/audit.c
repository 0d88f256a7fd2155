/*
 * The audit of a whole suite, by RUNDIR/suite. That file is believed only as
 * root's; a process in it only if it started when the file says.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "audit_process.h"
#include "procstat.h"

#define LINES_MAX	16

struct listed {
	const struct row	*row;
	pid_t			 pid;
	uint64_t		 start;
	uid_t			 uid;
};

/* Reads the list; returns the number of processes, or -1 and says why. */
static int
read_list(struct audit *a, const char *rundir, struct listed list[static LINES_MAX])
{
	char		path[PATH_BYTES], name[CONTROL_NAME_BYTES];
	struct stat	st;
	int		count = 0, n, pid;
	FILE		*f;

	n = snprintf(path, sizeof(path), "%s/suite", rundir);
	f = n < 0 || (size_t)n >= sizeof(path) ? NULL : fopen(path, "re");
	if (f == NULL) {
		audit_say(a, "suite", false, "%s: %s: no suite runs there", rundir,
		    strerrordesc_np(errno));
		return -1;
	}
	if (fstat(fileno(f), &st) == -1 || st.st_uid != 0 ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		audit_say(a, "suite", false, "%s: not root's alone", path);
		(void)fclose(f);
		return -1;
	}
	while (count < LINES_MAX && fscanf(f, "%15s %d %" SCNu64 " %u\n", name, &pid,
	    &list[count].start, &list[count].uid) == 4) {
		list[count].row = row_find(name);
		list[count].pid = pid;
		if (list[count].row != NULL)
			count++;
		else
			audit_say(a, "suite", false, "%s: unknown process %s", path, name);
	}
	(void)fclose(f);
	return count;
}

static bool
still_runs(const struct listed *l)
{
	uint64_t	start;

	return proc_start(l->pid, &start) == 0 && start == l->start;
}

static void
audit_missing(struct audit *a, const struct listed *list, int count)
{
	for (const struct row *const *row = row_children; *row != NULL; row++) {
		bool	found = false;

		for (int i = 0; i < count; i++)
			found = found || list[i].row == *row;
		if (!found)
			audit_say(a, (*row)->name, false, "does not run");
	}
}

/* No two processes share a user: they could then signal and trace each other. */
static void
audit_users(struct audit *a, const struct listed *list, int count)
{
	for (int i = 0; i < count; i++)
		for (int j = 0; j < i; j++)
			if (list[i].uid == list[j].uid)
				audit_say(a, list[i].row->name, false, "shares its user with %s",
				    list[j].row->name);
}

int
audit_suite(const char *rundir,
    void (*finding)(const char *process, bool ok, const char *text, void *ctx), void *ctx)
{
	struct audit		a = { .finding = finding, .ctx = ctx };
	struct listed		list[LINES_MAX];
	struct proc_status	st;
	int			count = read_list(&a, rundir, list);

	if (count == -1)
		return -1;
	if (count == 0 || list[0].row != &row_bulwarkd || !still_runs(&list[0]) ||
	    proc_status(list[0].pid, &st) == -1) {
		audit_say(&a, row_bulwarkd.name, false, "does not run");
		return a.faults;
	}
	a.parent = list[0].pid;
	a.filters = st.filters;
	for (int i = 0; i < count; i++) {
		if (still_runs(&list[i]))
			audit_process(&a, list[i].pid, list[i].row, list[i].uid);
		else
			audit_say(&a, list[i].row->name, false, "does not run");
	}
	audit_missing(&a, list, count);
	audit_users(&a, list, count);
	return a.faults;
}
