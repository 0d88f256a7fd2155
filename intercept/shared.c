/*
 * See shared.h. Called by owner.c, settle.c, judge.c, watched.c, ports.c through main, and main. Programs choose how many sockets
 * there are; a look costs at most a twentieth of the time.
 */
#include <netinet/in.h>

#include <string.h>

#include <event2/event.h>

#include "clock.h"
#include "live.h"
#include "ports.h"
#include "sandbox.h"
#include "shared.h"
#include "sockdiag.h"

#define EVERY_NS	50000000
#define COSTS		20	/* a look is repeated after this many times its length */
#define DEAR_NS		1000000
#define PORTS		65536

/* What the last look in which it was seen found at a port, and the look before that. */
struct port {
	uint32_t	look;
	uint32_t	sockets;
	uint32_t	sum, sum_before;	/* of hashed cookies: changes with who is there */
};

static struct table {
	uint8_t		proto;
	bool		blind;		/* the kernel did not say: every port may be shared */
	uint32_t	looks;
	int64_t		next_ns, walk_ns;	/* walk_ns: length of the last walk through all sockets */
	struct port	port[PORTS];
}			 udp = { .proto = IPPROTO_UDP }, tcp = { .proto = IPPROTO_TCP };
static uint16_t		 several[PORTS];	/* UDP ports of this look with more than one */
static unsigned		 severals;
static struct event	*again;
static bool		 twice;		/* news came: who is about to take a port may not have it at the next look */
static void		(*on_newly)(void);

/* Cookies are counted up: of plain ones another pair may have the same sum. */
static uint32_t
hash_of(uint64_t cookie)
{
	uint64_t	h = cookie * 0x9e3779b97f4a7c15u;

	h = (h ^ h >> 32) * 0xd6e8feb86659fd93u;
	return (uint32_t)(h >> 32);
}

static struct table *
table_of(uint8_t proto)
{
	return proto == IPPROTO_TCP ? &tcp : &udp;
}

/* Whose addresses they are bound to does not matter here: who judges looks closer. */
static void
on_port(uint8_t proto, uint16_t port, uint64_t cookie)
{
	struct table	*t = table_of(proto);
	struct port	*p = &t->port[port];

	if (p->look != t->looks) {
		p->sum_before = p->look == t->looks - 1 ? p->sum : 0;
		p->look = t->looks;
		p->sockets = 0;
		p->sum = 0;
	}
	p->sum += hash_of(cookie);
	if (++p->sockets == 2 && proto == IPPROTO_UDP)
		several[severals++] = port;
}

static bool
any_newly(void)
{
	for (unsigned i = 0; i < severals; i++)
		if (shared_newly(several[i]))
			return true;
	return false;
}

static void
look(struct table *t)
{
	int64_t	begin = clock_ns(), end;

	t->looks++;
	if (t == &udp) {
		severals = 0;
		ports_look();
	}
	t->blind = sockdiag_ports(t->proto, on_port) == -1;
	t->walk_ns = clock_ns() - begin;
	if (t == &udp && any_newly())
		on_newly();
	end = clock_ns();
	t->next_ns = end + ((end - begin) * COSTS > EVERY_NS ? (end - begin) * COSTS : EVERY_NS);
}

static bool
look_if_due(struct table *t)
{
	bool	due = clock_ns() >= t->next_ns;

	if (due)
		look(t);
	return due;
}

bool
shared_port(uint8_t proto, uint16_t port)
{
	struct table		*t = table_of(proto);
	const struct port	*p = &t->port[port];

	if (proto != IPPROTO_TCP && proto != IPPROTO_UDP)	/* nobody looks */
		return true;
	(void)look_if_due(t);
	return t->blind || (p->look == t->looks && p->sockets > 1);
}

bool
shared_dear(void)
{
	(void)look_if_due(&udp);
	return udp.walk_ns > DEAR_NS;
}

bool
shared_newly(uint16_t port)
{
	const struct port	*p = &udp.port[port];

	return p->look == udp.looks && p->sockets > 1 && p->sum != p->sum_before;
}

static void
look_in(int64_t ns)
{
	struct timeval	t = { .tv_sec = ns / 1000000000, .tv_usec = ns % 1000000000 / 1000 };

	(void)event_add(again, &t);
}

static void
look_soon(void)
{
	int64_t	wait = udp.next_ns - clock_ns();

	look_in(wait > 0 ? wait : 0);
}

void
shared_watch(void)
{
	twice = true;
	if (again != NULL)
		look_soon();
}

/* One that is not due yet comes too early by the clock of events, or after another look. */
static void
on_again(evutil_socket_t fd, short what, void *arg)
{
	bool	looked = look_if_due(&udp);

	(void)fd;
	(void)what;
	(void)arg;
	if (live_watched() == 0 || (looked && ports_told() && !twice))
		return;
	twice &= !looked;
	look_soon();
}

/* The kernel tells who takes a port, but not of those outside its cgroup. */
void
shared_tick(void)
{
	if (again != NULL && live_watched() > 0 && ports_told())
		(void)look_if_due(&udp);
}

void
shared_start(struct event_base *base, void (*newly)(void))
{
	on_newly = newly;
	if ((again = event_new(base, -1, 0, on_again, NULL)) == NULL)
		fatalx("no event for shared ports");
	if (live_watched() > 0)
		shared_watch();
}
