/*
 * UDP flows whose socket was closed, where the kernel compares each packet's socket with the one
 * that the flow was judged for (`stranger`, bpf/bulwark.bpf.c): nobody can go on with them. Their
 * entries in conntrack are deleted all the same, so that their ends are told and the table stays
 * small; but that costs more than all else about such a flow, so a flood's mostly end by themselves.
 */
#ifndef INTERCEPT_LATE_H
#define INTERCEPT_LATE_H

#include <stdint.h>

/* A live flow's place. Where no more fit, some of the oldest are deleted now. */
void	late_add(uint32_t live);
/* Once a second: deletes some. conntrack_flush() is the caller's. */
void	late_tick(void);

#endif
