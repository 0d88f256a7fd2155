/*
 * The way into a row of the process table. Each step that fails ends the
 * process: nothing runs half narrowed.
 */
#ifndef SANDBOX_NARROW_H
#define SANDBOX_NARROW_H

#include <stdint.h>

struct narrow_result {
	uint32_t	landlock_abi;	/* reached; 0: none */
	uint32_t	seccomp_rules;	/* rows loaded */
};

void	narrow_enter(const char *name, struct narrow_result *);

#endif
