/*
 * Grants that the kernel uses by itself (bpf/maps.h: grants): for one process, or for all of
 * one program, from one address of this machine to one address and port. Each has a number,
 * never used again, by which its uses are told.
 */
#ifndef INTERCEPT_LENT_H
#define INTERCEPT_LENT_H

#include "kernel.h"

struct lent {
	struct kernel_grant_key	key;
	uint64_t		process;	/* whod's id of whom it was given for */
	uint32_t		reason;		/* policyd's */

	/* lent.c's own */
	uint64_t		id;
	uint32_t		generation;
	uint32_t		before, after, next_key, next_process;	/* place + 1 */
	bool			ended, in_kernel;
};

/* Deletes what an earlier intercept left. */
void			 lent_open(void);
/* Uses must have been read before: what makes room is forgotten. */
void			 lent_add(const struct kernel_grant_key *, uint64_t process, uint32_t reason);
/* The grant that was used, also one that ended since; NULL: it is not known any more. */
const struct lent	*lent_used(uint64_t id);
/* Does it count still? */
bool			 lent_counts(const struct lent *);
bool			 lent_to_program(const struct lent *);
void			 lent_end(uint64_t id);
void			 lent_end_process(uint64_t process);
/* All, by one write. */
void			 lent_end_all(void);
/* Once a second. */
void			 lent_tick(void);
uint32_t		 lent_count(void);

#endif
