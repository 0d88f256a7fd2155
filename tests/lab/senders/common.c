/*
 * Addresses, sockets and processes for the ways to send.
 */
#include "senders.h"

#include <sys/wait.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct job job;

union address
nth(unsigned i)
{
	union address a = job.to;
	uint32_t last;

	if (a.sa.sa_family == AF_INET) {
		a.in.sin_addr.s_addr = htonl(ntohl(a.in.sin_addr.s_addr) + i);
		return a;
	}
	memcpy(&last, &a.in6.sin6_addr.s6_addr[12], sizeof last);
	last = htonl(ntohl(last) + i);
	memcpy(&a.in6.sin6_addr.s6_addr[12], &last, sizeof last);
	return a;
}

socklen_t
address_len(void)
{
	return job.to.sa.sa_family == AF_INET ? sizeof job.to.in : sizeof job.to.in6;
}

static void
name(unsigned i, char text[INET6_ADDRSTRLEN])
{
	union address a = nth(i);
	const void *bytes = a.sa.sa_family == AF_INET ? (void *)&a.in.sin_addr : (void *)&a.in6.sin6_addr;

	(void)inet_ntop(a.sa.sa_family, bytes, text, INET6_ADDRSTRLEN);
}

void
told_of(unsigned i, pid_t pid)
{
	char text[INET6_ADDRSTRLEN];

	name(i, text);
	dprintf(STDOUT_FILENO, "%s %d\n", text, (int)pid);
}

void
told(unsigned i)
{
	told_of(i, getpid());
}

static int
new_socket(int type)
{
	int fd = socket(job.to.sa.sa_family, type | SOCK_CLOEXEC, 0);

	if (fd == -1)
		err(1, "socket");
	return fd;
}

int
udp_socket(void)
{
	return new_socket(SOCK_DGRAM);
}

int
tcp_socket(void)
{
	return new_socket(SOCK_STREAM | SOCK_NONBLOCK);
}

int
udp_to(unsigned i)
{
	union address a = nth(i);
	int fd = udp_socket(), yes = 1;

	if (connect(fd, &a.sa, address_len()) == -1)
		err(1, "connect");
	if (a.sa.sa_family == AF_INET)
		(void)setsockopt(fd, IPPROTO_IP, IP_RECVERR, &yes, sizeof yes);
	else
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &yes, sizeof yes);
	return fd;
}

void
tcp_connect(int fd, unsigned i)
{
	union address a = nth(i);

	(void)connect(fd, &a.sa, address_len());
	await(fd, POLLOUT);
}

union address
own_address(void)
{
	union address own;
	socklen_t len = sizeof own;
	int fd = udp_to(0);

	if (getsockname(fd, &own.sa, &len) == -1)
		err(1, "no source address");
	(void)close(fd);
	return own;
}

void
put(int fd)
{
	(void)!send(fd, TEXT, sizeof TEXT, MSG_NOSIGNAL);
}

void
send_to(int fd, unsigned i)
{
	union address a = nth(i);

	(void)!sendto(fd, TEXT, sizeof TEXT, MSG_NOSIGNAL, &a.sa, address_len());
}

/* On a slow machine (tests/lab/lib.sh) all takes longer. */
static int
slowly(int ms)
{
	const char *times = getenv("LAB_SLOW");

	return times == NULL ? ms : ms * (int)strtol(times, NULL, 10);
}

/* Connected sockets hear of refusals, others may wait in vain. */
static int
patience_ms(int fd, short events)
{
	union address peer;
	socklen_t len = sizeof peer;

	return events == POLLOUT || getpeername(fd, &peer.sa, &len) == 0 ? 1000 : 100;
}

void
await(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };
	char data[64];

	if (poll(&p, 1, slowly(patience_ms(fd, events))) == 1 && events == POLLIN) {
		(void)!recv(fd, data, sizeof data, MSG_DONTWAIT);
		(void)!recv(fd, data, sizeof data, MSG_DONTWAIT | MSG_ERRQUEUE);
	}
}

void
finish(int fd)
{
	put(fd);
	await(fd, POLLIN);
	(void)close(fd);
}

_Noreturn void
become(const char *path, const char *way, unsigned i, int fd)
{
	char text[INET6_ADDRSTRLEN], number[12];

	name(i, text);
	(void)snprintf(number, sizeof number, "%d", fd);
	(void)execl(path, path, way, "1", text, job.port, path == job.other ? job.self : job.other, number, (char *)NULL);
	err(1, "%s", path);
}

pid_t
begin(const char *path, const char *way, unsigned i, int fd)
{
	pid_t pid = fork();

	if (pid == -1)
		err(1, "fork");
	if (pid == 0)
		become(path, way, i, fd);
	return pid;
}

void
in_child(void (*f)(unsigned), unsigned i)
{
	pid_t pid = fork();

	if (pid == -1)
		err(1, "fork");
	if (pid == 0) {
		f(i);
		_exit(0);
	}
	wait_for(pid);
}

void
wait_for(pid_t pid)
{
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
}

void
pause_ms(int ms)
{
	(void)poll(NULL, 0, slowly(ms));
}

int
missing(const char *what)
{
	warn("%s", what);
	return NOT_HERE;
}
