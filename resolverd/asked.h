/*
 * Which program asked which name. The cache is everybody's, but no way to learn what
 * others asked: a program's first answer takes as long as it took to get.
 */
#ifndef RESOLVERD_ASKED_H
#define RESOLVERD_ASKED_H

#include "dname.h"

/* To be called once, at start. */
void	asked_init(void);
/* program: as policyd numbers it (asker.h). What was noted long ago may be forgotten. */
bool	asked_before(uint64_t program, const struct dname *, uint16_t type);
void	asked_note(uint64_t program, const struct dname *, uint16_t type);

#endif
