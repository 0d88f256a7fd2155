/*
 * Live flows in conntrack. Called by main, judge.c, anew.c, settle.c and uses.c. Trusts the kernel.
 *
 * An end is told for most entries, not for all: entries made before anybody
 * listened have no events, a packet that another rule drops after our verdict
 * leaves no entry, and messages can be lost. So each live flow is looked for
 * when it is some seconds old and then now and then, those without events more
 * often; a bounded number each second.
 */
#include <netinet/in.h>

#include "before.h"
#include "ends.h"
#include "flow.h"
#include "kernel.h"
#include "links.h"
#include "live.h"
#include "packet.h"
#include "queue.h"
#include "report.h"
#include "sandbox.h"
#include "sockdiag.h"
#include "uses.h"
#include "watched.h"

#define LOOKS		256	/* in conntrack, a second */
#define LOOKS_CALM	32	/* while none of them finds an end that was not told */
#define STEPS		1024	/* in the table of live flows, a second, or as many as it takes */
#define ROUND_TICKS	8	/* to see all of it in this time */
#define YOUNG_TICKS	15	/* connections that were reset are forgotten after 10 s */
#define OLD_TICKS	300

static uint32_t	cursor, tick;
static uint32_t	thorough;	/* ends were missed: seconds until all have been looked for */
static bool	found;		/* an end, by the last second's looks */

static uint32_t
u32_of(uint64_t n)
{
	return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

static bool
nibble_is_live(uint32_t mark, uint8_t *action)
{
	switch ((mark & MARK_MASK) >> MARK_SHIFT) {
	case NIBBLE_ACCEPT:
	case NIBBLE_FORWARD:
		*action = ACTION_ACCEPT;
		return true;
	case NIBBLE_NAMESERVER:
		*action = ACTION_NAMESERVER;
		return true;
	case NIBBLE_TUNNEL:
		*action = ACTION_TUNNEL;
		return true;
	default:
		return false;
	}
}

/* Not before its beginning. */
static void
tell_end(const struct live *l, const struct decide_end *e)
{
	if (!uses_keep_end(l->use, e))
		report_end(e);
}

void
ends_soon(const struct ct_entry *e, unsigned n)
{
	live_soon(&e->tuple, sizeof(*e), n);
}

void
ends_entry(const struct ct_entry *e)
{
	const struct live	*l;
	struct decide_end	 end = { 0 };
	uint32_t		 i;
	uint8_t			 action;
	bool			 in;

	uses_read();
	i = live_find(&e->tuple);
	before_end(&e->tuple);
	/* The entry of another flow with this tuple, before the live one, is no end of it. */
	if (i == LIVE_NONE || !nibble_is_live(e->mark, &action))
		return;
	l = live_at(i);
	in = l->hook == DIRECTION_IN;
	end.flow = l->id;
	end.bytes_out = in ? e->bytes_reply : e->bytes_original;
	end.bytes_in = in ? e->bytes_original : e->bytes_reply;
	end.packets_out = u32_of(in ? e->packets_reply : e->packets_original);
	end.packets_in = u32_of(in ? e->packets_original : e->packets_reply);
	tell_end(l, &end);
	live_remove(i);
}

void
ends_forget(uint32_t i)
{
	struct decide_end end = { .flow = live_at(i)->id };

	tell_end(live_at(i), &end);
	live_remove(i);
}

/* Everything is looked for again. */
void
ends_lost(void)
{
	uint32_t i;

	log_warnx("ends of connections were missed: each is looked for");
	thorough = YOUNG_TICKS + ROUND_TICKS + live_end() / LOOKS;
	for (i = 0; i < live_end(); i++)
		if (live_at(i)->id != 0) {
			live_at(i)->seen_tick = 0;
			live_at(i)->confirmed = false;
		}
}

static uint8_t
hook_of(const struct tuple *t)
{
	if (address_is_own(t->family, t->src))
		return DIRECTION_OUT;
	if (address_is_own(t->family, t->dst) || address_is_shared(t->family, t->dst))
		return DIRECTION_IN;
	return DIRECTION_FORWARD;
}

/*
 * *cookie: the socket that it was judged for. False: the kernel does not know. Its sender is asked about, as the port may be
 * another's now.
 */
static bool
adopt_owner(const struct tuple *t, uint8_t hook, uint64_t *cookie)
{
	uint64_t	owner;

	if (hook != DIRECTION_OUT || t->proto != IPPROTO_UDP || !kernel_here())
		return true;
	if (!kernel_owner(t, &owner))
		return false;
	if (owner != 0)
		*cookie = owner;
	return true;
}

/* Inside this machine it is the listener's as well; false: there is none, who listens later has to be asked about. */
static bool
adopt_listener(const struct tuple *t, uint8_t hook, struct sock *s)
{
	struct ends	ends;

	if (hook != DIRECTION_OUT || !proto_is_udp(t->proto) || !address_is_own(t->family, t->dst))
		return true;
	ends_of(t, false, LOOPBACK_INDEX, &ends);
	return sockdiag_find(&ends, s);
}

static void
on_adopted(void *ctx, const struct ct_entry *e)
{
	unsigned	*n = ctx;
	struct live	*l;
	struct sock	 s = { 0 }, listener = { 0 };
	struct ends	 ends;
	uint32_t	 i;
	uint8_t		 action, hook;

	if (!nibble_is_live(e->mark, &action) || live_find(&e->tuple) != LIVE_NONE)
		return;
	hook = hook_of(&e->tuple);
	if (hook != DIRECTION_FORWARD) {
		ends_of(&e->tuple, hook == DIRECTION_OUT, 0, &ends);
		(void)sockdiag_find(&ends, &s);
	}
	if (!adopt_listener(&e->tuple, hook, &listener) || !adopt_owner(&e->tuple, hook, &s.cookie)) {
		conntrack_delete(&e->tuple);
		return;
	}
	if ((i = live_add(flow_next_id(), &e->tuple, s.cookie, listener.cookie)) == LIVE_NONE)
		return;
	l = live_at(i);
	l->action = action;
	l->hook = hook;
	l->inode = s.inode;
	l->listener_inode = listener.inode;
	l->eventless = true;
	l->existed = before_has(&e->tuple, s.cookie);
	l->direction = l->existed ? 0 : hook;	/* its first packet made the entry */
	watched_begin(i);
	(*n)++;
}

void
ends_adopt(void)
{
	unsigned n = 0;

	if (conntrack_dump(on_adopted, &n) == -1)
		log_warn("reading connection tracking");
	conntrack_flush();
	if (n > 0)
		log_info("%u connections go on", n);
}

static void
on_stranger(void *ctx, const struct ct_entry *e)
{
	uint8_t action;

	(void)ctx;
	if (nibble_is_live(e->mark, &action) && live_find(&e->tuple) == LIVE_NONE)
		conntrack_delete(&e->tuple);
}

void
ends_strangers(void)
{
	if (conntrack_dump(on_stranger, NULL) == -1)
		log_warn("reading connection tracking");
	conntrack_flush();
}

/* Young flows may still be on their way through the other rules; old ones are looked at now and then. */
static bool
worth_a_look(struct live *l)
{
	uint32_t wait = l->confirmed && !l->eventless ? OLD_TICKS : YOUNG_TICKS;

	if (l->id == 0)
		return false;
	if (l->seen_tick == 0)
		l->seen_tick = tick;
	if (tick - l->seen_tick < wait)
		return false;
	l->seen_tick = tick;
	return true;
}

/* One that is gone may have its end told already, with its bytes. */
static void
look_at(const uint32_t *at, unsigned n)
{
	const struct tuple	*t[CONNTRACK_TOGETHER] = { NULL };
	uint64_t		 id[CONNTRACK_TOGETHER];
	bool			 missing[CONNTRACK_TOGETHER];
	unsigned		 i;

	for (i = 0; i < n; i++) {
		t[i] = &live_at(at[i])->tuple;
		id[i] = live_at(at[i])->id;
	}
	conntrack_missing(t, n, missing);
	conntrack_drain();
	for (i = 0; i < n; i++) {
		if (live_at(at[i])->id != id[i])
			continue;
		found |= missing[i];
		if (missing[i])
			ends_forget(at[i]);
		else
			live_at(at[i])->confirmed = true;
	}
}

void
ends_tick(void)
{
	uint32_t	at[CONNTRACK_TOGETHER], steps;
	unsigned	looks = 0, n = 0, most = found || thorough > 0 ? LOOKS : LOOKS_CALM;

	tick++;
	if (tick == 0)
		tick = 1;
	steps = live_end() / ROUND_TICKS;
	if (steps < STEPS)
		steps = live_end() < STEPS ? live_end() : STEPS;
	found = false;
	thorough -= thorough > 0;
	for (; steps > 0 && looks < most; steps--, cursor++) {
		if (cursor >= live_end())
			cursor = 0;
		if (!worth_a_look(live_at(cursor)))
			continue;
		looks++;
		at[n++] = cursor;
		if (n == CONNTRACK_TOGETHER) {
			look_at(at, n);
			n = 0;
		}
	}
	if (n > 0)
		look_at(at, n);
}
