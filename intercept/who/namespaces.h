/*
 * WHO_NAMESPACES: the oldest process of each network namespace, and what all there have in common.
 */
#ifndef WHO_NAMESPACES_H
#define WHO_NAMESPACES_H

#include <stdint.h>

struct event_base;

void	namespaces_init(struct event_base *);
void	namespaces_tell(uint32_t id);	/* answers_init() */
/* A fresh channel: nobody waits for what was asked by another one. */
void	namespaces_void(void);
/* Some process was named: the answer may be complete now. */
void	namespaces_ready(void);

#endif
