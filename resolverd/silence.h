/*
 * No server for names answers any more, or one does again: told to policyd and in the log when it
 * has been so for a second, since a single question that is lost says little.
 */
#ifndef RESOLVERD_SILENCE_H
#define RESOLVERD_SILENCE_H

struct event_base;

/* Once, at start. */
void	silence_init(struct event_base *);

#endif
