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

/* What lies behind those that are there is nobody's. */
static bool
learnt_equal(const void *x, const void *y)
{
	static uint8_t	a[NAMES_LEARNT_MAX], b[NAMES_LEARNT_MAX];
	size_t		n = names_learnt_pack(x, a, sizeof(a));

	return n == names_learnt_pack(y, b, sizeof(b)) && memcmp(a, b, n) == 0;
}

static const struct fuzzed kinds[] = {
	FUZZED(names_ask, NAMES_ASK_MAX),
	FUZZED_AS(names_learnt, NAMES_LEARNT_MAX, learnt_equal),
	FUZZED(names_answers, NAMES_ANSWERS_MAX),
	FUZZED(names_listed, NAMES_LISTED_MAX),
	FUZZED(names_kept, NAMES_KEPT_MAX),
	FUZZED(names_servers, NAMES_SERVERS_ARE_MAX),
	FUZZED(names_found, NAMES_FOUND_MAX),
	FUZZED(names_caller, NAMES_CALLER_MAX),
	FUZZED(names_sift, NAMES_SIFT_MAX),
};

FUZZ_MESSAGES(kinds)
