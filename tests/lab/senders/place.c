/*
 * Programs in a place of their own: namespaces, roots, mounts, cgroups. SENDERS_CGROUP names a folder in which
 * it may make cgroups.
 */
#include "senders.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <err.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
send_each(void)
{
	for (unsigned i = 0; i < job.n; i++) {
		told(i);
		finish(udp_to(i));
	}
	return 0;
}

/* Everything from here on in mounts of its own. */
static void
own_mounts(void)
{
	if (unshare(CLONE_NEWNS) == -1 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1)
		err(1, "mounts");
}

static int
run_chroot(void)
{
	char folder[4096];

	(void)snprintf(folder, sizeof folder, "%s", job.self);
	if (chroot(dirname(folder)) == -1 || chdir("/") == -1)
		return missing("chroot");
	return send_each();
}

static int
run_own_mounts(void)
{
	own_mounts();
	return send_each();
}

/* Becomes `path`, with all attempts. */
static int
exec_there(const char *path)
{
	char n[12];

	(void)snprintf(n, sizeof n, "%u", job.n);
	(void)execl(path, path, "udp", n, job.address, job.port, (char *)NULL);
	err(1, "%s", path);
}

/* This program, at the other's path. */
static int
run_bind(void)
{
	own_mounts();
	if (mount(job.self, job.other, NULL, MS_BIND, NULL) == -1)
		return missing("bind");
	return exec_there(job.other);
}

/* The other program, at this one's path. */
static int
run_bind_over(void)
{
	own_mounts();
	if (mount(job.other, job.self, NULL, MS_BIND, NULL) == -1)
		return missing("bind");
	return exec_there(job.self);
}

/* Without any rights: in a user namespace of its own. */
static int
run_bind_user(void)
{
	if (setgid(65534) == -1 || setuid(65534) == -1)
		err(1, "setuid");
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) == -1)
		return missing("user namespaces");
	return run_bind();
}

/* The folder of both programs under an overlay, where the other's file is put in place of this one's. */
static int
run_overlay(void)
{
	char folder[4096], options[16384];

	own_mounts();
	(void)snprintf(folder, sizeof folder, "%s", job.self);
	(void)dirname(folder);
	if (mount("none", "/mnt", "tmpfs", 0, NULL) == -1 || mkdir("/mnt/upper", 0755) == -1 || mkdir("/mnt/work", 0755) == -1)
		err(1, "/mnt");
	(void)snprintf(options, sizeof options, "lowerdir=%s,upperdir=/mnt/upper,workdir=/mnt/work", folder);
	if (mount("none", folder, "overlay", 0, options) == -1)
		return missing("overlay");
	return exec_there(job.self);
}

static int
run_own_user(void)
{
	if (unshare(CLONE_NEWUSER) == -1)
		return missing("user namespaces");
	return send_each();
}

/* The first process of a pid namespace; its own pid is 1, and that is not what is told. */
static int
run_own_pids(void)
{
	if (unshare(CLONE_NEWPID) == -1)
		return missing("pid namespaces");
	for (unsigned i = 0; i < job.n; i++) {
		int go[2];
		pid_t pid;

		if (pipe2(go, O_CLOEXEC) == -1 || (i > 0 && unshare(CLONE_NEWPID) == -1) || (pid = fork()) == -1)
			err(1, "process");
		if (pid == 0) {
			(void)!read(go[0], &(char){ 0 }, 1);
			finish(udp_to(i));
			_exit(0);
		}
		told_of(i, pid);
		(void)!write(go[1], "", 1);
		wait_for(pid);
		(void)close(go[0]);
		(void)close(go[1]);
		if (setns((int)syscall(SYS_pidfd_open, getpid(), 0), CLONE_NEWPID) == -1)
			err(1, "back");
	}
	return 0;
}

static void
send_from_elsewhere(unsigned i)
{
	int fd = udp_to(i);

	if (unshare(CLONE_NEWNET) == -1)
		err(1, "unshare");
	told(i);
	finish(fd);
}

/* The socket is of this network, its program has left it. */
static int
run_own_net(void)
{
	for (unsigned i = 0; i < job.n; i++)
		in_child(send_from_elsewhere, i);
	return 0;
}

/* The socket is of this network, into which the program came for as long as it took to make it. */
static int
run_setns(void)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int away;

	if (home == -1 || unshare(CLONE_NEWNET) == -1 || (away = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)) == -1)
		return missing("network namespaces");
	for (unsigned i = 0; i < job.n; i++) {
		int fd;

		if (setns(home, CLONE_NEWNET) == -1)
			err(1, "setns");
		fd = udp_to(i);
		if (setns(away, CLONE_NEWNET) == -1)
			err(1, "setns");
		told(i);
		finish(fd);
	}
	return 0;
}

/* Moves to the cgroup NAME below SENDERS_CGROUP; empty: to that itself. */
static void
move(const char *name)
{
	const char *top = getenv("SENDERS_CGROUP");
	char path[4096];
	int fd;

	(void)snprintf(path, sizeof path, "%s/%s", top, name);
	(void)mkdir(path, 0755);
	(void)snprintf(path, sizeof path, "%s/%s/cgroup.procs", top, name);
	if ((fd = open(path, O_WRONLY | O_CLOEXEC)) == -1 || write(fd, "0", 1) != 1)
		err(1, "%s", path);
	(void)close(fd);
}

static int
run_cgroup_before(void)
{
	if (getenv("SENDERS_CGROUP") == NULL)
		return NOT_HERE;
	move("moved");
	return send_each();
}

/* Between the socket's making and its use, and back. */
static int
run_cgroup_after(void)
{
	if (getenv("SENDERS_CGROUP") == NULL)
		return NOT_HERE;
	for (unsigned i = 0; i < job.n; i++) {
		int fd = i % 2 == 0 ? udp_to(i) : tcp_socket();

		move("moved");
		told(i);
		if (i % 2 == 0) {
			put(fd);
			await(fd, POLLIN);
		} else
			tcp_connect(fd, i);
		move("");
		(void)close(fd);
	}
	return 0;
}

const struct way place_ways[] = {
	{ "chroot", run_chroot },
	{ "own-mounts", run_own_mounts },
	{ "bind", run_bind },
	{ "bind-over", run_bind_over },
	{ "bind-user", run_bind_user },
	{ "overlay", run_overlay },
	{ "own-user", run_own_user },
	{ "own-pids", run_own_pids },
	{ "own-net", run_own_net },
	{ "setns", run_setns },
	{ "cgroup-before", run_cgroup_before },
	{ "cgroup-after", run_cgroup_after },
	{ NULL, NULL },
};
