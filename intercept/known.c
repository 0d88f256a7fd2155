/*
 * See known.h. Called by whose.c, uses.c and who_client.c; trusts them.
 */
#include <string.h>

#include "known.h"

#define PLACES	256

static struct known {
	struct kernel_sender	sender;		/* tgid 0: free */
	uint64_t		id;
	int64_t			since_ns;
} places[PLACES];

static struct known *
place_of(const struct kernel_sender *s)
{
	return &places[(s->process.tgid ^ s->process.exec) % PLACES];
}

static bool
is_of(const struct known *k, const struct kernel_sender *s)
{
	return memcmp(&k->sender.process, &s->process, sizeof(s->process)) == 0 &&
	    memcmp(&k->sender.program, &s->program, sizeof(s->program)) == 0;
}

void
known_put(const struct kernel_sender *s, uint64_t id, int64_t now_ns)
{
	if ((s->flags & SENDER_TRACED) == 0)
		*place_of(s) = (struct known){ *s, id, now_ns };
}

bool
known_find(const struct kernel_sender *s, int64_t now_ns, uint64_t *id)
{
	const struct known	*k = place_of(s);

	if ((s->flags & SENDER_TRACED) != 0 || !is_of(k, s) || now_ns - k->since_ns >= KNOWN_NS)
		return false;
	*id = k->id;
	return true;
}

void
known_end(const struct kernel_sender *s)
{
	if (is_of(place_of(s), s))
		place_of(s)->sender.process.tgid = 0;
}

void
known_gone(uint64_t id)
{
	unsigned	i;

	for (i = 0; i < PLACES; i++)
		if (places[i].id == id)
			places[i].sender.process.tgid = 0;
}

void
known_forget(void)
{
	memset(places, 0, sizeof(places));
}
