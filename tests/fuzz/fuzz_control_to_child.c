/* What bulwarkd tells its children. */
#include "message.h"

#include "control.h"

FUZZED_FUNCTIONS(control_peer)
FUZZED_FUNCTIONS(control_ping)
FUZZED_FUNCTIONS(control_suite)
FUZZED_FUNCTIONS(control_rules)
FUZZED_FUNCTIONS(control_resolvers)
FUZZED_FUNCTIONS(control_zone)

static const struct fuzzed kinds[] = {
	FUZZED(control_peer, CONTROL_PEER_MAX),
	FUZZED(control_ping, CONTROL_PING_MAX),
	FUZZED(control_suite, CONTROL_SUITE_MAX),
	FUZZED(control_rules, CONTROL_RULES_MAX),
	FUZZED(control_resolvers, CONTROL_RESOLVERS_MAX),
	FUZZED(control_zone, CONTROL_ZONE_MAX),
};

FUZZ_MESSAGES(kinds)
