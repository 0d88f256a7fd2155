/*
 * How things stand, for people: gathered once a second.
 */
#ifndef POLICYD_STATUS_H
#define POLICYD_STATUS_H

#include "control.h"

/* What the parent said of the kernel's rules. */
void	status_rules(const struct control_rules *);
void	status_tell(void);

#endif
