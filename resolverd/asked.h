/*
 * Which program got which answer. The cache is everybody's, but no way to learn what
 * others asked: an answer that a program has not had yet takes as long as it took to get,
 * also one in the place of another that it had. But one that was asked for before the end of
 * another takes no time for who had that one, as long as that one would have held, and for who
 * asked in its last tenth (cache_is_late()): to that program it is as if its own question had
 * brought it.
 */
#ifndef RESOLVERD_ASKED_H
#define RESOLVERD_ASKED_H

#include "cache.h"

/* To be called once, at start. */
void	asked_init(void);
/*
 * Need it take no time, for this program, by its number (asker.h)? Then it has it from now on. What
 * was noted long ago may be forgotten.
 */
bool	asked_before(uint64_t program, const struct cached *, int64_t now_s);
void	asked_note(uint64_t program, const struct cached *);
/* It asked for this one in its last tenth. */
void	asked_late(uint64_t program, const struct cached *);

#endif
