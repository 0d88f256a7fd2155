/*
 * A UDP datagram made by hand.
 */
#include "datagram.h"

#include <arpa/inet.h>
#include <string.h>

uint16_t
ip_sum(const uint8_t *data, size_t len)
{
	uint32_t s = 0;

	for (size_t i = 0; i < len; i++)
		s += i % 2 == 0 ? (uint32_t)data[i] << 8 : data[i];
	while (s >> 16 != 0)
		s = (s & 0xffff) + (s >> 16);
	return htons((uint16_t)~s);
}

struct datagram
craft(struct in_addr from, unsigned i)
{
	union address to = nth(i);
	struct datagram d = {
		.ip = { 0x45, 0, 0, sizeof d, 0, (uint8_t)(i + 1), 0, 0, 64, IPPROTO_UDP },
		.udp = { .source = htons((uint16_t)(20000 + i)), .dest = to.in.sin_port,
			 .len = htons(sizeof d - sizeof d.ip) },
		.text = TEXT,
	};
	uint16_t check;

	memcpy(d.ip + 12, &from, sizeof from);
	memcpy(d.ip + 16, &to.in.sin_addr, sizeof to.in.sin_addr);
	check = ip_sum(d.ip, sizeof d.ip);
	memcpy(d.ip + 10, &check, sizeof check);
	return d;
}
