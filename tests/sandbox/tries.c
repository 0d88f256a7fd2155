/*
 * Deeds that an attacker in a process would try first, each from a process
 * that narrowed itself exactly as the row's own does.
 */
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "enter.h"
#include "sandbox.h"
#include "shared/narrow.h"

#define DONE	0	/* the deed succeeded */
#define BY_KILL	(-1)
#define ANY	(-2)	/* refused, by whatever errno */
#define LANDLOCKED_NET (-4)	/* refused with EACCES where Landlock knows ports (ABI 4), else done */
#define LANDLOCKED (-3)	/* refused with EPERM where Landlock knows scopes (ABI 6), else done */
#define CHILDREN " policyd whod intercept resolverd uid "
#define NO_SOCKETS " policyd whod intercept uid "

static char	folder[64];
static pid_t	parent;

/* Deeds return 0 or an errno. */
static int
said(long r)
{
	return r == -1 ? errno : 0;
}

static int
read_passwd(void)
{
	return said(open("/etc/passwd", O_RDONLY));
}

static int
climb_out(void)
{
	return said(open("../../../../../../usr/bin/env", O_RDONLY));
}

static int
climb_from_folder(void)
{
	return said(open("/state/../../../../usr/bin/env", O_RDONLY));
}

static int
open_proc(void)
{
	return said(open("/proc/self/status", O_RDONLY));
}

static int
make_file(void)
{
	return said(open("/x", O_WRONLY | O_CREAT, 0600));
}

static int
write_state(void)
{
	int	fd = open("/state/x", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd == -1 || write(fd, "x", 1) != 1 || rename("/state/x", "/state/y") == -1)
		return errno;
	return said(unlink("/state/y"));
}

static int
write_etc(void)
{
	return said(open("/etc/x", O_WRONLY | O_CREAT, 0600));
}

static int
write_dpkg(void)
{
	return said(open("/dpkg/x", O_WRONLY | O_CREAT, 0600));
}

static int
write_vendor(void)
{
	return said(open("/vendor/x", O_WRONLY | O_CREAT, 0600));
}

static int
write_geo(void)
{
	return said(open("/geo/x", O_WRONLY | O_CREAT, 0600));
}

static int
move_to_etc(void)
{
	int	fd = open("/state/x", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	return fd == -1 ? errno : said(rename("/state/x", "/etc/x"));
}

static int
run_state(void)
{
	int	fd = open("/state/x", O_RDWR | O_CREAT | O_CLOEXEC, 0700);

	if (fd == -1)
		return errno;
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED ? errno : 0;
}

static int
run_shell(void)
{
	char	*argv[] = { "sh", NULL };

	return said(execve("/bin/sh", argv, argv + 1));
}

static int
make_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
	    -1, 0) == MAP_FAILED ? errno : 0;
}

static int
turn_to_code(void)
{
	void	*p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return said(mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

static int
inet_socket(void)
{
	return said(socket(AF_INET, SOCK_STREAM, 0));
}

static int
server_socket(void)
{
	return said(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

static int
listen_somewhere(void)
{
	return said(listen(0, 1));
}

static int
take_port(void)
{
	struct sockaddr_in	in = { .sin_family = AF_INET, .sin_port = htons(4711) };
	int			fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd == -1 ? errno : said(bind(fd, (struct sockaddr *)&in, sizeof(in)));
}

static int
set_option(int family, int level, int name, const void *value, socklen_t len)
{
	int	fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd == -1 ? errno : said(setsockopt(fd, level, name, value, len));
}

static int
bind_device_number(void)
{
	static const int	loopback = 1;

	return set_option(AF_INET, SOL_SOCKET, SO_BINDTOIFINDEX, &loopback, sizeof(loopback));
}

static int
bind_device_name(void)
{
	return set_option(AF_INET, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2);
}

static int
mark_packets(void)
{
	static const int	mark = 1;

	return set_option(AF_INET, SOL_SOCKET, SO_MARK, &mark, sizeof(mark));
}

static int
ask_group(void)
{
	static const int	hops = 255;

	return set_option(AF_INET6, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof(hops));
}

static int
join_group(void)
{
	static const struct ip_mreqn	group = { .imr_multiaddr = { 0xfb0000e0 }, .imr_ifindex = 1 };

	return set_option(AF_INET, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group));
}

static int
unix_socket(void)
{
	return said(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int
packet_socket(void)
{
	return said(socket(AF_PACKET, SOCK_RAW, 0));
}

static int
netlink_socket(void)
{
	return said(socket(AF_NETLINK, SOCK_RAW, 0));
}

static int
signal_all(void)
{
	return said(kill(-1, SIGTERM));
}

static int
signal_parent(void)
{
	return said(kill(parent, SIGKILL));
}

static int
trace(void)
{
	return said(ptrace(PTRACE_ATTACH, parent, NULL, NULL));
}

static int
become_root(void)
{
	return said(setuid(0));
}

static int
new_namespace(void)
{
	return said(unshare(CLONE_NEWUSER));
}

static int
mount_something(void)
{
	return said(mount("none", "/", "tmpfs", 0, NULL));
}

static int
raise_limit(void)
{
	struct rlimit	limit = { 1 << 20, 1 << 20 };

	return said(setrlimit(RLIMIT_NOFILE, &limit));
}

static int
allow_dumps(void)
{
	return said(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}

static int
start_thread(void)
{
	return said(syscall(__NR_clone, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
	    CLONE_THREAD, NULL, NULL, NULL, NULL));
}

static int
start_process(void)
{
	pid_t	pid = fork();

	if (pid == 0)
		_exit(0);
	return said(pid);
}

static int
write_proc(void)
{
	return said(openat(FD_WHO_PROC, "self/oom_score_adj", O_WRONLY));
}

static int
read_proc(void)
{
	return said(openat(FD_WHO_PROC, "self/status", O_RDONLY));
}

static int
look_at_parent(void)
{
	char	name[32];

	(void)snprintf(name, sizeof(name), "%d/ns/net", (int)parent);
	return said(openat(FD_WHO_PROC, name, O_PATH));
}

static int
nothing_inherited(void)
{
	return said(fcntl(FD_POLICY_ETC, F_GETFD));
}

static int
read_shadow(void)
{
	return said(open("/etc/shadow", O_RDONLY));
}

static int
read_program(void)
{
	return said(open("/usr/bin/env", O_RDONLY));
}

static int
write_usr(void)
{
	return said(open("/usr/bulwark-test", O_WRONLY | O_CREAT, 0600));
}

static int
netfilter_socket(void)
{
	return said(socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER));
}

static int
uevent_socket(void)
{
	return said(socket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT));
}

static int
send_signal_out(void)
{
	return said(kill(parent, 0));
}

static int
load_program(void)
{
	return said(syscall(__NR_bpf, 0, NULL, 0));
}

static const struct deed {
	const char	*rows;		/* names between blanks */
	const char	*what;
	int		(*run)(void);
	int		 outcome;
} deeds[] = {
	{ " intercept resolverd uid ", "reads /etc/passwd", read_passwd, EACCES },
	{ " whod policyd ", "reads /etc/passwd", read_passwd, ENOENT },
	{ " intercept resolverd uid ", "climbs out of its root", climb_out, EACCES },
	{ " whod policyd ", "climbs out of its root", climb_out, ENOENT },
	{ " policyd ", "climbs out by its state folder", climb_from_folder, ENOENT },
	{ " intercept resolverd uid ", "opens /proc", open_proc, EACCES },
	{ " whod policyd ", "opens /proc by path", open_proc, ENOENT },
	{ " intercept resolverd uid ", "makes a file", make_file, EACCES },
	{ " whod ", "makes a file", make_file, BY_KILL },
	{ " policyd ", "makes a file in its root", make_file, ANY },
	{ " policyd ", "writes, renames and removes in its state", write_state, DONE },
	{ " policyd ", "writes to the administrator's folder", write_etc, ANY },
	{ " policyd ", "writes to the vendor's folder", write_vendor, ANY },
	{ " policyd ", "writes to the folder of places", write_geo, ANY },
	{ " policyd ", "writes to dpkg's database", write_dpkg, ANY },
	{ " policyd ", "moves a file to the administrator's folder", move_to_etc, ANY },
	{ " policyd ", "runs code from its state", run_state, BY_KILL },
	{ " policyd ", "holds what its folders came from", nothing_inherited, EBADF },
	{ " whod ", "writes below /proc", write_proc, BY_KILL },
	{ " whod ", "reads below /proc", read_proc, DONE },
	{ " whod ", "looks at its parent's namespace", look_at_parent, DONE },
	{ CHILDREN, "runs a shell", run_shell, BY_KILL },
	{ CHILDREN, "makes memory for code", make_code, BY_KILL },
	{ CHILDREN, "turns memory into code", turn_to_code, BY_KILL },
	{ NO_SOCKETS, "opens a network socket", inet_socket, EACCES },
	{ NO_SOCKETS, "opens a Unix socket", unix_socket, EACCES },
	{ NO_SOCKETS, "opens a packet socket", packet_socket, EACCES },
	{ NO_SOCKETS, "opens a netlink socket", netlink_socket, EACCES },
	{ " resolverd ", "opens a socket to a server", server_socket, DONE },
	{ " resolverd ", "binds a socket to the loopback", bind_device_number, DONE },
	{ " resolverd ", "binds one by name", bind_device_name, DONE },
	{ " resolverd ", "marks its packets", mark_packets, BY_KILL },
	{ " resolverd ", "prepares a question to a group", ask_group, DONE },
	{ " resolverd ", "joins a group", join_group, BY_KILL },
	{ " resolverd ", "opens a Unix socket", unix_socket, BY_KILL },
	{ " resolverd ", "opens a packet socket", packet_socket, BY_KILL },
	{ " resolverd ", "opens a netlink socket", netlink_socket, BY_KILL },
	{ " resolverd ", "takes a port of its choice", take_port, LANDLOCKED_NET },
	{ " resolverd ", "listens", listen_somewhere, BY_KILL },
	{ CHILDREN, "signals everything", signal_all, BY_KILL },
	{ " intercept policyd resolverd uid ", "kills its parent", signal_parent, BY_KILL },
	{ " whod ", "kills its parent", signal_parent, EPERM },
	{ CHILDREN, "traces its parent", trace, BY_KILL },
	{ CHILDREN, "becomes root", become_root, BY_KILL },
	{ CHILDREN, "makes a user namespace", new_namespace, BY_KILL },
	{ CHILDREN, "mounts", mount_something, BY_KILL },
	{ CHILDREN, "raises a limit", raise_limit, BY_KILL },
	{ CHILDREN, "allows others to trace it", allow_dumps, BY_KILL },
	{ CHILDREN, "starts a thread", start_thread, BY_KILL },
	{ " intercept policyd resolverd uid ", "starts a process", start_process, BY_KILL },
	{ " whod ", "starts a reader", start_process, DONE },
	{ " setup ", "reads /etc/passwd", read_passwd, EACCES },
	{ " setup ", "reads /etc/shadow", read_shadow, EACCES },
	{ " setup ", "reads programs", read_program, DONE },
	{ " setup ", "writes to /usr", write_usr, EACCES },
	{ " setup ", "makes a file", make_file, EACCES },
	{ " setup ", "opens a netfilter socket", netfilter_socket, DONE },
	{ " setup ", "opens a uevent socket", uevent_socket, ENOSYS },
	{ " setup ", "opens a network socket", inet_socket, ENOSYS },
	{ " setup ", "opens a packet socket", packet_socket, ENOSYS },
	{ " setup ", "opens a Unix socket", unix_socket, EACCES },
	{ " setup ", "traces its parent", trace, ENOSYS },
	{ " setup ", "signals its parent", send_signal_out, LANDLOCKED },
	{ " setup ", "mounts", mount_something, ENOSYS },
	{ " setup ", "makes a user namespace", new_namespace, ENOSYS },
	{ " setup ", "loads a BPF program", load_program, ENOSYS },
	{ " kernel ", "may make BPF maps", load_program, EINVAL },
	{ " kernel ", "reads /etc/passwd", read_passwd, EACCES },
	{ " kernel ", "reads programs", read_program, DONE },
	{ " kernel ", "writes to /usr", write_usr, EACCES },
	{ " kernel ", "opens a netfilter socket", netfilter_socket, ENOSYS },
	{ " kernel ", "opens a network socket", inet_socket, ENOSYS },
	{ " kernel ", "traces its parent", trace, ENOSYS },
	{ " kernel ", "mounts", mount_something, ENOSYS },
	{ " kernel ", "makes a user namespace", new_namespace, ENOSYS },
};

struct try {
	const struct row	*row;
	const struct deed	*deed;
};

static void
try_child(void *arg)
{
	const struct try	*t = arg;
	struct narrow_result	 ignored;
	int			 outcome;

	give_descriptors(t->row, folder);
	narrow_row(t->row, TEST_UID, TEST_GID, -1, &ignored);
	outcome = t->deed->run();
	_exit(outcome < 256 ? outcome : 255);
}

static long
landlock_abi(void)
{
	return syscall(__NR_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

static void
try(const struct row *row, const struct deed *deed)
{
	struct try	t = { row, deed };
	int		status = in_child(try_child, &t);
	bool		ok;

	if (deed->outcome == BY_KILL)
		ok = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
	else if (deed->outcome == LANDLOCKED)
		ok = WIFEXITED(status) && (WEXITSTATUS(status) == EPERM || landlock_abi() < 6);
	else if (deed->outcome == LANDLOCKED_NET)
		ok = WIFEXITED(status) && (WEXITSTATUS(status) == EACCES || landlock_abi() < 4);
	else if (deed->outcome == ANY)
		ok = WIFEXITED(status) && WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != FAULT;
	else
		ok = WIFEXITED(status) && WEXITSTATUS(status) == deed->outcome;
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		result(ok, "%s %s: %s", row->name, deed->what,
		    strerrorname_np(WEXITSTATUS(status)));
	else
		result(ok, "%s %s: %s", row->name, deed->what,
		    WIFSIGNALED(status) ? status_text(status) : "done");
}

void
tries(const struct row *row)
{
	char	name[64];

	parent = getpid();
	(void)snprintf(folder, sizeof(folder), "/tmp/bulwark-tries.XXXXXX");
	if (mkdtemp(folder) == NULL || chown(folder, TEST_UID, TEST_GID) == -1)
		fatal("%s", folder);
	(void)snprintf(name, sizeof(name), " %s ", row->name);
	for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++)
		if (strstr(deeds[i].rows, name) != NULL)
			try(row, &deeds[i]);
	if (chdir(folder) == 0)
		(void)unlink("x");
	(void)rmdir(folder);
}
