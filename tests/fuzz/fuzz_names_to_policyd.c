/* What resolverd asks and tells policyd. */
#include "message.h"

#include "names.h"

FUZZED_FUNCTIONS(names_ask)
FUZZED_FUNCTIONS(names_learnt)
FUZZED_FUNCTIONS(names_answers)
FUZZED_FUNCTIONS(names_listed)
FUZZED_FUNCTIONS(names_kept)
FUZZED_FUNCTIONS(names_servers)
FUZZED_FUNCTIONS(names_found)
FUZZED_FUNCTIONS(names_caller)
FUZZED_FUNCTIONS(names_sift)

static const struct fuzzed kinds[] = {
	FUZZED(names_ask, NAMES_ASK_MAX),
	FUZZED(names_learnt, NAMES_LEARNT_MAX),
	FUZZED(names_answers, NAMES_ANSWERS_MAX),
	FUZZED(names_listed, NAMES_LISTED_MAX),
	FUZZED(names_kept, NAMES_KEPT_MAX),
	FUZZED(names_servers, NAMES_SERVERS_ARE_MAX),
	FUZZED(names_found, NAMES_FOUND_MAX),
	FUZZED(names_caller, NAMES_CALLER_MAX),
	FUZZED(names_sift, NAMES_SIFT_MAX),
};

FUZZ_MESSAGES(kinds)
