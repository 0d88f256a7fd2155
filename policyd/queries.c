/*
 * See queries.h. A short ring: a machine asks groups rarely.
 */
#include <string.h>

#include "queries.h"

struct query {
	uint64_t	program;
	int64_t		until_s;
	uint16_t	port;
	uint8_t		family;
};

static struct query	ring[QUERIES_MOST];
static unsigned		next;

static struct query *
find(uint64_t program, uint8_t family, uint16_t port)
{
	for (unsigned i = 0; i < QUERIES_MOST; i++)
		if (ring[i].program == program && ring[i].port == port && ring[i].family == family)
			return &ring[i];
	return NULL;
}

void
queries_asked(uint64_t program, uint8_t family, uint16_t port, int64_t now_s)
{
	struct query *q = find(program, family, port);

	if (q == NULL) {
		q = &ring[next];
		next = (next + 1) % QUERIES_MOST;
	}
	*q = (struct query){ program, now_s + QUERY_ANSWER_S, port, family };
}

bool
queries_awaited(uint64_t program, uint8_t family, uint16_t port, int64_t now_s)
{
	const struct query *q = find(program, family, port);

	return q != NULL && now_s <= q->until_s;
}

bool
queries_sent(uint8_t family, uint16_t port, int64_t now_s)
{
	for (unsigned i = 0; i < QUERIES_MOST; i++)
		if (ring[i].program != 0 && ring[i].port == port && ring[i].family == family &&
		    now_s <= ring[i].until_s)
			return true;
	return false;
}

void
queries_forget(void)
{
	memset(ring, 0, sizeof ring);
}
