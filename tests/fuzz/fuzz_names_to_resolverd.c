/* What policyd tells resolverd. */
#include "message.h"

#include "names.h"

FUZZED_FUNCTIONS(names_verdict)
FUZZED_FUNCTIONS(names_forget)
FUZZED_FUNCTIONS(names_settings)

static const struct fuzzed kinds[] = {
	FUZZED(names_verdict, NAMES_VERDICT_MAX),
	FUZZED(names_forget, NAMES_FORGET_MAX),
	FUZZED(names_settings, NAMES_SETTINGS_MAX),
};

FUZZ_MESSAGES(kinds)
