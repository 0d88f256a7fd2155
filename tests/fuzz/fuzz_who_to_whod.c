/* What intercept asks whod. */
#include "message.h"

#include "who.h"

FUZZED_FUNCTIONS(who_ask)

static const struct fuzzed kinds[] = {
	FUZZED(who_ask, WHO_ASK_MAX),
};

FUZZ_MESSAGES(kinds)
