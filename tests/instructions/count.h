/*
 * Counts the instructions of operations, for callgrind: tests/instructions/run.
 */
#ifndef TESTS_INSTRUCTIONS_COUNT_H
#define TESTS_INSTRUCTIONS_COUNT_H

#include <stdio.h>

#include <valgrind/callgrind.h>

#define COUNT_WARM	64	/* before it counts: what is done once is done by then */
#define COUNT_TIMES	1000
#define COUNT_ALL	(COUNT_WARM + COUNT_TIMES)

/* Runs operation(0), operation(1), ...: a dump of callgrind's is named with name and with how many it counts. */
static inline void
count(const char *name, void (*operation)(unsigned n))
{
	char	dump[64];
	unsigned n = 0;

	(void)snprintf(dump, sizeof(dump), "%s %d", name, COUNT_TIMES);
	while (n < COUNT_WARM)
		operation(n++);
	CALLGRIND_ZERO_STATS;
	while (n < COUNT_ALL)
		operation(n++);
	CALLGRIND_DUMP_STATS_AT(dump);
}

#endif
