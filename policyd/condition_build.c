/*
 * See condition_build.h. Trusts nothing in the text.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "condition_build.h"
#include "value_build.h"

#define NETWORK_MOST	100	/* bytes of a network's name */
#define FILE_DIGITS	20	/* of each of a file's numbers */

void
condition_start(struct condition_draft *d)
{
	*d = (struct condition_draft){ .is = { .until = INT64_MAX } };
}

static void
bad(struct build *b, const struct atom *a, const char *what)
{
	char word[80];

	diag_add(b->diag, a->at, "\"%s\" is not %s", diag_safe(a->text, word, sizeof word), what);
}

/* Room for one more of count things of that size; list may move. */
static void *
grown(struct build *b, void *list, unsigned count, unsigned *size, size_t each)
{
	void *more;

	if (count < *size)
		return list;
	*size = *size == 0 ? 8 : *size * 2;
	more = arena_get(b->scratch, *size * each);
	if (count > 0)
		memcpy(more, list, count * each);
	return more;
}

/* --- place --- */

static void
read_country(struct build *b, const struct atom *a, struct countries *to)
{
	uint16_t country = a->quoted ? 0 : country_of(a->text, strlen(a->text));

	if (country == country_of("uk", 2))
		bad(b, a, "a country's code; the United Kingdom's is gb");
	else if (!country_exists(country))
		bad(b, a, "a country's code of two letters (ISO 3166) such as ch");
	else
		countries_add(to, country);
}

/* RFC 5396: a plain number; AS0 is nobody's (RFC 7607). */
static void
read_as(struct build *b, const struct atom *a, struct condition_draft *d)
{
	const char *text = a->text;
	unsigned number;

	if (strncmp(text, "AS", 2) == 0 || strncmp(text, "as", 2) == 0)
		text += 2;
	if (!number_read(text, strlen(text), UINT32_MAX, &number) || number == 0) {
		bad(b, a, "an autonomous system such as AS64496");
		return;
	}
	d->as = grown(b, d->as, d->is.as_count, &d->as_size, sizeof *d->as);
	d->as[d->is.as_count++] = number;
}

/* --- user --- */

static void
add_uids(struct build *b, uint32_t low, uint32_t high, struct condition_draft *d)
{
	d->uids = grown(b, d->uids, d->is.uids_count, &d->uids_size, sizeof *d->uids);
	d->uids[d->is.uids_count++] = (struct uids){ low, high };
}

/* Names of accounts can't be looked up here: numbers, and three words. As uid_is_person() has it. */
static void
read_user(struct build *b, const struct atom *a, struct condition_draft *d)
{
	unsigned number;

	if (number_read(a->text, strlen(a->text), UINT32_MAX - 1, &number))
		add_uids(b, number, number, d);
	else if (strcmp(a->text, "root") == 0)
		add_uids(b, 0, 0, d);
	else if (strcmp(a->text, "system") == 0) {
		add_uids(b, 1, SYS_UID_MAX, d);
		add_uids(b, DYNAMIC_UID_MIN, DYNAMIC_UID_MAX, d);
		add_uids(b, NOBODY_UID, NOBODY_UID, d);
	} else if (strcmp(a->text, "person") == 0) {
		add_uids(b, SYS_UID_MAX + 1, DYNAMIC_UID_MIN - 1, d);
		add_uids(b, DYNAMIC_UID_MAX + 1, NOBODY_UID - 1, d);
		add_uids(b, NOBODY_UID + 1, UINT32_MAX - 1, d);
	} else
		bad(b, a, "a user: a number (id -u NAME shows it), root, system or person");
}

/* --- network --- */

static void
read_network(struct build *b, const struct atom *a, struct condition_draft *d)
{
	size_t len = strlen(a->text);

	if (len == 0 || len > NETWORK_MOST) {
		bad(b, a, "a network's name of 1 to 100 bytes");
		return;
	}
	d->networks = grown(b, d->networks, d->is.networks_count, &d->networks_size, sizeof *d->networks);
	d->networks[d->is.networks_count++] = arena_text(b->arena, a->text, len);
}

/* --- time --- */

/* HH:MM; 24:00 only where an end is meant. */
static bool
clock_read(const char *text, size_t len, bool end, unsigned *minute)
{
	unsigned hour, minutes;

	if (len != 5 || text[2] != ':' || !number_read(text, 2, 24, &hour) || !number_read(text + 3, 2, 59, &minutes))
		return false;
	*minute = hour * 60 + minutes;
	return *minute < DAY_MINUTES || (end && *minute == DAY_MINUTES);
}

static void
read_at(struct build *b, const struct atom *a, struct condition_draft *d)
{
	unsigned from, to;

	if (strlen(a->text) != 11 || a->text[5] != '-' || !clock_read(a->text, 5, false, &from) ||
	    !clock_read(a->text + 6, 5, true, &to) || from == to) {
		bad(b, a, "a time of day such as 08:30-17:00");
		return;
	}
	if (d->is.spans_count == SPANS_MOST) {
		diag_add(b->diag, a->at, "more than %d times of day", SPANS_MOST);
		return;
	}
	d->spans[d->is.spans_count++] = (struct span_of_day){ (uint16_t)from, (uint16_t)to };
}

static unsigned
day_read(const char *text, size_t len)
{
	static const char days[7][4] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

	for (unsigned i = 0; len == 3 && i < 7; i++)
		if (memcmp(text, days[i], 3) == 0)
			return i;
	return 7;
}

/* A day, or two with a dash; sat-mon goes over the week's end. */
static void
read_days(struct build *b, const struct atom *a, struct condition_draft *d)
{
	size_t len = strlen(a->text);
	unsigned first = day_read(a->text, len < 3 ? len : 3), last = first;

	if (len == 7 && a->text[3] == '-')
		last = day_read(a->text + 4, 3);
	else if (len != 3)
		last = 7;
	if (first == 7 || last == 7) {
		bad(b, a, "a day or days such as sat or mon-fri");
		return;
	}
	for (unsigned day = first;; day = (day + 1) % 7) {
		d->is.days |= (uint8_t)(1u << day);
		if (day == last)
			return;
	}
}

/* YYYY-MM-DD or YYYY-MM-DDTHH:MM, by the local clock; a day alone is its beginning. */
static void
read_until(struct build *b, const struct atom *a, struct condition_draft *d)
{
	const char *t = a->text;
	size_t len = strlen(t);
	unsigned year, month, day, minute = 0;

	if ((len != 10 && len != 16) || t[4] != '-' || t[7] != '-' || !number_read(t, 4, 9999, &year) ||
	    !number_read(t + 5, 2, 12, &month) || !number_read(t + 8, 2, 31, &day) || !date_exists(year, month, day) ||
	    (len == 16 && (t[10] != 'T' || !clock_read(t + 11, 5, false, &minute)))) {
		bad(b, a, "a date such as 2027-01-31 or 2027-01-31T18:00");
		return;
	}
	d->is.until = moment_local(year, month, day, minute);
}

/* The digits up to end. */
static bool
part_read(const char **at, char end, uint64_t *out)
{
	size_t len = strspn(*at, "0123456789");

	if (len == 0 || len > FILE_DIGITS || (*at)[len] != end)
		return false;
	errno = 0;
	*out = strtoull(*at, NULL, 10);
	*at += len + (end != '\0');
	return errno == 0;
}

/* DEV:INO:CTIME, as choice_line.c writes it. */
static void
read_file(struct build *b, const struct atom *a, struct condition_draft *d)
{
	struct file_id *f = &d->is.file;
	const char *at = a->text;

	d->is.by_file = true;
	if (!part_read(&at, ':', &f->dev) || !part_read(&at, ':', &f->ino) || !part_read(&at, '\0', &f->ctime_ns))
		bad(b, a, "a file: the numbers of its device, inode and last change, such as 2049:131:1790000000000000000");
}

static void
read_hops(struct build *b, const struct atom *a, struct condition_draft *d)
{
	unsigned hops;

	if (!number_read(a->text, strlen(a->text), HOPS_MOST, &hops) || hops < HOPS_LEAST) {
		bad(b, a, "a number of hops from 2 to 8");
		return;
	}
	d->route.hops = (uint8_t)hops;
}

void
condition_read(struct build *b, enum match_kind kind, const struct atom *a, struct condition_draft *d)
{
	switch (kind) {
	case MATCH_COUNTRY:
		d->is.by_country = true;
		read_country(b, a, &d->is.countries);
		break;
	case MATCH_AS:
		read_as(b, a, d);
		break;
	case MATCH_USER:
		read_user(b, a, d);
		break;
	case MATCH_NETWORK:
		read_network(b, a, d);
		break;
	case MATCH_AT:
		read_at(b, a, d);
		break;
	case MATCH_DAYS:
		read_days(b, a, d);
		break;
	case MATCH_UNTIL:
		read_until(b, a, d);
		break;
	case MATCH_DIRECT:
		d->is.direct = true;
		break;
	case MATCH_EXIT:
		d->route.by_exit = true;
		read_country(b, a, &d->route.exit);
		break;
	case MATCH_HOPS:
		read_hops(b, a, d);
		break;
	case MATCH_FILE:
		read_file(b, a, d);
		break;
	default:
		break;
	}
}

static int
as_compare(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	build_may_pause();
	return (*x > *y) - (*x < *y);
}

const struct condition *
condition_finish(struct build *b, struct condition_draft *d)
{
	struct condition *c = &d->is;
	bool timed = c->until != INT64_MAX || c->days != 0 || c->spans_count > 0;

	c->timely = timed || c->uids_count > 0 || c->networks_count > 0 || c->by_file;
	c->only_place = !c->timely && !c->direct && c->by_country == (c->as_count == 0);
	if (!c->timely && !c->direct && !condition_by_place(c))
		return NULL;
	if (c->as_count > 0)
		qsort(d->as, c->as_count, sizeof *d->as, as_compare);
	c->spans = arena_copy(b->arena, d->spans, c->spans_count * sizeof *c->spans);
	c->uids = arena_copy(b->arena, d->uids, c->uids_count * sizeof *c->uids);
	c->networks = arena_copy(b->arena, d->networks, c->networks_count * sizeof *c->networks);
	c->as = arena_copy(b->arena, d->as, c->as_count * sizeof *c->as);
	return arena_copy(b->arena, c, sizeof *c);
}

const struct route *
route_finish(struct build *b, const struct condition_draft *d)
{
	return d->route.by_exit || d->route.hops != 0 ? arena_copy(b->arena, &d->route, sizeof d->route) : NULL;
}
