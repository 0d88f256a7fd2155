/*
 * steer.sock: where people change what policyd does. Requests are JSON objects,
 * one a line, answered in turn (docs/api.md). Who speaks is what the kernel says
 * of the connection (SO_PEERCRED), so that uid, which talks to browsers and
 * shells, cannot speak for anybody.
 */
#ifndef POLICYD_STEER_H
#define POLICYD_STEER_H

#include <stdbool.h>

#include "types.h"

struct event_base;
struct wish;

#define STEER_LINE_MAX	8192	/* bytes of one request */
#define STEER_PLACES	64	/* connections at once */
#define STEER_PER_USER	8
#define STEER_ROOT	16	/* of the places, for root alone */
#define STEER_IDLE_S	30	/* seconds without a whole request, or in which nothing of an answer is taken */
#define STEER_PING_S	5	/* an agent that has not answered the last ping by the next is gone */
#define STEER_OUT_MOST	(1u << 20)	/* bytes that wait for who lists or watches */

struct steer_ops {
	enum level	(*level)(void *ctx);
	/*
	 * For so many seconds, 0: for good; level 0: no command counts any more. 0, or -1: it holds, but could
	 * not be written down and will be forgotten at a restart.
	 */
	int		(*set_level)(void *ctx, enum level, uint32_t for_s, uint32_t uid);
	void		(*reload)(void *ctx, uint32_t uid);
	/* Has resolverd forget its answers: 0, or -1: it is not there, and so has none. */
	int		(*flush)(void *ctx, uint32_t uid);
	/* An answer or a choice: NULL, or what is wrong. kept false: it holds, but could not be written down. */
	const char	*(*answer)(void *ctx, const struct wish *, uint32_t uid, bool *kept);
	/* What was answered about what the wish names counts no more: NULL, or what is wrong. count: how many. */
	const char	*(*forget)(void *ctx, const struct wish *, uint32_t uid, unsigned *count);
	/* An agent came or went. NULL, or why this user has none; going is never refused. */
	const char	*(*agent)(void *ctx, uint32_t uid, bool there);
	/* The next prompt after this one that this user may see (0: the first): say() is called with its line. Its id, or 0: none. */
	uint64_t	(*next_prompt)(void *ctx, uint32_t uid, uint64_t after, void (*say)(void *to, const char *line),
			    void *to);
};

/* Takes over the listening socket. Failure is fatal. */
void	steer_start(struct event_base *, int listen_fd, const struct steer_ops *, void *ctx);
/*
 * A line about a prompt of this user's program, for its agents and root's. An agent that does not read as
 * fast gets the whole list anew instead. Nobody is closed before the loop runs.
 */
void	steer_tell(uint32_t uid, const char *line);

#endif
