/*
 * The channel to policyd: who may know what, and what was told to whom. Without it
 * nobody is told anything.
 */
#ifndef RESOLVERD_POLICY_H
#define RESOLVERD_POLICY_H

#include <stdbool.h>

#include "names.h"

struct event_base;

/*
 * settings() is called with the first and each later NAMES_SETTINGS, caller_ended() with the
 * number of a caller whose program ended or became another: nothing more is for it.
 */
void	policy_start(struct event_base *, void (*settings)(const struct names_settings *),
	    void (*caller_ended)(uint64_t number));
/* Takes over a fresh end of the channel; the one before is void. 0, or -1. */
int	policy_attach(int fd, uint32_t generation);
/*
 * Hears what policyd said already: before a flow with a former one's address and port comes here, it
 * has said that no grant is for this client any more. To be called between reading a question, or
 * accepting a connection, and taking it.
 */
void	policy_catch_up(void);
/*
 * Shows policyd a connection at the Unix door. Returns the number by which it asks
 * (caller.h), until policy_caller_left(); 0: policyd is away or slow.
 */
uint64_t policy_caller(int fd);
void	policy_caller_left(uint64_t number);
/* Tells, unasked, how the servers do; nobody hears it while policyd is away or slow. */
void	policy_servers(void);
/* Asks which addresses are out of reach; sift_heard() gets the answer. False: policyd is away or slow. */
bool	policy_sift(uint32_t id, const struct names_sift *);
/* False: policyd is away or slow, and the client gets no answer. */
bool	policy_learnt(const struct names_learnt *);
/*
 * For people. False: it was told enough in this second, and this answer is counted
 * alone. Else policy_answered() takes it.
 */
bool	policy_listens(void);
void	policy_answered(const struct names_answer *);

#endif
