/*
 * From a client's message to the answer it gets, whatever it came by: parsed, judged,
 * resolved. The doors give the bytes and take the answer (front_udp.c, front_tcp.c, front_varlink.c).
 */
#ifndef RESOLVERD_FRONT_H
#define RESOLVERD_FRONT_H

#include "asker.h"
#include "build.h"

/* Where an answer goes. Freed by its owner after send or drop, whichever comes, once. */
struct reply_to {
	struct asker	asker;
	/* message is valid within the call; len is within what the client takes. */
	void		(*send)(struct reply_to *, const uint8_t *message, size_t len);
	/* Nothing is answered. */
	void		(*drop)(struct reply_to *);
	bool		datagram;	/* answers are cut to what a datagram may be */
};

/* What takes a message off UDP or TCP; the answer comes now or later. */
typedef void	take_fn(struct reply_to *, const uint8_t *message, size_t len);

struct event_base;

/* To be called once, before the first message. */
void	front_init(struct event_base *);
/* For clients. */
void	front_message(struct reply_to *, const uint8_t *message, size_t len);
/* Sends an answer, or as much as a datagram may hold, with the word that there is more (TC); len 0: none. */
void	front_deliver(struct reply_to *, const struct query *, uint8_t *message, size_t len);
/* Questions that are being worked at. */
unsigned front_waiting(void);

#endif
