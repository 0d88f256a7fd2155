/*
 * Check 15: ways past the suite's resolver. Called by decide.c, after the rules: a rule
 * that allows another resolver goes before.
 */
#include "checks.h"
#include "resolvers_known.h"

#define PORT_DOT	853	/* DNS over TLS, and over QUIC (RFC 7858, RFC 9250) */
#define PORT_DOQ_OLD	8853	/* over QUIC, before it had a number; DoT of some servers */
#define PORT_HTTPS	443
#define PORT_STUN	3478	/* RFC 8489, RFC 8656; and over TLS: */
#define PORT_STUNS	5349
#define PORT_MDNS	5353	/* RFC 6762 */
#define PORT_LLMNR	5355	/* RFC 4795 */
#define PORT_NETBIOS	137	/* names (RFC 1002); 138: its datagrams */

static bool
is_stream_or_datagram(const struct tuple *t)
{
	return t->proto == PROTO_TCP || t->proto == PROTO_UDP;
}

static bool
is_bypass_port(uint16_t port)
{
	return port == PORT_DOT || port == PORT_DOQ_OLD;
}

/* Which way past the resolver it is; SAY_COUNT: none. */
static enum say
bypass_of(const struct judging *j)
{
	const struct facts *f = j->f;
	const struct tuple *t = &f->tuple;

	if (f->name != NULL && resolver_has_name(f->name, f->name_len))
		return SAY_BYPASS_NAME;
	if (f->question || !is_stream_or_datagram(t) || j->place.scope == SCOPE_HOST)
		return SAY_COUNT;
	if (is_bypass_port(t->dport))
		return SAY_BYPASS_PORT;
	if (t->dport == PORT_HTTPS && resolver_has_address(t->family, t->dst))
		return SAY_BYPASS_ADDRESS;
	if ((t->dport == PORT_STUN || t->dport == PORT_STUNS) && j->profile != NULL && j->profile->rules.tunnels)
		return SAY_BYPASS_STUN;
	return SAY_COUNT;
}

/* While questions are not led to the suite's resolver, it can't be bypassed. */
bool
check_bypass(struct judging *j)
{
	const struct profile *profile = j->profile;
	enum say way;

	if (j->program == NULL || j->direction != DIRECTION_OUT || j->f->reach ||
	    setting_value(j, SETTING_NAMESERVER) != VALUE_ON)
		return false;
	way = bypass_of(j);
	/* Other names of the address are none of a resolver's; or one of them is. */
	j->out->named |= !j->f->question && (way == SAY_BYPASS_NAME || j->f->odd_names);
	if (way == SAY_COUNT)
		return false;
	if (profile != NULL && (profile->flags & FLAG_BROWSER) && way != SAY_BYPASS_STUN)
		return deny(j, 15, SAY_BYPASS_BROWSER, profile->flags_where);
	if (j->opinion)
		return false;
	return by_setting(j, 15, way, SETTING_DNS_BYPASS);
}

/* 15, too: questions to neighbours, by groups or one by one. A profile that lists ports to connect to means them. */
bool
check_discovery(struct judging *j)
{
	const struct tuple *t = &j->f->tuple;
	bool asks = t->proto == PROTO_UDP ? t->dport == PORT_MDNS || t->dport == PORT_LLMNR || t->dport == PORT_NETBIOS ||
	    t->dport == PORT_NETBIOS + 1 : t->proto == PROTO_TCP && t->dport == PORT_LLMNR;

	if (!asks || j->program == NULL || j->direction != DIRECTION_OUT || j->opinion || j->f->reach ||
	    !(j->place.scope & SCOPE_LAN) || (j->profile != NULL && j->profile->connect.stated))
		return false;
	return by_setting(j, 15, SAY_DISCOVERY, SETTING_LOCAL_DISCOVERY);
}
