/*
 * Counters of who holds how many places among the waiting packets. Called by
 * flow.c. Keys are hashed with this process's secret, so that nobody can choose
 * to meet another's counter.
 */
#include <string.h>

#include "packet.h"
#include "subject.h"

static uint16_t	held[SUBJECTS];
static unsigned	holders;

uint32_t
subject_of(const struct queued *q, const struct tuple *t)
{
	struct tuple key = { .family = q->direction };

	if (q->direction == DIRECTION_OUT) {
		key.proto = q->has_uid ? 1 : 2;
		memcpy(key.src, &q->uid, sizeof(q->uid));
	} else {
		key.proto = t->family == 4 ? 3 : 4;
		memcpy(key.src, t->src, t->family == 4 ? 4 : 8);
	}
	return (uint32_t)(tuple_hash(&key) % SUBJECTS);
}

bool
subject_take(uint32_t subject, unsigned max)
{
	if (held[subject] >= max / SUBJECT_SHARE)
		return false;
	if (held[subject]++ == 0)
		holders++;
	return true;
}

void
subject_give(uint32_t subject, unsigned places)
{
	held[subject] = (uint16_t)(held[subject] - places);
	if (places > 0 && held[subject] == 0)
		holders--;
}

unsigned
subject_count(void)
{
	return holders;
}
