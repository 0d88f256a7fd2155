/*
 * Sockets that are opened before privileges go: those at which people knock,
 * the doors for questions (port 53), before the rules that lead there are loaded,
 * the owner of the guard table, the kernel's process events. The doors for the
 * tunnel (port 1117) will be opened in held_sockets(), too.
 */
#include <sys/fsuid.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "held.h"
#include "shared/place.h"
#include "sandbox.h"
#include "taken.h"

#define BACKLOG		64
#define DOOR_PORT	"53"
#define DOOR_BACKLOG	512
#define HELD_DOORS	4	/* of held.names: those that rules lead to */
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

/*
 * Never shared with anybody: no SO_REUSEADDR for UDP, no SO_REUSEPORT. -1: another has it.
 * The socket is uid's, so that what it sends is: other name servers of this machine have opened
 * their port 53 as root, and by the uid their answers are told from resolverd's.
 */
static int
open_door(const char *address, int type, uid_t uid)
{
	struct addrinfo	 hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = type };
	struct addrinfo	*ai;
	int		 fd, on = 1;

	if (getaddrinfo(address, DOOR_PORT, &hints, &ai) != 0)
		fatalx("%s: no address", address);
	(void)setfsuid(uid);
	fd = socket(ai->ai_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1 && errno != EAFNOSUPPORT)
		fatal("socket for %s", address);
	(void)setfsuid(0);
	if (fd != -1 && (setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof(on)) == -1 ||
	    (type == SOCK_STREAM && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1) ||
	    bind(fd, ai->ai_addr, ai->ai_addrlen) == -1 ||
	    (type == SOCK_STREAM && listen(fd, DOOR_BACKLOG) == -1))) {
		log_warn("%s port " DOOR_PORT " (%s)", address, type == SOCK_STREAM ? "tcp" : "udp");
		(void)close(fd);
		fd = -1;
	}
	freeaddrinfo(ai);
	return fd;
}

/* Those that rules lead to, and the one that people write into resolv.conf. */
static const struct { const char *address, *hex; } doors[] = {
	{ "127.0.0.17", "1100007F" }, { "::1", "00000000000000000000000001000000" }, { "127.0.0.1", "0100007F" },
};

/* Said once, of the first: who has several has all of them, as a rule. */
static void
say_taken(struct suite *suite, int door)
{
	char	who[64] = "another program";
	bool	tcp = door % 2 == 1;

	if (suite->taken[0] != '\0')
		return;
	(void)taken_by(tcp, strchr(doors[door / 2].address, ':') != NULL, doors[door / 2].hex, who, sizeof(who));
	(void)snprintf(suite->taken, sizeof(suite->taken), "%s has port 53 of %s (%s)", who,
	    doors[door / 2].address, tcp ? "tcp" : "udp");
}

static uid_t
user_of(const struct suite *suite, const char *name)
{
	for (int i = 0; i < SLOTS; i++)
		if (strcmp(suite->slot[i].row->name, name) == 0)
			return suite->slot[i].uid;
	fatalx("no process %s", name);
}

static void
open_doors(struct suite *suite)
{
	uid_t	 uid = user_of(suite, "resolverd");
	int	*names = suite->held.names;

	for (int i = 0; i < HELD_NAMES; i++) {
		names[i] = open_door(doors[i / 2].address, i % 2 == 0 ? SOCK_DGRAM : SOCK_STREAM, uid);
		if (i < HELD_DOORS && names[i] == -1)
			say_taken(suite, i);
	}
}

bool
held_doors(const struct suite *suite)
{
	for (int i = 0; i < HELD_DOORS; i++)
		if (suite->held.names[i] == -1)
			return false;
	return true;
}

/* Of the machine, or a lab's? Only one of them has programs that ask systemd-resolved. */
bool
held_first_network(void)
{
	struct stat	ours, first;

	return stat("/proc/self/ns/net", &ours) == 0 && stat("/proc/1/ns/net", &first) == 0 &&
	    ours.st_dev == first.st_dev && ours.st_ino == first.st_ino;
}

/*
 * Without it nss-resolve's questions go on being systemd-resolved's, as its own. A socket that went with a
 * folder can't be had in another one: it is a fresh one there. True: something changed.
 */
static bool
take_place(struct suite *suite)
{
	struct held	*held = &suite->held;
	bool		 wanted = suite->conf.resolved == RESOLVED_TAKE ||
			    (suite->conf.resolved == RESOLVED_BY_NETWORK && held_first_network());
	int		 folder = wanted ? place_open() : -1;

	if (folder == -1)
		return false;
	if (!place_moved(held->resolve, folder)) {
		(void)close(folder);
		return false;
	}
	if (held->resolve != -1) {
		place_restore(held->resolve);
		(void)close(held->resolve);
	}
	if (held->resolve_door != -1)
		(void)close(held->resolve_door);
	held->resolve = folder;
	held->resolve_door = place_listen(folder);
	if (held->resolve_door == -1)
		log_warn("the place of systemd-resolved's socket is not taken: " PLACE_FOLDER);
	return true;
}

bool
held_keep_place(struct suite *suite)
{
	if (take_place(suite))
		return true;
	if (suite->held.resolve_door != -1 && place_retake(suite->held.resolve))
		log_info("the place of systemd-resolved's socket is taken again");
	return false;
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
	open_doors(suite);
	(void)take_place(suite);
	if (!held_doors(suite))
		log_warnx("%s: questions for names are not led to resolverd; end it, or let it listen elsewhere, "
		    "and start the suite anew", suite->taken);
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
	if (suite->held.resolve_door != -1)
		place_restore(suite->held.resolve);
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
