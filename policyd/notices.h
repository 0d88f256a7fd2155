/*
 * Flows to the suite's own name server, as intercept announced them before it let
 * them go there: so a question is known to be a program's by the client's address
 * and port, and by nothing that the name server says.
 */
#ifndef POLICYD_NOTICES_H
#define POLICYD_NOTICES_H

#include "decide.h"

#define NOTICES_MOST	16384

struct notice {
	struct tuple	client;		/* src and sport count; family, proto */
	uint64_t	flow;
	uint64_t	process;	/* 0: more than one holds the socket */
	bool		granted;	/* the name server answers it without asking */
	bool		ended;		/* its program has; whoever has its socket now is nobody */
};

/* gone() is called with each one that ends, or has another program from now on. */
void		 notices_start(void (*gone)(const struct notice *));
void		 notices_add(const struct decide_notice *);
/* NULL: none. Valid until the next call of another function here. */
struct notice	*notices_find(const struct tuple *client);
void		 notices_flow_ended(uint64_t flow);
/* Known on for what is told late. */
void		 notices_process_ended(uint64_t process);
void		 notices_forget_all(void);

#endif
