/*
 * See kept.h. Looks have numbers of their own, used once: what comes late, also after
 * uid or resolverd was started anew, fits none that is open.
 */
#include <time.h>

#include "answer.h"
#include "kept.h"
#include "names_server.h"
#include "tell.h"

#define LOOK_S	5	/* then resolverd is waited for no more */

static uint32_t	query;		/* 0: nobody waits */
static uint32_t	look;
static time_t	since;
static unsigned	told;

static time_t
now_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static void
refuse(uint32_t to, const char *why)
{
	answer_begin(to);
	answer_error("%s", why);
}

void
kept_tick(void)
{
	if (query == 0 || now_s() - since < LOOK_S)
		return;
	refuse(query, "the resolver does not answer");
	query = 0;
}

void
kept_query(uint32_t q)
{
	if (query != 0) {
		refuse(q, "somebody else looks just now: try again");
		return;
	}
	if (++look == 0 || !names_server_look(look)) {
		refuse(q, "the resolver does not run");
		return;
	}
	query = q;
	since = now_s();
	told = 0;
}

int
kept_told(uint32_t number, const struct names_kept *m)
{
	if (query == 0 || number != look)
		return 0;
	told += m->count;
	if (told > NAMES_LOOK_MOST)
		return -1;
	if (!tell_kept(query, m) || m->last)
		query = 0;
	return 0;
}

void
kept_lost(void)
{
	if (query != 0)
		refuse(query, "the resolver was started anew: try again");
	query = 0;
}

void
kept_forget(void)
{
	query = 0;
}
