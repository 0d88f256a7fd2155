/*
 * The programs whose hints whod shall read: those that a framework of the policy names.
 */
#ifndef POLICYD_HINTED_H
#define POLICYD_HINTED_H

#include "policy.h"
#include "who.h"

/* Where the message has no place for them all, it says every program. */
void	hinted_by(const struct policy *, struct who_hinted *);

#endif
