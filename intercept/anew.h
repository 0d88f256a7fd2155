/*
 * Judging live flows anew: after a revocation, after a restart, when a socket
 * got another holder. In small groups, so that new flows are not held up.
 */
#ifndef INTERCEPT_ANEW_H
#define INTERCEPT_ANEW_H

#include "decide.h"
#include "flow.h"
#include "live.h"
#include "who.h"

/* Every live flow; while that is going on: once more, after the last one. */
void	anew_all(void);
/* The same for a policyd that knows of none yet: those older than the suite are told to be so. */
void	anew_introduce(void);
/* One live flow, by its place; at a bound: all. */
void	anew_one(uint32_t live);
/* The flows of a socket that another program got, with the next anew_go_on(); at a higher bound: all, in their turn. */
void	anew_socket(uint32_t inode);
/* What is judged anew: how it began, and by which sockets anew_socket() finds it. */
void	anew_seen(struct live *, const struct sighting *);
/* Goes on where there is room; called at the end of each wake-up. */
void	anew_go_on(void);
/* policyd's word on such a flow; the caller forgets the flow afterwards. */
void	anew_verdict(struct flow *, const struct decide_verdict *);
/* whod is gone, who would have said whose it is; the caller forgets the flow. anew_resume(): a fresh one is there. */
void	anew_put_off(const struct flow *);
void	anew_resume(void);
/*
 * Is its socket gone, for which whod found nobody? Then the flow is ended, as it is when that is seen before whod is
 * asked; the caller forgets it.
 */
bool	anew_gone(const struct flow *);
/* It got none (no room, no owner): ended. */
void	anew_end(struct flow *, uint8_t is, uint32_t reason);
/* True while some wait to be asked. */
bool	anew_busy(void);

#endif
