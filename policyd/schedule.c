/*
 * See schedule.h.
 */
#include <stdlib.h>

#include "schedule.h"

static int
add_until(struct schedule *s, int64_t until)
{
	if (until == INT64_MAX)
		return 0;
	if (s->untils_count == s->untils_size) {
		size_t size = s->untils_size == 0 ? 64 : s->untils_size * 2;
		int64_t *grown = reallocarray(s->untils, size, sizeof *grown);

		if (grown == NULL)
			return -1;
		s->untils = grown;
		s->untils_size = size;
	}
	s->untils[s->untils_count++] = until;
	return 0;
}

static void
add_minute(struct schedule *s, unsigned minute)
{
	minute %= DAY_MINUTES;
	s->minutes[minute / 64] |= UINT64_C(1) << minute % 64;
}

int
schedule_add(struct schedule *s, const struct ruleset *set)
{
	for (unsigned i = 0; set->timely && i < set->count; i++) {
		const struct condition *c = set->rules[i].condition;

		build_may_pause();
		if (c == NULL || !c->timely)
			continue;
		s->days |= c->days != 0;
		for (unsigned k = 0; k < c->spans_count; k++) {
			add_minute(s, c->spans[k].from);
			add_minute(s, c->spans[k].to);
		}
		if (add_until(s, c->until) == -1)
			return -1;
	}
	return 0;
}

static int
until_compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	build_may_pause();
	return (*x > *y) - (*x < *y);
}

void
schedule_finish(struct schedule *s)
{
	if (s->untils_count > 0)
		qsort(s->untils, s->untils_count, sizeof *s->untils, until_compare);
}

void
schedule_free(struct schedule *s)
{
	free(s->untils);
	*s = (struct schedule){ .untils = NULL };
}

/* How many rules have ended. */
static size_t
ended(const struct schedule *s, int64_t local)
{
	size_t low = 0, high = s->untils_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (s->untils[middle] <= local)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Boundaries of the day up to this minute; before the first one it is as after the last. */
static unsigned
passed(const struct schedule *s, unsigned minute)
{
	unsigned count = 0, all = 0;

	for (unsigned i = 0; i < DAY_MINUTES; i++)
		if (s->minutes[i / 64] >> i % 64 & 1) {
			all++;
			count += i <= minute;
		}
	return count == 0 ? all : count;
}

uint64_t
schedule_state(const struct schedule *s, const struct moment *m)
{
	uint64_t day = s->days ? 1u + m->weekday : 0;

	return (uint64_t)ended(s, m->local) << 16 | (uint64_t)passed(s, m->minute) << 4 | day;
}
