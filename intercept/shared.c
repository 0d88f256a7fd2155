/*
 * See shared.h. Called by owner.c and judge.c. Programs choose how many sockets
 * there are; a look costs at most a twentieth of the time.
 */
#include <string.h>
#include <time.h>

#include <event2/event.h>

#include "live.h"
#include "sandbox.h"
#include "shared.h"
#include "sockdiag.h"

#define EVERY_NS	50000000
#define COSTS		20	/* a look is repeated after this many times its length */
#define DEAR_NS		1000000
#define PORTS		65536

static uint8_t		 used[PORTS / 8], now[PORTS / 8], before[PORTS / 8];
static int64_t		 next_ns, walk_ns;	/* walk_ns: length of the last walk through all sockets */
static struct event	*again;
static void		(*on_newly)(void);

static int64_t
clock_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static bool
is_set(const uint8_t *ports, uint16_t port)
{
	return (ports[port / 8] & 1u << port % 8) != 0;
}

/* Whose addresses they are bound to does not matter here: who judges looks closer. */
static void
on_port(uint16_t port)
{
	uint8_t	*seen = is_set(used, port) ? now : used;

	seen[port / 8] = (uint8_t)(seen[port / 8] | 1u << port % 8);
}

/* If the kernel does not answer, what was known stays known. */
static void
look(void)
{
	int64_t	begin = clock_ns(), end;

	memset(used, 0, sizeof(used));
	memcpy(before, now, sizeof(before));
	memset(now, 0, sizeof(now));
	if (sockdiag_udp_ports(on_port) == -1)
		for (unsigned i = 0; i < sizeof(now); i++)
			now[i] = (uint8_t)(now[i] | before[i]);
	walk_ns = clock_ns() - begin;
	for (unsigned i = 0; i < sizeof(now); i++)
		if ((now[i] & ~before[i]) != 0) {
			on_newly();
			break;
		}
	end = clock_ns();
	next_ns = end + ((end - begin) * COSTS > EVERY_NS ? (end - begin) * COSTS : EVERY_NS);
}

static void
look_if_due(void)
{
	if (clock_ns() >= next_ns)
		look();
}

bool
shared_port(uint16_t port)
{
	look_if_due();
	return is_set(now, port);
}

bool
shared_dear(void)
{
	look_if_due();
	return walk_ns > DEAR_NS;
}

bool
shared_newly(uint16_t port)
{
	return is_set(now, port) && !is_set(before, port);
}

void
shared_watch(void)
{
	int64_t		wait = next_ns - clock_ns();
	struct timeval	t = { .tv_usec = wait > 0 ? wait % 1000000000 / 1000 : 0 };

	if (!event_pending(again, EV_TIMEOUT, NULL))
		(void)event_add(again, &t);
}

static void
on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	look_if_due();
	if (live_udp_count() > 0)
		shared_watch();
}

void
shared_start(struct event_base *base, void (*newly)(void))
{
	on_newly = newly;
	if ((again = event_new(base, -1, 0, on_again, NULL)) == NULL)
		fatalx("no event for shared ports");
}
