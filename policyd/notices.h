/*
 * Flows to the suite's own name server, noted before their verdicts are said, and callers at the
 * Unix door, as intercept says whose they are: so a question is known to be a program's by the
 * client's address and port, or the caller's number, and by nothing that the name server says.
 */
#ifndef POLICYD_NOTICES_H
#define POLICYD_NOTICES_H

#include "decide.h"

#define NOTICES_MOST	16384
#define NOTICES_CLIENT	16	/* flows of one address and port */

struct notice {
	struct tuple	client;		/* src and sport count; family, proto */
	uint64_t	flow;
	uint64_t	process;	/* 0: more than one holds the socket, or has the port */
	bool		granted;	/* the name server answers it without asking */
	bool		ended;		/* the process; what comes now is another's */
};

/* gone() is called with each one that ends, or is not granted from now on. */
void		 notices_start(void (*gone)(const struct notice *));
void		 notices_add(const struct decide_notice *);
/* NULL: none. Valid until the next call of another function here. */
struct notice	*notices_find(const struct tuple *client);
/*
 * The process that what was answered to this client of late was for, its flow may have ended within
 * the last second; 0: none, or more than one.
 */
uint64_t	 notices_answered(const struct tuple *client);
void		 notices_flow_ended(uint64_t flow);
/* This client is no more. */
void		 notices_left(const struct tuple *client);
/* All callers at the Unix door are (caller.h). */
void		 notices_callers_left(void);
/* It ended, by exit or exec; its socket may have been handed on. */
void		 notices_process_gone(uint64_t process);
/* All grants ended: gone() need not be called for them. */
void		 notices_ungrant_all(void);
void		 notices_forget_all(void);

#endif
