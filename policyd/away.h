/*
 * The newest decisions while nobody hears of them: uid starts a moment after
 * policyd, and again when it failed. What is older is counted.
 */
#ifndef POLICYD_AWAY_H
#define POLICYD_AWAY_H

#include "ui.h"

#define AWAY_EVENTS	256

void	away_keep(const struct ui_event *);
/* The flow ended: it must not be told as one that lives. */
void	away_end(uint64_t flow);
/* Tells all that is kept, the oldest first, and forgets it; returns how many were not kept. */
uint32_t away_tell(void (*tell)(const struct ui_event *));

#endif
