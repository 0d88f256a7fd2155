/* What whod tells intercept. */
#include "message.h"

#include "who.h"

FUZZED_FUNCTIONS(who_holders)
FUZZED_FUNCTIONS(process)
FUZZED_FUNCTIONS(who_gone)
FUZZED_FUNCTIONS(who_shared)
FUZZED_FUNCTIONS(who_stats)
FUZZED_FUNCTIONS(who_namespaces)

static const struct fuzzed kinds[] = {
	FUZZED(who_holders, WHO_HOLDERS_MAX),
	FUZZED(process, WHO_PROCESS_MAX),
	FUZZED(who_gone, WHO_GONE_MAX),
	FUZZED(who_shared, WHO_SHARED_MAX),
	FUZZED(who_stats, WHO_STATS_MAX),
	FUZZED(who_namespaces, WHO_NAMESPACES_MAX),
};

FUZZ_MESSAGES(kinds)
