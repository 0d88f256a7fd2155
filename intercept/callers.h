/*
 * Callers at the Unix door of the suite's name server: which program holds the other
 * end of such a connection. policyd asks; whod names the holders, as of any socket.
 */
#ifndef INTERCEPT_CALLERS_H
#define INTERCEPT_CALLERS_H

#include "decide.h"
#include "who.h"

/* Answers policyd by a notice, now or later, or not at all: nobody, or more than one, holds it. */
void	callers_whose(const struct decide_whose *);
/* To a question that bears FLOW_ASK_CALLER. */
void	callers_answer(const struct who_answer *);
/* A fresh whod knows nothing of what the last one was asked. */
void	callers_forget(void);

#endif
