/*
 * The questions to people: one a program and destination, however many flows and
 * questions for names wait for it. Owned by asking.c; here they are only kept,
 * found and bounded.
 */
#ifndef POLICYD_PROMPTS_H
#define POLICYD_PROMPTS_H

#include <sys/queue.h>

#include "choice.h"
#include "decide.h"
#include "judge.h"
#include "names.h"

#define PROMPTS_MOST	1024
#define PROMPTS_USER	(PROMPTS_MOST / 8)
#define PROMPTS_PROGRAM	(PROMPTS_USER / 4)
#define WAITS_MOST	512		/* flows and questions for names that wait for an answer */
#define WAITS_USER	(WAITS_MOST / 8)
#define WAITS_PROGRAM	(WAITS_USER / 2)
#define PROMPT_MS	20000		/* then what waits is refused, and the prompt stays */
#define PROMPT_COMMAND	256		/* bytes of the command that are kept */

struct prompt;

/* A flow, or a question for a name, that waits. */
struct wait {
	TAILQ_ENTRY(wait) entry;
	struct prompt	*prompt;
	uint64_t	 process;
	int64_t		 until_ms;
	bool		 is_flow;
	uint32_t	 question;		/* a question's number */
	union {
		struct decide_request flow;
		struct names_ask ask;
	};
};
TAILQ_HEAD(wait_list, wait);

struct prompt {
	TAILQ_ENTRY(prompt) entry;		/* in the order in which they came */
	LIST_ENTRY(prompt) same;
	uint64_t	 id;
	struct choice	 about;			/* its destination; process: the last that asked */
	uint32_t	 pid;
	bool		 vouched;		/* its file is known: answers may last */
	bool		 waiting;		/* else unanswered: its time was over, or nobody was there */
	uint32_t	 times;			/* so often it was asked */
	int64_t		 since_us;		/* of the clock on the wall: last time */
	int64_t		 until_ms;		/* while waiting */
	struct tuple	 tuple;			/* of the last flow; of a question for a name all is zero */
	uint8_t		 direction;		/* as its program sees it; enum direction */
	uint8_t		 scope;			/* of the other end; 0: a question for a name */
	uint16_t	 qtype;
	uint8_t		 check;
	char		 reason[256];
	char		 command[PROMPT_COMMAND];	/* any bytes; its length: */
	uint16_t	 command_len;
	char		 parent[PARENT_BYTES];		/* path of the process that began it, if it is proven; its length: */
	uint16_t	 parent_len;
	unsigned	 waits;
	struct wait_list list;
};
TAILQ_HEAD(prompt_list, prompt);

/* The clocks: since boot, in milliseconds, and on the wall, in microseconds. */
struct prompt_time {
	int64_t		now_ms, wall_us;
};

void		 prompts_start(void (*gone)(const struct prompt *));
/*
 * The prompt for what this decision asks, made if there is none; NULL: its program
 * or user has as many as one may have, and all of them wait, or its name is no
 * proper one. d->ask and d->asker are set. gone() hears of those that make room.
 */
struct prompt	*prompts_ask(const struct facts *, const struct decision *, const struct prompt_time *);
/* NULL: its user or program has as many as one may have. All of it is to be filled in. */
struct wait	*prompts_wait(struct prompt *);
/* The wait is over. */
void		 prompts_release(struct wait *);
struct prompt	*prompts_find(uint64_t id);
struct prompt	*prompts_first(void);
#define prompts_next(p)	TAILQ_NEXT(p, entry)
/* With nothing waiting; gone() is called. */
void		 prompts_drop(struct prompt *);
unsigned	 prompts_count(void);

#endif
