/*
 * What a child writes to its standard error, line by line into the log.
 */
#ifndef SANDBOX_LINES_H
#define SANDBOX_LINES_H

struct event_base;
struct lines;

/* Takes over fd, the reading end of a pipe. name must live as long. NULL on failure. */
struct lines	*lines_new(struct event_base *, int fd, const char *name);
/* Reads what is there still, then closes. NULL is fine. */
void		 lines_free(struct lines *);

#endif
