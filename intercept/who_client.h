/*
 * The channel to whod. Questions of one wake-up travel together. Without whod
 * questions wait with their flows and are asked again when a fresh channel comes.
 */
#ifndef INTERCEPT_WHO_CLIENT_H
#define INTERCEPT_WHO_CLIENT_H

#include "who.h"

struct event_base;

/* What whose.c makes of whod's words. */
struct who_ops {
	void	(*fresh)(void);		/* ask again what waits; all former ids are void */
	void	(*lost)(void);		/* it is gone: nothing more is answered until there is a fresh one */
	void	(*answer)(const struct who_answer *);
	void	(*namespaces)(void);	/* namespaces.h knows more */
	void	(*shared)(const struct who_shared *);
	void	(*burst_end)(void);
};

/* A fresh end; takes over fd. 0 or -1. */
int	who_client_attach(struct event_base *, int fd, uint32_t generation,
	    const struct who_ops *);
/* Kept until who_client_flush() or until a message is full. */
void	who_client_ask(const struct who_question *);
void	who_client_flush(void);
/* Takes an answer at once, if it comes at once. */
void	who_client_await(void);
/* False: it is gone, and no fresh one came yet. */
bool	who_client_there(void);
/* whod is slow: no more questions, please. */
bool	who_client_full(void);
void	who_client_ask_namespaces(uint32_t number);
/* policyd's list, checked: whod gets it before the next question, and each fresh whod does. */
void	who_client_hinted(const uint8_t *body, size_t len);
const struct who_stats *who_client_stats(void);
/* Back-pressure: whod's news would pile up on their way to policyd. */
void	who_client_pause(bool);

#endif
