/*
 * Shares: whoever causes questions (a user, or a source address) holds at most
 * an eighth of what may wait, so that one cannot take the place of all others.
 */
#ifndef INTERCEPT_SUBJECT_H
#define INTERCEPT_SUBJECT_H

#include "queue.h"

#define SUBJECT_SHARE	8	/* one part in so many */
#define SUBJECTS	8192	/* counters; two subjects that meet in one share it */

/* A number below SUBJECTS. OUT: the sending user; else the source address or, for IPv6, its /64. */
uint32_t	subject_of(const struct queued *, const struct tuple *);
/* Takes one more place of max; false when the subject has its share, nothing is taken then. */
bool		subject_take(uint32_t subject, unsigned max);
void		subject_give(uint32_t subject, unsigned places);
/* Subjects that hold a place now. */
unsigned	subject_count(void);

#endif
