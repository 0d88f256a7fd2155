/*
 * Tells when something in the policy folders changed. Where the kernel gives no
 * notice (no inotify, no watch left), it is looked every two seconds.
 */
#ifndef POLICYD_WATCH_H
#define POLICYD_WATCH_H

#include <stdbool.h>

struct event_base;

/* Before the process narrows itself. */
void	watch_open(void);
/* changed() is called once for a burst of changes, and may call watch_folder(). */
void	watch_start(struct event_base *, void (*changed)(void));
/* Watching a folder again is free; one that is not there is not an error. */
void	watch_folder(const char *path);
/* A look at all files begins: it sees whatever was told before. */
void	watch_begin(void);
/* Has something changed since? changed() will be called. */
bool	watch_pending(void);
/* False when it is looked every two seconds instead. */
bool	watch_works(void);

#endif
