/*
 * Own namespaces and an own, empty root folder. Needs CAP_SYS_ADMIN. policyd's
 * folders arrive as descriptors and are mounted here: a mount ends at its own
 * top, while ".." from a descriptor would climb into the machine's root.
 */
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "narrow.h"
#include "sandbox.h"

/* Any folder that is always there: in our own namespace the new root is mounted over it. */
#define STAGE	"/proc"

struct folder {
	int		 fd;
	const char	*name;
	uint64_t	 attributes;
	bool		 optional;	/* may be missing */
	int		 tree;
};

static struct folder folders[] = {
	{ FD_POLICY_VENDOR, "vendor", MOUNT_ATTR_RDONLY, false, -1 },
	{ FD_POLICY_ETC, "etc", MOUNT_ATTR_RDONLY, false, -1 },
	{ FD_POLICY_STATE, "state", 0, false, -1 },
	{ FD_POLICY_GEO, "geo", MOUNT_ATTR_RDONLY, true, -1 },
	{ FD_POLICY_DPKG, "dpkg", MOUNT_ATTR_RDONLY, true, -1 },
};
#define FOLDERS	(sizeof(folders) / sizeof(folders[0]))

/* Where it is missing, the parent gives something else in its place, so that nothing opened since has its number. */
static bool
is_folder(int fd)
{
	struct stat	st;

	return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
}

/* In the namespace that the descriptors came from; they are of no further use. */
static void
pick_up(struct folder *f)
{
	struct mount_attr	attr = {
		.attr_set = f->attributes | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
		    MOUNT_ATTR_NOEXEC,
	};

	if (f->optional && !is_folder(f->fd)) {
		(void)close(f->fd);
		return;
	}
	f->tree = open_tree(f->fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (f->tree == -1)
		fatal("%s: open_tree", f->name);
	if (mount_setattr(f->tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)) == -1)
		fatal("%s: mount_setattr", f->name);
	if (close(f->fd) == -1)
		fatal("%s: close", f->name);
}

static void
put_down(struct folder *f)
{
	if (f->tree == -1)
		return;
	if (mkdir(f->name, 0755) == -1)
		fatal("%s: mkdir", f->name);
	if (move_mount(f->tree, "", AT_FDCWD, f->name, MOVE_MOUNT_F_EMPTY_PATH) == -1)
		fatal("%s: move_mount", f->name);
	(void)close(f->tree);
}

/* From now on the working folder is the new root. */
static void
make_root(void)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1)
		fatal("mounts private");
	if (mount("tmpfs", STAGE, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
	    "mode=0755,size=64k,nr_inodes=8") == -1)
		fatal("tmpfs");
	if (chdir(STAGE) == -1)
		fatal("chdir to the new root");
}

static void
enter_root(void)
{
	/* Old root comes to lie over the new one, and is then taken off. */
	if (syscall(__NR_pivot_root, ".", ".") == -1)
		fatal("pivot_root");
	if (umount2(".", MNT_DETACH) == -1)
		fatal("old root");
	if (chdir("/") == -1)
		fatal("chdir /");
	if (mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV |
	    MS_NOEXEC, NULL) == -1)
		fatal("read-only root");
}

void
narrow_root(const struct row *row)
{
	if (row->root == ROOT_POLICY)
		for (size_t i = 0; i < FOLDERS; i++)
			pick_up(&folders[i]);
	if (row->namespaces != 0 && unshare(row->namespaces) == -1)
		fatal("unshare");
	if (row->root == ROOT_HOST)
		return;
	make_root();
	if (row->root == ROOT_POLICY)
		for (size_t i = 0; i < FOLDERS; i++)
			put_down(&folders[i]);
	enter_root();
}
