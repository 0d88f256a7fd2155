/*
 * Which program the kernel's note of a sender means: of a process that still runs it what
 * identity.h says, of others what the kernel told when the program began (runs.h).
 */
#ifndef WHO_SENDER_H
#define WHO_SENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "processes.h"
#include "who.h"

/* One such question at work. */
struct sending {
	struct who_sender	 s;
	struct proc		*proc;	/* pinned; NULL: nobody, or not looked yet */
	bool			 past;	/* the process does not count any more, only what was told of it */
	unsigned		 tries, untold;
};

/*
 * Goes on finding out. False: identity's ready() follows, then again. True: proc is who
 * sent, and has an id; NULL: nobody knows.
 */
bool	sender_known(struct sending *);
void	sender_end(struct sending *);
/* Is it that very process, which runs still what it ran? Its file's device may be shown as another. */
bool	sender_runs(const struct who_sender *, const struct proc *);

#endif
