/*
 * RUNDIR/suite: who runs, for bulwarkctl audit and for scripts. Lines "name
 * pid start uid", the parent first; replaced atomically, root's.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parent.h"
#include "shared/procstat.h"

static const char	name[] = "suite", fresh[] = "suite.new";

static int
write_lines(const struct suite *suite, int fd)
{
	uint64_t	start;

	if (proc_start(getpid(), &start) == -1 ||
	    dprintf(fd, "%s %d %" PRIu64 " 0\n", row_bulwarkd.name, (int)getpid(), start) < 0)
		return -1;
	for (int i = 0; i < SLOTS; i++) {
		const struct slot *slot = &suite->slot[i];

		if (slot->state == SLOT_RUNNING && dprintf(fd, "%s %d %" PRIu64 " %u\n",
		    slot->row->name, (int)slot->pid, slot->start, slot->uid) < 0)
			return -1;
	}
	return 0;
}

void
suitefile_write(const struct suite *suite)
{
	int	run = suite->held.run;
	int	fd;

	(void)unlinkat(run, fresh, 0);
	fd = openat(run, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	/* A full disk must not end the suite: who looks finds an older file. */
	if (fd == -1 || fchmod(fd, 0644) == -1 || write_lines(suite, fd) == -1 ||
	    renameat(run, fresh, run, name) == -1)
		log_warn("%s", name);
	if (fd != -1)
		(void)close(fd);
}

void
suitefile_remove(const struct suite *suite)
{
	(void)unlinkat(suite->held.run, name, 0);
	(void)unlinkat(suite->held.run, fresh, 0);
}
