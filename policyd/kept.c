/*
 * See kept.h. Looks have numbers of their own, used once: what comes late, also after
 * uid or resolverd was started anew, fits none that is open.
 */
#include <stdio.h>
#include <time.h>

#include "answer.h"
#include "clock.h"
#include "explain.h"
#include "kept.h"
#include "names_server.h"
#include "tell.h"

#define LOOK_S	5	/* then resolverd is waited for no more */

static uint32_t	query;		/* 0: nobody waits */
static uint32_t	number;
static uint8_t	what;		/* enum names_what */
static time_t	since;
static unsigned	told;

static void
refuse(uint32_t to, const char *why)
{
	answer_begin(to);
	answer_error("%s", why);
}

/* Nothing came: of a name the checks are told all the same. */
static void
end_without(const char *why)
{
	uint32_t to = query;

	if (to == 0)
		return;
	query = 0;
	if (what == NAMES_LOOK_NAME)
		explain_found(to, NULL);
	else
		refuse(to, why);
}

void
kept_tick(int64_t at_s)
{
	if (query != 0 && at_s - since >= LOOK_S)
		end_without("the resolver does not answer");
}

/* NULL, or why not. */
static const char *
begin(uint32_t q, const struct names_look *l)
{
	if (query != 0)
		return "somebody else looks just now: try again";
	if (++number == 0 || !names_server_look(number, l))
		return "the resolver does not run";
	query = q;
	what = l->what;
	since = clock_s(CLOCK_MONOTONIC);
	told = 0;
	return NULL;
}

void
kept_query(uint32_t q, const struct names_look *l)
{
	const char *why = begin(q, l);

	if (why != NULL)
		refuse(q, why);
}

bool
kept_is_free(void)
{
	return query == 0;
}

bool
kept_name(uint32_t q, const struct names_look *l)
{
	return begin(q, l) == NULL;
}

static bool
is_awaited(uint32_t look, enum names_what w)
{
	return query != 0 && look == number && what == w;
}

int
kept_told(uint32_t look, const struct names_kept *m)
{
	if (!is_awaited(look, NAMES_LOOK_CACHE))
		return 0;
	told += m->count;
	if (told > NAMES_LOOK_MOST)
		return -1;
	if (!tell_kept(query, m) || m->last)
		query = 0;
	return 0;
}

void
kept_servers(uint32_t look, struct names_servers *m, const char *file)
{
	if (!is_awaited(look, NAMES_LOOK_SERVERS))
		return;
	(void)snprintf(m->file, sizeof m->file, "%s", file);
	(void)tell_servers(query, m);
	query = 0;
}

void
kept_found(uint32_t look, const struct names_found *m)
{
	uint32_t to = query;

	if (!is_awaited(look, NAMES_LOOK_NAME))
		return;
	query = 0;
	explain_found(to, m);
}

void
kept_lost(void)
{
	end_without("the resolver was started anew: try again");
}

void
kept_forget(void)
{
	query = 0;
}
