/* See judged.h. A ring: intercept asks about no more at a time, and ends a flow by the newest verdict on it. */
#include <string.h>

#include "judged.h"
#include "reasons.h"

static struct ui_event	kept[DECIDE_AGAIN_MAX];
static uint64_t		flow[DECIDE_AGAIN_MAX];		/* theirs, to be looked for */
static unsigned		next;

void
judged_keep(const struct ui_event *e)
{
	flow[next] = e->flow;
	kept[next] = *e;
	next = (next + 1) % DECIDE_AGAIN_MAX;
}

void
judged_forget(void)
{
	memset(flow, 0, sizeof flow);
}

static const struct ui_event *
newest(uint64_t of)
{
	for (unsigned i = DECIDE_AGAIN_MAX; i > 0; i--) {
		unsigned at = (next + i - 1) % DECIDE_AGAIN_MAX;

		if (flow[at] == of)
			return &kept[at];
	}
	return NULL;
}

bool
judged_ended(const struct decide_judged_anew *j, struct ui_event *out)
{
	static const struct step	 unjudged = { .action = ACTION_DROP, .say = SAY_UNJUDGED };
	const struct ui_event		*last = newest(j->flow);

	if (last == NULL)
		return false;
	*out = *last;
	if (j->reason == 0) {	/* not by that verdict */
		out->action = unjudged.action;
		out->permanent = true;
		out->latency_us = 0;
		out->reason = reasons_number(&unjudged);
	}
	return true;
}
