/*
 * Who asks, and what that one may be told: the question to policyd and its word.
 */
#ifndef RESOLVERD_ASKER_H
#define RESOLVERD_ASKER_H

#include "dname.h"
#include "types.h"

/* The socket that a question came from, as intercept told policyd of it. */
struct asker {
	struct tuple	tuple;		/* the client's way: its address and port first */
};

enum word {
	WORD_REFUSE,		/* REFUSED: this program may not, or nobody knows it */
	WORD_RESOLVE,
	WORD_BLOCK,		/* the answer that blocked names get */
	WORD_LATER,		/* SERVFAIL: a person is asked, and the next try may find the answer */
};

/* By numbers that policyd gives, which say nothing else; 0: not known, as are all of them then. */
struct who {
	uint64_t	asker;		/* the process */
	uint64_t	program;	/* its executable and user */
	uint64_t	user;
	bool		sift;		/* of its answers, what it may not reach is to be taken out (sift.h) */
	uint64_t	lists;		/* block lists that count for it: 1 << number of each */
};

struct verdict {
	enum word	word;
	struct who	who;
	const char	*reason;	/* for people, unless WORD_RESOLVE; valid within the call */
};

typedef void	verdict_fn(void *ctx, const struct verdict *);

/*
 * Hears what policyd has said so far. To be called after questions were read and before they are judged:
 * whose a client's address and port are now, policyd said before the kernel let the first of them pass.
 */
void	asker_catch_up(void);
/*
 * Asks for a verdict on this name, in lower case; done is called once, maybe before this returns, and
 * with WORD_REFUSE when nobody answers.
 */
void	asker_judge(const struct asker *, const struct dname *name, uint16_t type, verdict_fn *done,
	    void *ctx);

#endif
