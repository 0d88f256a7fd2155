/*
 * Reading descriptor tables of processes into the index (sockets.h).
 */
#ifndef WHO_SCAN_H
#define WHO_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "processes.h"

/* Before any of the others, after procfs_init(). */
void	scan_init(void);
/* One descriptor: true if it is this socket now (and the index knows). tid: see struct hold. */
bool	scan_probe(struct proc *, uint32_t tid, int fd, uint64_t inode);
/*
 * Reads the table from the descriptor `from` on, round to the start, and notes
 * all sockets; stops when it meets the inode want (0: reads all). True: met.
 */
bool	scan_table(struct proc *, uint32_t tid, int from, uint64_t want);
/* Has its table possibly changed since it was read wholly? Costs a look at a clock, not a scan. */
bool	scan_outdated(struct proc *);
/*
 * Reads it if so, a large one in parts: false if there is more to do. For the sweep.
 * light: not if it has as many descriptors as when it was read, where the kernel tells.
 */
bool	scan_update(struct proc *, bool light);
/*
 * The tables of threads that have their own, until the inode want (0: none) is
 * met or the budget is used up. thorough: also of those that look as if they
 * shared their process', going on where the last thorough look ended.
 */
bool	scan_threads(struct proc *, uint64_t want, bool thorough, unsigned *budget);

#endif
