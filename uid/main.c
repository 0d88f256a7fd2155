/*
 * uid: tells people what the suite does. It holds the reading socket and one
 * channel to policyd; it decides nothing and can steer nothing.
 */
#include <sys/random.h>

#include <grp.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "front.h"
#include "hub.h"
#include "sandbox.h"
#include "shared/help.h"

static int
on_peer(void *ctx, enum channel_name name, uint32_t generation, int fd)
{
	struct hub **hub = ctx;

	return name == CHANNEL_UI ? hub_attach(*hub, fd, generation) : -1;
}

/* By the file itself: the name service would load code and open sockets. */
static gid_t
find_group(const char *name)
{
	FILE		*file = fopen("/etc/group", "re");
	struct group	*group;
	gid_t		 gid = (gid_t)-1;

	if (file == NULL)
		return gid;
	while (gid == (gid_t)-1 && (group = fgetgrent(file)) != NULL)
		if (strcmp(group->gr_name, name) == 0)
			gid = group->gr_gid;
	(void)fclose(file);
	return gid;
}

/* The JSON library seeds its tables when first used, from files that will be out of reach. */
static void
seed_json(void)
{
	size_t	seed;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		fatal("getrandom");
	json_object_seed(seed | 1);
}

static const struct help	help = { "uid", "",
	"Tells people what the suite does and why; bulwarkctl asks it.\n"
	"Part of the Bulwark application firewall: bulwarkd starts it, by hand it is of no use.\n" };

int
main(int argc, char *argv[])
{
	static const struct child_ops	 ops = { .peer = on_peer };
	static struct hub		*hub;
	struct event_base		*base;
	struct front			*front;

	help_alone(argc, argv, &help);
	base = child_start("uid", &ops, &hub);
	seed_json();
	front = front_new(base, FD_UI_LISTEN, find_group("bulwark"));
	hub = hub_new(base, &front_hub_ops, front);
	front_set_hub(front, hub);
	child_narrow();
	child_ready();
	return child_loop();
}
