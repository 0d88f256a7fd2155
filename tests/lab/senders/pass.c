/*
 * Sockets that go from one program to another. The other program (job.other) makes them, this one sends; so
 * whoever made it, the packet is this program's.
 */
#include "senders.h"

#include <sys/syscall.h>

#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

union control {
	struct cmsghdr	head;
	char		bytes[CMSG_SPACE(sizeof(int))];
};

void
hand_over(int to, int fd)
{
	union control c = { 0 };
	char byte = 0;
	struct iovec data = { &byte, 1 };
	struct msghdr m = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = c.bytes, .msg_controllen = sizeof c.bytes };

	c.head = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(&c.head), &fd, sizeof fd);
	if (sendmsg(to, &m, 0) != 1)
		err(1, "descriptor not sent");
}

int
take(int from)
{
	union control c;
	char byte;
	struct iovec data = { &byte, 1 };
	struct msghdr m = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = c.bytes, .msg_controllen = sizeof c.bytes };
	int fd;

	if (recvmsg(from, &m, MSG_CMSG_CLOEXEC) != 1 || CMSG_FIRSTHDR(&m) == NULL)
		errx(1, "no descriptor came");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof fd);
	return fd;
}

/* Keeps what it handed over until the receiver closes its end. */
static int
give(int fd)
{
	char byte;

	hand_over(job.fd, fd);
	return read(job.fd, &byte, 1) == 0 ? 0 : 1;
}

static int
run_give_udp(void)
{
	return give(udp_to(0));
}

static int
run_give_udp_end(void)
{
	hand_over(job.fd, udp_to(0));
	return 0;
}

static int
run_give_unconnected(void)
{
	return give(udp_socket());
}

static int
run_give_tcp(void)
{
	return give(tcp_socket());
}

/* It sent over it itself. */
static int
run_give_used(void)
{
	int fd = udp_to(0);

	put(fd);
	await(fd, POLLIN);
	return give(fd);
}

struct giver {
	int	link, fd;
	pid_t	pid;
};

static struct giver
giver(const char *way, unsigned i)
{
	struct giver g;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == -1 || fcntl(ends[0], F_SETFD, FD_CLOEXEC) == -1)
		err(1, "socketpair");
	g.pid = begin(job.other, way, i, ends[1]);
	(void)close(ends[1]);
	g.link = ends[0];
	g.fd = take(g.link);
	return g;
}

static void
giver_end(struct giver *g)
{
	(void)close(g->fd);
	(void)close(g->link);
	wait_for(g->pid);
}

/* The giver still has it, or is gone, or has used it. */
static int
run_got(const char *how)
{
	for (unsigned i = 0; i < job.n; i++) {
		struct giver g = giver(how, i);

		if (strcmp(how, "give-udp-end") == 0)
			wait_for(g.pid);
		told(i);
		put(g.fd);
		await(g.fd, POLLIN);
		giver_end(&g);
	}
	return 0;
}

static int
run_got_udp(void)
{
	return run_got("give-udp");
}

static int
run_got_udp_end(void)
{
	return run_got("give-udp-end");
}

static int
run_got_used(void)
{
	return run_got("give-used");
}

static int
run_got_unconnected(void)
{
	for (unsigned i = 0; i < job.n; i++) {
		struct giver g = giver("give-unconnected", i);

		told(i);
		send_to(g.fd, i);
		await(g.fd, POLLIN);
		giver_end(&g);
	}
	return 0;
}

static int
run_got_tcp(void)
{
	for (unsigned i = 0; i < job.n; i++) {
		struct giver g = giver("give-tcp", i);

		told(i);
		tcp_connect(g.fd, i);
		giver_end(&g);
	}
	return 0;
}

/* Taken out of the other's table, without its help. */
static int
run_taken(void)
{
	for (unsigned i = 0; i < job.n; i++) {
		struct giver g = giver("give-udp", i);
		int process = (int)syscall(SYS_pidfd_open, g.pid, 0), fd = -1;

		/* which number it has there: the first one that is a socket of that kind */
		for (int there = 3; fd == -1 && there < 16; there++) {
			int type = 0;
			socklen_t len = sizeof type;

			fd = (int)syscall(SYS_pidfd_getfd, process, there, 0);
			if (fd != -1 && (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == -1 || type != SOCK_DGRAM)) {
				(void)close(fd);
				fd = -1;
			}
		}
		if (fd == -1)
			return missing("pidfd_getfd");
		told(i);
		finish(fd);
		(void)close(process);
		giver_end(&g);
	}
	return 0;
}

/* Two programs have it, this one uses it. */
static int
run_shared(void)
{
	for (unsigned i = 0; i < job.n; i++) {
		int fd = udp_to(i), ends[2];
		pid_t pid;

		if (fcntl(fd, F_SETFD, 0) == -1 || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == -1)
			err(1, "socketpair");
		(void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
		pid = begin(job.other, "hold", i, ends[1]);
		(void)close(ends[1]);
		(void)!read(ends[0], &(char){ 0 }, 1);	/* it runs */
		told(i);
		finish(fd);
		(void)close(ends[0]);
		wait_for(pid);
	}
	return 0;
}

/* Has what it was left with, until the other end of job.fd is closed. */
static int
run_hold(void)
{
	(void)!write(job.fd, "", 1);
	(void)!read(job.fd, &(char){ 0 }, 1);
	return 0;
}

/* The other program makes it and becomes this one. */
static int
run_kept(void)
{
	for (unsigned i = 0; i < job.n; i++)
		wait_for(begin(job.other, "keep", i, -1));
	return 0;
}

static int
run_keep(void)
{
	int fd = udp_to(0);

	if (fcntl(fd, F_SETFD, 0) == -1)
		err(1, "fcntl");
	become(job.other, "use", 0, fd);
}

static int
run_use(void)
{
	told(0);
	finish(job.fd);
	return 0;
}

const struct way pass_ways[] = {
	{ "got-udp", run_got_udp },
	{ "got-udp-end", run_got_udp_end },
	{ "got-unconnected", run_got_unconnected },
	{ "got-tcp", run_got_tcp },
	{ "got-used", run_got_used },
	{ "taken", run_taken },
	{ "shared", run_shared },
	{ "kept", run_kept },
	/* parts of the above, in the other program */
	{ "give-udp", run_give_udp },
	{ "give-udp-end", run_give_udp_end },
	{ "give-unconnected", run_give_unconnected },
	{ "give-tcp", run_give_tcp },
	{ "give-used", run_give_used },
	{ "hold", run_hold },
	{ "keep", run_keep },
	{ "use", run_use },
	{ NULL, NULL },
};
