/*
 * Which user each child becomes. Called by the parent at start; believes the
 * system's user list, which is root's.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>

#include "sandbox.h"
#include "users.h"

#define UNUSED_END	65000	/* above lie the numbers of nobody */

void
users_find(const struct row *row, uid_t *uid, gid_t *gid)
{
	const struct passwd	*pw;

	errno = 0;
	pw = getpwnam(row->user);
	if (pw == NULL)
		fatalx("there is no user %s: install the suite, or run it with -u", row->user);
	if (pw->pw_uid == 0 || pw->pw_gid == 0)
		fatalx("user %s must not be root", row->user);
	*uid = pw->pw_uid;
	*gid = pw->pw_gid;
}

/* A process belongs to whom its folder in /proc belongs to. */
static bool
runs_something(uid_t uid)
{
	const struct dirent	*entry;
	struct stat		 st;
	DIR			*dir = opendir("/proc");
	bool			 found = false;

	if (dir == NULL)
		fatal("/proc");
	while (!found && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		found = fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 && st.st_uid == uid;
	}
	(void)closedir(dir);
	return found;
}

void
users_unused(uid_t *next, uid_t *uid, gid_t *gid)
{
	for (uid_t u = *next; u < UNUSED_END; u++) {
		if (getpwuid(u) != NULL || getgrgid(u) != NULL || runs_something(u))
			continue;
		*uid = u;
		*gid = u;
		*next = u + 1;
		return;
	}
	fatalx("no unused uid between %d and %d", USERS_FIRST_UNUSED, UNUSED_END);
}
