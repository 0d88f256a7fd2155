/*
 * Forwarded packets: which network namespace they come from, and a process of it.
 */
#ifndef INTERCEPT_NAMESPACES_H
#define INTERCEPT_NAMESPACES_H

#include "owner.h"
#include "who.h"

/* Asks whod for processes; does so by itself now and then while packets are forwarded. */
void		namespaces_ask(void);
void		namespaces_learn(const struct who_namespaces *);
/* whod's ids are void. */
void		namespaces_forget(void);
/* A process's id, or 0: the packet comes from no namespace that is known. */
uint64_t	namespace_behind(const struct meeting *);

#endif
