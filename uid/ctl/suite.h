/*
 * The suite as its list RUNDIR/suite names it, and bulwark-setup. The list is
 * believed only if root alone can write it.
 */
#ifndef CTL_SUITE_H
#define CTL_SUITE_H

#include "ctl.h"

#define PROCESSES_MAX	16

struct running {
	char		name[32];
	int		pidfd;		/* signals by it can hit no other process */
};

struct suite {
	struct running	process[PROCESSES_MAX];	/* those that live, bulwarkd first */
	unsigned	count;
	bool		listed;		/* there is a list */
	int		netns;		/* the one it lives in; -1: ours */
};

/* 0, or -1: there is a list, and it cannot be believed. */
int	suite_read(const struct options *, struct suite *);
void	suite_close(struct suite *);

/*
 * Runs bulwark-setup VERB in that network namespace (-1: ours); line is what it
 * said, "" when it could not be run. 0 when it ended with status 0.
 */
int	suite_setup(const char *path, char *verb, int netns, char *line, size_t room);

#endif
