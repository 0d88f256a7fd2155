/*
 * Verdicts on live flows that are judged anew. Told are only those that end a flow, which intercept says
 * (DECIDE_JUDGED_ANEW) when it has done so.
 */
#ifndef POLICYD_JUDGED_H
#define POLICYD_JUDGED_H

#include <stdbool.h>

#include "decide.h"
#include "ui.h"

/* Copied; kept until DECIDE_AGAIN_MAX more are. */
void	judged_keep(const struct ui_event *);
/* Of another intercept's flows nothing is ended. */
void	judged_forget(void);
/* What ended this flow, to be told; false: no verdict on it is known. */
bool	judged_ended(const struct decide_judged_anew *, struct ui_event *);

#endif
