/* What a child may tell bulwarkd. */
#include "message.h"

#include "control.h"

FUZZED_FUNCTIONS(control_hello)
FUZZED_FUNCTIONS(control_ready)
FUZZED_FUNCTIONS(control_ping)
FUZZED_FUNCTIONS(control_log)
FUZZED_FUNCTIONS(control_rules_changed)

static const struct fuzzed kinds[] = {
	FUZZED(control_hello, CONTROL_HELLO_MAX),
	FUZZED(control_ready, CONTROL_READY_MAX),
	FUZZED(control_ping, CONTROL_PONG_MAX),
	FUZZED(control_log, CONTROL_LOG_MAX),
	FUZZED(control_rules_changed, CONTROL_RULES_CHANGED_MAX),
};

FUZZ_MESSAGES(kinds)
