/*
 * Reasons by number. A reason is told to uid once and then named by its number,
 * which grants and events carry; the same reason keeps its number over new
 * policies, and no number ever stands for another one.
 */
#ifndef POLICYD_REASONS_H
#define POLICYD_REASONS_H

#include "judge.h"
#include "ui.h"

#define REASONS_MOST	32768	/* then all are forgotten, and numbers go on */

/* Never 0. Takes what it needs of the step and its policy. */
uint32_t	reasons_number(const struct step *);
/* NULL: not known any more. */
const struct ui_reason *reasons_find(uint32_t number);
/* Which uid was told of it (tell.c); 0: none. */
uint32_t	reason_told(uint32_t number);
void		reason_set_told(uint32_t number, uint32_t);

#endif
