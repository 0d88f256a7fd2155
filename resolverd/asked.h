/*
 * Which program got which answer. The cache is everybody's, but no way to learn what
 * others asked: an answer that a program has not had yet takes as long as it took to get,
 * also one in the place of another that it had.
 */
#ifndef RESOLVERD_ASKED_H
#define RESOLVERD_ASKED_H

#include "cache.h"

/* To be called once, at start. */
void	asked_init(void);
/* program: as policyd numbers it (asker.h). What was noted long ago may be forgotten. */
bool	asked_before(uint64_t program, const struct cached *);
void	asked_note(uint64_t program, const struct cached *);

#endif
