/*
 * See ports.h. Called by live.c, closed.c, shared.c and main; the kernel is believed. It reads what is written here
 * while it is written: a bit is there before the count says so, and goes after.
 */
#include <sys/mman.h>

#include <string.h>

#include "bpf/maps.h"
#include "bpf/ring.h"
#include "later.h"
#include "ports.h"
#include "sandbox.h"

#define TOGETHER	256	/* news in one go */

static struct kernel_ports	*ports;		/* NULL: the kernel does not tell */
static struct ring		*ring;
static uint32_t			 lost;		/* as far as that is known */
static uint32_t			 of_port[65536], of_socket[65536];	/* flows at each bit */
static struct ports_ops		 ops;

void
ports_open(void)
{
	struct kernel_port_news	n;

	ports = mmap(NULL, sizeof(*ports), PROT_READ | PROT_WRITE, MAP_SHARED, FD_INTERCEPT_PORTS, 0);
	if (ports == MAP_FAILED || (ring = ring_open(FD_INTERCEPT_PORT_NEWS, KERNEL_PORT_NEWS)) == NULL)
		fatal("ports of watched flows");
	memset(ports, 0, sizeof(*ports));
	while (ring_take(ring, &n, sizeof(n)))
		;
}

bool
ports_told(void)
{
	return ports != NULL;
}

static void
set(uint8_t *bits, uint16_t n)
{
	(void)__atomic_or_fetch(&bits[n / 8], (uint8_t)(1 << n % 8), __ATOMIC_SEQ_CST);
	(void)__atomic_add_fetch(&ports->count, 1, __ATOMIC_SEQ_CST);
}

static void
clear(uint8_t *bits, uint16_t n)
{
	(void)__atomic_sub_fetch(&ports->count, 1, __ATOMIC_SEQ_CST);
	(void)__atomic_and_fetch(&bits[n / 8], (uint8_t)~(1 << n % 8), __ATOMIC_SEQ_CST);
}

void
ports_watch(uint16_t port)
{
	if (ports != NULL && of_port[port]++ == 0)
		set(ports->port, port);
}

void
ports_forget(uint16_t port)
{
	if (ports != NULL && --of_port[port] == 0)
		clear(ports->port, port);
}

void
ports_watch_socket(uint64_t cookie)
{
	if (ports != NULL && of_socket[(uint16_t)cookie]++ == 0)
		set(ports->socket, (uint16_t)cookie);
}

void
ports_forget_socket(uint64_t cookie)
{
	if (ports != NULL && --of_socket[(uint16_t)cookie] == 0)
		clear(ports->socket, (uint16_t)cookie);
}

void
ports_look(void)
{
	if (ports != NULL)
		__atomic_store_n(&ports->taken, 0, __ATOMIC_SEQ_CST);
}

/* What found no room was lost while the ring was full: it is read again after that. */
static bool
read_news(void)
{
	struct kernel_port_news	n;
	unsigned		read;
	uint32_t		lost_now;
	bool			taken = false;

	for (read = 0; read < TOGETHER && ring_take(ring, &n, sizeof(n)); read++) {
		taken |= n.closed == 0;
		if (n.closed != 0)
			ops.closed(n.closed);
	}
	lost_now = __atomic_load_n(&ports->lost, __ATOMIC_SEQ_CST);
	if (lost_now != lost)
		ops.lost();
	if (taken || lost_now != lost)
		ops.taken();
	lost = lost_now;
	ops.burst_end();
	return read == TOGETHER;
}

void
ports_start(struct event_base *base, const struct ports_ops *with)
{
	static struct later	news = { .read = read_news };

	ops = *with;
	if (ring != NULL)
		later_start(&news, base, FD_INTERCEPT_PORT_NEWS);
}
