/*
 * How many questions of a process, of a program and of a user wait for servers: each has its
 * share, so that the next one finds room, also at the validator, which takes fewer at a time
 * than all that may wait (VALIDATE_WAITING).
 */
#ifndef RESOLVERD_SHARE_H
#define RESOLVERD_SHARE_H

#include "asker.h"
#include "validate.h"

#define SHARE_ASKER	(VALIDATE_WAITING / 4)
#define SHARE_PROGRAM	(VALIDATE_WAITING / 8 * 3)	/* all that run it for one user */
#define SHARE_USER	(VALIDATE_WAITING / 2)

/* To be called once, at start. */
void		 share_init(void);
/* Counts one more. NULL, or whose share is used up, in words; then nothing is counted. */
const char	*share_take(const struct who *);
/* Counts one more, whatever share that one has left. */
void		 share_keep(const struct who *);
/* Takes one back that these counted. */
void		 share_give(const struct who *);

#endif
