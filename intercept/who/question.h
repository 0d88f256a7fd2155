/*
 * One question at work: what was found to hold its socket, until each of the
 * processes has a name.
 */
#ifndef WHO_QUESTION_H
#define WHO_QUESTION_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stdint.h>

#include "holders.h"
#include "sender.h"
#include "sockets.h"
#include "who.h"

#define STALE_MAX	4

struct question {
	TAILQ_ENTRY(question)	 entry;
	uint32_t		 ask;
	uint64_t		 inode;		/* 0: WHO_RAW */
	int64_t			 asked_us;	/* when it came; recheck: never */
	unsigned		 tries;
	uint8_t			 lane;		/* whose share it takes while it waits (lanes.h) */
	bool			 recheck;	/* nobody asked: for WHO_SHARED */
	bool			 raw_suspects;
	bool			 fresh;		/* it names a process that had no name when it came */
	bool			 lost;		/* a holder ended before it could be named */
	bool			 too_many;
	bool			 unsure;	/* somebody more may hold it: a thorough search will tell */
	uint8_t			 stales;
	uint64_t		 stale[STALE_MAX];	/* ids that ended by exec while they held it */
	struct sending		*sending;	/* WHO_SENDER; else NULL. Its answer goes to proc[] */
	struct who_sender	 by;		/* must be one of proc[] when all are known; pid 0: anybody may */
	unsigned		 count;
	struct proc		*proc[];	/* pinned */
};

/* Searches; never NULL. Owned by the caller until question_free(). asked_us: when it came. */
struct question	*question_new(const struct who_question *, int64_t asked_us);
/* The same for a socket answered before, by what the index knows. */
struct question	*question_again(uint64_t inode);
/* Are all its processes known by now? If not, identity's ready() will come for one of them. */
bool		 question_known(struct question *);
/* The answer; told gets the classes it names. */
void		 question_answer(const struct question *, struct who_answer *, struct told *);
/* Ids of its programs, at most HOLDERS_MAX, though there be more; how many. */
unsigned	 question_ids(const struct question *, uint64_t id[static HOLDERS_MAX]);
bool		 told_has(const struct told *, uint64_t class);
void		 question_free(struct question *);

#endif
