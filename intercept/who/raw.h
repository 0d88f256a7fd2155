/*
 * Raw and ping sockets: sock_diag does not know them, /proc/net does. They
 * send what no tuple tells apart, so all that could have sent a packet count.
 */
#ifndef WHO_RAW_H
#define WHO_RAW_H

#include <stdbool.h>
#include <stdint.h>

#include "holders.h"
#include "who.h"

/* Before narrowing: opens the tables of the network namespace this process is in. */
void	raw_init(void);
/* Once before a batch of questions: tables are read at most once in a batch. */
void	raw_refresh(void);
/* Raw sockets that could have made this TCP, UDP or other packet beside its socket; true if any. */
bool	raw_suspects(const struct who_question *, struct holder_set *);
/* All that could have sent a packet without a socket of its own. */
void	raw_holders(const struct who_question *, struct holder_set *);

#endif
