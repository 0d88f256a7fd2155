/*
 * Ports that several UDP sockets use at a time, or several TCP listeners (SO_REUSEADDR,
 * SO_REUSEPORT, or other addresses). The kernel itself does not tell when a port becomes shared,
 * so sockets are listed: UDP's before a flow is judged, and as long as UDP flows are watched; at most every 50 ms,
 * and where its part tells who takes their ports (ports.h) then and once a second.
 */
#ifndef INTERCEPT_SHARED_H
#define INTERCEPT_SHARED_H

#include <stdbool.h>
#include <stdint.h>

struct event_base;

/* newly() is called when UDP ports became shared, or others share them, since the last look. */
void	shared_start(struct event_base *, void (*newly)(void));
/* A UDP flow is watched from now on (live.h), or its port was taken: look again until none is; before shared_start(): from then on. */
void	shared_watch(void);
/* Once a second; before shared_start() it does nothing. */
void	shared_tick(void);
/* Is it shared, as of the last 50 ms? Looks if need be. */
bool	shared_port(uint8_t proto, uint16_t port);
/* Are there so many UDP sockets that walking through them for a packet takes too long? */
bool	shared_dear(void);
/* Within newly(): is it one of those? */
bool	shared_newly(uint16_t port);

#endif
