/* Decisions that wait for uid; see away.h. A ring. */
#include "away.h"

static struct ui_event	ring[AWAY_EVENTS];
static unsigned		first, count;
static uint32_t		lost;

void
away_keep(const struct ui_event *e)
{
	if (count == AWAY_EVENTS) {
		first = (first + 1) % AWAY_EVENTS;
		count--;
		lost++;
	}
	ring[(first + count++) % AWAY_EVENTS] = *e;
}

void
away_end(uint64_t flow)
{
	for (unsigned i = 0; i < count; i++) {
		struct ui_event *e = &ring[(first + i) % AWAY_EVENTS];

		if (e->flow == flow && flow != 0) {
			e->flow = 0;
			lost++;
		}
	}
}

uint32_t
away_tell(void (*tell)(const struct ui_event *))
{
	uint32_t n = lost;

	for (; count > 0; count--, first = (first + 1) % AWAY_EVENTS)
		if (ring[first].flow != 0)
			tell(&ring[first]);
	lost = 0;
	return n;
}
