/*
 * What people ask of the resolver's cache: the question goes on to resolverd, its words
 * to uid. One look at a time; who may look, uid knows.
 */
#ifndef POLICYD_KEPT_H
#define POLICYD_KEPT_H

#include "names.h"

/* Answers UI_DNS_CACHE: with tell_kept() when resolverd speaks, or with an error. */
void	kept_query(uint32_t query);
/* resolverd's words; those that nobody waits for are left out. -1: more than a look may be. */
int	kept_told(uint32_t look, const struct names_kept *);
/* resolverd is gone: who waits hears it. */
void	kept_lost(void);
/* Once a second: nobody waits for ever. */
void	kept_tick(void);
/* uid is another one: nobody waits. */
void	kept_forget(void);

#endif
