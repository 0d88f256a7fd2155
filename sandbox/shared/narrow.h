/*
 * The way into a row of the process table. Each step that fails ends the
 * process: nothing runs half narrowed.
 */
#ifndef SANDBOX_NARROW_H
#define SANDBOX_NARROW_H

#include <sys/types.h>

#include "table.h"

/* By which the parent tells a child its ids: "UID:GID", decimal. */
#define NARROW_USER_ENV "BULWARK_USER"

struct narrow_result {
	uint32_t	landlock_abi;	/* reached; 0: none */
	uint32_t	seccomp_rules;	/* rows loaded */
};

/* A child, by the name of its row; ids from the environment. */
void	narrow_enter(const char *name, struct narrow_result *);

/*
 * The same with everything given; binary: what a one-shot row is about to
 * run, else -1. The steps one by one are for the tests.
 */
void	narrow_row(const struct row *, uid_t, gid_t, int binary, struct narrow_result *);
void	narrow_limits(const struct row *);
void	narrow_root(const struct row *);
void	narrow_ids(const struct row *, uid_t, gid_t);
/* Sets the capabilities of a process that stays root; also the parent's. */
void	narrow_caps(uint64_t caps);

#endif
