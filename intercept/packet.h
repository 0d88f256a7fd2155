/*
 * What a queued packet says of itself: the bounded parser of network and
 * transport headers. A pure function of bytes that anyone on the network, or
 * any program here, may have written; see packet.c.
 */
#ifndef INTERCEPT_PACKET_H
#define INTERCEPT_PACKET_H

#include "types.h"

/* Why a packet is not worth a question. All but PACKET_OK are dropped. */
enum packet_fault {
	PACKET_OK,
	PACKET_TRUNCATED,	/* headers end beyond what there is, or beyond what is looked at */
	PACKET_MALFORMED,	/* lengths or versions contradict each other */
	PACKET_ROUTED,		/* the sender chose the way (source routing) */
	PACKET_FRAGMENT,	/* was not put together: nothing here is tracked that way */
};

#define PACKET_LOOK	256	/* bytes of each packet that the kernel copies for us */

struct packet {
	struct tuple	tuple;
	uint8_t		tcp_flags;	/* 0 for others */
};

#define TCP_FIN	0x01
#define TCP_SYN	0x02
#define TCP_RST	0x04
#define TCP_ACK	0x10

/* len bytes were copied of a packet of whole bytes. */
enum packet_fault	 packet_parse(const uint8_t *bytes, size_t len, size_t whole,
			    struct packet *);
const char		*packet_fault_text(enum packet_fault);

/* The other way: addresses and ports change places. */
void			 tuple_turn(const struct tuple *, struct tuple *turned);
/* The tuple of what this one could answer; false where there is none (ICMP that answers nothing). */
bool			 tuple_question(const struct tuple *answer, struct tuple *question);
/* Protocols whose flows the kernel may carry on by itself. */
bool			 tuple_can_stay(const struct tuple *);

/* UDP and UDP-Lite: no SYN, so nothing but their sockets tells one flow from the next. */
static inline bool
proto_is_udp(uint8_t proto)
{
	return proto == 17 || proto == 136;
}
uint64_t		 tuple_hash(const struct tuple *);
/* Of so many words of 8 bytes. */
uint64_t		 hash_words(const void *, size_t words);
/* Once, before the first hash: collisions must not be to compute from outside. */
void			 tuple_hash_seed(uint64_t secret);

/* True for 127.0.0.0/8, ::1 and the mapped form. */
bool			 address_loopback(uint8_t family, const uint8_t address[16]);

#endif
