/*
 * What goes to a client is told to policyd first: the name, what it is an alias of,
 * the addresses; so a connection there is known to be to that name.
 */
#ifndef RESOLVERD_TOLD_H
#define RESOLVERD_TOLD_H

#include "cache.h"

/*
 * True: it has been told, or will be by told_send(), which has to come before the answer
 * leaves; or there is no address in it. False: it could not, and the client gets none.
 */
bool	told_policyd(uint64_t asker, const struct cached *);
/* What waits goes out, as one message. False: it did not; whose it was get no answers. */
bool	told_send(void);
/* How often it did not, from told_policyd() too. */
unsigned told_losses(void);
/* policyd forgot what it was told: all is told again, and what waits to be told still is. Also at start. */
void	told_forget(void);
/* The first alias at place *i or behind, in lower case, and its place; false: there is none. */
bool	told_alias(const struct cached *, unsigned *i, struct dname *);
/* As people are told of an answer: how many addresses it has, at most 255; enum names_validation. */
uint8_t	told_addresses(const struct cached *);
uint8_t	told_validation(const struct cached *);

#endif
