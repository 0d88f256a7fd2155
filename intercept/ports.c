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

#define TOGETHER	(KERNEL_PORT_NEWS / (sizeof(struct kernel_port_news) + 8))	/* all that the ring holds */

static struct kernel_ports	*ports;		/* NULL: the kernel does not tell */
static struct ring		*ring;
static uint32_t			 flows[65536];	/* at each */
static void			(*on_closing)(void), (*on_taken)(void);

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
say(uint16_t port, bool watched)
{
	uint8_t	bit = (uint8_t)(1 << port % 8);

	if (ports == NULL)
		return;
	if (watched) {
		(void)__atomic_or_fetch(&ports->bit[port / 8], bit, __ATOMIC_SEQ_CST);
		(void)__atomic_add_fetch(&ports->count, 1, __ATOMIC_SEQ_CST);
	} else {
		(void)__atomic_sub_fetch(&ports->count, 1, __ATOMIC_SEQ_CST);
		(void)__atomic_and_fetch(&ports->bit[port / 8], (uint8_t)~bit, __ATOMIC_SEQ_CST);
	}
}

void
ports_watch(uint16_t port)
{
	if (flows[port]++ == 0)
		say(port, true);
}

void
ports_forget(uint16_t port)
{
	if (--flows[port] == 0)
		say(port, false);
}

/* What found no room came while the ring was full. */
static bool
read_news(void)
{
	struct kernel_port_news	n;
	unsigned		read, closing = 0;
	bool			lost;

	for (read = 0; read < TOGETHER && ring_take(ring, &n, sizeof(n)); read++)
		closing += n.closed != 0;
	lost = read > TOGETHER / 2;
	if (closing > 0 || lost)
		on_closing();
	if (read > closing || lost)
		on_taken();
	return false;
}

void
ports_start(struct event_base *base, void (*closing)(void), void (*taken)(void))
{
	static struct later	news = { .read = read_news };

	on_closing = closing;
	on_taken = taken;
	if (ring != NULL)
		later_start(&news, base, FD_INTERCEPT_PORT_NEWS);
}
