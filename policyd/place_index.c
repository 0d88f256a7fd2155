/*
 * See place_index.h.
 */
#include <stdlib.h>

#include "place_index.h"

static size_t
each_as(const struct condition *c, void (*on)(void *, uint64_t), void *ctx)
{
	for (unsigned i = 0; on != NULL && i < c->as_count; i++)
		if (i == 0 || c->as[i] != c->as[i - 1])
			on(ctx, PLACE_AS + c->as[i]);
	return c->as_count;
}

static size_t
each_country(const struct condition *c, void (*on)(void *, uint64_t), void *ctx)
{
	size_t count = 0;

	for (uint16_t country = 1; country <= COUNTRY_MOST; country++)
		if (countries_have(&c->countries, country)) {
			count++;
			if (on != NULL)
				on(ctx, country);
		}
	return count;
}

size_t
place_each(const struct rule *r, void (*on)(void *, uint64_t), void *ctx)
{
	const struct condition *c = r->condition;
	bool by_as = c->as_count > 0;

	if (on != NULL && condition_is_strict(r))
		on(ctx, by_as ? PLACE_AS : 0);
	return 1 + (by_as ? each_as(c, on, ctx) : each_country(c, on, ctx));
}

static int
place_compare(const void *a, const void *b)
{
	const struct place_value *x = a, *y = b;

	build_may_pause();
	return (x->place > y->place) - (x->place < y->place);
}

const struct place_index *
place_index_make(struct arena *arena, struct place_value *values, size_t count)
{
	struct place_index *x = arena_get(arena, sizeof *x);

	qsort(values, count, sizeof *values, place_compare);
	x->count = count;
	x->values = arena_copy(arena, values, count * sizeof *values);
	x->countries = count > 0 && values[0].place < PLACE_AS;
	x->numbers = count > 0 && values[count - 1].place >= PLACE_AS;
	return x;
}

static void
find(const struct place_index *x, uint64_t place, void (*on)(void *, uint32_t), void *ctx)
{
	size_t low = 0, high = x->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (x->values[middle].place < place)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < x->count && x->values[low].place == place)
		on(ctx, x->values[low].value);
}

void
place_index_find(const struct place_index *x, const struct rule_query *q, void (*on)(void *, uint32_t), void *ctx)
{
	const struct circumstances *with = q->with;
	bool known = with != NULL;

	if (q->scope != SCOPE_INTERNET)
		return;
	if (x->countries)
		find(x, known ? geo_country(with->geo, q->family, q->address, with->whereabouts) : 0, on, ctx);
	if (x->numbers)
		find(x, PLACE_AS + (known ? geo_as(with->geo, q->family, q->address, with->whereabouts) : 0), on, ctx);
}
