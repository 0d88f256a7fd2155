/*
 * The kernel's packet queues: six of them (out, in, forward; IPv4 and IPv6) on
 * three sockets, so that a flood of one direction fills no other's buffer.
 * A packet is answered once, by its number; who forgets one leaves it hanging
 * in the kernel, so every packet taken here ends in queue_answer().
 */
#ifndef INTERCEPT_QUEUE_H
#define INTERCEPT_QUEUE_H

#include <libmnl/libmnl.h>

#include "marks.h"
#include "types.h"

struct event_base;

#define QUEUE_LENGTH	16384	/* packets that the kernel keeps for each queue */

/* What is needed to answer a packet. */
struct held {
	uint32_t	id;
	uint32_t	mark;		/* as it came */
	uint16_t	queue;
};

struct queued {
	struct held	 held;
	uint8_t		 direction;	/* enum direction, by queue */
	uint8_t		 family;	/* 4 or 6, by queue */
	bool		 has_uid;	/* a user's socket with an open file sent it */
	bool		 has_hardware;
	uint32_t	 uid;
	uint32_t	 device_in;	/* interface numbers, 0 for none */
	uint32_t	 device_out;
	uint32_t	 device_port;	/* of the bridge it came in by */
	uint8_t		 hardware[6];	/* sender on the link */
	const uint8_t	*bytes;
	size_t		 len, whole;
};

struct queue_counters {
	uint64_t	packets;
	uint64_t	overruns;	/* times the kernel said that messages were lost */
	uint64_t	unreadable;	/* messages that could not be understood */
};

/* Opens sockets and binds the queues; needs CAP_NET_ADMIN. Fatal when they are taken. */
void	queue_open(void);
/*
 * Begins to read: packet() for each, burst_end() after those of one wake-up.
 * What packet() is shown is valid until it returns.
 */
void	queue_start(struct event_base *, void (*packet)(const struct queued *),
	    void (*burst_end)(void));
/* Kept back until queue_flush() or until there are many. */
void	queue_answer(const struct held *, enum nibble);
void	queue_flush(void);
const struct queue_counters *queue_counters(void);

/* One message of the kernel, taken apart; -1 if it is no packet. Pure. */
int	queue_parse(const struct nlmsghdr *, struct queued *);

#endif
