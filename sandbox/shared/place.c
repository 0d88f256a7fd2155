/*
 * See place.h. Called by the parent and by bulwarkctl release. The folder's owner,
 * systemd-resolved, may put there what it likes: it was asked before us, and is after.
 */
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "place.h"

#define BACKLOG		512

static const char	place[] = "io.systemd.Resolve", own[] = "io.systemd.Resolve.bulwark",
			aside[] = "io.systemd.Resolve.aside";

int
place_open(void)
{
	return open(PLACE_FOLDER, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* False: then nothing in the folder is touched. */
static bool
become_owner(int folder)
{
	struct stat	st;

	if (fstat(folder, &st) == -1)
		return false;
	(void)setfsuid(st.st_uid);
	return true;
}

static void
become_root(void)
{
	(void)setfsuid(0);
}

/* Do both names lead to one file? */
static bool
same(int folder, const char *a, const char *b)
{
	struct stat	one, other;

	return fstatat(folder, a, &one, AT_SYMLINK_NOFOLLOW) == 0 &&
	    fstatat(folder, b, &other, AT_SYMLINK_NOFOLLOW) == 0 && one.st_dev == other.st_dev &&
	    one.st_ino == other.st_ino;
}

static void
address_of_own(int folder, struct sockaddr_un *sun)
{
	*sun = (struct sockaddr_un){ .sun_family = AF_UNIX };
	(void)snprintf(sun->sun_path, sizeof(sun->sun_path), "/proc/self/fd/%d/%s", folder, own);
}

static bool
own_lives(int folder)
{
	struct sockaddr_un	sun;
	int			fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool			lives;

	address_of_own(folder, &sun);
	/* A full queue is somebody's, too. */
	lives = fd != -1 && (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0 || errno == EAGAIN);
	if (fd != -1)
		(void)close(fd);
	return lives;
}

/* At no moment is there nothing in the place. What stands aside goes only for what can be put there. */
static int
put(int folder)
{
	struct stat	st;

	if (fstatat(folder, own, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return -1;
	(void)unlinkat(folder, aside, 0);
	if (linkat(folder, own, folder, aside, 0) == -1)
		return -1;
	if (renameat2(folder, aside, folder, place, RENAME_EXCHANGE) == 0)
		return 0;
	if (errno == ENOENT && renameat(folder, aside, folder, place) == 0)
		return 0;
	(void)unlinkat(folder, aside, 0);
	return -1;
}

static void
put_back(int folder)
{
	struct stat	st;

	if (fstatat(folder, own, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return;
	if (!same(folder, own, place))
		(void)unlinkat(folder, aside, 0);
	else if (renameat(folder, aside, folder, place) == -1)
		(void)unlinkat(folder, place, 0);
	(void)unlinkat(folder, own, 0);
}

static int
listen_at_own(int folder)
{
	struct sockaddr_un	sun;
	mode_t			mask = umask(0111);
	int			fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	address_of_own(folder, &sun);
	if (fd != -1 && (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1 ||
	    listen(fd, BACKLOG) == -1 || put(folder) == -1)) {
		(void)unlinkat(folder, own, 0);
		(void)close(fd);
		fd = -1;
	}
	(void)umask(mask);
	return fd;
}

int
place_listen(int folder)
{
	int	fd;

	if (own_lives(folder)) {
		errno = EADDRINUSE;
		return -1;
	}
	if (!become_owner(folder))
		return -1;
	put_back(folder);
	fd = listen_at_own(folder);
	become_root();
	return fd;
}

bool
place_moved(int folder, int now)
{
	struct stat	one, other;

	return fstat(now, &other) == 0 && (fstat(folder, &one) == -1 || one.st_dev != other.st_dev ||
	    one.st_ino != other.st_ino);
}

bool
place_retake(int folder)
{
	bool	put_there;

	if (same(folder, own, place) || !become_owner(folder))
		return false;
	put_there = put(folder) == 0;
	become_root();
	return put_there;
}

void
place_restore(int folder)
{
	if (!become_owner(folder))
		return;
	put_back(folder);
	become_root();
}

void
place_restore_dead(int folder)
{
	if (!own_lives(folder))
		place_restore(folder);
}
