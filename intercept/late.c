/*
 * See late.h. Called by watched.c and judge.c. A place may have another flow by the time that it is looked
 * at again, or none: the id tells.
 */
#include "conntrack.h"
#include "late.h"
#include "live.h"

#define LATE	4096
#define A_TICK	16

static struct {
	uint64_t	id;
	uint32_t	live;
} late[LATE];
static uint32_t	first, count;

static void
end_some(unsigned most)
{
	for (; count > 0 && most > 0; count--, first = (first + 1) % LATE)
		if (live_at(late[first].live)->id == late[first].id) {
			conntrack_delete(&live_at(late[first].live)->tuple);
			most--;
		}
}

void
late_add(uint32_t i)
{
	uint32_t	at;

	if (count == LATE)
		end_some(A_TICK);
	at = (first + count++) % LATE;
	late[at].id = live_at(i)->id;
	late[at].live = i;
}

void
late_tick(void)
{
	end_some(A_TICK);
}
