/*
 * Sockets that are opened before privileges go: those at which people knock,
 * the owner of the guard table, the kernel's process events. The doors for
 * names and for the tunnel (ports 53 and 1117) will be opened in
 * held_sockets(), too, before the rules that lead there are loaded.
 */
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "held.h"
#include "sandbox.h"

#define BACKLOG		64
#define EVENTS_BYTES	(1 << 20)
#define ACK_WAIT_MS	200

static const char	steer_name[] = "steer.sock", ui_name[] = "bulwark.sock";

/* Anybody may knock: the process behind it asks the kernel who it is. */
static int
listen_at(const struct suite *suite, const char *name)
{
	struct sockaddr_un	sun = { .sun_family = AF_UNIX };
	mode_t			mask;
	int			fd;

	/* By descriptor: RUNDIR's own path may be too long for an address. */
	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "/proc/self/fd/%d/%s",
	    suite->held.run, name);
	if (unlinkat(suite->held.run, name, 0) == -1 && errno != ENOENT)
		fatal("%s", name);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mask = umask(0111);
	if (fd == -1 || bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1 ||
	    listen(fd, BACKLOG) == -1)
		fatal("%s", name);
	(void)umask(mask);
	return fd;
}

static int
open_guard(void)
{
	struct sockaddr_nl	snl = { .nl_family = AF_NETLINK };
	int			fd;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (fd == -1 || bind(fd, (struct sockaddr *)&snl, sizeof(snl)) == -1)
		fatal("netlink socket for the guard");
	return fd;
}

void
held_sockets(struct suite *suite)
{
	struct held	*held = &suite->held;

	held->guard = open_guard();
	held->existing = memfd_create("existing", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (held->existing == -1)
		fatal("memfd");
	held->steer = listen_at(suite, steer_name);
	held->ui = listen_at(suite, ui_name);
}

void
held_seal_existing(const struct suite *suite)
{
	if (fcntl(suite->held.existing, F_ADD_SEALS,
	    F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == -1 && errno != EPERM)
		log_warn("sealing the flows from before");
}

void
held_remove(const struct suite *suite)
{
	(void)unlinkat(suite->held.run, steer_name, 0);
	(void)unlinkat(suite->held.run, ui_name, 0);
}

int
held_open_proc(void)
{
	int	fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		fatal("/proc");
	return fd;
}

/* The kernel acknowledges only where it will really tell: initial namespaces, and us privileged. */
static bool
events_listen(int fd)
{
	_Alignas(struct nlmsghdr) char	 ask[NLMSG_SPACE(sizeof(struct cn_msg) + sizeof(int))] = { 0 };
	struct nlmsghdr			*head = (struct nlmsghdr *)ask;
	struct cn_msg			*msg = NLMSG_DATA(head);
	enum proc_cn_mcast_op		 op = PROC_CN_MCAST_LISTEN;
	struct pollfd			 pfd = { .fd = fd, .events = POLLIN };

	head->nlmsg_len = NLMSG_LENGTH(sizeof(*msg) + sizeof(op));
	head->nlmsg_type = NLMSG_DONE;
	msg->id = (struct cb_id){ CN_IDX_PROC, CN_VAL_PROC };
	msg->len = sizeof(op);
	memcpy(msg->data, &op, sizeof(op));
	return send(fd, ask, head->nlmsg_len, 0) == (ssize_t)head->nlmsg_len &&
	    poll(&pfd, 1, ACK_WAIT_MS) == 1;
}

int
held_open_events(void)
{
	struct sockaddr_nl	snl = { .nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC };
	int			bytes = EVENTS_BYTES;
	int			fd;

	fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);
	if (fd == -1)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) == 0 &&
	    bind(fd, (struct sockaddr *)&snl, sizeof(snl)) == 0 && events_listen(fd))
		return fd;
	(void)close(fd);
	return -1;
}
