/*
 * See lanes.h. Called by answers.c. Users choose how much they ask, not in which
 * order others are answered.
 */
#include <string.h>

#include "lanes.h"

#define NONE	UINT16_MAX

void
lanes_clear(struct lanes *l)
{
	l->count = 0;
	l->turn = 0;
	for (unsigned i = 0; i < LANES; i++)
		l->lane[i].head = l->lane[i].tail = NONE;
	l->spare = NONE;
	l->fresh = 0;
}

uint8_t
lanes_of(uint32_t uid)
{
	return (uint8_t)(uid * 0x9e3779b1u >> 24);
}

static uint16_t
take_place(struct lanes *l)
{
	uint16_t	at = l->spare;

	if (at != NONE)
		l->spare = l->place[at].next;
	else if (l->fresh < LANES_QUESTIONS)
		at = l->fresh++;
	return at;
}

bool
lanes_put(struct lanes *l, const struct who_question *q, int64_t now_us)
{
	uint8_t		lane = lanes_of(q->uid);
	uint16_t	at = take_place(l);

	if (at == NONE)
		return false;
	l->place[at].a = (struct asked){ *q, now_us };
	l->place[at].next = NONE;
	if (l->lane[lane].tail == NONE)
		l->lane[lane].head = at;
	else
		l->place[l->lane[lane].tail].next = at;
	l->lane[lane].tail = at;
	l->count++;
	return true;
}

void
lanes_next(struct lanes *l)
{
	l->turn++;
}

/* From the one whose turn it is on; false: there is none. */
static bool
find_lane(const struct lanes *l, const struct lanes_work *w, uint8_t *lane)
{
	*lane = l->turn;
	for (unsigned i = 0; l->count > 0 && i < LANES; i++, ++*lane)
		if (l->lane[*lane].head != NONE && w->lane[*lane] < w->share)
			return true;
	return false;
}

bool
lanes_ready(const struct lanes *l, const struct lanes_work *w)
{
	uint8_t	lane;

	return find_lane(l, w, &lane);
}

bool
lanes_take(struct lanes *l, const struct lanes_work *w, struct asked *a)
{
	uint16_t	at;

	if (!find_lane(l, w, &l->turn))
		return false;
	at = l->lane[l->turn].head;
	*a = l->place[at].a;
	l->lane[l->turn].head = l->place[at].next;
	if (l->place[at].next == NONE)
		l->lane[l->turn].tail = NONE;
	l->place[at].next = l->spare;
	l->spare = at;
	l->count--;
	return true;
}
