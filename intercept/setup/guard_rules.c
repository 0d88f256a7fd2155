/*
 * What the guard lets pass: the same as filter in intercept/rules, told to
 * nf_tables directly. docs/rules.md explains each line. Data only.
 */
#include <netinet/in.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>

#include "guard.h"
#include "marks.h"

/* Around the tables that others may flush. */
#define BEFORE_MANGLE	(-175)
#define AFTER_SECURITY	175

#define NEW		NF_CT_STATE_BIT(IP_CT_NEW)
#define ESTABLISHED	NF_CT_STATE_BIT(IP_CT_ESTABLISHED)
#define RELATED		NF_CT_STATE_BIT(IP_CT_RELATED)
#define UNTRACKED	NF_CT_STATE_UNTRACKED_BIT

static const uint8_t	loopback4[] = { 127 };
static const uint8_t	names4[] = { 127, 17 };		/* 127.17.0.0/16 */
static const uint8_t	door4[] = DOOR4;
static const uint8_t	door6[16] = DOOR6;
static const uint8_t	groups6[] = { 0xff, 0x02 };	/* ff02::/16 */
static const uint8_t	link6[] = { 0xfe };		/* fe80::/10, with ranges nobody routes */

#define RULE(...)		{ .step = { __VA_ARGS__ } }
#define MARK(nibble)		((uint32_t)(nibble) << MARK_SHIFT)
#define NIBBLE_IS(n)		{ GUARD_NIBBLE, MARK(n), MARK_MASK, NULL }
#define NIBBLE_IS_NOT(n)	{ GUARD_OTHER_NIBBLE, MARK(n), MARK_MASK, NULL }
#define STATE(bits)		{ GUARD_STATE, bits, 0, NULL }
#define DO(op, a)		{ op, a, 0, NULL }
#define ADDRESS(op, family, x)	{ op, family, sizeof(x), x }
#define ICMP6(a, b)		DO(GUARD_PROTOCOL, IPPROTO_ICMPV6), STATE(UNTRACKED), \
				{ GUARD_ICMP6, a, b, NULL }
#define ACCEPT			{ GUARD_ACCEPT, 0, 0, NULL }
#define DROP			{ GUARD_DROP, 0, 0, NULL }

/* Neither to a tunnel's name nor to the tunnel's door: the way of nearly all packets. */
#define ACCEPTED_ELSEWHERE						\
	RULE(NIBBLE_IS(NIBBLE_ACCEPT), STATE(NEW | ESTABLISHED),	\
	    ADDRESS(GUARD_NOT_TO, NFPROTO_IPV4, loopback4), ACCEPT),	\
	RULE(NIBBLE_IS(NIBBLE_ACCEPT), STATE(NEW | ESTABLISHED),	\
	    ADDRESS(GUARD_NOT_TO, NFPROTO_IPV6, door6), ACCEPT)

#define JUDGED(accepted)						\
	RULE(NIBBLE_IS(accepted), STATE(NEW | ESTABLISHED), ACCEPT)

/* "This packet only" is over. */
#define JUDGED_ONCE							\
	RULE(NIBBLE_IS(NIBBLE_ACCEPT_ONCE), DO(GUARD_FORGET, 0), ACCEPT), \
	{ .step = { NIBBLE_IS(NIBBLE_ONCE_PASSED), DO(GUARD_FORGET, 0), ACCEPT }, .beside_security = true }

/* The tunnel's door opens to redirected flows only. */
#define DOOR_CLOSED(protocol, family, address)				\
	RULE(DO(GUARD_PROTOCOL, protocol), DO(GUARD_PORT, DOOR_TUNNEL),	\
	    ADDRESS(GUARD_TO, family, address), NIBBLE_IS_NOT(NIBBLE_TUNNEL), DROP)
#define DOORS_CLOSED							\
	DOOR_CLOSED(IPPROTO_TCP, NFPROTO_IPV4, door4),			\
	DOOR_CLOSED(IPPROTO_UDP, NFPROTO_IPV4, door4),			\
	DOOR_CLOSED(IPPROTO_TCP, NFPROTO_IPV6, door6),			\
	DOOR_CLOSED(IPPROTO_UDP, NFPROTO_IPV6, door6)

/* To the suite itself: only what really is, or was, on its way there. */
#define REDIRECTED_TO(family, address)					\
	RULE(NIBBLE_IS(NIBBLE_NAMESERVER), DO(GUARD_REPLY, 0), STATE(NEW | ESTABLISHED), \
	    ADDRESS(GUARD_TO, family, address), ACCEPT),		\
	RULE(NIBBLE_IS(NIBBLE_NAMESERVER), DO(GUARD_REPLY, 1), STATE(ESTABLISHED), \
	    ADDRESS(GUARD_FROM, family, address), ACCEPT),		\
	RULE(NIBBLE_IS(NIBBLE_TUNNEL), DO(GUARD_REDIRECTED, 0), DO(GUARD_REPLY, 0), \
	    ADDRESS(GUARD_TO, family, address), ACCEPT),		\
	RULE(NIBBLE_IS(NIBBLE_TUNNEL), DO(GUARD_REDIRECTED, 0), DO(GUARD_REPLY, 1), \
	    ADDRESS(GUARD_FROM, family, address), ACCEPT)

/* A program that sends an error or reset about a tracked flow is dropped, the kernel's passes. */
#define ABOUT_FLOWS(...)						\
	RULE(STATE(RELATED), __VA_ARGS__, DO(GUARD_SOCKET, 0), DROP),	\
	RULE(STATE(RELATED), __VA_ARGS__, ACCEPT)

#define REPORTS_OUT(a, b)						\
	RULE(ICMP6(a, b), DO(GUARD_HOPS, 1), ADDRESS(GUARD_TO, NFPROTO_IPV6, groups6), \
	    DO(GUARD_SOCKET, 0), DROP),					\
	RULE(ICMP6(a, b), DO(GUARD_HOPS, 1), ADDRESS(GUARD_TO, NFPROTO_IPV6, groups6), ACCEPT)

#define REPORTS_IN(a, b)						\
	RULE(ICMP6(a, b), DO(GUARD_HOPS, 1), ADDRESS(GUARD_FROM, NFPROTO_IPV6, link6), ACCEPT)

static const struct guard_rule	out_rules[] = {
	ACCEPTED_ELSEWHERE,
	RULE(ADDRESS(GUARD_TO, NFPROTO_IPV4, names4), DROP),
	DOORS_CLOSED,
	JUDGED(NIBBLE_ACCEPT),
	REDIRECTED_TO(NFPROTO_IPV4, door4),
	REDIRECTED_TO(NFPROTO_IPV6, door6),
	JUDGED_ONCE,
	ABOUT_FLOWS(DO(GUARD_PROTOCOL, IPPROTO_ICMP)),
	ABOUT_FLOWS(DO(GUARD_PROTOCOL, IPPROTO_ICMPV6)),
	ABOUT_FLOWS(DO(GUARD_PROTOCOL, IPPROTO_TCP), DO(GUARD_RESET, 0)),
	RULE(ICMP6(133, 136), DO(GUARD_HOPS, 255), ADDRESS(GUARD_TO, NFPROTO_IPV6, groups6),
	    DO(GUARD_SHORT, 512), ACCEPT),
	RULE(ICMP6(133, 136), DO(GUARD_HOPS, 255), DO(GUARD_SOCKET, 0), DROP),
	RULE(ICMP6(133, 136), DO(GUARD_HOPS, 255), ACCEPT),
	REPORTS_OUT(130, 132),
	REPORTS_OUT(143, 143),
	{ .beside_security = false },
};

static const struct guard_rule	in_rules[] = {
	ACCEPTED_ELSEWHERE,
	DOORS_CLOSED,
	JUDGED(NIBBLE_ACCEPT),
	RULE(NIBBLE_IS(NIBBLE_NAMESERVER), STATE(NEW | ESTABLISHED), DO(GUARD_LOOPBACK, 0), ACCEPT),
	RULE(NIBBLE_IS(NIBBLE_TUNNEL), DO(GUARD_REDIRECTED, 0), DO(GUARD_LOOPBACK, 0), ACCEPT),
	JUDGED_ONCE,
	RULE(STATE(RELATED), DO(GUARD_PROTOCOL, IPPROTO_ICMP), ACCEPT),
	RULE(STATE(RELATED), DO(GUARD_PROTOCOL, IPPROTO_ICMPV6), ACCEPT),
	RULE(STATE(RELATED), DO(GUARD_PROTOCOL, IPPROTO_TCP), DO(GUARD_RESET, 0),
	    DO(GUARD_LOOPBACK, 0), ACCEPT),
	RULE(ICMP6(133, 137), DO(GUARD_HOPS, 255), ACCEPT),
	REPORTS_IN(130, 132),
	REPORTS_IN(143, 143),
	{ .beside_security = false },
};

static const struct guard_rule	forward_rules[] = {
	JUDGED(NIBBLE_FORWARD),
	JUDGED_ONCE,
	RULE(NIBBLE_IS(NIBBLE_FORWARD), STATE(RELATED), DO(GUARD_PROTOCOL, IPPROTO_ICMP), ACCEPT),
	RULE(NIBBLE_IS(NIBBLE_FORWARD), STATE(RELATED), DO(GUARD_PROTOCOL, IPPROTO_ICMPV6),
	    ACCEPT),
	{ .beside_security = false },
};

/* Only NF_REPEAT, which enters mangle anew, may bring a nibble there. */
static const struct guard_rule	strip_rules[] = {
	RULE(DO(GUARD_MARKED, 0), DO(GUARD_UNMARK, 0)),
	{ .beside_security = false },
};

const struct guard_chain	guard_chains[] = {
	{ "strip-out", NF_INET_LOCAL_OUT, BEFORE_MANGLE, false, strip_rules },
	{ "strip-in", NF_INET_LOCAL_IN, BEFORE_MANGLE, false, strip_rules },
	{ "strip-forward", NF_INET_FORWARD, BEFORE_MANGLE, false, strip_rules },
	{ "out", NF_INET_LOCAL_OUT, AFTER_SECURITY, true, out_rules },
	{ "in", NF_INET_LOCAL_IN, AFTER_SECURITY, true, in_rules },
	{ "forward", NF_INET_FORWARD, AFTER_SECURITY, true, forward_rules },
	{ NULL, 0, 0, false, NULL },
};
