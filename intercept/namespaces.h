/*
 * Forwarded packets: which network namespace they come from, and a process of it.
 */
#ifndef INTERCEPT_NAMESPACES_H
#define INTERCEPT_NAMESPACES_H

#include "owner.h"
#include "who.h"

struct event_base;

/* Before the first packet. */
void	namespaces_start(struct event_base *);
/* Asks whod for processes at once; or as soon as the last question is answered, and some time after it. */
void	namespaces_ask(void);
void	namespaces_ask_soon(void);
/* The answer to the question of this number. */
void	namespaces_learn(uint32_t number, const struct who_namespaces *);
/* whod's ids are void; a question that it did not answer never will be. */
void	namespaces_forget(void);
/* Such an id ended. */
void	namespaces_gone(uint64_t process);
/* By which interface it came: sets behind and behind_guessed. */
void	namespaces_see(const struct meeting *, struct sighting *);
/*
 * Who is at the other end: sets owner, and the holder if one is known. False: whod is asked first, and
 * its answer (who_ops.namespaces) is to be waited for.
 */
bool	namespaces_settle(struct sighting *);

#endif
