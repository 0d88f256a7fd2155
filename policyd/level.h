/*
 * The level in force. Set by a command it holds over restarts, until another
 * command, or until bulwark.conf names another level than it did then.
 */
#ifndef POLICYD_LEVEL_H
#define POLICYD_LEVEL_H

#include "policy.h"

#define LEVEL_WHY	128

/* Reads what was written down. folder: the state's. */
void		 level_start(const char *folder);
/* A new policy may name a level. True if the one in force changed. */
bool		 level_follow(const struct policy *);
/* 0, or -1: it holds, but could not be written down. */
int		 level_set(enum level, uint32_t uid, const struct policy *);
enum level	 level_now(void);
const char	*level_why(void);

#endif
