/*
 * Are queue and port 53 really ours? Each minute resolverd sends a question to a server
 * that is nowhere (resolverd/selfcheck.h): its packet must come to the queue, and so to
 * policyd, and then by the kernel's rules back to resolverd, which says so. Whatever
 * stands in the way of both, whoever put it there, is found by what is missing.
 */
#ifndef POLICYD_SELFCHECK_H
#define POLICYD_SELFCHECK_H

#include <stdbool.h>
#include <stdint.h>

#define SELFCHECK_FIRST_S	10	/* after intercept and resolverd are there: who starts has much to ask */
#define SELFCHECK_EACH_S	60
#define SELFCHECK_WAIT_S	3	/* for one to come */
#define SELFCHECK_AGAIN_S	5	/* while something is wrong */
#define SELFCHECK_MISSES	2	/* so many in a row say that something is */

/* Once a second; monotonic time. */
void	selfcheck_tick(int64_t now_s);
/* Its flow was judged. */
void	selfcheck_queued(void);
/* It came to resolverd's door. */
void	selfcheck_came(uint32_t id);
/* intercept or resolverd is another one, or gone: what is on its way counts for nothing. */
void	selfcheck_pause(void);
/* Do the kernel's rules stand? Without them nothing is looked for, as that is known and said. */
void	selfcheck_rules(bool stand);
/* For people, at most 127 bytes; NULL: nothing is wrong, as far as known. */
const char *selfcheck_wrong(void);

#endif
