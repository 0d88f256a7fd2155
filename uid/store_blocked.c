/*
 * Names that programs were not told, newest first; see store.h. A question that is asked
 * again and again, as programs do, has one place.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox.h"
#include "store_impl.h"

static bool
is_same(const struct blocked_name *b, const struct names_answer *a)
{
	return b->process == a->asker && b->qtype == a->qtype && b->word == a->word &&
	    strncmp(b->name, a->name, sizeof(b->name) - 1) == 0 && strcmp(b->reason, a->reason) == 0;
}

void
store_add_blocked(struct store *s, const struct names_answer *a, int64_t time_us)
{
	struct blocked_name	*all = s->blocked, first = { .process = a->asker, .qtype = a->qtype,
				    .rcode = a->rcode, .word = a->word };
	uint32_t		 i = 0;

	if (all == NULL && (all = s->blocked = calloc(STORE_BLOCKED, sizeof(*all))) == NULL)
		fatalx("no memory for blocked names");
	(void)snprintf(first.name, sizeof(first.name), "%.*s", (int)sizeof(first.name) - 1, a->name);
	(void)snprintf(first.reason, sizeof(first.reason), "%s", a->reason);
	while (i < s->blocked_count && !is_same(&all[i], a))
		i++;
	if (i < s->blocked_count)
		first.times = all[i].times;
	else if (i < STORE_BLOCKED)
		s->blocked_count++;
	else
		i--;
	first.times++;
	first.time_us = time_us;
	memmove(all + 1, all, i * sizeof(*all));
	all[0] = first;
}

const struct blocked_name *
store_blocked(const struct store *s, uint32_t n)
{
	return n < s->blocked_count ? &s->blocked[n] : NULL;
}
