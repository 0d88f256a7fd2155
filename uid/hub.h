/*
 * policyd's end: what it tells goes into the store and on to the front; what
 * people ask goes to it as queries. policyd is taken for hostile like every
 * peer: validators have seen each message, and bounds hold whatever it sends.
 */
#ifndef UID_HUB_H
#define UID_HUB_H

#include <stdbool.h>
#include <stdint.h>

#include "store.h"

struct event_base;
struct hub;

/* Called from the loop; none may free the hub. */
struct hub_ops {
	void	(*event)(void *ctx, const struct ui_event *);
	/* known is NULL when the connection was not remembered; gone after the call. */
	void	(*end)(void *ctx, const struct decide_end *, const struct ui_event *known);
	/* A question for a name, heard of now. */
	void	(*question)(void *ctx, const struct names_answer *, int64_t time_us);
	/* A program goes round the rules, heard of now. */
	void	(*below)(void *ctx, const struct decide_below *, int64_t time_us);
	void	(*notice)(void *ctx, const struct ui_notice *);
	void	(*shed)(void *ctx, uint64_t count);
	void	(*answer)(void *ctx, uint32_t query, const struct ui_answer *);
	void	(*kept)(void *ctx, uint32_t query, const struct names_kept *);
	void	(*servers)(void *ctx, uint32_t query, const struct names_servers *);
	/* A fresh channel stands: the store is new, earlier queries stay unanswered. */
	void	(*renewed)(void *ctx);
	void	(*lost)(void *ctx, const char *why);
};

struct hub	*hub_new(struct event_base *, const struct hub_ops *, void *ctx);
void		 hub_free(struct hub *);

/* A fresh end of the channel, which it takes over; the old one is void. 0 or -1. */
int		 hub_attach(struct hub *, int fd, uint32_t generation);
bool		 hub_connected(const struct hub *);
struct store	*hub_store(struct hub *);
/* Milliseconds since policyd reported its status; 0 before the first. */
int64_t		 hub_status_age(const struct hub *);
/* Microseconds since the epoch: from when on the connections are known. */
int64_t		 hub_since(const struct hub *);
/* Ends that policyd or intercept could not tell: as many connections may be shown too long. */
uint64_t	 hub_ends_missed(const struct hub *);

/* The number that the answer will carry, or 0: policyd is not there or takes no more now. */
uint32_t	 hub_query(struct hub *, const struct ui_query *);

int64_t		 hub_now_ms(void);	/* monotonic */

#endif
