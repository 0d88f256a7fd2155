/*
 * What switches the level by itself: reasons that come and go. One that has ended
 * counts for another LEVEL_AUTO_HOLD_S seconds, so that a reason that comes and
 * goes does not make the level come and go. Facts are told by those who find
 * them: of the network, and of attacks.
 */
#ifndef POLICYD_LEVEL_AUTO_H
#define POLICYD_LEVEL_AUTO_H

#include "file.h"

#define LEVEL_AUTO_HOLD_S	30

/*
 * Reasons that counted when policyd ended count on, as if they had ended just now:
 * the level is right before anybody has told a fact. changed() is called when a
 * fact makes a reason come. folder is kept, not copied.
 */
void		 level_auto_start(const char *folder, void (*changed)(void));
void		 level_fact_network(bool known);
void		 level_fact_attack(bool is);
/* Once a second. */
void		 level_auto_tick(void);
/* The highest level that a reason asks for, and which one; 0: none. conf may be NULL. */
enum level	 level_auto(const struct conf *, enum level_reason *);
/* For people: "unknown network". */
const char	*level_reason_text(enum level_reason);

#endif
