/*
 * See lend.h. Called by judge.c. policyd says for whom a verdict counts; what a grant can speak of, and what the
 * kernel can have, is said here.
 */
#include <netinet/in.h>

#include <string.h>

#include "kernel.h"
#include "lend.h"
#include "lent.h"
#include "links.h"
#include "marks.h"
#include "refusals.h"
#include "settle.h"
#include "uses.h"

/*
 * Not of one with a forged source, which must not be answered, nor inside this machine, where the listener
 * has a say as well.
 */
bool
lend_key(const struct flow *f, struct grant *key)
{
	const struct sighting	*s = &f->seen;
	struct tuple		 judged;

	if (s->owner != OWNER_PROCESS || s->holders != 1 || f->existed || f->again || s->has_listener)
		return false;
	owner_judged(&f->tuple, s, &judged);
	if (!address_is_own(judged.family, s->direction == DIRECTION_OUT ? judged.src : judged.dst) ||
	    !grant_key(&judged, s->direction, key))
		return false;
	key->process = s->holder[0];
	return true;
}

/*
 * Can the kernel have it? Not what others have a say in (receivers on this machine), nor what a raw socket
 * wrote. What is redirected is never lent: it is neither accepted nor refused.
 */
static bool
kernel_can(const struct flow *f)
{
	const struct tuple	*t = &f->tuple;
	const struct sighting	*s = &f->seen;

	return kernel_here() && s->noted && (s->sender.flags & SENDER_TRACED) == 0 && s->cookie != 0 &&
	    f->hook == DIRECTION_OUT && s->direction == DIRECTION_OUT &&
	    (t->proto == IPPROTO_TCP || t->proto == IPPROTO_UDP) && !is_door(t) &&
	    !address_is_own(t->family, t->dst) && !address_is_shared(t->family, t->dst);
}

/* A grant is for the source address as well, which is ours. */
static void
lend_grant(const struct flow *f, const struct decide_verdict *v, uint64_t process)
{
	const struct tuple	*t = &f->tuple;
	struct kernel_grant_key	 key;

	memset(&key, 0, sizeof(key));
	key.program = f->seen.sender.program;
	if (v->grant == GRANT_PROCESS)
		key.process = f->seen.sender.process;
	key.family = t->family;
	key.proto = t->proto;
	key.port = t->dport;
	memcpy(key.local, t->src, sizeof(key.local));
	memcpy(key.remote, t->dst, sizeof(key.remote));
	uses_read();
	lent_add(&key, process, v->reason);
}

static void
lend_refusal(const struct flow *f, const struct decide_verdict *v, uint64_t process)
{
	const struct tuple	*t = &f->tuple;
	struct refusal		 r;

	memset(&r, 0, sizeof(r));
	r.process = process;
	r.reason = v->reason;
	r.key.program = f->seen.sender.program;
	if (v->grant == GRANT_PROCESS)
		r.key.process = f->seen.sender.process;
	r.key.family = t->family;
	r.key.proto = t->proto;
	r.key.port = t->dport;
	memcpy(r.key.remote, t->dst, sizeof(r.key.remote));
	memcpy(r.local, t->src, sizeof(r.local));
	uses_read();
	refusals_add(&r);
}

void
lend(const struct flow *f, const struct decide_verdict *v)
{
	struct grant	g;

	if (v->grant == GRANT_NONE || !v->permanent || !settle_valid(f, v->action, true) || !lend_key(f, &g))
		return;
	g.action = v->action;
	g.reason = v->reason;
	grant_add(&g);
	if (!kernel_can(f))
		return;
	if (v->action == ACTION_ACCEPT)
		lend_grant(f, v, g.process);
	else if (v->at_once)
		lend_refusal(f, v, g.process);
}
