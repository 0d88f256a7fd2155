/*
 * One process among all of a program.
 */
#ifndef POLICYD_ONE_PROCESS_H
#define POLICYD_ONE_PROCESS_H

#include <stdint.h>

/* Each whod gives it another id; what the kernel says of it stays. */
struct one_process {
	uint64_t	id;	/* 0: none, but all of them */
	uint64_t	start;
	uint32_t	pid;
};

#endif
