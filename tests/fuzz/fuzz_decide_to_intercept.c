/* What policyd answers intercept. */
#include "message.h"

#include "decide.h"
#include "who.h"

FUZZED_FUNCTIONS(decide_verdict)
FUZZED_FUNCTIONS(decide_revoke)
FUZZED_FUNCTIONS(decide_whose)
FUZZED_FUNCTIONS(decide_below_may)
FUZZED_FUNCTIONS(decide_below_close)
FUZZED_FUNCTIONS(who_hinted)

static const struct fuzzed kinds[] = {
	FUZZED(decide_verdict, DECIDE_VERDICT_MAX),
	FUZZED(decide_revoke, DECIDE_REVOKE_MAX),
	FUZZED(decide_whose, DECIDE_WHOSE_MAX),
	FUZZED(decide_below_may, DECIDE_BELOW_MAY_MAX),
	FUZZED(decide_below_close, DECIDE_BELOW_CLOSE_MAX),
	FUZZED(who_hinted, DECIDE_HINTED_MAX),
};

FUZZ_MESSAGES(kinds)
