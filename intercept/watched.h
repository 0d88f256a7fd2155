/*
 * UDP flows whose socket's end has to be noticed, because another program could go on with them:
 * all where the kernel does not compare who sends each packet (bpf/bulwark.bpf.c, `stranger`).
 */
#ifndef INTERCEPT_WATCHED_H
#define INTERCEPT_WATCHED_H

#include <stdint.h>

/* A live flow's facts are whole: from now on it is watched, if it has to be. */
void	watched_begin(uint32_t live);
/* A UDP socket was closed. */
void	watched_closed(uint64_t cookie);
/* Some closed sockets were not told: looks after each, or, when it did so just before, with a later watched_tick(). */
void	watched_lost(void);
/* Once a second. */
void	watched_tick(void);
/* Ports became shared, see shared.h. */
void	watched_shared(void);

#endif
