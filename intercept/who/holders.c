/*
 * Sets of holders. Used by search.c, raw.c and answers.c.
 */
#include "holders.h"

void
holders_clear(struct holder_set *s)
{
	s->count = 0;
	s->too_many = s->unsure = false;
}

bool
holders_has(const struct holder_set *s, const struct proc *p)
{
	for (unsigned i = 0; i < s->count; i++)
		if (s->holder[i].proc == p)
			return true;
	return false;
}

void
holders_add(struct holder_set *s, const struct holder *h)
{
	if (holders_has(s, h->proc))
		return;
	if (s->count == SET_MAX) {
		s->too_many = true;
		return;
	}
	s->holder[s->count++] = *h;
}
