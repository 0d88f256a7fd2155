/*
 * See servers.h. Called by resolve.c and tls.c; trusts its callers.
 */
#include <string.h>

#include "address.h"
#include "servers.h"

#define REST_FIRST_MS	1000
#define REST_MOST_MS	60000
#define SMOOTH		8	/* a new time counts one part in this */

static struct server	all[SERVERS_MAX];
static struct server	in_clear[SERVERS_MAX];	/* in the places of designated ones */
static unsigned		count;
static bool		silent;
static void		(*on_silent)(void);

bool
server_same(const struct server *a, const struct server *b)
{
	return a->transport == b->transport && a->addr_len == b->addr_len &&
	    memcmp(&a->addr, &b->addr, a->addr_len) == 0 && strcmp(a->name, b->name) == 0 &&
	    strcmp(a->path, b->path) == 0 && a->anyone == b->anyone && a->has_pin == b->has_pin &&
	    memcmp(a->pin, b->pin, sizeof(a->pin)) == 0;
}

static const struct server *
same_one(const struct server *s, const struct server *old, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (server_same(&old[i], s))
			return &old[i];
	return NULL;
}

static void
set_silent(bool now)
{
	if (silent == now)
		return;
	silent = now;
	if (on_silent != NULL)
		on_silent();
}

bool
servers_silent(void)
{
	return silent;
}

void
servers_on_silent(void (*told)(void))
{
	on_silent = told;
}

void
servers_set(const struct server *list, unsigned n)
{
	struct server		old[SERVERS_MAX];
	const struct server	*was;
	unsigned		olds = count;

	memcpy(old, all, sizeof(old));
	count = n < SERVERS_MAX ? n : SERVERS_MAX;
	for (unsigned i = 0; i < count; i++) {
		all[i] = list[i];
		was = same_one(&list[i], old, olds);
		all[i].took_us = was == NULL ? 0 : was->took_us;
		all[i].failures = was == NULL ? 0 : was->failures;
		all[i].rests_until_ms = was == NULL ? 0 : was->rests_until_ms;
		all[i].error = was == NULL ? NULL : was->error;
		all[i].error_ms = was == NULL ? 0 : was->error_ms;
	}
	set_silent(false);
}

unsigned
servers_count(void)
{
	return count;
}

bool
server_is_local(const struct server *s)
{
	return !s->is_public && address_is_private((const union address *)&s->addr);
}

struct server *
servers_at(unsigned i)
{
	return &all[i];
}

const char *
servers_text(unsigned i)
{
	if (i == UPSTREAM_NEIGHBOURS)
		return "multicast DNS";
	return i < count ? all[i].text : "";
}

void
servers_designate(unsigned i, const struct server *s)
{
	struct server	*here = &all[i];

	in_clear[i] = *here;
	here->addr = s->addr;
	here->addr_len = s->addr_len;
	here->transport = s->transport;
	here->anyone = s->anyone;
	memcpy(here->text, s->text, sizeof(here->text));
	memcpy(here->path, s->path, sizeof(here->path));
	here->took_us = 0;
	here->designated = true;
}

void
servers_undesignate(unsigned i)
{
	if (all[i].designated)
		all[i] = in_clear[i];
}

static bool
is_better(unsigned a, unsigned b, int64_t now_ms)
{
	bool	a_rests = all[a].rests_until_ms > now_ms, b_rests = all[b].rests_until_ms > now_ms;

	if (a_rests != b_rests)
		return b_rests;
	if (a_rests && all[a].rests_until_ms != all[b].rests_until_ms)
		return all[a].rests_until_ms < all[b].rests_until_ms;
	return all[a].took_us < all[b].took_us;
}

void
servers_order(unsigned *place, unsigned n, int64_t now_ms)
{
	unsigned	k, one;

	for (unsigned i = 1; i < n; i++) {
		one = place[i];
		for (k = i; k > 0 && is_better(one, place[k - 1], now_ms); k--)
			place[k] = place[k - 1];
		place[k] = one;
	}
}

void
servers_answered(unsigned i, uint32_t us)
{
	struct server	*s = &all[i];

	us = us == 0 ? 1 : us;
	if (s->took_us == 0)
		s->took_us = us;
	else
		s->took_us = (uint32_t)(((uint64_t)s->took_us * (SMOOTH - 1) + us) / SMOOTH);
	s->failures = 0;
	s->rests_until_ms = 0;
	set_silent(false);
}

void
servers_failed(unsigned i, const char *why, int64_t now_ms)
{
	struct server	*s = &all[i];
	int64_t		 rest = REST_FIRST_MS;

	for (unsigned n = s->failures; n > 0 && rest < REST_MOST_MS; n--)
		rest *= 2;
	s->failures++;
	s->error = why;
	s->error_ms = now_ms;
	s->rests_until_ms = now_ms + (rest < REST_MOST_MS ? rest : REST_MOST_MS);
	for (unsigned k = 0; k < count; k++)
		if (!all[k].aside && all[k].failures == 0)
			return;
	set_silent(true);
}
