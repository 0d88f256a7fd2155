/*
 * See watched.h. Called by settle.c, ends.c, and through main by closed.c, ports.c and shared.c. The kernel
 * is believed.
 */
#include <netinet/in.h>

#include "clock.h"
#include "closed.h"
#include "conntrack.h"
#include "flow.h"
#include "kernel.h"
#include "late.h"
#include "links.h"
#include "live.h"
#include "packet.h"
#include "sandbox.h"
#include "shared.h"
#include "sockdiag.h"
#include "uses.h"
#include "watched.h"

#define COSTS	20	/* a look at each is repeated after this many times its length */

static int64_t	next_ns;
static bool	missed;		/* some were since */

/* Does the kernel compare who sends its packets? */
static bool
is_compared(const struct live *l)
{
	return kernel_here() && l->tuple.proto == IPPROTO_UDP && l->hook == DIRECTION_OUT && l->listener == 0;
}

void
watched_begin(uint32_t i)
{
	if (!proto_is_udp(live_at(i)->tuple.proto) || is_compared(live_at(i)))
		return;
	live_watch(i);
	shared_watch();
	closed_hurry();
}

void
watched_closed(uint64_t cookie)
{
	struct flow	*f;
	uint32_t	 i;

	uses_read();
	for (i = live_of_cookie(cookie, LIVE_NONE); i != LIVE_NONE; i = live_of_cookie(cookie, i))
		if (is_compared(live_at(i)))
			late_add(i);
		else if (proto_is_udp(live_at(i)->tuple.proto))
			conntrack_delete(&live_at(i)->tuple);
	for (i = live_of_listener(cookie, LIVE_NONE); i != LIVE_NONE; i = live_of_listener(cookie, i))
		if (proto_is_udp(live_at(i)->tuple.proto))
			conntrack_delete(&live_at(i)->tuple);
	for (f = flow_of_cookie(cookie, NULL); f != NULL; f = flow_of_cookie(cookie, f))
		f->closed = true;
}

/* The port of one of its ends here is one that became shared. */
static bool
port_is_shared_now(const struct live *l)
{
	return shared_newly(l->hook == DIRECTION_OUT ? l->tuple.sport : l->tuple.dport) ||
	    (l->listener != 0 && shared_newly(l->tuple.dport));
}

/* Of flows whose port is shared now, the next packet is asked for. */
void
watched_shared(void)
{
	const struct live	*l;
	uint32_t		 i;

	for (i = 0; i < live_end(); i++) {
		l = live_at(i);
		if (l->id != 0 && proto_is_udp(l->tuple.proto) && l->hook != DIRECTION_FORWARD &&
		    port_is_shared_now(l))
			conntrack_delete(&l->tuple);
	}
	conntrack_flush();
}

/* Is the socket with this cookie (0: none was there) still at that end of a UDP flow? */
static bool
still_open(const struct tuple *t, bool at_source, uint32_t device, uint64_t cookie)
{
	struct ends	e;
	struct sock	s;

	if (cookie == 0 || !proto_is_udp(t->proto))
		return true;
	ends_of(t, at_source, device, &e);
	return sockdiag_find(&e, &s) && s.cookie == cookie;
}

static void
look_for_each(void)
{
	const struct live	*l;
	struct flow		*f;
	uint32_t		 i;

	uses_read();
	for (i = 0; i < live_end(); i++) {
		l = live_at(i);
		if (l->id != 0 && l->watched &&
		    (!still_open(&l->tuple, l->hook == DIRECTION_OUT, l->device, l->cookie) ||
		    !still_open(&l->tuple, false, LOOPBACK_INDEX, l->listener)))
			conntrack_delete(&l->tuple);
	}
	for (f = flow_oldest(); f != NULL; f = flow_newer(f))
		f->closed |=
		    !still_open(&f->tuple, f->hook == DIRECTION_OUT, f->seen.device, f->seen.cookie) ||
		    !still_open(&f->tuple, false, LOOPBACK_INDEX, f->seen.listener_cookie);
	conntrack_flush();
}

void
watched_lost(void)
{
	static struct log_rate	rate;
	int64_t			begin = clock_ns(), end;

	missed = begin < next_ns;
	if (missed)
		return;
	if (log_rate_ok(&rate, 2))
		log_warnx("closed sockets were missed: each is looked for");
	look_for_each();
	end = clock_ns();
	next_ns = end + (end - begin) * COSTS;
}

void
watched_tick(void)
{
	if (missed)
		watched_lost();
}
