/*
 * See zone.h.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "zone.h"

/* libc looks again only where the name is another one than before. */
static void
set_zone(const char *name)
{
	(void)setenv("TZ", "UTC0", 1);
	tzset();
	(void)setenv("TZ", name, 1);
	tzset();
}

int
zone_take(const char *tzif, size_t len, const char *folder)
{
	char name[PATH_MAX];
	ssize_t n;
	int fd;

	if (len == 0) {
		set_zone("UTC0");
		return 0;
	}
	(void)snprintf(name, sizeof name, ":%s/zone", folder);
	if ((fd = open(name + 1, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) == -1)
		return -1;
	n = write(fd, tzif, len);
	(void)close(fd);
	if (n == (ssize_t)len)
		set_zone(name);
	(void)unlink(name + 1);
	return n == (ssize_t)len ? 0 : -1;
}
