/* What uid asks policyd. */
#include "message.h"

#include "ui.h"

FUZZED_FUNCTIONS(ui_query)

static const struct fuzzed kinds[] = {
	FUZZED(ui_query, UI_QUERY_MAX),
};

FUZZ_MESSAGES(kinds)
