/*
 * What people ask of the resolver: what it keeps, how its servers do, what a name would
 * meet. The question goes on to resolverd, its words to uid. One look at a time; who may
 * look, uid knows.
 */
#ifndef POLICYD_KEPT_H
#define POLICYD_KEPT_H

#include "names.h"

/* Answers UI_DNS_CACHE and UI_DNS_SERVERS when resolverd speaks, or with an error. */
void	kept_query(uint32_t query, const struct names_look *);
/* Does nobody look just now? */
bool	kept_is_free(void);
/* At a name: explain_found() will hear. False: resolverd can't be asked now. */
bool	kept_name(uint32_t query, const struct names_look *);
/* resolverd's words; those that nobody waits for are left out. -1: more than a look may be. */
int	kept_told(uint32_t look, const struct names_kept *);
/* file: bulwark.conf, for people. */
void	kept_servers(uint32_t look, struct names_servers *, const char *file);
void	kept_found(uint32_t look, const struct names_found *);
/* resolverd is gone: who waits hears it. */
void	kept_lost(void);
/* Once a second: nobody waits for ever. */
void	kept_tick(int64_t now_s);
/* uid is another one: nobody waits. */
void	kept_forget(void);

#endif
