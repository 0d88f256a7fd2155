/*
 * Whose a flow is that waits: what the kernel says of its sockets (owner.c) becomes questions to whod, and the
 * answers to those an owner. Called by judge.c and anew.c, and through who_client.c by the loop; whod is
 * believed. Answers that are about no such flow go on to who asked (below.c, callers.c, uses.c).
 */
#include "anew.h"
#include "below.h"
#include "callers.h"
#include "clock.h"
#include "judge.h"
#include "known.h"
#include "namespaces.h"
#include "packet.h"
#include "uses.h"
#include "whose.h"

static bool	asked;		/* since the last burst of packets */

/* A sender that was named a moment ago needs no other question. */
static void
take_known(struct flow *f)
{
	uint64_t	id;

	if (f->seen.noted && known_find(&f->seen.sender, clock_ns(), &id) && id != 0)
		owner_known(&f->seen, id);
}

static void
ask(struct flow *f)
{
	struct who_question	q[SHARERS_MAX];
	unsigned		i, n = 0;

	if (f->hook != DIRECTION_FORWARD && f->seen.owner == 0)
		n = owner_questions(&f->tuple, &f->seen, q);
	f->answers_due = (uint8_t)n;
	for (i = 0; i < n; i++) {
		q[i].ask = flow_ask(f);
		who_client_ask(&q[i]);
	}
	n = owner_listener_questions(&f->tuple, &f->seen, q);
	f->answers_due = (uint8_t)(f->answers_due + n);
	for (i = 0; i < n; i++) {
		q[i].ask = flow_ask(f) | FLOW_ASK_LISTENER;
		who_client_ask(&q[i]);
	}
	asked = asked || f->answers_due > 0;
}

/* What lives does not wait for a whod that is away. */
static void
put_off(struct flow *f)
{
	if (!f->again || who_client_there())
		return;
	anew_put_off(f);
	flow_answer(f, NIBBLE_DROP_NOW);
}

/* What lives was closed while whod looked for who holds it: it ends, and if nothing waits nothing is refused. */
static bool
was_closed(struct flow *f)
{
	if (!f->again || f->packets > 0 || !anew_gone(f))
		return false;
	flow_answer(f, NIBBLE_DROP_NOW);
	return true;
}

void
whose_begin(struct flow *f)
{
	take_known(f);
	ask(f);
	if (f->answers_due == 0 && f->seen.owner != 0)
		judge_settled(f);
	else
		put_off(f);
}

/*
 * By the socket, as if the kernel had said nothing; but who it said sent the packet must be found to hold it
 * then. Else whoever ends in time, and cannot be named, would send as others who have his socket.
 */
static void
look_again(struct flow *f)
{
	struct meeting	m = { .tuple = f->tuple, .hook = f->hook, .tcp_flags = f->middle ? 0 : TCP_SYN,
			      .has_uid = f->seen.has_uid, .uid = f->seen.uid, .device = f->seen.device,
			      .began = f->again ? f->seen.direction : 0 };
	struct sighting	s;

	owner_look(&m, &s);
	s.sender = f->seen.sender;
	s.noted_before = true;
	flow_seen(f, &s);
	whose_begin(f);
}

/* The sender is known from now on, not from the time when all that the flow waits for is answered. */
static void
take_answer(struct flow *f, const struct who_answer *a)
{
	owner_answer(&f->seen, a);
	if (f->seen.noted && f->seen.holders == 1)
		known_put(&f->seen.sender, f->seen.holder[0], clock_ns());
}

static void
on_answer(const struct who_answer *a)
{
	struct flow *f;

	if ((a->ask & FLOW_ASK_BELOW) == FLOW_ASK_BELOW) {
		below_answer(a);
		return;
	}
	if ((a->ask & FLOW_ASK_CALLER) != 0) {
		callers_answer(a);
		return;
	}
	if ((a->ask & (FLOW_ASK_LISTENER | FLOW_ASK_USE)) == FLOW_ASK_USE) {
		uses_answer(a, clock_ns());
		return;
	}
	f = flow_by_ask(a->ask);
	if (f == NULL || f->state != FLOW_ASKS_WHO || f->answers_due == 0)
		return;
	if (a->ask & FLOW_ASK_LISTENER)
		owner_listener_answer(&f->seen, a);
	else
		take_answer(f, a);
	if (--f->answers_due > 0)
		return;
	if (owner_sender_lost(&f->seen)) {
		look_again(f);
		return;
	}
	if (owner_ask_again(&f->tuple, f->hook, &f->seen)) {
		ask(f);
		return;
	}
	if (f->seen.owner == 0)
		owner_settle(&f->tuple, f->hook, &f->seen);
	if (f->seen.owner != OWNER_UNKNOWN || !was_closed(f))
		judge_settled(f);
}

/* What whod answered is void. Sockets that are gone nobody can name. */
static void
ask_anew(struct flow *f)
{
	owner_void(&f->seen);
	f->seen.thorough = false;
	if (!owner_still_there(&f->tuple, f->hook, &f->seen)) {
		if (!was_closed(f))
			judge_refuse(f);
		return;
	}
	ask(f);
	put_off(f);
}

void
whose_anew(struct flow *f)
{
	f->state = FLOW_ASKS_WHO;
	if (f->hook == DIRECTION_FORWARD) {
		if (namespaces_settle(&f->seen))
			judge_settled(f);
		else
			put_off(f);
		return;
	}
	if (f->seen.owner == OWNER_PROCESS)
		f->seen.owner = 0;
	else if (f->seen.listeners == 0) {
		judge_settled(f);
		return;
	}
	ask_anew(f);
}

/* A fresh whod knows nothing of what the last one was asked. */
static void
on_fresh(void)
{
	struct flow *f, *next;

	callers_forget();
	below_fresh();
	for (f = flow_oldest(); f != NULL; f = next) {
		next = flow_newer(f);
		if (f->state == FLOW_ASKS_WHO)
			ask_anew(f);
	}
	anew_resume();
	who_client_flush();
}

static void
on_lost(void)
{
	struct flow *f, *next;

	for (f = flow_oldest(); f != NULL; f = next) {
		next = flow_newer(f);
		if (f->state == FLOW_ASKS_WHO)
			put_off(f);
	}
}

/* Who is in which network namespace is known anew: for what waits for that. */
static void
on_namespaces(void)
{
	struct flow *f, *next;

	for (f = flow_oldest(); f != NULL; f = next) {
		next = flow_newer(f);
		if (f->state == FLOW_ASKS_WHO && f->hook == DIRECTION_FORWARD && namespaces_settle(&f->seen))
			judge_settled(f);
	}
}

static void
on_shared(const struct who_shared *s)
{
	anew_socket((uint32_t)s->inode);
}

void
whose_await(void)
{
	if (asked)
		who_client_await();
	asked = false;
}

const struct who_ops whose_ops = { on_fresh, on_lost, on_answer, on_namespaces, on_shared, judge_burst_end };
