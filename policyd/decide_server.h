/*
 * The channel to intercept: who is judged, and what became of it.
 */
#ifndef POLICYD_DECIDE_SERVER_H
#define POLICYD_DECIDE_SERVER_H

#include "decide.h"
#include "say.h"

struct event_base;

/* Since start. */
struct decide_counts {
	uint64_t	accepted, blocked, dropped, rerouted;
	uint64_t	asked, granted;
	uint64_t	shed;		/* flows by grants that intercept could not tell */
};

void	decide_server_start(struct event_base *);
/* A fresh end: all that the last intercept told is void. Takes over fd. 0 or -1. */
int	decide_server_attach(int fd, uint32_t generation);
/* Is there an intercept? */
bool	decide_server_there(void);
/* A new generation: all grants end, live flows are judged anew. */
void	decide_server_revoke(void);
/* Which program is the caller of this inode? names_server_notice() follows, if one alone is. */
void	decide_server_whose(uint64_t caller, uint32_t inode);
/* A flow that waited for an answer is decided anew, and maybe waits again; or for good. */
void	decide_server_judge(const struct decide_request *);
void	decide_server_refuse(const struct decide_request *, enum asked why);
/* The rules were loaded freshly: what existed before counts as such, until something changes. */
void	decide_server_begins(bool);

const struct decide_counts *decide_server_counts(void);
/* intercept's last word. */
const struct decide_stats *decide_server_stats(void);

#endif
