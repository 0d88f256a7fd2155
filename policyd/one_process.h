/*
 * One process among all of a program.
 */
#ifndef POLICYD_ONE_PROCESS_H
#define POLICYD_ONE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

/* Its id is another one whenever its cgroup or the like changes, and from each whod; what the kernel says stays. */
struct one_process {
	uint64_t	id;	/* 0: none, but all of them */
	uint64_t	start;
	uint32_t	pid;
};

/* Under whichever id. */
static inline bool
is_same_process(const struct one_process *a, const struct one_process *b)
{
	return (a->id == 0) == (b->id == 0) && a->pid == b->pid && a->start == b->start;
}

#endif
