/*
 * resolverd: the machine's door to DNS. Clients are as hostile as servers; who may
 * ask what is policyd's to say, and without policyd nobody is answered.
 */
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <event2/event.h>
#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include "cache.h"
#include "designate.h"
#include "dname.h"
#include "endpoint.h"
#include "front.h"
#include "front_tcp.h"
#include "front_udp.h"
#include "front_varlink.h"
#include "lists.h"
#include "lookup.h"
#include "multicast.h"
#include "policy.h"
#include "resolve.h"
#include "route.h"
#include "sandbox.h"
#include "settings.h"
#include "shared/help.h"
#include "silence.h"
#include "tls_peer.h"
#include "validate.h"

#define CACHE_ENTRIES	50000
#define CACHE_BYTES	(24u << 20)
#define DOOR_BYTES	(2 << 20)	/* of questions that wait to be read */
#define ENDPOINT_BACKLOG 64

static bool	given[FD_NAMES_UNIX + 1];

/* Before anything of our own is opened and takes the number of one that the parent left out. */
static void
note_given(void)
{
	for (int fd = FD_NAMES_UDP4; fd <= FD_NAMES_UNIX; fd++)
		given[fd] = fcntl(fd, F_GETFD) != -1;
}

static int
on_peer(void *ctx, enum channel_name name, uint32_t generation, int fd)
{
	(void)ctx;
	return name == CHANNEL_NAMES ? policy_attach(fd, generation) : -1;
}

/* Those that the parent could open; more room for bursts than the system gives. */
static void
open_doors(struct event_base *base)
{
	int		type, bytes = DOOR_BYTES;
	socklen_t	len;

	for (int fd = FD_NAMES_UDP4; fd <= FD_NAMES_LOCAL_TCP; fd++) {
		len = sizeof(type);
		if (!given[fd])
			continue;
		if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == -1)
			fatal("door %d", fd);
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
		if ((type == SOCK_DGRAM ? front_udp_add(base, fd, front_message, asker_catch_up) :
		    front_tcp_add(base, fd, front_message, asker_catch_up)) == -1)
			fatal("door %d", fd);
	}
	if (given[FD_NAMES_UNIX] && front_varlink_add(base, FD_NAMES_UNIX, front_message) == -1)
		fatal("Unix door");
}

/* A port that the kernel chose, UDP and TCP, for the validator's questions to ourselves. */
static bool
open_endpoint(int *udp, int *tcp)
{
	struct sockaddr_in	in = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t		len = sizeof(in);

	*udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	*tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return *udp != -1 && *tcp != -1 && bind(*udp, (struct sockaddr *)&in, len) == 0 &&
	    getsockname(*udp, (struct sockaddr *)&in, &len) == 0 &&
	    bind(*tcp, (struct sockaddr *)&in, len) == 0 && listen(*tcp, ENDPOINT_BACKLOG) == 0;
}

/* False: answers stay unchecked, and why is said. */
static bool
start_validator(struct event_base *base)
{
	struct stat	st;
	int		udp, tcp;
	bool		works;

	if (!given[FD_NAMES_ANCHORS] || fstat(FD_NAMES_ANCHORS, &st) == -1)
		return false;
	if (st.st_size == 0) {
		log_info("no trust anchors: answers are not validated");
		works = false;
	} else if (!open_endpoint(&udp, &tcp)) {
		log_warn("127.0.0.1: answers are not validated");
		works = false;
	} else {
		works = endpoint_init(base, udp, tcp) == 0 && validate_init(base, FD_NAMES_ANCHORS) == 0;
	}
	(void)close(FD_NAMES_ANCHORS);
	return works;
}

static const struct help	help = { "resolverd", "",
	"Resolves names for the machine's programs, each as its profile allows.\n"
	"Part of the Bulwark application firewall: bulwarkd starts it, by hand it is of no use.\n" };

int
main(int argc, char *argv[])
{
	static const struct child_ops	 ops = { .peer = on_peer };
	struct event_base		*base;

	help_alone(argc, argv, &help);
	note_given();
	base = child_start("resolverd", &ops, NULL);
	/* Chance for each question without a call of the kernel; its seed is the kernel's. */
	if (randombytes_set_implementation(&randombytes_internal_implementation) == -1 || sodium_init() == -1)
		fatalx("sodium");
	dname_hash_init();
	cache_init(CACHE_ENTRIES, CACHE_BYTES);
	(void)tls_peer_init(-1);
	lists_init();
	route_init();
	resolve_init(base);
	multicast_init(base);
	designate_init(base);
	silence_init(base);
	front_init(base);
	lookup_init(base, start_validator(base));
	policy_start(base, settings_take, front_varlink_ended);
	open_doors(base);
	child_narrow();
	child_ready();
	return child_loop();
}
