/*
 * For tests: a server of signed zones (tests/unit/dns_zones.sh) on a port of 127.0.0.1,
 * a process that ends with the test.
 */
#ifndef TESTS_DNS_SIGNED_H
#define TESTS_DNS_SIGNED_H

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "loopback.h"
#include "temp_folder.h"

static pid_t			signed_server;
static struct sockaddr_in	signed_at;

/* A socket on 127.0.0.1; port 0: one that is free. */
static int
bound_to(int type, uint16_t port, struct sockaddr_in *where)
{
	socklen_t	len = sizeof(*where);
	int		fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	*where = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (bind(fd, (struct sockaddr *)where, sizeof(*where)) == -1) {
		close(fd);
		return -1;
	}
	getsockname(fd, (struct sockaddr *)where, &len);
	return fd;
}

/* Both on one port that is free. */
static void
bound_pair(int *udp, int *tcp, struct sockaddr_in *where)
{
	for (int i = 0; i < 100; i++) {
		*udp = bound_to(SOCK_DGRAM, 0, where);
		*tcp = bound_to(SOCK_STREAM, ntohs(where->sin_port), where);
		if (*tcp != -1)
			return;
		close(*udp);
	}
	cr_assert_fail("no port is free");
}

static bool
server_is_there(void)
{
	int	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool	there = connect(fd, (struct sockaddr *)&signed_at, sizeof(signed_at)) == 0;

	close(fd);
	return there;
}

static void
signed_start(void)
{
	char	command[256];
	pid_t	me = getpid();
	int	udp, tcp;

	folder_start();
	loopback_up();
	bound_pair(&udp, &tcp, &signed_at);
	close(udp);
	close(tcp);
	snprintf(command, sizeof(command), "tests/unit/dns_zones.sh %s %u", top, ntohs(signed_at.sin_port));
	cr_assert_eq(system(command), 0);
	/* The server has children of its own. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	signed_server = fork();
	if (signed_server == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() == me)
			execlp("nsd", "nsd", "-d", "-c", place("nsd.conf"), NULL);
		_exit(127);
	}
	for (int i = 0; i < 300 && !server_is_there(); i++)
		usleep(10000);
	cr_assert(server_is_there());
}

/* Its questions get no answer any more. */
static void
signed_stop(void)
{
	kill(signed_server, SIGTERM);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		continue;
	signed_server = 0;
}

static void
signed_finish(void)
{
	if (signed_server != 0)
		signed_stop();
	folder_finish();
}

#endif
