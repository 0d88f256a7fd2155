/* What intercept asks and tells policyd. */
#include "message.h"

#include "decide.h"
#include "who.h"

FUZZED_FUNCTIONS(process)
FUZZED_FUNCTIONS(decide_request)
FUZZED_FUNCTIONS(decide_notice)
FUZZED_FUNCTIONS(decide_uses)
FUZZED_FUNCTIONS(decide_ends)
FUZZED_FUNCTIONS(decide_stats)
FUZZED_FUNCTIONS(who_gone)
FUZZED_FUNCTIONS(decide_judged_anew)
FUZZED_FUNCTIONS(decide_links)
FUZZED_FUNCTIONS(decide_below)

static const struct fuzzed kinds[] = {
	FUZZED(process, DECIDE_PROCESS_MAX),
	FUZZED(decide_request, DECIDE_REQUEST_MAX),
	FUZZED(decide_notice, DECIDE_NOTICE_MAX),
	FUZZED(decide_uses, DECIDE_USES_MAX),
	FUZZED(decide_ends, DECIDE_ENDS_MAX),
	FUZZED(decide_stats, DECIDE_STATS_MAX),
	FUZZED(who_gone, DECIDE_GONE_MAX),
	FUZZED(decide_judged_anew, DECIDE_JUDGED_ANEW_MAX),
	FUZZED(decide_links, DECIDE_LINKS_MAX),
	FUZZED(decide_below, DECIDE_BELOW_MAX),
};

FUZZ_MESSAGES(kinds)
