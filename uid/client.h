/*
 * One connection of somebody who reads: its line buffer, its output buffer,
 * and what it is being served. Used by front.c (places) and serve.c (verbs).
 */
#ifndef UID_CLIENT_H
#define UID_CLIENT_H

#include <sys/queue.h>
#include <sys/types.h>

#include <event2/buffer.h>
#include <event2/event.h>

#include "front.h"
#include "jw.h"
#include "object.h"
#include "request.h"
#include "view.h"

#define STREAM_BYTES	(256u * 1024)	/* a stream's output waiting; events beyond are shed */
#define ANSWER_BYTES	(4u << 20)	/* an answer to root or the group; others: STREAM_BYTES */
#define ANSWERS_BYTES	(16u << 20)	/* all of them together */
#define IDLE_MS		60000	/* no request */
#define STUCK_MS	30000	/* output waits and nothing is taken */
#define QUERY_MS	10000	/* policyd owes an answer */

enum client_mode {
	CLIENT_READING,		/* waits for a request */
	CLIENT_ASKING,		/* policyd was asked */
	CLIENT_LISTING,		/* connections go out as room comes */
	CLIENT_WATCHING,	/* events go out as they come */
	CLIENT_CLOSING,		/* last words, then the end */
};

struct client {
	TAILQ_ENTRY(client)	 entry;
	struct front		*front;
	int			 fd;
	struct event		*on_read, *on_write;
	struct viewer		 viewer;
	enum client_mode	 mode;
	bool			 eof;		/* the other side says no more */
	int64_t			 active_ms;	/* last request or byte taken */
	struct evbuffer		*out;

	struct request		 request;	/* the one being served */
	uint32_t		 query;		/* CLIENT_ASKING */
	uint32_t		 rows;
	uint8_t			 verdict;	/* last one that a row stated */
	uint64_t		 subject;	/* process id asked about by number */
	uint32_t		 slot;		/* CLIENT_LISTING: next to look at */
	uint64_t		 shed;		/* CLIENT_WATCHING: not yet told */

	size_t			 in_len;
	char			 in[REQUEST_LINE_MAX];
};

TAILQ_HEAD(client_list, client);

struct front {
	struct event_base	*base;
	struct hub		*hub;
	gid_t			 group;
	int			 listen_fd;
	struct event		*on_accept, *on_tick;
	bool			 ticking;
	struct client_list	 clients;
	unsigned		 count;
};

/* Room for one object; valid until the next call. client_put() sends what was written. */
struct jw	*client_object(void);
/* False when the client had no room. Never frees the client. */
bool		 client_put(struct client *, const struct jw *, size_t room);
/* For what must be said: beyond all room but a last KiB the client is closed instead. */
void		 client_say(struct client *, const struct jw *);
void		 client_error(struct client *, const char *code, const char *text);
void		 client_close_after(struct client *);	/* when all is written */
void		 client_listen(struct client *);	/* read on, if the mode lets it */
void		 client_free(struct client *);

/* A connection with its reader's rights; NULL without memory (fd is then still the caller's). */
struct client	*client_new(struct front *, int fd, const struct viewer *);

/* serve.c */
void		 serve_request(struct client *);	/* client->request was read */
void		 serve_more(struct client *);		/* output has room again */
void		 serve_unanswered(struct client *, const char *why);

#endif
