/*
 * Reading below /proc by descriptors. Used by all of whod; trusts the kernel's
 * file system, not what programs write into their own entries.
 */
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "parse.h"
#include "procfs.h"
#include "sandbox.h"

static int	root = -1;
static int	list = -1;

void
procfs_init(int dir)
{
	root = dir;
	list = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (list == -1)
		fatal("/proc, descriptor %d", dir);
}

int
procfs_root(void)
{
	return root;
}

int
procfs_list(void)
{
	return list;
}

ssize_t
procfs_reread(int fd, char *buf, size_t size)
{
	size_t	len = 0;
	ssize_t	n;

	while (len < size - 1) {
		n = pread(fd, buf + len, size - 1 - len, (off_t)len);
		if (n == -1)
			return -1;
		if (n == 0)
			break;
		len += (size_t)n;
		/* One page holds the small tables; only long ones need to be asked for more. */
		if ((size_t)n < 1024 && buf[len - 1] == '\n')
			break;
	}
	buf[len] = '\0';
	return (ssize_t)len;
}

ssize_t
procfs_read(int dir, const char *name, char *buf, size_t size)
{
	ssize_t	len;
	int	fd, error;

	fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return -1;
	len = procfs_reread(fd, buf, size);
	error = errno;
	close(fd);
	errno = error;
	return len;
}

bool
procfs_socket(int dir, const char *name, uint64_t *inode)
{
	char	link[LINK_BYTES];
	ssize_t	len;

	len = readlinkat(dir, name, link, sizeof(link));
	return len > 0 && parse_socket_link(link, (size_t)len, inode) == 0;
}

int
procfs_stat(int dir, const char *name, bool follow, struct statx *sx)
{
	int	flags = AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT;

	if (!follow)
		flags |= AT_SYMLINK_NOFOLLOW;
	return statx(dir, name, flags, STATX_BASIC_STATS | STATX_MNT_ID, sx);
}

bool
procfs_facts(int dir, const char *name, struct stat_facts *f)
{
	char	buf[1024];
	ssize_t	len = procfs_read(dir, name, buf, sizeof(buf));

	return len > 0 && parse_stat(buf, (size_t)len, f) == 0;
}

uint64_t
procfs_namespace(int dir, const char *name, const char *kind)
{
	char		with_colon[16], link[LINK_BYTES];
	uint64_t	inode;
	ssize_t		len = readlinkat(dir, name, link, sizeof(link));

	(void)snprintf(with_colon, sizeof(with_colon), "%s:", kind);
	return len > 0 && parse_namespace_link(link, (size_t)len, with_colon, &inode) == 0 ? inode : 0;
}

const char *
procfs_entry(uint32_t stand_in, const char *entry, char *buf, size_t size)
{
	if (stand_in == 0)
		return entry;
	(void)snprintf(buf, size, "task/%u/%s", stand_in, entry);
	return buf;
}

uint64_t
procfs_mount(const struct statx *sx)
{
	return (sx->stx_mask & STATX_MNT_ID) != 0 ? sx->stx_mnt_id : 0;
}

uint64_t
procfs_dev(const struct statx *sx)
{
	return makedev(sx->stx_dev_major, sx->stx_dev_minor);
}

char *
number_put(char *to, uint64_t n)
{
	char	digits[20];
	size_t	len = 0;

	do {
		digits[len++] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	while (len > 0)
		*to++ = digits[--len];
	*to = '\0';
	return to;
}

int64_t
clock_us(void)
{
	struct timespec	t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t
clock_ms(void)
{
	return clock_us() / 1000;
}

uint64_t
ticks(uint64_t ns)
{
	static uint64_t	tick_ns;

	if (tick_ns == 0)
		tick_ns = UINT64_C(1000000000) / (uint64_t)sysconf(_SC_CLK_TCK);
	return ns / tick_ns;
}

uint64_t
ticks_ago(uint64_t ns)
{
	struct timespec	now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return ticks((uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec - ns);
}
