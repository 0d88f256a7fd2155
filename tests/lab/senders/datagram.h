/*
 * A UDP datagram made by hand, for ways that have no UDP socket (raw.c, below.c).
 */
#ifndef DATAGRAM_H
#define DATAGRAM_H

#include "senders.h"

#include <netinet/udp.h>
#include <stddef.h>
#include <stdint.h>

struct datagram {
	uint8_t		ip[20];		/* RFC 791, 3.1 */
	struct udphdr	udp;
	char		text[sizeof TEXT];
} __attribute__((packed));

/* To the i-th address, IPv4. */
struct datagram craft(struct in_addr from, unsigned i);
/* RFC 1071; as on the wire */
uint16_t ip_sum(const uint8_t *data, size_t len);

#endif
