/*
 * intercept: takes packets from the kernel's queues, finds out whose they are,
 * has policyd decide and tells the kernel. Here is its start, in order; see
 * judge.c for a packet's way.
 */
#include <sys/random.h>

#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "anew.h"
#include "before.h"
#include "below.h"
#include "closed.h"
#include "conntrack.h"
#include "decide_client.h"
#include "ends.h"
#include "judge.h"
#include "kernel.h"
#include "lent.h"
#include "links.h"
#include "namespaces.h"
#include "netlink.h"
#include "packet.h"
#include "ports.h"
#include "queue.h"
#include "refusals.h"
#include "report.h"
#include "sandbox.h"
#include "shared.h"
#include "shared/help.h"
#include "sockdiag.h"
#include "uses.h"
#include "watch.h"
#include "watched.h"
#include "who_client.h"
#include "whose.h"

static struct event_base	*base;
static bool			 tells_closed;	/* the kernel tells of closed sockets */

static void
on_links(const struct decide_links *l)
{
	static struct decide_links before;

	/* The kernel's grants are for addresses of this machine, and not to such. */
	if (memcmp(&before, l, sizeof(before)) != 0)
		uses_void();
	before = *l;
	decide_client_links(l);
	namespaces_ask_soon();
}

static void
on_tick(void *ctx)
{
	(void)ctx;
	shared_tick();
	if (!decide_client_ready())
		return;
	kernel_renew();
	judge_tick();
	below_tick();
	closed_tick();
	watched_tick();
	ends_tick();
	report_stats();
	if (decide_client_links_due())
		decide_client_links(links_now());
}

static const struct ports_ops on_ports = { watched_closed, shared_watch, watched_lost, judge_burst_end };

/* From now on there is somebody to decide: packets are read. */
static void
serve(void)
{
	report_start(base);
	namespaces_start(base);
	conntrack_start(base, ends_soon, ends_entry, ends_lost);
	if (tells_closed)
		closed_start(base, watched_closed, judge_burst_end, watched_lost);
	shared_start(base, watched_shared);
	ports_start(base, &on_ports);
	links_start(base, on_links);
	uses_start(base);
	below_start(base);
	kernel_renew();
	queue_start(base, judge_packet, judge_queue_end);
}

static int
on_peer(void *ctx, enum channel_name name, uint32_t generation, int fd)
{
	bool first = !decide_client_ready();

	(void)ctx;
	if (name == CHANNEL_WHO)
		return who_client_attach(base, fd, generation, &whose_ops);
	if (name != CHANNEL_DECIDE ||
	    decide_client_attach(base, fd, generation, &decide_judge) == -1)
		return -1;
	if (first)
		serve();
	else
		decide_client_links(links_now());
	report_stats();
	/* policyd does not know what the kernel carries already. */
	anew_introduce();
	judge_burst_end();
	return 0;
}

static void
on_stop(void *ctx)
{
	(void)ctx;
	kernel_stop();
	uses_read();
	report_flush();
}

static void
seed_hash(void)
{
	uint64_t secret;

	if (getrandom(&secret, sizeof(secret), 0) != sizeof(secret))
		fatal("getrandom");
	tuple_hash_seed(secret);
}

static const struct help	help = { "intercept", "",
	"Takes packets from the kernel's queues and carries verdicts back.\n"
	"Part of the Bulwark application firewall: bulwarkd starts it, by hand it is of no use.\n" };

int
main(int argc, char *argv[])
{
	static const struct child_ops ops = { .peer = on_peer, .tick = on_tick, .stop = on_stop };

	help_alone(argc, argv, &help);
	base = child_start("intercept", &ops, NULL);
	seed_hash();
	queue_open();
	sockdiag_open();
	conntrack_open();
	tells_closed = closed_open();
	links_open();
	watch_open();
	before_load(FD_INTERCEPT_EXISTING);
	(void)close(FD_INTERCEPT_EXISTING);
	if (kernel_open(FD_INTERCEPT_CONTROL, FD_INTERCEPT_OWNERS)) {
		lent_open();
		refusals_open();
		uses_open();
		ports_open();
	}
	below_open(kernel_here());
	ends_adopt();
	child_narrow();
	watch_start(base);
	child_ready();
	return child_loop();
}
