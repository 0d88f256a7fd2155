/*
 * A set of processes that were seen to hold a socket; at most one entry a
 * process. Programs of one class count once (HOLDERS_MAX is about classes).
 */
#ifndef WHO_HOLDERS_H
#define WHO_HOLDERS_H

#include <stdbool.h>
#include <stdint.h>

#include "processes.h"

#define SET_MAX	256	/* processes that are looked at for one socket */

struct holder {
	struct proc	*proc;
	uint64_t	 inode;		/* what it was seen to hold, and where */
	uint32_t	 tid;
	int		 fd;
	bool		 indexed;	/* it was known to hold it before this question */
	bool		 again;		/* and at other numbers too */
};

struct holder_set {
	unsigned	count;
	bool		too_many;
	bool		unsure;		/* a socket's holder was not seen, and may be there */
	struct holder	holder[SET_MAX];
};

/* Nothing is added twice; beyond SET_MAX too_many is set. */
void	holders_clear(struct holder_set *);
void	holders_add(struct holder_set *, const struct holder *);
bool	holders_has(const struct holder_set *, const struct proc *);

#endif
