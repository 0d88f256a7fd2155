/*
 * The life of live flows in conntrack: found there after a restart, ended there,
 * and looked after where the kernel does not tell of an end.
 */
#ifndef INTERCEPT_ENDS_H
#define INTERCEPT_ENDS_H

#include "conntrack.h"

/* Takes over what the kernel carries already. */
void	ends_adopt(void);
/* conntrack's callbacks. */
void	ends_soon(const struct ct_entry *, unsigned n);
void	ends_entry(const struct ct_entry *);
void	ends_lost(void);
/* A live flow goes, without known bytes. */
void	ends_forget(uint32_t live);
/* Once a second: looks whether some of the live flows still exist. */
void	ends_tick(void);
/* Flows that the kernel carries and nobody here follows are told to come again. */
void	ends_strangers(void);

#endif
