/* Taking our rules out of a table of iptables. */
#ifndef SETUP_REMOVE_H
#define SETUP_REMOVE_H

#include "nft.h"

/*
 * Adds to the batch that our jumps and chains in the table go, and the base chains and the table that
 * were not there before us and that nobody uses besides. The state was read with its rules.
 */
void	nft_remove_ours(struct batch *, const struct nft_state *, const struct nft_table *);

#endif
