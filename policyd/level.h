/*
 * The level in force: what a command set (level_hand.h), else the higher one of
 * bulwark.conf's and what a reason asks for by itself (level_auto.h). A command
 * goes before both.
 */
#ifndef POLICYD_LEVEL_H
#define POLICYD_LEVEL_H

#include "policy.h"

#define LEVEL_WHY	128

/* Reads what was written down. folder: the state's, kept; changed() as level_auto_start(). */
void		 level_start(const char *folder, void (*changed)(void));
/* A new policy may name a level, a reason may have come or gone. True if the one in force changed. */
bool		 level_follow(const struct policy *);
/*
 * A command: for_s seconds (0: for good); level 0 forgets the one before. 0, or -1: it
 * holds, but could not be written down.
 */
int		 level_set(enum level level, uint32_t for_s, uint32_t uid, const struct policy *);
/* Once a second; level_follow() is to be called after it. */
void		 level_tick(void);
enum level	 level_now(void);
const char	*level_why(void);
/* Who made it so: "user 0", "files", "policyd"; and what went before it, "" or a sentence with a colon. */
const char	*level_who(void);
const char	*level_news(void);

#endif
