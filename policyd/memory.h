/*
 * Answers that are kept for a while: for one connection, until a process ends,
 * and those with an end that could not be written down. Owned by asking.c;
 * decisions look into it, and change nothing.
 *
 * What allows is of one id of a process. What denies, or asks, stays with the process as
 * long as it has this path and user, whatever its id, so that no daemon's end lifts it.
 */
#ifndef POLICYD_MEMORY_H
#define POLICYD_MEMORY_H

#include "choice.h"
#include "facts.h"

#define MEMORY_MOST	2048
#define MEMORY_USER	(MEMORY_MOST / 8)
#define MEMORY_PROGRAM	32	/* of one process, or of one path and user: each decision goes through them */
#define ONCE_MS		30000	/* further links of a connection count as the same for so long */

struct remembered {
	struct remembered *next;	/* of the same process, or path and user; newest first */
	struct choice_rule choice;
	struct one_process process;	/* .id 0: by path and uid */
	int64_t		 until_ms;	/* 0: no end by itself */
	uint32_t	 uid;
	uint8_t		 life;
	bool		 root;
	size_t		 path_len;
	char		 path[];
};

#define MEMORY_BUCKETS	1024u
struct memory {
	struct remembered *buckets[MEMORY_BUCKETS];
	uint16_t	 bound[MEMORY_BUCKETS];	/* by path and user: how many are for one process */
	unsigned	 count;
};

/*
 * 0, or -1: no room. What it covers of the same program and the same chooser is
 * forgotten. now_ms: of the clock that memory_tick() is told.
 */
int	memory_add(struct memory *, const struct choice *, int64_t now_ms, int64_t until_ms);
/* Forgets what a new choice covers, which is kept elsewhere. How many; those that a file has, too, are not counted. */
unsigned memory_cover(struct memory *, const struct choice *);
/* Those that no file has, in no order. */
void	memory_each(const struct memory *, void (*told)(void *ctx, const struct remembered *), void *ctx);
/* The newest that fits, of root's or of sessions' choices; NULL: none. By path only with by_path. */
const struct remembered *memory_find(const struct memory *, const struct program *, const struct rule_query *,
	    bool root, bool by_path);
/* Is any of them by name? Then another name of the same address may be another verdict. */
bool	memory_is_named(const struct memory *, const struct program *);
/* May any process of this path and user have some of its own? Then another one is judged otherwise. */
bool	memory_is_bound(const struct memory *, const struct program *);
/* Its id has ended, and with it what is allowed; ended: the process itself, and all that is about it. */
void	memory_gone(struct memory *, const struct program *, bool ended);
/* True: one ended whose time was over: what lives by it is to be judged anew. */
bool	memory_tick(struct memory *, int64_t now_ms);
/* All ids have ended: forgets what processes were allowed. */
void	memory_forget_allowed(struct memory *);

#endif
