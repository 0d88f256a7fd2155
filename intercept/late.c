/*
 * See late.h. Called by judge.c. A place may have another flow by the time that it is looked
 * at again: the id tells.
 */
#include "conntrack.h"
#include "late.h"
#include "live.h"

#define LATE	4096

static struct {
	uint64_t	id;
	uint32_t	live;
} late[LATE];
static unsigned	count;

void
late_add(uint32_t i)
{
	if (count == LATE)
		late_end();
	late[count].id = live_at(i)->id;
	late[count++].live = i;
}

void
late_end(void)
{
	for (; count > 0; count--)
		if (live_at(late[count - 1].live)->id == late[count - 1].id)
			conntrack_delete(&live_at(late[count - 1].live)->tuple);
}
