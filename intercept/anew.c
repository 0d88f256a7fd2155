/*
 * Judging live flows anew. Called by judge.c, uses.c and main; trusts them. A flow whose
 * owner cannot be found any more, or whose verdict changed, is ended: its socket
 * first (so that the other side hears of it while the flow still passes), then
 * its conntrack entry. NAT is settled with the first packet, so a change to or
 * from nameserver or tunnel ends the flow too; the program comes again.
 *
 * Without whod nobody can say whose a flow is: it goes on until a fresh one is asked. A whod that
 * is there and does not answer ends it.
 */
#include <netinet/in.h>

#include <string.h>

#include "anew.h"
#include "clock.h"
#include "conntrack.h"
#include "decide_client.h"
#include "ends.h"
#include "links.h"
#include "live.h"
#include "owner.h"
#include "report.h"
#include "sandbox.h"
#include "sockdiag.h"
#include "who_client.h"
#include "whose.h"

#define AT_A_TIME	64	/* that wait for whod or policyd */
#define OF_A_SOCKET	DECIDE_AGAIN_MAX /* the same, of a socket that another program got: it may be using it by now */
#define SHARED		64	/* such sockets, for which the flows are walked through together */

static uint32_t	cursor = LIVE_NONE;	/* next to be asked; LIVE_NONE: done */
static bool	once_more;		/* from the beginning, after the last one */
static uint32_t	put_off = LIVE_NONE;	/* the first of those that wait for a fresh whod; LIVE_NONE: none do */
static unsigned	asked;			/* wait now */
static uint32_t	shared[SHARED];		/* sockets whose flows are asked for next */
static unsigned	shared_count;

void
anew_all(void)
{
	once_more = cursor != LIVE_NONE && cursor > 0;
	if (cursor == LIVE_NONE && live_count() > 0)
		cursor = 0;
}

void
anew_introduce(void)
{
	uint32_t i;

	for (i = 0; i < live_end(); i++)
		live_at(i)->untold = live_at(i)->existed;
	anew_all();
}

bool
anew_busy(void)
{
	return cursor != LIVE_NONE;
}

/*
 * conntrack does not say by which interface a flow came that was taken over: by the one by which its
 * answers go. They reach whoever began a TCP connection; a datagram anybody may have sent. At a bridge
 * neighbours can have changed where they go.
 */
static void
find_device(struct live *l)
{
	const struct link	*link;
	uint8_t			 hardware[6];

	l->device = l->behind = link_towards(l->tuple.family, l->tuple.src);
	l->behind_guessed = l->tuple.proto != IPPROTO_TCP;
	link = link_by_index(l->device);
	if (link == NULL || !link->bridge)
		return;
	l->behind_guessed = true;
	if (link_neighbour(l->device, l->tuple.family, l->tuple.src, hardware))
		l->behind = bridge_port(l->device, hardware);
}

static void
meeting_of_live(const struct live *l, struct meeting *m)
{
	memset(m, 0, sizeof(*m));
	m->tuple = l->tuple;
	m->hook = l->hook;
	m->has_uid = l->has_uid;
	m->uid = l->uid;
	m->device = l->device;
	m->port = l->behind;
	m->port_guessed = l->behind_guessed;
	m->kernel = l->kernel;
	m->began = l->direction;
	m->of_program = l->of_program;
}

/* False when its socket is gone, or was closed by its program, or another has its place. */
static bool
owned(const struct live *l, const struct sighting *s)
{
	return s->has_socket && (s->owner != OWNER_UNKNOWN || s->strangers) &&
	    (l->cookie == 0 || s->cookie == l->cookie);
}

/* Looks whose it is by now. */
static bool
socket_gone(const struct live *l, struct sighting *s)
{
	struct meeting m;

	meeting_of_live(l, &m);
	owner_look(&m, s);
	return !l->kernel && l->hook != DIRECTION_FORWARD && !owned(l, s);
}

static void
wait_for_whod(uint32_t i)
{
	if (i < put_off)	/* LIVE_NONE is the highest */
		put_off = i;
}

/*
 * Does what waits already, with this tuple, say what becomes of it? A SYN in its place does; but a UDP packet may be another
 * socket's, and one that is judged anew may be what was followed here before.
 */
static bool
decides(const struct flow *f, const struct live *l)
{
	return f->again ? f->id == l->id : l->tuple.proto == IPPROTO_TCP;
}

static void
ask(uint32_t i)
{
	struct live	*l = live_at(i);
	struct sighting	 s;
	struct flow	*f;

	if ((f = flow_find(&l->tuple, l->hook)) != NULL) {
		if (!decides(f, l)) {
			conntrack_delete(&l->tuple);
			ends_forget(i);
		}
		return;
	}
	if (!who_client_there() && l->hook != DIRECTION_FORWARD) {
		wait_for_whod(i);
		return;
	}
	if (l->hook == DIRECTION_FORWARD && l->device == 0)
		find_device(l);
	if (socket_gone(l, &s)) {
		conntrack_delete(&l->tuple);
		return;
	}
	f = flow_new(l->id, &l->tuple, l->hook, 0, clock_ns(), NULL);
	if (f == NULL) {
		conntrack_delete(&l->tuple);
		return;
	}
	flow_seen(f, &s);
	f->again = true;
	f->existed = l->existed;
	f->introduced = l->untold;
	f->live = i;
	asked++;
	whose_begin(f);
}

static void
go_through(void)
{
	while (cursor != LIVE_NONE && asked < AT_A_TIME) {
		if (cursor >= live_end()) {
			cursor = once_more ? 0 : LIVE_NONE;
			once_more = false;
			continue;
		}
		if (live_at(cursor)->id != 0)
			ask(cursor);
		cursor++;
	}
}

/* False: there is no room, so all are asked in their turn. */
static bool
ask_or_all(uint32_t i, unsigned most)
{
	if (asked >= most) {
		anew_all();
		return false;
	}
	ask(i);
	return true;
}

void
anew_one(uint32_t i)
{
	(void)ask_or_all(i, AT_A_TIME);
}

void
anew_socket(uint32_t inode)
{
	if (inode == 0)
		return;
	if (shared_count == SHARED)
		anew_all();
	else
		shared[shared_count++] = inode;
}

void
anew_seen(struct live *l, const struct sighting *s)
{
	if (l->direction == 0)
		l->direction = s->direction;
	l->of_program = s->owner == OWNER_PROCESS;
	l->inode = s->inodes > 0 ? s->inode[0] : 0;
	l->listener_inode = s->listener_inodes > 0 ? s->listener_inode[0] : 0;
	l->of_several = s->inodes > 1 || s->listener_inodes > 1;
}

static bool
is_of_shared(const struct live *l)
{
	unsigned i;

	for (i = 0; i < shared_count && shared[i] != l->inode && shared[i] != l->listener_inode; i++)
		continue;
	return i < shared_count || (l->of_several && shared_count > 0);
}

static void
go_through_shared(void)
{
	uint32_t i;

	for (i = 0; shared_count > 0 && i < live_end(); i++)
		if (live_at(i)->id != 0 && is_of_shared(live_at(i)) && !ask_or_all(i, OF_A_SOCKET))
			break;
	shared_count = 0;
}

void
anew_go_on(void)
{
	go_through_shared();
	go_through();
}

/* The live flow of a waiting one, unless it ended meanwhile. */
static struct live *
live_of(const struct flow *f)
{
	struct live *l = live_at(f->live);

	return l->id == f->id ? l : NULL;
}

static void
end_socket(const struct flow *f, const struct live *l)
{
	struct ends	e;
	struct sock	s;

	if (l->hook == DIRECTION_FORWARD || f->seen.cookie == 0)
		return;
	ends_of(&l->tuple, l->hook == DIRECTION_OUT, 0, &e);
	e.device = l->device;
	/* An unconnected UDP socket serves others too: its next packet is asked for. */
	if (!sockdiag_find(&e, &s) || s.cookie != f->seen.cookie || s.state == SOCK_LISTEN ||
	    (l->tuple.proto != IPPROTO_TCP && s.state != SOCK_CONNECTED))
		return;
	if (sockdiag_destroy(&e, s.cookie) == -1)
		log_warn("ending a connection's socket");
}

void
anew_put_off(const struct flow *f)
{
	asked--;
	if (live_of(f) != NULL)
		wait_for_whod(f->live);
}

bool
anew_gone(const struct flow *f)
{
	const struct live	*l = live_of(f);
	struct sighting		 s;

	if (l == NULL || !socket_gone(l, &s))
		return false;
	asked--;
	conntrack_delete(&l->tuple);
	return true;
}

void
anew_resume(void)
{
	if (put_off < cursor)
		cursor = put_off;
	put_off = LIVE_NONE;
	anew_go_on();
}

void
anew_end(struct flow *f, uint8_t is, uint32_t reason)
{
	struct live			*l = live_of(f);
	struct decide_judged_anew	 j = { .flow = f->id, .is = is, .reason = reason };

	asked--;
	if (l == NULL)
		return;
	j.was = l->action;
	if (l->tuple.proto == IPPROTO_TCP || is == ACTION_BLOCK || is == ACTION_DROP)
		end_socket(f, l);
	conntrack_delete(&l->tuple);
	if (f->introduced && reason != 0)
		return;		/* told as a new one */
	if (decide_client_judged_anew(&j) == -1)
		report_shed(1);
}

void
anew_verdict(struct flow *f, const struct decide_verdict *v)
{
	struct live *l = live_of(f);

	if (l != NULL)
		l->untold = false;
	if (l != NULL && v->permanent && v->action == l->action) {
		anew_seen(l, &f->seen);
		asked--;
		return;
	}
	anew_end(f, v->action, v->reason);
}
