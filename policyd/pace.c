/*
 * See pace.h.
 */
#include "pace.h"

/* The user's place, or that of the one who has waited longest since the last answer. */
static unsigned
place_of(const struct pace *p, uint32_t uid)
{
	unsigned oldest = 0;

	for (unsigned i = 0; i < PACE_USERS; i++) {
		if (p->user[i].free_ms != 0 && p->user[i].uid == uid)
			return i;
		if (p->user[i].free_ms < p->user[oldest].free_ms)
			oldest = i;
	}
	return oldest;
}

bool
pace_take(struct pace *p, uint32_t uid, int64_t now_ms)
{
	unsigned at = place_of(p, uid);
	int64_t from = p->user[at].free_ms;

	if (p->user[at].uid != uid || from < now_ms)
		from = now_ms;
	if (from + PACE_COST_MS > now_ms + PACE_CREDIT_MS)
		return false;
	p->user[at].uid = uid;
	p->user[at].free_ms = from + PACE_COST_MS;
	return true;
}
