/*
 * Refusals that the kernel carries out by itself (bpf/maps.h: refusals): connect(), and what is sent by UDP with
 * an address, fail at once where one process, or each of one program, was refused that address and port. Each
 * has a number, never used again, by which its uses are told. They end with the generation; who calls without
 * one comes to the queue.
 */
#ifndef INTERCEPT_REFUSALS_H
#define INTERCEPT_REFUSALS_H

#include "kernel.h"

struct refusal {
	struct kernel_refusal_key key;
	uint64_t	process;	/* whod's id of whom it was given for */
	uint32_t	reason;		/* policyd's */
	uint8_t		local[16];	/* from where it tried */

	/* refusals.c's own */
	uint64_t	id;		/* 0: free */
	uint32_t	generation, used;
	uint16_t	next, before;	/* of its process's; those of a program are in no list */
	bool		ended;
};

/* Deletes what an earlier intercept left. */
void			 refusals_open(void);
/* The members before the id. Not taken where refusals_pass() was told of that address and port. */
void			 refusals_add(const struct refusal *);
/* The one that was used, also one that ended since; NULL: it is not known any more. */
const struct refusal	*refusals_used(uint64_t id);
bool			 refusals_of_program(const struct refusal *);
/* What was given for a program does not end with the process that it was asked for. */
void			 refusals_end_process(uint64_t process);
/*
 * UDP with this end passes, and a refusal does not tell it from what is refused (it came in, or is permitted by more
 * than a refusal's key): those to there end, and none is taken from now on.
 */
void			 refusals_pass(uint8_t family, const uint8_t address[16], uint16_t port);
/* A new generation began: none counts any more. */
void			 refusals_end_all(void);

#endif
