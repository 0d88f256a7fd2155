/*
 * A program that sends and then is hard to find, for tests. Does it N times, each from a socket of its
 * own: one datagram, or the first packet of a connection.
 *	brief MODE PROTO ADDRESS PORT N [OTHER [SPORT]]
 *	close	closes the socket at once
 *	end	a child sends and ends at once
 *	run	a child runs this program, which sends and ends at once: a process of a millisecond
 *	vfork	the same by vfork()
 *	exec	a child sends, and then is the program OTHER, which sleeps
 *	leader	a thread sends, after the main one ended; then the process ends
 *	table	a thread with descriptors of its own sends and closes
 *	memfd	a child runs this program from memory
 *	fd	a child runs this program by a descriptor of its file
 *	deleted	the same, when the file has no name any more
 *	mount	a child runs OTHER, over which this program was mounted, in mounts of its own
 * SPORT is the first one's local port, the next have the next: of a thousand that the kernel chooses some are
 * the same. PROTO is tcp or udp. Exits 0 if all could be tried.
 */
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct sockaddr_storage	to;
static socklen_t		to_len;
static int			type;
static char			**args;		/* of this program */
static const char		*other;
static char			self[4096];
static unsigned			local;		/* the next local port; 0: any */

static void
parse_address(const char *proto, const char *host, const char *port)
{
	struct addrinfo	hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	struct addrinfo	*ai;

	type = strcmp(proto, "tcp") == 0 ? SOCK_STREAM : SOCK_DGRAM;
	hints.ai_socktype = type;
	if (getaddrinfo(host, port, &hints, &ai) != 0)
		errx(2, "%s %s: not an address and a port", host, port);
	memcpy(&to, ai->ai_addr, ai->ai_addrlen);
	to_len = ai->ai_addrlen;
	freeaddrinfo(ai);
}

static int
bind_local(int fd)
{
	struct sockaddr_in	v4 = { .sin_family = AF_INET, .sin_port = htons((uint16_t)local) };
	struct sockaddr_in6	v6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)local) };

	if (local == 0)
		return 0;
	return to.ss_family == AF_INET ? bind(fd, (struct sockaddr *)&v4, sizeof(v4)) :
	    bind(fd, (struct sockaddr *)&v6, sizeof(v6));
}

/* A local port that nobody has just now, from this one on. */
static void
free_local(void)
{
	int	fd, r = -1;

	for (; local != 0 && r == -1; local += r == -1 ? 1 : 0) {
		fd = socket(to.ss_family, type | SOCK_CLOEXEC, 0);
		r = bind_local(fd);
		close(fd);
	}
}

/* Returns the open socket. */
static int
send_one(void)
{
	int	fd = socket(to.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd == -1)
		err(2, "socket");
	if (bind_local(fd) == -1)
		err(2, "port %u", local);
	if (type == SOCK_STREAM)
		(void)!connect(fd, (struct sockaddr *)&to, to_len);
	else
		(void)!sendto(fd, "x", 1, 0, (struct sockaddr *)&to, to_len);
	return fd;
}

/* Of this program, to do it once. */
static char **
one_args(void)
{
	static char	port[12], *one[9];

	snprintf(port, sizeof(port), "%u", local);
	memcpy(one, (char *[]){ args[0], (char *)"close", args[2], args[3], args[4], (char *)"1", (char *)"-", port, NULL },
	    sizeof(one));
	return one;
}

static void
run_self(const char *path)
{
	execv(path, one_args());
	_exit(2);
}

static void
run_descriptor(int fd)
{
	fexecve(fd, one_args(), environ);
	_exit(2);
}

static void
mode_close(void)
{
	close(send_one());
}

static void
mode_end(void)
{
	(void)send_one();
	_exit(0);
}

static void
mode_run(void)
{
	run_self(self);
}

static void
mode_vfork(void)
{
	int	status;
	pid_t	pid;

	/* As libc does it. */
	if (posix_spawn(&pid, self, NULL, NULL, one_args(), environ) != 0 || waitpid(pid, &status, 0) != pid || status != 0)
		_exit(2);
	_exit(0);
}

static void
mode_exec(void)
{
	(void)send_one();
	execl(other, "sleep", "0.2", NULL);
	_exit(2);
}

static char
state_of(pid_t pid)
{
	char	path[64], state = '?';
	FILE	*f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (f != NULL) {
		if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
			state = '?';
		fclose(f);
	}
	return state;
}

static void *
after_leader(void *arg)
{
	(void)arg;
	while (state_of(getpid()) != 'Z')
		sched_yield();
	(void)send_one();
	_exit(0);
}

static void
mode_leader(void)
{
	pthread_t	t;

	if (pthread_create(&t, NULL, after_leader, NULL) != 0)
		_exit(2);
	pthread_exit(NULL);
}

static void *
own_table(void *arg)
{
	(void)arg;
	if (unshare(CLONE_FILES) == -1)
		_exit(2);
	mode_close();
	return NULL;
}

static void
mode_table(void)
{
	pthread_t	t;

	if (pthread_create(&t, NULL, own_table, NULL) != 0 || pthread_join(t, NULL) != 0)
		_exit(2);
}

static void
mode_memfd(void)
{
	char	buf[65536];
	int	in = open(self, O_RDONLY | O_CLOEXEC), fd = memfd_create("brief", MFD_CLOEXEC);
	ssize_t	n;

	while ((n = read(in, buf, sizeof(buf))) > 0)
		if (write(fd, buf, (size_t)n) != n)
			_exit(2);
	run_descriptor(fd);
}

static void
mode_fd(void)
{
	run_descriptor(open(self, O_RDONLY | O_CLOEXEC));
}

static int	deleted = -1;

static void
mode_deleted(void)
{
	run_descriptor(deleted);
}

static void
mode_mount(void)
{
	if (unshare(CLONE_NEWNS) == -1 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1 ||
	    mount(self, other, NULL, MS_BIND, NULL) == -1)
		_exit(2);
	run_self(other);
}

static const struct mode {
	const char	*name;
	void		(*fn)(void);
	bool		 child;
} modes[] = {
	{ "close", mode_close, false },
	{ "end", mode_end, true },
	{ "run", mode_run, true },
	{ "vfork", mode_vfork, true },
	{ "exec", mode_exec, true },
	{ "leader", mode_leader, true },
	{ "table", mode_table, false },
	{ "memfd", mode_memfd, true },
	{ "fd", mode_fd, true },
	{ "deleted", mode_deleted, true },
	{ "mount", mode_mount, true },
};

static void
once(const struct mode *m)
{
	pid_t	pid;
	int	status;

	if (!m->child) {
		m->fn();
		return;
	}
	pid = fork();
	if (pid == 0)
		m->fn();
	if (waitpid(pid, &status, 0) != pid || status != 0)
		errx(1, "%s: %x", m->name, (unsigned)status);
}

int
main(int argc, char *argv[])
{
	ssize_t	len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (argc < 6 || len <= 0)
		errx(2, "usage: brief MODE PROTO ADDRESS PORT N [OTHER]");
	args = argv;
	other = argc > 6 ? argv[6] : "/usr/bin/sleep";
	local = argc > 7 ? (unsigned)atoi(argv[7]) : 0;
	parse_address(argv[2], argv[3], argv[4]);
	if (strcmp(argv[1], "deleted") == 0) {
		deleted = open(self, O_RDONLY | O_CLOEXEC);
		unlink(self);
	}
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(modes[i].name, argv[1]) != 0)
			continue;
		for (int n = atoi(argv[5]); n > 0; n--) {
			free_local();
			once(&modes[i]);
			local += local > 0 ? 1 : 0;
		}
		return 0;
	}
	errx(2, "%s: no such mode", argv[1]);
}
