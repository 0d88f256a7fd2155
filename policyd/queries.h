/*
 * Programs that ask a group: who answers is a stranger to conntrack, but not
 * to the program. A reply to the port of the question belongs to it for some
 * seconds (docs/policy.md, check 8).
 */
#ifndef POLICYD_QUERIES_H
#define POLICYD_QUERIES_H

#include <stdbool.h>
#include <stdint.h>

#define QUERY_ANSWER_S	5
#define QUERIES_MOST	256	/* the oldest make room */

/* The program sent to a group or broadcast address from this port. */
void	queries_asked(uint64_t program, uint8_t family, uint16_t port, int64_t now_s);
bool	queries_awaited(uint64_t program, uint8_t family, uint16_t port, int64_t now_s);
/* Did any program? */
bool	queries_sent(uint8_t family, uint16_t port, int64_t now_s);
void	queries_forget(void);

#endif
