/*
 * What the suite's part in the kernel is attached to. Called by the parent at start; trusts its
 * configuration and /proc/self/mountinfo.
 */
#include <sys/stat.h>
#include <sys/vfs.h>

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "held.h"

#define FIRST_PIDS	0xeffffffcu	/* the first pid namespace's inode, for good (linux/proc_ns.h, PROC_PID_INIT_INO) */

/* A line has: number, parent, device, root, place, options, ..., "-", kind, ...; place as the kernel writes it. */
static bool
line_is_cgroup2(char *line, const char **place)
{
	char	*rest = line, *kind = strstr(line, " - cgroup2 ");

	if (kind == NULL)
		return false;
	for (int i = 0; i < 4; i++)
		(void)strsep(&rest, " ");
	*place = strsep(&rest, " ");
	return *place != NULL && strchr(*place, '\\') == NULL;
}

static int
open_cgroup2(const char *place)
{
	int		fd = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs	fs;

	if (fd == -1 || (fstatfs(fd, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC))
		return fd;
	(void)close(fd);
	return -1;
}

/* The top of the hierarchy, wherever it is mounted; -1: nowhere. */
static int
open_top(void)
{
	FILE		*f = fopen("/proc/self/mountinfo", "re");
	char		*line = NULL;
	const char	*place;
	size_t		 room = 0;
	int		 fd = -1;

	while (f != NULL && fd == -1 && getline(&line, &room, f) != -1)
		if (line_is_cgroup2(line, &place))
			fd = open_cgroup2(place);
	free(line);
	if (f != NULL)
		(void)fclose(f);
	return fd;
}

/* The kernel's part tells processes by their numbers in the first pid namespace, whod reads those of its own. */
static bool
first_numbers(void)
{
	struct stat	pids;

	return stat("/proc/self/ns/pid", &pids) == 0 && pids.st_ino == FIRST_PIDS;
}

int
cgroup_choose(const struct conf *conf, int named, char *why, size_t size)
{
	int	fd = named;

	if (conf->no_kernel || !first_numbers()) {
		(void)snprintf(why, size, "%s", conf->no_kernel ? "switched off in bulwarkd.conf" :
		    "in a pid namespace of its own processes have other numbers than the kernel's");
		if (fd != -1)
			(void)close(fd);
		return -1;
	}
	if (fd == -1 && !held_first_network()) {
		(void)snprintf(why, size, "bulwarkd.conf names no cgroup, and this is not the machine's first network");
		return -1;
	}
	if (fd == -1 && (fd = open_top()) == -1)
		(void)snprintf(why, size, "no cgroup2 hierarchy is mounted");
	return fd;
}
