/*
 * The way into a row of the process table, step by step in an order that
 * leaves no gap: limits, namespaces and root, ids and capabilities, no new
 * privileges, Landlock, seccomp. Called once by each child, still as root;
 * trusts its environment's ids (the parent set them) and the kernel.
 */
#include <sys/prctl.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "filter.h"
#include "landlock.h"
#include "narrow.h"
#include "sandbox.h"

void
narrow_limits(const struct row *row)
{
	for (const struct row_limit *l = row->limits; l->resource != -1; l++) {
		struct rlimit	limit;

		if (getrlimit((__rlimit_resource_t)l->resource, &limit) == -1)
			fatal("getrlimit %d", l->resource);
		/* What is lower already stays so. */
		if (limit.rlim_max > l->value)
			limit.rlim_max = l->value;
		limit.rlim_cur = limit.rlim_max;
		if (setrlimit((__rlimit_resource_t)l->resource, &limit) == -1)
			fatal("setrlimit %d", l->resource);
	}
}

static void
check_fds(const struct row *row)
{
	for (const struct row_fd *f = row->fds; f->what != NULL; f++)
		if (!f->optional && fcntl(f->fd, F_GETFD) == -1)
			fatal("descriptor %d (%s) is missing", f->fd, f->what);
}

void
narrow_row(const struct row *row, uid_t uid, gid_t gid, int binary, struct narrow_result *result)
{
	struct filter	*filter;

	*result = (struct narrow_result){ 0 };
	check_fds(row);
	filter = filter_make(row);
	narrow_limits(row);
	narrow_root(row);
	if (row->user != NULL)
		narrow_ids(row, uid, gid);
	else
		narrow_caps(row->caps);
	/* A change of ids resets both. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		fatal("PR_SET_DUMPABLE");
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1)
		fatal("PR_SET_PDEATHSIG");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		fatal("PR_SET_NO_NEW_PRIVS");
	if (row->landlock)
		result->landlock_abi = landlock_enter(row, binary);
	result->seccomp_rules = filter_enter(filter);
}

static void
read_user(uid_t *uid, gid_t *gid)
{
	const char	*text = getenv(NARROW_USER_ENV);
	char		*end;
	unsigned long	 u, g = 0;

	if (text == NULL)
		fatalx("no user was given");
	errno = 0;
	u = strtoul(text, &end, 10);
	if (*end == ':')
		g = strtoul(end + 1, &end, 10);
	if (errno != 0 || *end != '\0' || u == 0 || g == 0 || u >= UINT32_MAX || g >= UINT32_MAX)
		fatalx("user %s", text);
	*uid = (uid_t)u;
	*gid = (gid_t)g;
}

void
narrow_enter(const char *name, struct narrow_result *result)
{
	const struct row	*row = row_find(name);
	uid_t			 uid;
	gid_t			 gid;

	if (row == NULL || row->user == NULL)
		fatalx("%s has no row", name);
	read_user(&uid, &gid);
	narrow_row(row, uid, gid, -1, result);
}
