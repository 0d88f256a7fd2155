/*
 * The channel to policyd, which decides. When it is gone this process ends too:
 * nobody could judge, and the rules stay closed by themselves.
 */
#ifndef INTERCEPT_DECIDE_CLIENT_H
#define INTERCEPT_DECIDE_CLIENT_H

#include "decide.h"

struct event_base;

struct decide_ops {
	void	(*verdict)(const struct decide_verdict *);
	void	(*revoke)(uint32_t generation);
	void	(*whose)(const struct decide_whose *);
	void	(*hinted)(const uint8_t *body, size_t len);	/* for whod, checked */
	void	(*below_may)(const struct decide_below_may *);
	void	(*below_close)(const struct decide_below_close *);
	void	(*burst_end)(void);
};

/* A fresh end; takes over fd. 0 or -1. */
int	decide_client_attach(struct event_base *, int fd, uint32_t generation,
	    const struct decide_ops *);
bool	decide_client_ready(void);

/* 0, or -1: policyd does not read. Then the caller denies. */
int	decide_client_request(const struct decide_request *);
int	decide_client_notice(const struct decide_notice *);
/* whod's messages, checked already, passed on as they are. */
void	decide_client_process(const uint8_t *body, size_t len);
void	decide_client_gone(const uint8_t *body, size_t len);
/* -1: not taken, the caller counts or tries again. */
int	decide_client_uses(const struct decide_uses *);
int	decide_client_ends(const struct decide_ends *);
int	decide_client_stats(const struct decide_stats *);
int	decide_client_judged_anew(const struct decide_judged_anew *);
int	decide_client_below(const struct decide_below *);
void	decide_client_links(const struct decide_links *);
/* They could not be sent: again, please, with the newest. */
bool	decide_client_links_due(void);
/* Messages that wait for policyd; all that may, while it is not there. */
size_t	decide_client_waiting(void);

#endif
