/* What is there of our rules, compared with what should be. Reads only. */
#ifndef SETUP_PRESENT_H
#define SETUP_PRESENT_H

#include <stdbool.h>
#include <stddef.h>

#include "nft.h"
#include "ruleset.h"
#include "setup.h"

#define WHY_BYTES	512

struct present {
	struct nft_state	nft;
	struct ruleset		have[2];	/* v4, v6 */
};

/* -1: why says what cannot be read. What it took is freed by present_free(), also then. */
int	present_read(struct setup *, struct present *, char *why, size_t size);
void	present_free(struct present *);

/* The guard stands, outlives its owner, and is the parent's: nobody can take it away meanwhile. */
bool	present_guarded(const struct setup *, const struct present *);
/* What should be there depends on the guard: without it more. Sets want in the setup. */
void	present_want(struct setup *, bool guarded);
/* True if all is as it should be; else why says the first difference, "IPv6 mangle OUTPUT ...". */
bool	present_same(struct setup *, const struct present *, char *why, size_t size);
/*
 * True if all is as another start of the suite has it: with its own lines for the kernel's part, or
 * without any, for a guard or without. Such rules are renewed, but nobody changed them.
 */
bool	present_of_other_start(const struct setup *, const struct present *);

#endif
