/*
 * Local ports and sockets of UDP flows that are watched (live.h). Where there is the suite's part in the kernel it
 * tells at once of each such socket that is closed, and of others that take such a port; all other UDP sockets wake nobody.
 */
#ifndef INTERCEPT_PORTS_H
#define INTERCEPT_PORTS_H

#include <stdbool.h>
#include <stdint.h>

struct event_base;

struct ports_ops {
	void	(*closed)(uint64_t cookie);	/* a watched socket, or one that looks like it */
	void	(*taken)(void);			/* a watched port; once until ports_look() */
	void	(*lost)(void);			/* some that were closed are not known */
	void	(*burst_end)(void);		/* after each number of calls of the others */
};

/* With the kernel's part, before the first flow is watched. */
void	ports_open(void);
void	ports_start(struct event_base *, const struct ports_ops *);
/* Does the kernel tell? */
bool	ports_told(void);

/* As many flows as watch it have to forget it. */
void	ports_watch(uint16_t port);
void	ports_forget(uint16_t port);
/* Likewise. */
void	ports_watch_socket(uint64_t cookie);
void	ports_forget_socket(uint64_t cookie);
/* All sockets are listed from now on: who takes a port after this is told again. */
void	ports_look(void);

#endif
