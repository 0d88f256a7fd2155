/*
 * The second layer for files: Landlock, as far as the kernel has it. The first
 * is the empty root and the seccomp list; nothing here relies on the newest
 * kernel, and what headers of older ones lack is defined below.
 */
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <unistd.h>

#include "landlock.h"
#include "sandbox.h"

#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE		(1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV		(1ULL << 15)
#endif
#ifndef LANDLOCK_ACCESS_NET_BIND_TCP
#define LANDLOCK_ACCESS_NET_BIND_TCP		(1ULL << 0)
#define LANDLOCK_ACCESS_NET_CONNECT_TCP		(1ULL << 1)
#endif
#ifndef LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET
#define LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET	(1ULL << 0)
#define LANDLOCK_SCOPE_SIGNAL			(1ULL << 1)
#endif

#define ABI_NEWEST	7	/* later ones are used as this one */

/* struct landlock_net_port_attr, and its kind of rule. */
struct net_port {
	uint64_t	access, port;
};
#define LANDLOCK_RULE_NET_PORT	2

/* struct landlock_ruleset_attr as ABI 6 has it. */
struct ruleset {
	uint64_t	fs, net, scoped;
};

static const uint64_t read_rights = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
static const uint64_t write_rights = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
    LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
    LANDLOCK_ACCESS_FS_REFER | LANDLOCK_ACCESS_FS_TRUNCATE;
/* Of a file that is no folder. */
static const uint64_t file_rights = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_TRUNCATE;

/* Everything that this ABI can deny; returns the size of the structure it takes. */
static size_t
all_rights(unsigned abi, struct ruleset *all)
{
	*all = (struct ruleset){ .fs = LANDLOCK_ACCESS_FS_MAKE_SYM * 2 - 1 };
	if (abi >= 2)
		all->fs |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3)
		all->fs |= LANDLOCK_ACCESS_FS_TRUNCATE;
	if (abi >= 4)
		all->net = LANDLOCK_ACCESS_NET_BIND_TCP | LANDLOCK_ACCESS_NET_CONNECT_TCP;
	if (abi >= 5)
		all->fs |= LANDLOCK_ACCESS_FS_IOCTL_DEV;
	if (abi >= 6)
		all->scoped = LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | LANDLOCK_SCOPE_SIGNAL;
	return abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
}

static void
allow(int ruleset, int fd, uint64_t rights)
{
	struct landlock_path_beneath_attr	beneath = { .parent_fd = fd };
	struct stat				st;

	if (fstat(fd, &st) == -1)
		fatal("landlock: fstat");
	beneath.allowed_access = S_ISDIR(st.st_mode) ? rights : rights & file_rights;
	if (syscall(__NR_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) != 0)
		fatal("landlock: rule");
}

static void
allow_path(int ruleset, const struct row_path *path, uint64_t handled)
{
	uint64_t	rights = read_rights;
	int		fd = open(path->path, O_PATH | O_CLOEXEC);

	if (fd == -1) {
		if (errno != ENOENT)
			fatal("landlock: %s", path->path);
		return;
	}
	if (path->write)
		rights |= write_rights;
	if (path->execute)
		rights |= LANDLOCK_ACCESS_FS_EXECUTE;
	allow(ruleset, fd, rights & handled);
	(void)close(fd);
}

/* Of TCP ports only what the kernel chooses: nobody's place is taken. */
static void
allow_any_port(int ruleset)
{
	struct net_port	port = { .access = LANDLOCK_ACCESS_NET_BIND_TCP, .port = 0 };

	if (syscall(__NR_landlock_add_rule, ruleset, LANDLOCK_RULE_NET_PORT, &port, 0) != 0)
		fatal("landlock: rule for ports");
}

unsigned
landlock_enter(const struct row *row, int binary)
{
	struct ruleset	all;
	size_t		size;
	long		abi;
	int		ruleset;

	abi = syscall(__NR_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	if (abi < 0) {
		if (errno != ENOSYS && errno != EOPNOTSUPP)
			fatal("landlock");
		log_warnx("the kernel has no Landlock: one layer less around files");
		return 0;
	}
	if (abi > ABI_NEWEST)
		abi = ABI_NEWEST;
	size = all_rights((unsigned)abi, &all);
	if (row->connects)
		all.net &= ~LANDLOCK_ACCESS_NET_CONNECT_TCP;
	ruleset = (int)syscall(__NR_landlock_create_ruleset, &all, size, 0);
	if (ruleset == -1)
		fatal("landlock: ruleset");
	for (const struct row_path *p = row->paths; p != NULL && p->path != NULL; p++)
		allow_path(ruleset, p, all.fs);
	if (row->connects && abi >= 4)
		allow_any_port(ruleset);
	if (binary != -1)
		allow(ruleset, binary,
		    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE);
	if (syscall(__NR_landlock_restrict_self, ruleset, 0) != 0)
		fatal("landlock: restrict");
	(void)close(ruleset);
	return (unsigned)abi;
}
