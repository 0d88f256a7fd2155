/*
 * Local ports of UDP flows that are watched (live.h). Where there is the suite's part in the kernel it tells at once
 * who closes a socket that has one, and who takes one; all other UDP sockets wake nobody.
 */
#ifndef INTERCEPT_PORTS_H
#define INTERCEPT_PORTS_H

#include <stdbool.h>
#include <stdint.h>

struct event_base;

/* With the kernel's part, before the first flow is watched. */
void	ports_open(void);
void	ports_start(struct event_base *, void (*closing)(void), void (*taken)(void));
/* Does the kernel tell? */
bool	ports_told(void);

/* As many flows as watch it have to forget it. */
void	ports_watch(uint16_t port);
void	ports_forget(uint16_t port);

#endif
