/*
 * What the initial mount namespace (process 1's) says about a program's file
 * and its cgroup. A path counts only if it names the same file there, step by
 * step, without a symbolic link. Where process 1 may not be looked at, bulwarkd's own
 * mount namespace takes its place.
 */
#ifndef WHO_ORIGIN_H
#define WHO_ORIGIN_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parse.h"

/* A file, as stat(2) has it. */
struct origin_file {
	uint64_t	dev, ino;
	uint32_t	uid;
};

/* Before narrowing: administrative groups, cgroup mounts, process 1's user namespace. */
void	origin_init(void);
const struct gid_list *origin_admin_groups(void);
/* Of process 1; 0: unknown. */
uint64_t origin_user_namespace(void);
uint64_t origin_mount_namespace(void);
/*
 * A name below the initial root, itself, also if it is a symbolic link; what comes before its
 * last part must hold none. May wait, as origin_path(). -1: there is none.
 */
struct stat;
int	origin_stat(const char *path, struct stat *);
/* Where a symbolic link leads: bytes, without a NUL; -1. */
ssize_t	origin_link(const char *path, char *to, size_t size);
/*
 * PROCESS_PROVEN, with ROOT_FILE and SAFE_MODE where they hold; 0 if the path
 * is not this file. May wait for a slow or hostile file system: for the reader only.
 */
uint32_t origin_path(const char *path, uint64_t dev, uint64_t ino);
/*
 * The same for a program that ended: the path must still be that file, unchanged since. dev, ino
 * and mount are the kernel's, of which either dev or mount has to be the file's: stat(2) may
 * show another device. *f is set if it is, else zero.
 */
uint32_t origin_past(const char *path, uint64_t dev, uint64_t ino, uint32_t mount, int64_t ctime_ns,
	    struct origin_file *f);
/* Is there a hierarchy of cgroups that has their names where the unified one has none? */
bool	origin_named_cgroups(void);
/* Picks the line that names the unit; 0 bytes if there is none. */
size_t	origin_cgroup_name(const struct cgroup_facts *, char *buf, size_t size, bool *unified);
/*
 * Of its cgroup, which is set: how much of the path did root name, each part made in a folder that only
 * root may change? If the cgroup itself is root's, too: PROCESS_ROOT_CGROUP.
 */
struct process;
void	origin_rate_cgroup(struct process *, bool unified);

#endif
