/*
 * A flow's way from its first packet to its verdict. Called by the loop through
 * queue.c and decide_client.c, and by whose.c. The packets are hostile; policyd is
 * believed only about flows that wait here, and only within what the kernel's
 * rules can carry out (settle.h).
 *
 *	packet -> malformed? -> answer to an accepted one? -> waits already?
 *	-> who sent it (the kernel's note), else: whose socket? -> refused a moment ago? -> who holds it? (whod)
 *	-> grant? -> request to policyd -> verdict -> mark for the kernel
 *
 * Whatever goes wrong on this way ends in a drop.
 */
#include <netinet/in.h>

#include <string.h>

#include "anew.h"
#include "before.h"
#include "below.h"
#include "callers.h"
#include "channel.h"
#include "clock.h"
#include "conntrack.h"
#include "denied.h"
#include "ends.h"
#include "grant.h"
#include "judge.h"
#include "kernel.h"
#include "late.h"
#include "lend.h"
#include "lent.h"
#include "links.h"
#include "live.h"
#include "marks.h"
#include "once.h"
#include "packet.h"
#include "refusals.h"
#include "report.h"
#include "sandbox.h"
#include "settle.h"
#include "shared.h"
#include "subject.h"
#include "uses.h"
#include "whose.h"

#define WHO_WAIT_MS	5000	/* for whod; then dropped */
#define TRIES_MAX	3	/* verdicts of an older generation for one packet that waits; then dropped */
#define LIVES_TRIES_MAX	16	/* for a flow that lives; then ended */

static uint32_t	generation;	/* policyd's, that grants belong to */
static bool	unfollowed;	/* the kernel carries flows that live.c had no room for */

void
judge_unfollowed(void)
{
	unfollowed = true;
}

void
judge_refuse(struct flow *f)
{
	if (f->again)
		anew_end(f, ACTION_DROP, 0);
	flow_answer(f, NIBBLE_DROP_NOW);
}

/* Does the flow end at a server of the suite itself? */
static bool
at_our_door(const struct tuple *t, uint8_t action)
{
	return action == ACTION_NAMESERVER || action == ACTION_TUNNEL || is_door(t);
}

/* Those servers serve a flow as its program's: one that has none, or several, is not let to them. */
static bool
lacks_client(const struct flow *f, uint8_t action)
{
	return !settle_denies(action) && f->hook == DIRECTION_OUT && at_our_door(&f->tuple, action) &&
	    (f->seen.holders != 1 || f->seen.cookie == 0);
}

/*
 * Refusals speak of a process and an address, not of a socket: what comes in by UDP is answered there, and what is
 * permitted for one flow alone goes on.
 */
static void
note_passing(const struct flow *f, uint8_t action, bool to_all)
{
	const struct tuple *t = &f->tuple;

	if (t->proto != IPPROTO_UDP || settle_denies(action))
		return;
	if (f->hook == DIRECTION_IN)
		refusals_pass(t->family, t->src, t->sport);
	else if (!to_all || f->seen.direction != DIRECTION_OUT)
		refusals_pass(t->family, t->dst, t->dport);
}

static void
use_grant(struct flow *f, const struct grant *g)
{
	struct decide_use u = { .flow = f->id, .direction = f->seen.direction, .action = g->action,
				.process = g->process, .reason = g->reason };

	owner_judged(&f->tuple, &f->seen, &u.tuple);
	u.latency_us = (uint32_t)((clock_ns() - f->since_ns) / 1000);
	note_passing(f, g->action, true);
	settle_flow(f, g->action, true);
	report_use(&u);
}

static void
request(struct flow *f)
{
	const struct sighting	*s = &f->seen;
	struct decide_request	 r = {
		.flow = f->id,
		.direction = s->direction,
		.owner = s->owner,
		.holders = s->holders,
		.alone = s->alone,
		.existed = f->existed,
		.again = f->again && !f->introduced,
		.middle = f->middle,
		.has_socket = s->has_socket,
		.socket_uid = s->socket_uid,
		.since_us = (uint64_t)f->since_ns / 1000,
		.has_listener = s->has_listener,
		.listener_unknown = s->listener_unknown || s->listeners_lost,
		.listeners = s->listener_unknown || s->listeners_lost ? 0 : s->listeners,
		.listener_uid = s->listener_uid,
	};

	owner_judged(&f->tuple, s, &r.tuple);
	memcpy(r.holder, s->holder, s->holders * sizeof(r.holder[0]));
	memcpy(r.listener, s->listener, s->listeners * sizeof(r.listener[0]));
	link_name(s->device, r.device);
	f->state = FLOW_ASKS_POLICY;
	if (decide_client_request(&r) == -1)
		judge_refuse(f);
}

void
judge_settled(struct flow *f)
{
	const struct grant	*g;
	struct grant		 key;

	if (lend_key(f, &key) && (g = grant_find(&key)) != NULL)
		use_grant(f, g);
	else
		request(f);
}

static void
meeting_of(const struct queued *q, const struct packet *p, struct meeting *m)
{
	memset(m, 0, sizeof(*m));
	m->tuple = p->tuple;
	m->hook = q->direction;
	m->tcp_flags = p->tcp_flags;
	m->has_uid = q->has_uid;
	m->uid = q->uid;
	m->device = q->direction == DIRECTION_OUT ? q->device_out : q->device_in;
	m->port = q->device_port;
	m->has_hardware = q->has_hardware;
	memcpy(m->hardware, q->hardware, sizeof(m->hardware));
}

/* Answers to packets accepted one by one, and their way through the loopback device. */
static bool
passes_once(const struct queued *q, const struct meeting *m, int64_t now)
{
	uint64_t cookie;

	if (q->direction == DIRECTION_IN && q->device_in == LOOPBACK_INDEX &&
	    once_same(&m->tuple, now))
		return true;
	if (!once_answers(&m->tuple, now, &cookie))
		return false;
	if (q->direction == DIRECTION_OUT && proto_is_udp(m->tuple.proto) &&
	    shared_port(m->tuple.proto, m->tuple.sport))
		return false;
	/* What the kernel answers (ICMP) is no program's: that would be a raw socket's. */
	if (q->direction == DIRECTION_OUT && cookie == 0 && m->has_uid)
		return false;
	return q->direction == DIRECTION_FORWARD || owner_cookie(m) == cookie;
}

/* Of what a raw socket writes nothing else tells whose it is. */
static bool
by_same_socket(const struct flow *f, const struct meeting *m)
{
	return !f->seen.noted || (!m->mixed && (m->note == NULL || m->note->cookie == f->seen.sent_by));
}

static void
join(struct flow *f, const struct queued *q, const struct meeting *m)
{
	if (f->packets == 0)
		f->subject = subject_of(q, &m->tuple);
	/* Another socket with the same tuple: another program, perhaps. */
	if (owner_cookie(m) == f->seen.cookie && m->has_uid == f->seen.has_uid &&
	    m->uid == f->seen.uid && by_same_socket(f, m) && flow_hold(f, &q->held))
		return;
	judge_counters.shed_waiting++;
	queue_answer(&q->held, NIBBLE_DROP_NOW);
}

static void
malformed(const struct queued *q, enum packet_fault fault)
{
	static struct log_rate rate;

	judge_counters.malformed++;
	if (log_rate_ok(&rate, 2))
		log_info("packet dropped: %s", packet_fault_text(fault));
	queue_answer(&q->held, NIBBLE_DROP_NOW);
}

static bool
same_process(const struct kernel_process *a, const struct kernel_process *b)
{
	return a->tgid == b->tgid && a->start_ns == b->start_ns && a->exec == b->exec;
}

/*
 * Opening is asked for each time; the same socket's SYN, sent again, has its answer, unless another program connects it
 * by now. So has a UDP packet of which the kernel forgot that its socket is the flow's.
 */
static int
known_already(const struct meeting *m, const struct sighting *s)
{
	bool		udp = m->tuple.proto == IPPROTO_UDP && s->noted;
	uint32_t	i;

	if ((m->tuple.proto != IPPROTO_TCP && !udp) || s->cookie == 0 || m->hook != DIRECTION_OUT)
		return -1;
	uses_read();
	if (live_find(&m->tuple) == LIVE_NONE)
		return -1;
	conntrack_drain();
	if ((i = live_find(&m->tuple)) == LIVE_NONE || live_at(i)->cookie != s->cookie ||
	    live_at(i)->hook != m->hook)
		return -1;
	if (!udp && s->noted && !same_process(&live_at(i)->opener, &s->sender.process))
		return -1;
	if (udp)
		kernel_owner_set(&m->tuple, s->cookie);
	return settle_nibble(live_at(i)->action, m->hook, true);
}

/* A refusal answers nobody, and ends nothing, that is the flow's other socket's. */
static enum nibble
repeated(const struct meeting *m, int nibble)
{
	if (!settle_is_stranger(&m->tuple, m->hook))
		return (enum nibble)nibble;
	conntrack_delete(&m->tuple);
	return NIBBLE_DROP_NOW;
}

static void
judge_new(const struct queued *q, const struct meeting *m, int64_t now)
{
	struct sighting	 s;
	struct flow	*f;
	int		 nibble;

	owner_look(m, &s);
	if ((nibble = known_already(m, &s)) != -1) {
		queue_answer(&q->held, (enum nibble)nibble);
		return;
	}
	if ((nibble = denied_find(&m->tuple, m->hook, s.cookie, now)) != -1) {
		judge_counters.denied_repeat++;
		queue_answer(&q->held, repeated(m, nibble));
		return;
	}
	f = who_client_full() ? NULL : flow_new(flow_next_id(), &m->tuple, m->hook,
	    subject_of(q, &m->tuple), now, &q->held);
	if (f == NULL) {
		judge_counters.shed_waiting++;
		queue_answer(&q->held, NIBBLE_DROP_NOW);
		return;
	}
	flow_seen(f, &s);
	f->middle = m->tuple.proto == IPPROTO_TCP && (m->tcp_flags & (TCP_SYN | TCP_ACK)) != TCP_SYN;
	f->existed = (m->tuple.proto != IPPROTO_TCP || f->middle) && before_has(&m->tuple, s.cookie);
	whose_begin(f);
}

/* Does it leave inside a system call of the program that sends it? TCP's further packets do not. */
static bool
is_sent_now(const struct meeting *m)
{
	return m->tuple.proto == IPPROTO_UDP ||
	    (m->tuple.proto == IPPROTO_TCP && (m->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN);
}

/*
 * Who sent it, by the kernel's word. Where a note is missing, who holds the socket by now says nothing: a sender
 * can hide, and leave it to others.
 */
static void
take_note(const struct queued *q, struct kernel_note *n, struct meeting *m)
{
	if (!kernel_here() || q->direction != DIRECTION_OUT)
		return;
	if (kernel_note_take(&m->tuple, q->has_uid ? &q->uid : NULL, n)) {
		m->note = n;
	} else if ((n->flags & NOTE_MIXED) != 0) {
		m->mixed = true;
		/* Another user's did not send this one. */
		m->among = n->sender.process.tgid != 0 && q->has_uid && n->uid == q->uid ? &n->sender : NULL;
		m->lost = (n->flags & NOTE_LOST) != 0;
	} else if ((n->flags & NOTE_KERNEL) != 0) {	/* the user is that of what is in it */
		m->made_here = true;
		m->has_uid = false;
		m->uid = 0;
	} else {
		m->lost = q->has_uid && is_sent_now(m);
	}
}

void
judge_packet(const struct queued *q)
{
	enum packet_fault	 fault;
	struct kernel_note	 note = { .flags = 0 };
	struct packet		 p;
	struct meeting		 m;
	struct flow		*f;
	int64_t			 now;

	if ((fault = packet_parse(q->bytes, q->len, q->whole, &p)) != PACKET_OK ||
	    p.tuple.family != q->family) {
		malformed(q, fault == PACKET_OK ? PACKET_MALFORMED : fault);
		return;
	}
	now = clock_ns();
	meeting_of(q, &p, &m);
	take_note(q, &note, &m);
	if (passes_once(q, &m, now))
		queue_answer(&q->held, NIBBLE_ACCEPT_ONCE);
	else if ((f = flow_find(&p.tuple, q->direction)) != NULL)
		join(f, q, &m);
	else
		judge_new(q, &m, now);
}

void
judge_burst_end(void)
{
	anew_go_on();
	who_client_pause(decide_client_waiting() >= CHANNEL_QUEUE_MAX / 2);
	who_client_flush();
	queue_flush();
	conntrack_flush();
	if (unfollowed && anew_busy()) {
		unfollowed = false;
		ends_strangers();
	}
}

void
judge_queue_end(void)
{
	judge_burst_end();
	whose_await();
}

static void
begin_generation(uint32_t to)
{
	generation = to;
	uses_void();
	grant_end_all();
	denied_forget();
	once_forget();
}

static void
on_revoke(uint32_t to)
{
	begin_generation(to);
	anew_all();
}

/*
 * policyd judged by what is over, or the programs have to be looked at more closely (WHO_HINTED was
 * sent before): who they are is asked anew, then policyd is.
 */
static void
begin_anew(struct flow *f)
{
	if (++f->tries >= (f->again ? LIVES_TRIES_MAX : TRIES_MAX)) {
		judge_refuse(f);
		return;
	}
	whose_anew(f);
}

static void
on_verdict(const struct decide_verdict *v)
{
	struct flow *f = flow_by_id(v->flow);

	if (f == NULL || f->state != FLOW_ASKS_POLICY)
		return;		/* late: normal */
	if (v->generation != generation) {
		if ((int32_t)(v->generation - generation) > 0) {
			/* The first word of a policyd that has revoked before we came. */
			begin_generation(v->generation);
		} else {
			begin_anew(f);
			return;
		}
	}
	note_passing(f, v->action, v->grant != GRANT_NONE);
	if (f->again) {
		anew_verdict(f, v);
		flow_answer(f, NIBBLE_DROP_NOW);
		return;
	}
	if (lacks_client(f, v->action)) {
		judge_refuse(f);
		return;
	}
	lend(f, v);
	settle_flow(f, v->action, v->permanent);
}

const struct decide_ops decide_judge = { on_verdict, on_revoke, callers_whose, who_client_hinted,
	below_may, below_close, judge_burst_end };

void
judge_tick(void)
{
	struct flow	*f, *next;
	int64_t		 now = clock_ns(), age;

	uses_tick(now);
	lent_tick();
	late_tick();
	for (f = flow_oldest(); f != NULL; f = next) {
		next = flow_newer(f);
		age = (now - f->since_ns) / 1000000;
		if (age < WHO_WAIT_MS)
			break;
		if (f->state == FLOW_ASKS_WHO || age >= FLOW_WAIT_MS)
			judge_refuse(f);
	}
	judge_burst_end();
}
