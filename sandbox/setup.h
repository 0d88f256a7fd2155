/*
 * Runs bulwark-setup, one at a time, for the parent.
 */
#ifndef SANDBOX_SETUP_H
#define SANDBOX_SETUP_H

#include <sys/types.h>

#include <stdbool.h>

#include "control.h"

struct setup;
struct suite;

struct setup	*setup_new(struct suite *);
/* Loads the rules now, or as soon as the run at work is over; often asked is seldom done. */
void		 setup_again(struct setup *);
/* Removes the rules, in three tries at most; suite_ended() follows. Asked again: nothing. */
void		 setup_release(struct setup *);
bool		 setup_busy(const struct setup *);
/* True if pid was a run of bulwark-setup. */
bool		 setup_reaped(struct setup *, pid_t, int status);

/* One line of "load": 0, or -1 if it is none that bulwark-setup says. */
int		 setup_parse(const char *line, struct control_rules *);

#endif
