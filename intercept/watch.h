/*
 * Somebody else touched the kernel's rules: the parent is told, and puts ours
 * back where they are missing.
 */
#ifndef INTERCEPT_WATCH_H
#define INTERCEPT_WATCH_H

#include <libmnl/libmnl.h>

#include <stdint.h>

struct event_base;

void	watch_open(void);
void	watch_start(struct event_base *);
/* True for the message that ends a change of rules. Pure. */
int	watch_parse(const struct nlmsghdr *, uint32_t *generation);

#endif
