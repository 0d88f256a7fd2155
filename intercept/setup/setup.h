/*
 * The verbs of bulwark-setup. Each prints its one line by setup_say() and
 * returns the exit status.
 */
#ifndef SETUP_SETUP_H
#define SETUP_SETUP_H

#include "lifeline.h"
#include "nl.h"
#include "ruleset.h"

struct setup {
	struct lifelines	lifelines;
	struct ruleset		ours[2];	/* v4, v6: whose chains are ours, wanted or not */
	struct ruleset		want[2];
	struct nl		nl;		/* our own netfilter socket */
	struct nl		guard;		/* the parent's; fd -1 without one */
	int			existing;	/* file for the flows that were there; -1 */
};

/* The line that the caller reads, and nothing after it. */
void	setup_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

int	setup_load(struct setup *);
int	setup_check(struct setup *);
int	setup_release(struct setup *);
int	setup_kernel(struct setup *);		/* needs no more than lifelines.kernel */

/* 0 with no gate at any device any more; -1 with errno. */
int	gate_remove(void);

/* net.netfilter.nf_conntrack_acct: 0, 1, or -1 where it cannot be read. */
int	acct_get(void);
int	acct_set(int);

#endif
