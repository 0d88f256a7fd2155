/*
 * See address.h. Used by the front's two kinds.
 */
#include <string.h>

#include "address.h"

void
address_tuple(uint8_t proto, const union address *client, const union address *door, struct tuple *t)
{
	memset(t, 0, sizeof(*t));
	t->proto = proto;
	t->family = door->sa.sa_family == AF_INET ? 4 : 6;
	if (t->family == 4) {
		t->sport = ntohs(client->in.sin_port);
		t->dport = ntohs(door->in.sin_port);
		memcpy(t->src, &client->in.sin_addr, sizeof(client->in.sin_addr));
		memcpy(t->dst, &door->in.sin_addr, sizeof(door->in.sin_addr));
	} else {
		t->sport = ntohs(client->in6.sin6_port);
		t->dport = ntohs(door->in6.sin6_port);
		memcpy(t->src, &client->in6.sin6_addr, sizeof(client->in6.sin6_addr));
		memcpy(t->dst, &door->in6.sin6_addr, sizeof(door->in6.sin6_addr));
	}
}
