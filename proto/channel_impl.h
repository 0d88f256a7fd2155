/*
 * Inside of a channel, shared by channel.c (life, receiving) and
 * channel_send.c (sending, the queue of what waits). Nobody else includes it.
 */
#ifndef PROTO_CHANNEL_IMPL_H
#define PROTO_CHANNEL_IMPL_H

#include <sys/queue.h>

#include "channel.h"

struct event;

/* In front of every body. Both ends are the same machine: host byte order. */
struct channel_header {
	uint16_t	type;
	uint16_t	flags;		/* none are defined: 0 */
	uint32_t	length;		/* of the body; the packet has exactly this and no more */
	uint32_t	id;
	uint32_t	generation;
};
_Static_assert(sizeof(struct channel_header) == 16, "no padding on the wire");

/* A message that waits; owned by the channel. */
struct waiting {
	STAILQ_ENTRY(waiting)	 next;
	struct channel_header	 header;
	int			 fd;		/* a duplicate, or -1 */
	uint8_t			 body[];
};
STAILQ_HEAD(waiting_list, waiting);

struct channel {
	int			 fd;		/* -1 once ended */
	const struct verb	*verbs;
	void			(*lost)(void *, struct channel *, const char *);
	void			(*batch_end)(void *);
	void			*ctx;
	struct event		*on_read;
	struct event		*on_write;	/* added only while something waits */
	struct event		*on_gone;	/* made active when a send finds the peer gone */
	enum phase		 phase;
	uint32_t		 generation;
	struct waiting_list	 waiting;
	size_t			 waiting_count;
	size_t			 waiting_bytes;
	unsigned		 busy;		/* calls on the stack that still use this struct */
	unsigned		 linger_us;	/* channel_set_linger() */
	bool			 doze;		/* linger(): not this time */
	int64_t			 heard_ns;	/* the last message */
	bool			 paused;
	bool			 send_failed;	/* nothing can be sent any more; lost() is due */
	bool			 ended;		/* nothing is read or sent any more */
	bool			 freed;		/* by the owner; memory goes when busy reaches 0 */
	char			 why[128];
};

/* channel_send.c: sends from the queue until it is empty or the socket is full. */
void	channel_send_waiting(struct channel *);
void	channel_drop_waiting(struct channel *);

#endif
