/*
 * The rules as they should be: the built-in text with the lifelines put in,
 * and what has to be fed to iptables-restore to get there from what is there.
 */
#ifndef SETUP_RULES_H
#define SETUP_RULES_H

#include <stdbool.h>

#include "lifeline.h"
#include "ruleset.h"
#include "text.h"

struct nft_state;

/* Before the name of a load's folder, and with it in the rules: FD_SETUP_KERNEL. */
#define KERNEL_FOLDER	"/proc/self/fd/5/"

/* All of one family, lifelines in their places, lines for the kernel's part if it has a name. */
void	rules_expected(int family, const struct lifelines *, struct ruleset *);

/*
 * Input for iptables-restore --noflush: only the tables that differ. In each,
 * our jumps of now go and are put first again, our chains are filled anew, and
 * notes are left for what was not there before (acct: byte counting was off).
 */
void	rules_restore(int family, const struct lifelines *, const struct ruleset *want,
	    const struct ruleset *have, const struct nft_state *, bool acct, struct text *);

#endif
