/* What intercept asks whod. */
#include "message.h"

#include "who.h"

FUZZED_FUNCTIONS(who_ask)
FUZZED_FUNCTIONS(who_hinted)

static const struct fuzzed kinds[] = {
	FUZZED(who_ask, WHO_ASK_MAX),
	FUZZED(who_hinted, WHO_HINTED_MAX),
};

FUZZ_MESSAGES(kinds)
