/* What policyd tells uid. */
#include "message.h"

#include "ui.h"
#include "who.h"

FUZZED_FUNCTIONS(process)
FUZZED_FUNCTIONS(ui_reason)
FUZZED_FUNCTIONS(ui_events)
FUZZED_FUNCTIONS(decide_ends)
FUZZED_FUNCTIONS(ui_status)
FUZZED_FUNCTIONS(ui_notice)
FUZZED_FUNCTIONS(ui_answer)
FUZZED_FUNCTIONS(who_gone)
FUZZED_FUNCTIONS(control_suite)
FUZZED_FUNCTIONS(names_answers)
FUZZED_FUNCTIONS(names_kept)
FUZZED_FUNCTIONS(decide_below)

/* Rows point into storage, which is each answer's own. */
static bool
answers_equal(const void *x, const void *y)
{
	const struct ui_answer *a = x, *b = y;
	size_t i;

	if (a->count != b->count || a->last != b->last || a->error != b->error)
		return false;
	for (i = 0; i < a->count; i++) {
		const struct ui_row *r = &a->row[i], *s = &b->row[i];

		if (r->check != s->check || r->action != s->action || r->line != s->line ||
		    strcmp(r->name, s->name) != 0 || strcmp(r->file, s->file) != 0 ||
		    strcmp(r->text, s->text) != 0)
			return false;
	}
	return true;
}

static const struct fuzzed kinds[] = {
	FUZZED(process, UI_PROCESS_MAX),
	FUZZED(ui_reason, UI_REASON_MAX),
	FUZZED(ui_events, UI_EVENTS_MAX),
	FUZZED(decide_ends, UI_ENDS_MAX),
	FUZZED(ui_status, UI_STATUS_MAX),
	FUZZED(ui_notice, UI_NOTICE_MAX),
	FUZZED_AS(ui_answer, UI_ANSWER_MAX, answers_equal),
	FUZZED(who_gone, UI_GONE_MAX),
	FUZZED(control_suite, UI_SUITE_MAX),
	FUZZED(names_answers, UI_NAMES_MAX),
	FUZZED(names_kept, UI_KEPT_MAX),
	FUZZED(decide_below, UI_BELOW_MAX),
};

FUZZ_MESSAGES(kinds)
