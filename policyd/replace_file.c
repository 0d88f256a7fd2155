/*
 * See replace_file.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "replace_file.h"

static int
write_all(int fd, const char *text, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = write(fd, text + at, len - at);

		if (n <= 0)
			return -1;
		at += (size_t)n;
	}
	return 0;
}

int
replace_file(const char *path, const char *text, size_t len, mode_t mode, bool synced)
{
	char fresh[2 * PATH_MAX];
	int fd, saved;

	if (snprintf(fresh, sizeof fresh, "%s.new", path) >= (int)sizeof fresh) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if ((fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)) == -1)
		return -1;
	if (write_all(fd, text, len) == 0 && (!synced || fsync(fd) == 0) && rename(fresh, path) == 0) {
		(void)close(fd);
		return 0;
	}
	saved = errno;
	(void)close(fd);
	(void)unlink(fresh);
	errno = saved;
	return -1;
}
