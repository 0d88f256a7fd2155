/*
 * resolverd: the machine's door to DNS. Clients are as hostile as servers; who may
 * ask what is policyd's to say, and without policyd nobody is answered.
 */
#include <sys/socket.h>

#include <event2/event.h>
#include <sodium.h>

#include "cache.h"
#include "dname.h"
#include "front_tcp.h"
#include "front_udp.h"
#include "policy.h"
#include "resolve.h"
#include "sandbox.h"
#include "settings.h"
#include "shared/help.h"

#define CACHE_ENTRIES	50000
#define CACHE_BYTES	(24u << 20)
#define DOOR_BYTES	(2 << 20)	/* of questions that wait to be read */

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
		if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == -1)
			continue;
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
		if ((type == SOCK_DGRAM ? front_udp_add(base, fd) : front_tcp_add(base, fd)) == -1)
			fatal("door %d", fd);
	}
}

static const struct help	help = { "resolverd", "",
	"Resolves names for the machine's programs, each as its profile allows.\n"
	"Part of the Bulwark application firewall: bulwarkd starts it, by hand it is of no use.\n" };

int
main(int argc, char *argv[])
{
	static const struct child_ops	 ops = { .peer = on_peer };
	struct event_base		*base;

	help_asked(argc, argv, &help);
	base = child_start("resolverd", &ops, NULL);
	if (sodium_init() == -1)
		fatalx("sodium");
	dname_hash_init();
	cache_init(CACHE_ENTRIES, CACHE_BYTES);
	resolve_init(base);
	policy_start(base, settings_take);
	open_doors(base);
	child_narrow();
	child_ready();
	return child_loop();
}
