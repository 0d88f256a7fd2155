/*
 * What the guard lets pass: the same as the rules in intercept/rules, told to
 * nf_tables directly. docs/rules.md explains each line. Data only.
 */
#include <netinet/in.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>

#include "guard.h"

/* Between the tables that others may flush: before mangle, after filter, after security. */
#define BEFORE_MANGLE	(-175)
#define AFTER_FILTER	25
#define AFTER_SECURITY	175

#define NIBBLE		0x0f000000u
#define ACCEPTED	0x01000000u
#define FORWARDED	0x08000000u
#define REDIRECTED	0x04000000u	/* 4 and 5, with the mask: */
#define PAIR		0x0e000000u
#define ONCE		0x06000000u

#define NEW		NF_CT_STATE_BIT(IP_CT_NEW)
#define ESTABLISHED	NF_CT_STATE_BIT(IP_CT_ESTABLISHED)
#define RELATED		NF_CT_STATE_BIT(IP_CT_RELATED)
#define UNTRACKED	NF_CT_STATE_UNTRACKED_BIT

static const uint8_t	door4[] = { 127, 0, 0, 17 };
static const uint8_t	door6[16] = { [15] = 1 };
static const uint8_t	groups6[] = { 0xff, 0x02 };	/* ff02::/16 */
static const uint8_t	link6[] = { 0xfe };		/* fe80::/10, with ranges nobody routes */

#define RULE(...)		{ .step = { __VA_ARGS__ } }
#define NIBBLE_IS(n, mask)	{ GUARD_NIBBLE, n, mask, NULL }
#define STATE(bits)		{ GUARD_STATE, bits, 0, NULL }
#define DO(op, a)		{ op, a, 0, NULL }
#define ADDRESS(op, family, x)	{ op, family, sizeof(x), x }
#define ICMP6(a, b)		DO(GUARD_PROTOCOL, IPPROTO_ICMPV6), STATE(UNTRACKED), \
				{ GUARD_ICMP6, a, b, NULL }
#define ACCEPT			{ GUARD_ACCEPT, 0, 0, NULL }
#define DROP			{ GUARD_DROP, 0, 0, NULL }

#define JUDGED(accepted)						\
	RULE(NIBBLE_IS(accepted, NIBBLE), STATE(NEW | ESTABLISHED), ACCEPT), \
	RULE(NIBBLE_IS(ONCE, NIBBLE), ACCEPT)

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
	JUDGED(ACCEPTED),
	RULE(NIBBLE_IS(REDIRECTED, PAIR), DO(GUARD_REPLY, 0),
	    ADDRESS(GUARD_TO, NFPROTO_IPV4, door4), ACCEPT),
	RULE(NIBBLE_IS(REDIRECTED, PAIR), DO(GUARD_REPLY, 1),
	    ADDRESS(GUARD_FROM, NFPROTO_IPV4, door4), ACCEPT),
	RULE(NIBBLE_IS(REDIRECTED, PAIR), DO(GUARD_REPLY, 0),
	    ADDRESS(GUARD_TO, NFPROTO_IPV6, door6), ACCEPT),
	RULE(NIBBLE_IS(REDIRECTED, PAIR), DO(GUARD_REPLY, 1),
	    ADDRESS(GUARD_FROM, NFPROTO_IPV6, door6), ACCEPT),
	ABOUT_FLOWS(DO(GUARD_PROTOCOL, IPPROTO_ICMP)),
	ABOUT_FLOWS(DO(GUARD_PROTOCOL, IPPROTO_ICMPV6)),
	ABOUT_FLOWS(DO(GUARD_PROTOCOL, IPPROTO_TCP), DO(GUARD_RESET, 0)),
	RULE(ICMP6(133, 136), DO(GUARD_HOPS, 255), ADDRESS(GUARD_TO, NFPROTO_IPV6, groups6),
	    DO(GUARD_SHORT, 512), ACCEPT),
	RULE(ICMP6(133, 136), DO(GUARD_HOPS, 255), DO(GUARD_SOCKET, 0), DROP),
	RULE(ICMP6(133, 136), DO(GUARD_HOPS, 255), ACCEPT),
	REPORTS_OUT(130, 132),
	REPORTS_OUT(143, 143),
	{ { { 0 } } },
};

static const struct guard_rule	in_rules[] = {
	JUDGED(ACCEPTED),
	RULE(NIBBLE_IS(REDIRECTED, PAIR), DO(GUARD_LOOPBACK, 0), ACCEPT),
	RULE(STATE(RELATED), DO(GUARD_PROTOCOL, IPPROTO_ICMP), ACCEPT),
	RULE(STATE(RELATED), DO(GUARD_PROTOCOL, IPPROTO_ICMPV6), ACCEPT),
	RULE(STATE(RELATED), DO(GUARD_PROTOCOL, IPPROTO_TCP), DO(GUARD_RESET, 0),
	    DO(GUARD_LOOPBACK, 0), ACCEPT),
	RULE(ICMP6(133, 137), DO(GUARD_HOPS, 255), ACCEPT),
	REPORTS_IN(130, 132),
	REPORTS_IN(143, 143),
	{ { { 0 } } },
};

static const struct guard_rule	forward_rules[] = {
	JUDGED(FORWARDED),
	RULE(NIBBLE_IS(FORWARDED, NIBBLE), STATE(RELATED), DO(GUARD_PROTOCOL, IPPROTO_ICMP), ACCEPT),
	RULE(NIBBLE_IS(FORWARDED, NIBBLE), STATE(RELATED), DO(GUARD_PROTOCOL, IPPROTO_ICMPV6),
	    ACCEPT),
	{ { { 0 } } },
};

/* Only NF_REPEAT, which enters mangle anew, may bring a nibble there. */
static const struct guard_rule	strip_rules[] = {
	RULE(DO(GUARD_MARKED, 0), DO(GUARD_UNMARK, 0)),
	{ { { 0 } } },
};

/* "This packet only" is over, also where security was flushed. */
static const struct guard_rule	once_rules[] = {
	RULE(NIBBLE_IS(ONCE, NIBBLE), DO(GUARD_FORGET, 0)),
	{ { { 0 } } },
};

const struct guard_chain	guard_chains[] = {
	{ "strip-out", NF_INET_LOCAL_OUT, BEFORE_MANGLE, false, strip_rules },
	{ "strip-in", NF_INET_LOCAL_IN, BEFORE_MANGLE, false, strip_rules },
	{ "strip-forward", NF_INET_FORWARD, BEFORE_MANGLE, false, strip_rules },
	{ "out", NF_INET_LOCAL_OUT, AFTER_FILTER, true, out_rules },
	{ "in", NF_INET_LOCAL_IN, AFTER_FILTER, true, in_rules },
	{ "forward", NF_INET_FORWARD, AFTER_FILTER, true, forward_rules },
	{ "once-out", NF_INET_LOCAL_OUT, AFTER_SECURITY, false, once_rules },
	{ "once-in", NF_INET_LOCAL_IN, AFTER_SECURITY, false, once_rules },
	{ "once-forward", NF_INET_FORWARD, AFTER_SECURITY, false, once_rules },
	{ NULL, 0, 0, false, NULL },
};
