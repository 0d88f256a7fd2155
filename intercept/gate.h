/*
 * The gate (bpf/below.h) at the way out of each device: what closes packet sockets. It stays there when this process
 * ends, and goes with the rules (bulwark-setup).
 */
#ifndef INTERCEPT_GATE_H
#define INTERCEPT_GATE_H

#include <stdbool.h>

/* Before the process narrows itself. */
void	gate_open(void);
/* Puts it at all devices but the loopback device, in place of one of an earlier load; or takes it away from all. */
void	gate_set(bool closed);
/* A device came, or somebody may have taken it away: while closed, it is put where it is missing. */
void	gate_keep(void);

#endif
