/*
 * Ways below the rules (packet sockets): are they closed, and to whom are they open all the same.
 */
#ifndef POLICYD_BELOW_H
#define POLICYD_BELOW_H

#include "facts.h"

/* By the setting packet-sockets at the level in force. */
bool	below_is_closed(void);
/* The program's own profile has the flag packets, and counts for it now. NULL: no. */
bool	below_permits(const struct program *);

#endif
