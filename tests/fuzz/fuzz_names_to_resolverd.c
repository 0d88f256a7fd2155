/* What policyd tells resolverd. */
#include "message.h"

#include "names.h"

FUZZED_FUNCTIONS(names_verdict)
FUZZED_FUNCTIONS(names_forget)
FUZZED_FUNCTIONS(names_settings)
FUZZED_FUNCTIONS(names_list)
FUZZED_FUNCTIONS(names_unlist)
FUZZED_FUNCTIONS(names_look)
FUZZED_FUNCTIONS(names_sifted)

static const struct fuzzed kinds[] = {
	FUZZED(names_verdict, NAMES_VERDICT_MAX),
	FUZZED(names_forget, NAMES_FORGET_MAX),
	FUZZED(names_settings, NAMES_SETTINGS_MAX),
	FUZZED(names_list, NAMES_LIST_MAX),
	FUZZED(names_unlist, NAMES_UNLIST_MAX),
	FUZZED(names_look, NAMES_LOOK_MAX),
	FUZZED(names_sifted, NAMES_SIFTED_MAX),
};

FUZZ_MESSAGES(kinds)
