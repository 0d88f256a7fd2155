/*
 * Checks 0 to 2: what needs neither program nor profile. See docs/policy.md.
 */
#include <string.h>

#include "checks.h"

#define MULTICAST_PORT	5353	/* of multicast DNS */

static const struct where nowhere;

/* Connections older than the suite go on until policy or level changes: then they no longer count as such. */
bool
check_existed(struct judging *j)
{
	if (!j->f->existed)
		return false;
	return accept(j, 0, SAY_EXISTED, nowhere);
}

/* Its place among the suite's own; -1: it is none. */
static int
own_place(const struct own *own, const struct program *p)
{
	for (unsigned i = 0; own != NULL && i < own->count; i++)
		if (own->process[i].pid == p->pid && own->process[i].start == p->start)
			return (int)i;
	return -1;
}

static bool
is_loopback(uint8_t family, const uint8_t *a)
{
	static const uint8_t one[16] = { [15] = 1 };

	return family == 4 ? a[0] == 127 : memcmp(a, one, 16) == 0;
}

/*
 * What a server in clear can offer is at its own address and a usual port; resolverd is
 * not asked whether it does, for it could say anything.
 */
static bool
may_be_offered(const struct upstreams *u, const struct upstream *s, const struct tuple *t)
{
	return u->offers && !s->encrypted && t->proto == PROTO_TCP && (t->dport == 853 || t->dport == 443) &&
	    !is_loopback(t->family, t->dst);
}

/* A server that the name server may ask. */
static bool
is_upstream(const struct facts *f)
{
	const struct upstreams *u = f->own->upstreams;
	const struct tuple *t = &f->tuple;

	if (f->direction != DIRECTION_OUT || f->holders != 1 || (t->proto != PROTO_TCP && t->proto != PROTO_UDP))
		return false;
	for (unsigned i = 0; u != NULL && i < u->count; i++)
		if (u->server[i].family == t->family &&
		    memcmp(u->server[i].address, t->dst, sizeof t->dst) == 0 &&
		    (u->server[i].port == t->dport || may_be_offered(u, &u->server[i], t)))
			return true;
	return false;
}

/* Are neighbours asked on this flow's device, and is this one of them? NULL: whoever it is. */
static bool
is_multicast_net(const struct facts *f, const uint8_t *neighbour)
{
	const struct upstreams *u = f->own->upstreams;

	for (unsigned i = 0; u != NULL && i < u->multicasts; i++) {
		const struct names_net *net = &u->multicast[i];

		if (net->family == f->tuple.family && strcmp(net->device, f->device) == 0 &&
		    (neighbour == NULL || address_in(neighbour, net->address, net->prefix)))
			return true;
	}
	return false;
}

/* resolverd's question to all neighbours, where a setting has it ask them (RFC 6762, 3). */
static bool
asks_neighbours(const struct facts *f)
{
	static const uint8_t group4[16] = { 224, 0, 0, 251 }, group6[16] = { 0xff, 2, [15] = 0xfb };
	const struct tuple *t = &f->tuple;

	return f->direction == DIRECTION_OUT && f->holders == 1 && t->proto == PROTO_UDP && t->dport == MULTICAST_PORT &&
	    memcmp(t->dst, t->family == 4 ? group4 : group6, sizeof t->dst) == 0 && is_multicast_net(f, NULL);
}

/* To the port that a question was sent from just now; what does not fit is no sign of a take-over. */
static bool
is_for_its_question(const struct facts *f)
{
	return f->direction == DIRECTION_IN && f->answers_query;
}

/* A neighbour's answer to that question (6.7): from its port, on the link that was asked. */
static bool
is_neighbours_answer(const struct judging *j)
{
	const struct facts *f = j->f;

	return is_for_its_question(f) && f->holders == 1 && f->tuple.proto == PROTO_UDP && f->tuple.sport == MULTICAST_PORT &&
	    j->dst.scope == SCOPE_HOST && j->src.scope != SCOPE_HOST && is_multicast_net(f, f->tuple.src);
}

/* The validator in resolverd asks resolverd itself. */
static bool
asks_itself(const struct facts *f, int place)
{
	return f->direction == DIRECTION_OUT && f->holders == 1 && f->listeners == 1 &&
	    own_place(f->own, f->listener[0]) == place;
}

/* resolverd's question to nobody, that must come back to it (selfcheck.h). */
static bool
is_try(const struct facts *f)
{
	static const uint8_t at[16] = NAMES_NOWHERE;
	const struct tuple *t = &f->tuple;

	return f->direction == DIRECTION_OUT && f->holders == 1 && t->family == 4 && t->proto == PROTO_UDP &&
	    t->dport == 53 && memcmp(t->dst, at, sizeof at) == 0;
}

/* It came to the queue, which is one half of what it is for; no grant shall spare it that. */
static bool
judge_try(struct judging *j)
{
	j->out->named = true;
	return resolver_serves(j) ? lead_to_resolver(j, 1, SAY_OWN_TRY, nowhere) :
	    deny(j, 1, SAY_OWN_TRY, nowhere);
}

/* A socket of the suite that is no door. */
static bool
at_inner_port(const struct facts *f)
{
	for (unsigned i = 0; i < f->listeners; i++)
		if (own_place(f->own, f->listener[i]) != -1)
			return f->tuple.dport != 53;
	return false;
}

/*
 * From a door, which resolverd and the parent hold, to a client whose socket is closed by
 * now, and with it the flow.
 */
static bool
is_late_answer(const struct judging *j)
{
	const struct tuple *t = &j->f->tuple;

	return j->direction == DIRECTION_OUT && t->proto == PROTO_UDP && t->sport == 53 && j->src.scope == SCOPE_HOST &&
	    j->dst.scope == SCOPE_HOST;
}

/* It was one of its servers when the connection began; the servers are others now. */
static bool
is_to_former_server(const struct judging *j, int place)
{
	return j->f->again && j->f->direction == DIRECTION_OUT && j->f->own->process[place].resolver;
}

/* With its servers, its neighbours and itself. True: it is judged. */
static bool
check_resolver(struct judging *j, int place)
{
	if (is_try(j->f))
		return judge_try(j);
	if (is_upstream(j->f))
		return accept(j, 1, SAY_OWN_SERVER, nowhere);
	if (asks_itself(j->f, place))
		return accept(j, 1, SAY_OWN_ITSELF, nowhere);
	if (asks_neighbours(j->f))
		return accept(j, 1, SAY_OWN_ASKS_ALL, nowhere);
	if (is_neighbours_answer(j))
		return accept(j, 1, SAY_OWN_ANSWER, nowhere);
	return false;
}

/* Only resolverd has traffic of its own: any other is an alarm. */
bool
check_own(struct judging *j)
{
	int place;

	for (unsigned i = 0; i < j->f->holders; i++) {
		if ((place = own_place(j->f->own, j->f->holder[i])) == -1)
			continue;
		if (j->f->own->process[place].resolver && check_resolver(j, place))
			return true;
		j->out->alarm = !is_late_answer(j) && !is_to_former_server(j, place) && !is_for_its_question(j->f);
		return deny(j, 1, SAY_OWN, nowhere);
	}
	if (j->f->own != NULL && at_inner_port(j->f))
		return deny(j, 1, SAY_OWN_PORT, nowhere);
	pass(j, 1, SAY_NOT_OWN, nowhere);
	return false;
}

static bool
is_unspecified(const uint8_t *a)
{
	static const uint8_t none[16];

	return memcmp(a, none, 16) == 0;
}

static bool
on_loopback(const struct facts *f)
{
	return strcmp(f->device, "lo") == 0;
}

/* Who has no address yet: DHCP, IGMP, duplicate address detection and MLD. */
static bool
may_lack_source(const struct tuple *t)
{
	return (t->family == 4 && ((t->proto == PROTO_UDP && t->dport == 67) || t->proto == PROTO_IGMP)) ||
	    (t->family == 6 && t->proto == PROTO_ICMPV6);
}

static bool
bad_source(struct judging *j)
{
	const struct tuple *t = &j->f->tuple;

	if (is_unspecified(t->src))
		return !may_lack_source(t);
	return (j->src.scope & (SCOPE_MULTICAST | SCOPE_INTERNET_MULTICAST | SCOPE_BROADCAST |
	    SCOPE_INVALID)) != 0 || (t->family == 6 && t->src[0] == 0xff);
}

bool
check_bogus(struct judging *j)
{
	const struct facts *f = j->f;
	const struct tuple *t = &f->tuple;
	bool outside = f->direction != DIRECTION_OUT && !on_loopback(f);
	bool source = is_loopback(t->family, t->src), destination = is_loopback(t->family, t->dst);

	if (address_mapped(t->family, t->src) || address_mapped(t->family, t->dst))
		return drop(j, 2, SAY_BOGUS_MAPPED, nowhere);
	if (outside && (source || destination))
		return drop(j, 2, SAY_BOGUS_LOOPBACK, nowhere);
	if (source && f->direction == DIRECTION_OUT && j->dst.scope != SCOPE_HOST &&
	    (t->family == 6 || t->dst[0] < 224))
		return drop(j, 2, SAY_BOGUS_LOOPBACK, nowhere);
	if (bad_source(j))
		return drop(j, 2, SAY_BOGUS_SOURCE, nowhere);
	if (outside && j->src.scope == SCOPE_HOST && !looped_group(j))
		return drop(j, 2, SAY_BOGUS_OWN, nowhere);
	if (j->dst.scope == SCOPE_INVALID)
		return drop(j, 2, SAY_BOGUS_DESTINATION, nowhere);
	if (has_ports(t->proto) && (t->dport == 0 || (t->sport == 0 && t->proto != PROTO_UDP)))
		return drop(j, 2, SAY_BOGUS_PORT, nowhere);
	/* Who opened a forwarded connection only its first packet tells. */
	if (f->middle && !f->again && f->direction == DIRECTION_FORWARD)
		return block(j, 2, SAY_MIDDLE, nowhere);
	pass(j, 2, SAY_PLAUSIBLE, nowhere);
	return false;
}
