/*
 * UDP flows whose socket was closed, where the kernel compares each packet's socket with the one
 * that the flow was judged for (`stranger`, bpf/bulwark.bpf.c): nobody can go on with them, so
 * their entries in conntrack are deleted together, once a second, not one by one.
 */
#ifndef INTERCEPT_LATE_H
#define INTERCEPT_LATE_H

#include <stdint.h>

/* A live flow's place. Where no more fit, all are deleted now. */
void	late_add(uint32_t live);
/* Deletes the entries; conntrack_flush() is the caller's. */
void	late_end(void);

#endif
