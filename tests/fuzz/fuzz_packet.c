/*
 * Packet headers from anybody on the network: parsed within their bytes, and
 * what is accepted makes sense.
 */
/* links: intercept/packet.c */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(const uint8_t *bytes, size_t len, size_t whole)
{
	struct packet	p;
	struct tuple	r, back;

	if (packet_parse(bytes, len, whole, &p) != PACKET_OK)
		return;
	if (p.tuple.family != 4 && p.tuple.family != 6)
		abort();
	if ((tuple_can_stay(&p.tuple) || proto_is_udp(p.tuple.proto)) && p.tuple.dport == 0)
		abort();
	if (p.tuple.pad[0] != 0 || p.tuple.pad[1] != 0)
		abort();
	(void)tuple_hash(&p.tuple);
	(void)tuple_question(&p.tuple, &r);
	tuple_turn(&p.tuple, &r);
	tuple_turn(&r, &back);
	if (memcmp(&back, &p.tuple, sizeof(back)) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t	*copy;
	size_t	 whole;

	if (size < 2 || size > 600)
		return 0;
	/* The first two bytes: how much longer the packet was than what was copied. */
	whole = size - 2 + ((size_t)data[0] << 8 | data[1]);
	if ((copy = malloc(size - 2 + (size == 2))) == NULL)
		return 0;
	memcpy(copy, data + 2, size - 2);
	check(copy, size - 2, size - 2);
	check(copy, size - 2, whole);
	free(copy);
	return 0;
}
