/*
 * Grants: verdicts that policyd lends for one process (exactly one program, by
 * whod's id, which is never used again), direction, protocol, remote address
 * and port. They end with the generation; a process that ends takes its id along.
 */
#ifndef INTERCEPT_GRANT_H
#define INTERCEPT_GRANT_H

#include "types.h"

struct grant {
	uint64_t	process;
	uint8_t		direction;	/* enum direction: OUT or IN */
	uint8_t		family, proto;
	uint8_t		action;		/* enum action */
	uint16_t	port;		/* OUT: remote, IN: local */
	uint8_t		remote[16];
	uint32_t	reason;
};

/* Fills all of the key but process; false where no grant can be (forwarded, no ports). */
bool			 grant_key(const struct tuple *judged, uint8_t direction, struct grant *);
void			 grant_add(const struct grant *);
const struct grant	*grant_find(const struct grant *key);
void			 grant_end_process(uint64_t process);
void			 grant_end_all(void);
uint32_t		 grant_count(void);

#endif
