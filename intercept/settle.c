/*
 * See settle.h. Called by judge.c. policyd is believed about the flow that waited, not in what
 * the rules could not carry out; what the kernel can't keep for a flow is said packet by packet.
 */
#include <netinet/in.h>

#include "anew.h"
#include "clock.h"
#include "conntrack.h"
#include "denied.h"
#include "ends.h"
#include "judge.h"
#include "kernel.h"
#include "live.h"
#include "once.h"
#include "owner.h"
#include "packet.h"
#include "settle.h"
#include "shared.h"
#include "uses.h"
#include "watched.h"

bool
settle_denies(uint8_t action)
{
	return action == ACTION_BLOCK || action == ACTION_DROP;
}

bool
settle_valid(const struct flow *f, uint8_t action, bool permanent)
{
	const struct tuple *t = &f->tuple;

	if (action != ACTION_NAMESERVER && action != ACTION_TUNNEL)
		return true;
	if (!permanent || f->hook != DIRECTION_OUT || f->seen.direction != DIRECTION_OUT ||
	    (t->proto != IPPROTO_TCP && t->proto != IPPROTO_UDP))
		return false;
	return action == ACTION_TUNNEL || t->dport == 53;
}

enum nibble
settle_nibble(uint8_t action, uint8_t hook, bool stays)
{
	switch (action) {
	case ACTION_ACCEPT:
		if (!stays)
			return NIBBLE_ACCEPT_ONCE;
		return hook == DIRECTION_FORWARD ? NIBBLE_FORWARD : NIBBLE_ACCEPT;
	case ACTION_BLOCK:
		return stays ? NIBBLE_BLOCK : NIBBLE_BLOCK_ONCE;
	case ACTION_NAMESERVER:
		return NIBBLE_NAMESERVER;
	case ACTION_TUNNEL:
		return NIBBLE_TUNNEL;
	default:
		return stays ? NIBBLE_DROP : NIBBLE_DROP_NOW;
	}
}

/*
 * An older flow with the same tuple must have ended in the kernel before this one
 * could be new there; its end may only not have been read yet.
 */
static void
make_room(const struct tuple *t)
{
	uint32_t i;

	if (live_find(t) == LIVE_NONE)
		return;
	conntrack_drain();
	if ((i = live_find(t)) != LIVE_NONE)
		ends_forget(i);
}

/* An incoming connection's first packet found its listener: it will have a socket of its own. */
static uint64_t
own_cookie(const struct flow *f)
{
	return f->hook == DIRECTION_IN && f->tuple.proto == IPPROTO_TCP && !f->middle ? 0 : f->seen.cookie;
}

/* Puts a flow among the live ones; false at the bound. */
static bool
follow(const struct flow *f, uint8_t action)
{
	const struct sighting	*s = &f->seen;
	struct live		*l;
	uint32_t		 i;

	make_room(&f->tuple);
	if ((i = live_add(f->id, &f->tuple, own_cookie(f), s->listener_cookie)) == LIVE_NONE)
		return false;
	l = live_at(i);
	l->action = action;
	anew_seen(l, s);
	l->device = s->device;
	l->behind = s->behind;
	l->behind_guessed = s->behind_guessed;
	l->uid = s->uid;
	l->has_uid = s->has_uid;
	l->hook = f->hook;
	l->existed = f->existed;
	l->kernel = s->owner == OWNER_KERNEL;
	if (s->noted)
		l->opener = s->sender.process;
	/* The entry is older than our ears for its end. */
	l->eventless = f->existed;
	watched_begin(i);
	return true;
}

/* Before the flow passes: which socket may go on with it. */
static void
say_owner(const struct flow *f)
{
	const struct sighting *s = &f->seen;

	if (f->tuple.proto != IPPROTO_UDP || f->hook != DIRECTION_OUT)
		return;
	if (s->noted)
		kernel_owner_set(&f->tuple, s->sent_by);
	else if (s->cookie != 0 || s->owner == OWNER_KERNEL)
		kernel_owner_set(&f->tuple, s->has_uid || s->owner != OWNER_KERNEL ? s->cookie : 0);
}

/*
 * The nibble for a flow that the kernel shall carry on. At the bound TCP goes on
 * unfollowed (a new judgement cuts all such), UDP packet by packet.
 */
static enum nibble
settle_live(const struct flow *f, uint8_t action)
{
	if (follow(f, action)) {
		say_owner(f);
		return settle_nibble(action, f->hook, true);
	}
	if (!proto_is_udp(f->tuple.proto)) {
		judge_unfollowed();
		return settle_nibble(action, f->hook, true);
	}
	return action == ACTION_ACCEPT ? NIBBLE_ACCEPT_ONCE : NIBBLE_DROP_NOW;
}

/* Would an answer to it reach another's socket? */
static bool
is_shared(const struct flow *f)
{
	return f->seen.crowded ||
	    (f->seen.noted && proto_is_udp(f->tuple.proto) && shared_port(f->tuple.proto, f->tuple.sport));
}

static enum nibble
settle(const struct flow *f, uint8_t action, bool permanent)
{
	/* Where another user's packets look the same, each is asked for. */
	bool stays = permanent && tuple_can_stay(&f->tuple) && !f->seen.crowded;

	if (!settle_valid(f, action, permanent))
		return NIBBLE_DROP_NOW;
	if (settle_denies(action) && is_shared(f))
		return NIBBLE_DROP_NOW;
	/* The socket is gone: what conntrack would keep for it, nobody would delete. */
	if (f->closed && !settle_denies(action))
		return action == ACTION_ACCEPT && proto_is_udp(f->tuple.proto) ? NIBBLE_ACCEPT_ONCE :
		    NIBBLE_DROP_NOW;
	/* Its sender comes again, and then that one is asked. */
	if (!settle_denies(action) && owner_other_listener(&f->tuple, &f->seen))
		return NIBBLE_DROP_NOW;
	if (!settle_denies(action) && stays)
		return settle_live(f, action);
	return settle_nibble(action, f->hook, stays);
}

bool
settle_is_stranger(const struct tuple *t, uint8_t hook)
{
	uint32_t i;

	if (!kernel_here() || t->proto != IPPROTO_UDP || hook != DIRECTION_OUT)
		return false;
	uses_read();
	if (live_find(t) == LIVE_NONE)
		return false;
	conntrack_drain();
	return (i = live_find(t)) != LIVE_NONE && live_at(i)->hook == hook;
}

/* Redirected or not the flow stays as it began: where that is not wanted, it has to begin anew. */
static enum nibble
settle_stranger(const struct flow *f, uint8_t action, bool permanent)
{
	if (permanent && !settle_denies(action) && live_at(live_find(&f->tuple))->action == action)
		return settle(f, action, permanent);
	conntrack_delete(&f->tuple);
	return NIBBLE_DROP_NOW;
}

void
settle_flow(struct flow *f, uint8_t action, bool permanent)
{
	enum nibble	nibble = settle_is_stranger(&f->tuple, f->hook) ? settle_stranger(f, action, permanent) :
			    settle(f, action, permanent);
	/* A refusal of a packet without socket says nothing about the next one's sender. */
	bool		repeats = permanent && settle_denies(action) && !f->seen.crowded &&
			    (f->hook != DIRECTION_OUT || f->seen.cookie != 0);

	if (nibble == NIBBLE_ACCEPT_ONCE)
		once_accepted(&f->tuple, f->seen.cookie, clock_ns());
	else if (repeats)
		denied_add(&f->tuple, f->hook, f->seen.cookie, nibble, clock_ns());
	flow_answer(f, nibble);
}
