/*
 * Which program has a port that a door needs: looked for once, at start, while the parent
 * may still read everything. Of what the kernel writes only numbers are believed; the
 * program's name is one that it chose, and is made printable by who passes it on.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sandbox.h"
#include "taken.h"

#define TABLE_LINES	100000	/* of sockets that are looked at */
#define DOOR_PORT	0x35	/* 53 */

/* A line's socket, if it has the port at this address or at all; 0: it has not. */
static unsigned long
holds_door(const char *line, const char *address)
{
	char		at[33];
	unsigned	port;
	unsigned long	inode;

	if (sscanf(line, " %*u: %32[0-9A-F]:%4X %*s %*s %*s %*s %*s %*s %*s %lu", at, &port, &inode) != 3 ||
	    port != DOOR_PORT)
		return 0;
	return strcmp(at, address) == 0 || at[strspn(at, "0")] == '\0' ? inode : 0;
}

static unsigned long
find_socket(const char *table, const char *address)
{
	FILE		*f = fopen(table, "re");
	char		 line[512];
	unsigned long	 inode = 0;

	if (f == NULL)
		return 0;
	for (unsigned i = 0; inode == 0 && i < TABLE_LINES && fgets(line, sizeof(line), f) != NULL; i++)
		inode = holds_door(line, address);
	(void)fclose(f);
	return inode;
}

static bool
has_socket(const char *pid, const char *wanted)
{
	char		 path[300], link[64];
	DIR		*folder;
	struct dirent	*e;
	ssize_t		 n;
	bool		 found = false;

	(void)snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	if ((folder = opendir(path)) == NULL)
		return false;
	while (!found && (e = readdir(folder)) != NULL) {
		n = readlinkat(dirfd(folder), e->d_name, link, sizeof(link) - 1);
		link[n > 0 ? n : 0] = '\0';
		found = strcmp(link, wanted) == 0;
	}
	(void)closedir(folder);
	return found;
}

static void
put_program(const char *pid, char *to, size_t room)
{
	char	path[300], name[32];
	ssize_t	n = -1;
	int	fd;

	(void)snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd != -1) {
		n = read(fd, name, sizeof(name) - 1);
		(void)close(fd);
	}
	name[n > 0 ? n : 0] = '\0';
	name[strcspn(name, "\n")] = '\0';
	(void)snprintf(to, room, "%s[%s]", name, pid);
}

bool
taken_by(bool tcp, bool six, const char *address, char *to, size_t room)
{
	static const char	*const tables[] = { "/proc/net/udp", "/proc/net/udp6", "/proc/net/tcp",
					   "/proc/net/tcp6" };
	unsigned long		 inode = find_socket(tables[2 * tcp + six], address);
	char			 wanted[40];
	DIR			*proc;
	struct dirent		*e;
	bool			 found = false;

	if (inode == 0 && !six)		/* one for both families */
		inode = find_socket(tables[2 * tcp + 1], address);
	if (inode == 0 || (proc = opendir("/proc")) == NULL)
		return false;
	(void)snprintf(wanted, sizeof(wanted), "socket:[%lu]", inode);
	while (!found && (e = readdir(proc)) != NULL)
		if (e->d_name[strspn(e->d_name, "0123456789")] == '\0' && has_socket(e->d_name, wanted)) {
			put_program(e->d_name, to, room);
			found = true;
		}
	(void)closedir(proc);
	return found;
}
