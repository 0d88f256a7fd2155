/*
 * Inside of tls.c, for the two ways in which questions and answers go over a connection:
 * tls_dot.c and tls_doh.c. Nobody else includes this.
 */
#ifndef RESOLVERD_TLS_IMPL_H
#define RESOLVERD_TLS_IMPL_H

#include <sys/queue.h>

#include "tls.h"
#include "tls_stream.h"

#define TLS_LINKS	2	/* connections to one server */
#define TLS_BUCKETS	256

TAILQ_HEAD(tls_asks, tls_ask);
LIST_HEAD(tls_ids, tls_ask);

struct tls_ask {
	TAILQ_ENTRY(tls_ask)	 entry;
	struct tls_asks		*in;		/* the list that holds it */
	struct tls_link		*link;		/* NULL: it waits for one */
	bool			 again;		/* it was on its way once before */
	struct asked		 asked;
	struct question_options	 options;
	struct event		*late;
	ask_done_fn		*done;
	void			*ctx;
	LIST_ENTRY(tls_ask)	 by_id;		/* tls_dot.c's, while on a link */
	struct h2_stream	*stream;	/* tls_doh.c's, then */
};

/* One connection, or the place for it. */
struct tls_link {
	struct tls_pool		*pool;
	const struct tls_wire	*wire;
	struct tls_stream	*stream;	/* NULL: none */
	bool			 up, used;	/* used: a question went over it */
	bool			 due;		/* a word from the server, since then */
	int64_t			 since_ms;
	struct event		*clock;
	unsigned		 count;
	struct tls_asks		 open;
	struct tls_ids		 by_id[TLS_BUCKETS];	/* tls_dot.c's */
	struct h2		*h2;			/* tls_doh.c's; NULL: no connection */
};

/* All that is at one server. */
struct tls_pool {
	struct event_base	*base;		/* NULL: not in use */
	struct tls_peer		 peer;
	struct tls_asks		 waiting;	/* for room on a link */
	struct tls_link		 link[TLS_LINKS];
};

struct tls_wire {
	/* A fresh connection begins (false: no memory); it ended, its open questions leave next. */
	bool	(*open)(struct tls_link *);
	void	(*close)(struct tls_link *);
	/* Would it take a question more? */
	bool	(*takes)(const struct tls_link *);
	/* The server's bytes, and ours, as in tls_stream.h; puts questions that wait on their way. */
	ssize_t	(*came)(struct tls_link *, const uint8_t *, size_t);
	size_t	(*next)(struct tls_link *, uint8_t *, size_t);
	/* An answer to this question is no longer looked for. */
	void	(*leave)(struct tls_link *, struct tls_ask *);
};

extern const struct tls_wire tls_wire_dot, tls_wire_doh;

/* Of those that wait the first; NULL: none does. */
struct tls_ask	*tls_first(const struct tls_link *);
/* That one is on its way now. */
void		 tls_put(struct tls_link *, struct tls_ask *);
/* The server said something that it owed. */
void		 tls_heard(struct tls_link *);
/* A question on its way is over; NULL: without an answer. It is gone then, and others may come and go. */
void		 tls_finish(struct tls_ask *, const uint8_t *message, size_t len);
/* Puts it among those that wait, if it was on its way for the first time; else it is over. */
void		 tls_again(struct tls_ask *);

#endif
