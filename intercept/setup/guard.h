/*
 * The guard: an nf_tables table that only its owner can change. It drops what
 * carries no passing nibble, so that flushing every other table opens nothing
 * while the suite lives. When the owner's netlink socket is closed it is like
 * any other table (since Linux 6.9), or goes. Its rules stand in guard_rules.c.
 */
#ifndef SETUP_GUARD_H
#define SETUP_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nft.h"

#define GUARD_TABLE	"bulwark-guard"
#define GUARD_STAYS	0x4u	/* NFT_TABLE_F_PERSIST, which Debian 12's headers lack */

/*
 * Makes sure that the guard stands and belongs to this socket. False: why says
 * why it cannot be had.
 */
bool	guard_ensure(struct nl *owner, const struct nft_state *, char *why, size_t size);
/* Adds the guard's removal to a batch of its owner. */
void	guard_remove(struct batch *);

/* What a guard rule tests and does; built in order. */
enum guard_op {
	GUARD_END,
	GUARD_NIBBLE,		/* conntrack mark's nibble, masked by b, is a */
	GUARD_OTHER_NIBBLE,	/* is not */
	GUARD_STATE,		/* conntrack state is in a */
	GUARD_REPLY,		/* direction: a = 0 original, 1 reply */
	GUARD_PROTOCOL,		/* a */
	GUARD_REDIRECTED,	/* its destination was changed by NAT */
	GUARD_PORT,		/* destination port is a: TCP, UDP */
	GUARD_LOOPBACK,		/* came in on the loopback device */
	GUARD_TO,		/* destination, of family a, begins with address */
	GUARD_NOT_TO,		/* destination is of family a, but does not */
	GUARD_FROM,		/* source likewise */
	GUARD_ICMP6,		/* ICMPv6 type is a..b */
	GUARD_HOPS,		/* IPv6 hop limit is a */
	GUARD_SHORT,		/* packet of at most a bytes */
	GUARD_RESET,		/* TCP RST */
	GUARD_SOCKET,		/* a program's socket sends it */
	GUARD_MARKED,		/* packet mark has a nibble */
	GUARD_UNMARK,		/* take the nibble from the packet mark */
	GUARD_FORGET,		/* take the nibble from the conntrack mark */
	GUARD_ACCEPT,
	GUARD_DROP,
};

struct guard_step {
	enum guard_op	op;
	uint32_t	a, b;
	const uint8_t	*address;	/* b bytes */
};

#define GUARD_STEPS 9

struct guard_rule {
	struct guard_step	step[GUARD_STEPS];	/* ends with GUARD_END */
	bool			beside_security;	/* only where that is there, too */
};

struct guard_chain {
	const char		*name;
	unsigned		 hook;
	int			 priority;
	bool			 closed;	/* what no rule accepts is dropped */
	const struct guard_rule	*rules;		/* ends with an empty rule */
};

extern const struct guard_chain	guard_chains[];	/* ends with a NULL name */

struct nftnl_rule;
void	guard_build(struct nftnl_rule *, const struct guard_rule *);

#endif
