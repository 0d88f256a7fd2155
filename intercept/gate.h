/*
 * The gate (bpf/below.h) at the way out of each device: what closes packet sockets. It stays there when this process
 * ends, and goes with the rules (bulwark-setup). Devices are gone through by the loop, some at a time, however many
 * there are; nothing is asked while nothing changes.
 */
#ifndef INTERCEPT_GATE_H
#define INTERCEPT_GATE_H

#include <stdbool.h>

struct event_base;

/* Before the process narrows itself. */
void	gate_open(void);
void	gate_start(struct event_base *);
/*
 * Puts it at all devices but the loopback device, in place of one of an earlier load, and at those that come; or takes
 * it away from all, with the place for filters where no others are left.
 */
void	gate_set(bool closed);
/* Puts it back where somebody took it away: seldom called, that we do not run a race with others. */
void	gate_look(void);

#endif
