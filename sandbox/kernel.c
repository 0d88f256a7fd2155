/*
 * Has bulwark-setup load the suite's part in the kernel, and takes it over. Called once by the parent at
 * start, while it has what loading takes: no process keeps that. bulwark-setup is believed nothing: each
 * descriptor is looked at. A BPF file system that is mounted nowhere holds what rules match by, so
 * that nobody else finds it and nothing of it stays.
 */
#include <sys/capability.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "held.h"
#include "kernel.h"
#include "parent.h"
#include "spawn.h"
#include "text.h"

#define TIME_MAX_S	30	/* it takes a part of a second, more while a machine starts; a half of what the service has */
#define SAID_BYTES	4096

/* The two ends of what a run says. */
struct run {
	int	in[2], out[2], parts[2];
	pid_t	pid;
};

static int
fault(struct suite *suite, const char *what)
{
	(void)snprintf(suite->kernel.why, sizeof(suite->kernel.why), "%s (%s)", strerrordesc_np(errno), what);
	return -1;
}

int
kernel_part(const struct suite *suite, enum kernel_part part)
{
	return suite->kernel.on ? suite->kernel.part[part] : suite->kernel.none;
}

/* Another load's rules must not look like this one's. */
static int
make_name(char name[static KERNEL_NAME + 1])
{
	uint64_t	n;

	if (getrandom(&n, sizeof(n), 0) != sizeof(n))
		return -1;
	(void)snprintf(name, KERNEL_NAME + 1, "%016llx", (unsigned long long)n);
	return 0;
}

static int
make_folder(struct suite *suite)
{
	struct kernel	*k = &suite->kernel;
	int		 fs = fsopen("bpf", FSOPEN_CLOEXEC);
	int		 error = 0;

	if (fs == -1 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == -1 ||
	    (k->folder = fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)) == -1)
		error = fault(suite, "BPF file system");
	if (fs != -1)
		(void)close(fs);
	if (error == 0 && (make_name(k->name) == -1 || mkdirat(k->folder, k->name, 0700) == -1))
		error = fault(suite, "folder in the BPF file system");
	return error;
}

static int
has_privileges(struct suite *suite)
{
	struct __user_cap_header_struct	header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct	data[2];

	if (capget(&header, data) == -1)
		return fault(suite, "capget");
	errno = EPERM;
	if (((data[0].permitted | (uint64_t)data[1].permitted << 32) & row_kernel.caps) != row_kernel.caps)
		return fault(suite, "CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN are needed at start");
	return 0;
}

static void
run_start(struct suite *suite, int cgroup, struct run *r)
{
	struct spawn	what;

	if (pipe2(r->in, O_CLOEXEC) == -1 || pipe2(r->out, O_CLOEXEC | O_NONBLOCK) == -1 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, r->parts) == -1)
		fatal("pipe");
	if (dprintf(r->in[1], "kernel %s\n", suite->kernel.name) < 0)
		fatal("pipe");
	spawn_init(&what, &row_kernel, suite->held.setup);
	what.verb = "kernel";
	what.fd[STDIN_FILENO] = r->in[0];
	what.fd[STDOUT_FILENO] = what.fd[STDERR_FILENO] = r->out[1];
	what.fd[FD_SETUP_KERNEL] = suite->kernel.folder;
	what.fd[FD_SETUP_CGROUP] = cgroup;
	what.fd[FD_SETUP_PARENT] = r->parts[1];
	r->pid = spawn(&what);
	if (r->pid == -1)
		fatal("fork");
	(void)close(r->in[0]);
	(void)close(r->in[1]);
	(void)close(r->out[1]);
	(void)close(r->parts[1]);
}

/* Its status. What it says and hands over lies in pipe and socket until it is read. */
static int
run_wait(const struct run *r)
{
	struct pollfd	p = { .fd = (int)syscall(__NR_pidfd_open, r->pid, 0), .events = POLLIN };
	int		status;

	if (p.fd == -1)
		fatal("pidfd");
	if (poll(&p, 1, TIME_MAX_S * 1000) != 1)
		(void)kill(r->pid, SIGKILL);
	(void)close(p.fd);
	while (waitpid(r->pid, &status, 0) == -1)
		if (errno != EINTR)
			fatal("waitpid");
	return status;
}

/* Says what it said to those who want more, and makes the last line the reason. */
static void
read_said(struct suite *suite, int fd)
{
	char	 said[SAID_BYTES], *rest = said, *line;
	ssize_t	 n = read(fd, said, sizeof(said) - 1);

	said[n > 0 ? n : 0] = '\0';
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (line[0] == '\0')
			continue;
		line[text_printable(line, strlen(line), false)] = '\0';
		log_debug("kernel: %s", line);
		line += strncmp(line, "failed ", 7) == 0 ? 7 : 0;
		(void)snprintf(suite->kernel.why, sizeof(suite->kernel.why), "%s", line);
	}
}

static void
run(struct suite *suite, int cgroup)
{
	struct kernel	*k = &suite->kernel;
	struct run	 r;
	int		 status;

	run_start(suite, cgroup, &r);
	status = run_wait(&r);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		(void)snprintf(k->why, sizeof(k->why), "loading it was ended after %d seconds, or by somebody", TIME_MAX_S);
	else
		(void)snprintf(k->why, sizeof(k->why), "bulwark-setup ended early");
	read_said(suite, r.out[0]);
	k->on = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	if (k->on && kernel_parts_read(r.parts[0], cgroup, k->part) == -1) {
		(void)snprintf(k->why, sizeof(k->why), "bulwark-setup handed over something else");
		k->on = false;
	}
	(void)close(r.out[0]);
	(void)close(r.parts[0]);
	if (k->on)
		k->why[0] = '\0';
}

void
kernel_load(struct suite *suite, int cgroup)
{
	struct kernel	*k = &suite->kernel;

	k->folder = -1;
	k->none = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (k->none == -1)
		fatal("/dev/null");
	cgroup = cgroup_choose(&suite->conf, cgroup, k->why, sizeof(k->why));
	if (cgroup != -1 && has_privileges(suite) == 0 && make_folder(suite) == 0)
		run(suite, cgroup);
	if (cgroup != -1)
		(void)close(cgroup);
	if (k->on) {
		log_info("the kernel names senders and keeps decisions");
		return;
	}
	if (k->folder != -1)
		(void)close(k->folder);
	k->folder = -1;
	k->name[0] = '\0';
	log_info("the kernel path is off: %s", k->why);
}
