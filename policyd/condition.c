/*
 * See condition.h. What costs least is looked at first; an address is looked up last, and once.
 */
#include <string.h>

#include "condition.h"
#include "looked.h"
#include "rules.h"

bool
condition_is_strict(const struct rule *r)
{
	return r->action != RULE_ALLOW && r->action != RULE_TUNNEL;
}

static bool
uid_fits(const struct condition *c, const struct circumstances *with)
{
	if (c->uids_count == 0)
		return true;
	for (unsigned i = 0; with->has_uid && i < c->uids_count; i++)
		if (with->uid >= c->uids[i].low && with->uid <= c->uids[i].high)
			return true;
	return false;
}

static bool
network_fits(const struct condition *c, const struct circumstances *with, bool strict)
{
	if (c->networks_count == 0)
		return true;
	if (with->network == NULL)
		return strict;
	for (unsigned i = 0; i < c->networks_count; i++)
		if (strcmp(c->networks[i], with->network) == 0)
			return true;
	return false;
}

static bool
day_fits(const struct condition *c, unsigned weekday)
{
	return c->days == 0 || (c->days & 1u << weekday) != 0;
}

/* The day of a span over midnight is the one on which it begins. */
static bool
span_fits(const struct condition *c, const struct span_of_day *s, const struct moment *m)
{
	if (s->from < s->to)
		return m->minute >= s->from && m->minute < s->to && day_fits(c, m->weekday);
	return (m->minute >= s->from && day_fits(c, m->weekday)) ||
	    (m->minute < s->to && day_fits(c, (m->weekday + 6u) % 7));
}

static bool
time_fits(const struct condition *c, const struct circumstances *with, bool strict)
{
	const struct moment *now = with->now;

	if (c->until == INT64_MAX && c->days == 0 && c->spans_count == 0)
		return true;
	if (with->looked != NULL)
		*with->looked |= LOOKED_TIME;
	if (now == NULL || now->unix_s == 0)
		return strict;
	if (now->local >= c->until)
		return false;
	if (c->spans_count == 0)
		return day_fits(c, now->weekday);
	for (unsigned i = 0; i < c->spans_count; i++)
		if (span_fits(c, &c->spans[i], now))
			return true;
	return false;
}

static bool
has_as(const struct condition *c, uint32_t as)
{
	unsigned low = 0, high = c->as_count;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (c->as[middle] < as)
			low = middle + 1;
		else
			high = middle;
	}
	return low < c->as_count && c->as[low] == as;
}

static bool
country_fits(const struct condition *c, const struct rule_query *q, bool strict)
{
	uint16_t country;

	if (!c->by_country)
		return true;
	country = geo_country(q->with->geo, q->family, q->address, q->with->whereabouts);
	return country == 0 ? strict : countries_have(&c->countries, country);
}

static bool
as_fits(const struct condition *c, const struct rule_query *q, bool strict)
{
	uint32_t as;

	if (c->as_count == 0)
		return true;
	as = geo_as(q->with->geo, q->family, q->address, q->with->whereabouts);
	return as == 0 ? strict : has_as(c, as);
}

static bool
file_fits(const struct condition *c, const struct circumstances *with)
{
	return !c->by_file || with->any_file || (with->has_uid && file_is_same(&c->file, &with->file));
}

bool
condition_holds(const struct rule *r, const struct rule_query *q)
{
	static const struct circumstances nothing;
	const struct circumstances *with = q->with == NULL ? &nothing : q->with;
	const struct condition *c = r->condition;
	bool strict = condition_is_strict(r);

	if (!uid_fits(c, with) || !file_fits(c, with) || !time_fits(c, with, strict) ||
	    !network_fits(c, with, strict) || (c->direct && !with->direct))
		return false;
	if (!condition_by_place(c) || q->question)
		return true;
	if (q->scope != SCOPE_INTERNET)
		return false;
	if (q->with == NULL)
		return strict;
	return country_fits(c, q, strict) && as_fits(c, q, strict);
}

bool
condition_place_unknown(const struct rule *r, const struct rule_query *q)
{
	const struct condition *c = r->condition;

	if (!condition_by_place(c) || q->question || q->with == NULL)
		return false;
	return (c->by_country && geo_country(q->with->geo, q->family, q->address, q->with->whereabouts) == 0) ||
	    (c->as_count > 0 && geo_as(q->with->geo, q->family, q->address, q->with->whereabouts) == 0);
}
