/*
 * A descriptor whose news nobody waits for, mostly: it is read some milliseconds after it became readable, with what
 * came along, many at a time.
 */
#ifndef INTERCEPT_LATER_H
#define INTERCEPT_LATER_H

#include <stdbool.h>

struct event;
struct event_base;

struct later {
	unsigned	first_ms;	/* from readable until it is read; below 1000. 0: at once */
	unsigned	again_ms;	/* from then until it is looked at once more, readable or not; below 1000 */
	bool		(*read)(void);	/* all there is; true: look once more. False: wait until it is readable */
	bool		(*urgent)(void);	/* somebody does wait: it is read at once; NULL: never */

	/* later.c's own */
	struct event	*readable, *again;
};

/* The struct stays the caller's, as long as the loop. */
void	later_start(struct later *, struct event_base *, int fd);
/* It became urgent: what is there is read next. Nothing before later_start(). */
void	later_hurry(struct later *);

#endif
