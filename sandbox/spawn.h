/*
 * fork and exec of a child with exactly the descriptors that it is given.
 */
#ifndef SANDBOX_SPAWN_H
#define SANDBOX_SPAWN_H

#include <sys/types.h>

#include "shared/table.h"

#define SPAWN_FDS	16

struct spawn {
	const struct row	*row;
	int			 binary;	/* O_PATH */
	uid_t			 uid;		/* told to a lasting child, which narrows itself */
	gid_t			 gid;
	const char		*verb;		/* argument, or NULL */
	int			 fd[SPAWN_FDS];	/* becomes descriptor 0, 1, ...; -1: none.
						   0 to 2 without one: /dev/null */
};

/* -1 in all of fd. */
void	spawn_init(struct spawn *, const struct row *, int binary);
/* The pid, or -1. The caller keeps its descriptors. */
pid_t	spawn(const struct spawn *);

#endif
