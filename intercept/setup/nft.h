/*
 * nf_tables as the kernel tells it: which tables and chains are there, who
 * owns the guard, which rules lead into our chains; and batches that are done
 * whole or not at all, and only if nothing changed since it was read.
 */
#ifndef SETUP_NFT_H
#define SETUP_NFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

#include "nl.h"
#include "ruleset.h"

#define NFT_TABLES	(2 * RULESET_TABLES)
#define NFT_CHAINS	64

struct nft_chain {
	char		name[NAME_BYTES];
	bool		ours;		/* one of our chains */
	bool		note;
	bool		base;
	bool		accepts;	/* policy of a base chain */
	size_t		rules, led;	/* in all, and those that lead into our chains */
};

struct nft_jump {
	char		chain[128];
	uint64_t	handle;
};

/* A table of iptables. */
struct nft_table {
	int			family;		/* 4 or 6 */
	char			name[NAME_BYTES];
	bool			there;
	uint32_t		use;		/* chains, sets and objects in it */
	size_t			chains, jumps;
	struct nft_chain	chain[NFT_CHAINS];	/* base chains, ours and notes */
	struct nft_jump		jump[TABLE_JUMPS];
};

struct nft_state {
	const struct ruleset	*known[2];	/* v4, v6: whose chains are ours */
	uint32_t		 generation;
	bool			 guard;		/* a table with the guard's name is there */
	uint32_t		 guard_owner;	/* its owner's netlink address; 0: nobody's */
	bool			 guard_stays;	/* it outlives its owner */
	bool			 overflow;	/* more than the arrays above hold */
	struct nft_table	 table[NFT_TABLES];
};

/* Reads the state anew; rules too if wanted (the jumps). -1 with errno. */
int	nft_read(struct nl *, const struct ruleset *v4, const struct ruleset *v6, bool rules,
	    struct nft_state *);

bool	nft_has_table(const struct nft_state *, int family, const char *table);
bool	nft_has_chain(const struct nft_state *, int family, const char *table, const char *chain);
bool	nft_has_note(const struct nft_state *, int family, const char *table, const char *what);
/* Any chain, note or jump of ours. */
bool	nft_has_ours(const struct nft_state *);

uint8_t	nft_family(int family);

/* A batch under construction. Running out of room ends the process. */
struct batch {
	struct nl	*nl;
	size_t		 used;
	uint32_t	 first, last;
	char		 buf[4 * NL_BUFFER];
};
/* generation: fails with ERESTART if the rules changed since; 0: whatever they are. */
void	batch_begin(struct batch *, struct nl *, uint32_t generation);
/* The header of the next message, to be filled. */
struct nlmsghdr *batch_next(struct batch *, unsigned type, uint8_t family, unsigned flags);
/* That message is complete. */
void	batch_take(struct batch *, const struct nlmsghdr *);
int	batch_commit(struct batch *);

#endif
