/*
 * Names by which systems and browsers find out whether a network wants a login first
 * (a captive portal). Only the network's own resolver can say where that is.
 */
#ifndef RESOLVERD_CAPTIVE_H
#define RESOLVERD_CAPTIVE_H

#include "dname.h"

#define CAPTIVE_TTL	10	/* seconds, at most, that such an answer is kept */

/* Once, at start. */
void	captive_init(void);
/* Of a name in lower case: is it one, and is an address asked for? */
bool	captive_name(const struct dname *, uint16_t type);

#endif
