/*
 * Folders and binaries, opened once: a restarted child gets the same ones,
 * whatever has happened to the paths. Called by the parent at start.
 */
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "held.h"
#include "sandbox.h"

#define DPKG		"/var/lib/dpkg"
#define STATE_POLICY	"policy"	/* policyd's part of the state folder */

static int
open_folder(const char *path)
{
	int	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		fatal("%s", path);
	return fd;
}

/* Nobody but root may put something in the place of what children are given. */
static void
check_ours(int fd, const char *path)
{
	struct stat	st;

	if (fstat(fd, &st) == -1)
		fatal("%s", path);
	if (st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		fatalx("%s must belong to root, and nobody else may write there", path);
}

static uid_t	give_uid;	/* nftw() has no argument of ours */
static gid_t	give_gid;

static int
give(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return lchown(path, give_uid, give_gid);
}

/*
 * policyd's state belongs to policyd. Its user changes when the suite is run
 * without installing; nothing of that user runs yet.
 */
static int
open_state(const struct suite *suite, uid_t uid, gid_t gid)
{
	char		path[PATH_MAX];
	struct stat	st;
	int		n = snprintf(path, sizeof(path), "%s/" STATE_POLICY, suite->dirs.state);

	if (n < 0 || (size_t)n >= sizeof(path))
		fatalx("%s: path too long", suite->dirs.state);
	if (mkdir(suite->dirs.state, 0755) == -1 && errno != EEXIST)
		fatal("%s", suite->dirs.state);
	if (mkdir(path, 0700) == -1 && errno != EEXIST)
		fatal("%s", path);
	if (lstat(path, &st) == -1)
		fatal("%s", path);
	give_uid = uid;
	give_gid = gid;
	if ((st.st_uid != uid || st.st_gid != gid) &&
	    nftw(path, give, 16, FTW_PHYS | FTW_MOUNT) != 0)
		fatal("%s: chown", path);
	return open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static const struct slot *
hub_of(const struct suite *suite)
{
	for (int i = 0; i < SLOTS; i++)
		if (suite->slot[i].row->hub)
			return &suite->slot[i];
	fatalx("no hub");
}

/* One that may be missing: its number in the child is taken in any case. */
static int
open_optional(const char *path, bool *there)
{
	int	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	*there = fd != -1;
	if (fd == -1 && (fd = open("/dev/null", O_PATH | O_CLOEXEC)) == -1)
		fatal("/dev/null");
	return fd;
}

void
held_folders(struct suite *suite)
{
	const struct slot	*hub = hub_of(suite);
	struct held		*held = &suite->held;
	bool			 there;

	if (mkdir(suite->dirs.run, 0755) == -1 && errno != EEXIST)
		fatal("%s", suite->dirs.run);
	held->run = open_folder(suite->dirs.run);
	check_ours(held->run, suite->dirs.run);
	held->lock = openat(held->run, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (held->lock == -1)
		fatal("%s/lock", suite->dirs.run);
	if (flock(held->lock, LOCK_EX | LOCK_NB) == -1)
		fatalx("%s: another bulwarkd runs there", suite->dirs.run);
	suitefile_remove(suite);	/* of one that was killed */
	held->etc = open_folder(suite->dirs.etc);
	held->vendor = open_folder(suite->dirs.vendor);
	held->dpkg = open_optional(DPKG, &there);
	held->geo = open_optional(suite->dirs.geo, &there);
	if (!there)
		log_info("%s: not there, so no place of an address is known", suite->dirs.geo);
	held->state = open_state(suite, hub->uid, hub->gid);
	if (held->state == -1)
		fatal("%s/" STATE_POLICY, suite->dirs.state);
}

int
held_open_anchors(const struct suite *suite)
{
	int	fd = openat(suite->held.etc, "trust-anchors", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd == -1 && errno == ENOENT)
		fd = open("/usr/share/dns/root.key", O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		log_warn("trust anchors: answers are not validated (package dns-root-data has them)");
	return fd;
}

static int
open_binary(int bin, const struct row *row)
{
	int	fd = openat(bin, row->binary, O_PATH | O_CLOEXEC);

	if (fd == -1)
		fatal("%s", row->binary);
	return fd;
}

void
held_binaries(struct suite *suite)
{
	int	bin = open_folder(suite->dirs.bin);

	for (int i = 0; i < SLOTS; i++)
		suite->slot[i].binary = open_binary(bin, suite->slot[i].row);
	suite->held.setup = open_binary(bin, &row_setup);
	(void)close(bin);
}
