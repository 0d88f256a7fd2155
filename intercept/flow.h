/*
 * Flows that wait: for who they belong to, then for policyd's verdict. Their
 * packets stay in the kernel's queue; here is kept how to answer them. Bounded
 * in flows, in packets and in each subject's share; at a bound the caller drops.
 */
#ifndef INTERCEPT_FLOW_H
#define INTERCEPT_FLOW_H

#include "owner.h"
#include "queue.h"

#define FLOWS		32768	/* that wait at a time; a direction holds at most half */
#define FLOW_PACKETS	16	/* of one flow, the first included */
#define FLOW_WAIT_MS	60000	/* longer than any prompt; then its packets are dropped */

enum flow_state {
	FLOW_FREE,
	FLOW_ASKS_WHO,
	FLOW_ASKS_POLICY,
};

/* Flows of one socket: 2 * place + end + 1; 0: none. */
struct flow_link {
	uint32_t	 next, before;
};

struct flow {
	uint64_t	 id;			/* never used twice */
	struct tuple	 tuple;			/* as the packet went: conntrack's original direction */
	uint8_t		 hook;			/* enum direction: where it was queued */
	uint8_t		 state;			/* enum flow_state */
	bool		 existed, again;
	bool		 introduced;		/* again, but policyd does not know it yet */
	bool		 middle;		/* TCP: its first packet here opens no connection */
	bool		 closed;		/* its socket, or its listener, was closed meanwhile */
	uint8_t		 answers_due;		/* of whod */
	uint8_t		 tries;			/* verdicts that came from an older generation */
	uint32_t	 subject;
	uint32_t	 live;			/* of a live flow judged anew: its place */
	int64_t		 since_ns;		/* the first packet was read */
	struct sighting	 seen;			/* owner.h; set by flow_seen() */

	/* flow.c's own */
	uint32_t	 serial;
	uint32_t	 packets, first, last;
	uint32_t	 next_tuple, next_id, older, newer;
	struct flow_link of_cookie[2];		/* of its socket, of its listener: any number wait */
};

uint64_t	 flow_next_id(void);
struct flow	*flow_find(const struct tuple *, uint8_t hook);
struct flow	*flow_by_id(uint64_t id);
/*
 * What a question to whod is numbered, and the flow it was asked for; NULL if that
 * is gone. FLOW_ASK_LISTENER may be added: the question is about the other end.
 */
#define FLOW_ASK_LISTENER	0x80000000u
#define FLOW_ASK_CALLER		0x40000000u	/* a question of callers.h, and no flow's */
#define FLOW_ASK_USE		0x20000000u	/* of uses.h, and no flow's that waits */
#define FLOW_ASK_BELOW		(FLOW_ASK_CALLER | FLOW_ASK_USE)	/* of below.h, and no flow's */
struct flow	*flow_by_ask(uint32_t ask);
uint32_t	 flow_ask(const struct flow *);

/*
 * A flow with its first packet; NULL at a bound. packet may be NULL (a live flow
 * judged anew): then no share is taken. All fields but those of this call are zero.
 */
struct flow	*flow_new(uint64_t id, const struct tuple *, uint8_t hook, uint32_t subject,
		    int64_t now_ns, const struct held *packet);
/* What was found out about its sockets; flow_of_cookie() knows it by them from now on. */
void		 flow_seen(struct flow *, const struct sighting *);
/* Flows with this socket at either end, one after the other: start with NULL. */
struct flow	*flow_of_cookie(uint64_t cookie, const struct flow *after);
/* One more packet; false at a bound. */
bool		 flow_hold(struct flow *, const struct held *);
/* Answers every packet, and forgets the flow. */
void		 flow_answer(struct flow *, enum nibble);
/* From the oldest: flow_oldest(), then flow_newer(). */
struct flow	*flow_oldest(void);
struct flow	*flow_newer(const struct flow *);
unsigned	 flow_count(void);

#endif
