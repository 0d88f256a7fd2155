/*
 * Namespaces behind interfaces. A pair of virtual interfaces says by a number
 * (nsid) where its other end lies; the kernel gives the same number for a process
 * there. Behind a bridge the port counts by which the packet came; if the kernel does
 * not say that, the one where the sender's address was seen last, which its neighbours
 * can have changed. Called by owner.c, whose.c and who_client.c.
 *
 * What is not found is only not named: forwarded packets are judged by their device all
 * the same, unless whod could not tell of all: then it may be anybody's. What may have
 * changed since it was told is asked for first, so that a fresh container is not taken for
 * nobody, nor for the one before it.
 */
#include <event2/event.h>

#include "clock.h"
#include "links.h"
#include "namespaces.h"
#include "sandbox.h"
#include "who_client.h"

#define MS		INT64_C(1000000)
#define AGAIN_NS	(2000 * MS)	/* then it is asked anew while packets come */
#define APART_NS	(50 * MS)	/* between questions of packets that wait: each has whod look at every process */
#define LOST_NS		(2000 * MS)	/* an answer that is not there by then will not come */

static struct {
	int32_t		nsid;
	uint32_t	pid;
	uint64_t	process;	/* 0: it ended since */
	bool		alone;
	bool		young;
} known[WHO_NAMESPACES_COUNT];
static unsigned	known_count;
static bool	known_whole;		/* nobody is in any other */
/* How old is that? When it was asked for, and how often interfaces had been read by then. */
static int64_t	known_ns;
static uint32_t	known_reading;		/* 0: nothing is known */

/* The last questions, each at its number's place; the newest one's answer is waited for while asking. */
#define QUESTIONS	8
static struct question {
	uint32_t	number;
	uint32_t	reading;
	int64_t		ns;
} questions[QUESTIONS];
static uint32_t	newest;
static bool	asking;
static struct event *later;

void
namespaces_ask(void)
{
	if (++newest == 0)
		newest = 1;
	asking = true;
	questions[newest % QUESTIONS] = (struct question){ newest, links_reading(), clock_ns() };
	who_client_ask_namespaces(newest);
}

/* One question at a time; who still misses something after its answer comes here again. */
void
namespaces_ask_soon(void)
{
	int64_t		wait = questions[newest % QUESTIONS].ns + (asking ? LOST_NS : APART_NS) - clock_ns();
	struct timeval	t = { .tv_sec = wait / (1000 * MS), .tv_usec = wait % (1000 * MS) / 1000 };

	if (wait <= 0)
		namespaces_ask();
	else
		(void)event_add(later, &t);
}

static void
on_later(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	namespaces_ask_soon();
}

void
namespaces_start(struct event_base *base)
{
	if ((later = evtimer_new(base, on_later, NULL)) == NULL)
		fatalx("no event for namespaces");
}

void
namespaces_learn(uint32_t answered, const struct who_namespaces *w)
{
	const struct question	*q = &questions[answered % QUESTIONS];
	unsigned		 i;
	int32_t			 nsid;

	if (q->number != answered)
		return;
	if (answered == newest) {
		asking = false;
		(void)event_del(later);
		if (q->reading != links_reading())
			namespaces_ask_soon();
	}
	known_ns = q->ns;
	known_reading = q->reading;
	known_whole = w->whole;
	known_count = 0;
	for (i = 0; i < w->count; i++) {
		if (!nsid_of_process(w->ns[i].pid, &nsid)) {	/* others may be there */
			known_whole = false;
			namespaces_ask_soon();
			continue;
		}
		if (nsid == LINK_NO_NSID)
			continue;
		known[known_count].nsid = nsid;
		known[known_count].pid = w->ns[i].pid;
		known[known_count].alone = w->ns[i].alone;
		known[known_count].young = w->ns[i].young;
		known[known_count++].process = w->ns[i].process;
	}
}

void
namespaces_forget(void)
{
	known_count = 0;
	known_reading = 0;
	asking = false;
}

void
namespaces_gone(uint64_t process)
{
	unsigned	i;

	for (i = 0; i < known_count; i++)
		if (known[i].process == process)
			known[i].process = 0;
}

void
namespaces_see(const struct meeting *m, struct sighting *s)
{
	const struct link	*l = link_by_index(m->device);
	uint32_t		 port = m->port;

	s->seen_ns = clock_ns();
	s->behind = m->device;
	s->behind_guessed = m->port_guessed;
	if (l == NULL || !l->bridge)
		return;
	if ((port == 0 || port == m->device) && m->has_hardware) {
		port = bridge_port(m->device, m->hardware);
		s->behind_guessed = true;
	}
	if (port != 0)
		s->behind = port;
}

/* Something may be there that nobody told of yet. */
static bool
wait_for_answer(struct sighting *s)
{
	namespaces_ask_soon();
	s->owner = s->holders = 0;
	s->alone = false;
	return false;
}

/*
 * All that are known of this namespace. False: one of them ended, or left it: the kernel knows before whod; or had just
 * begun then, and this came after it.
 */
static bool
take_known(struct sighting *s, int32_t nsid)
{
	unsigned	i;
	int32_t		now;

	s->holders = 0;
	for (i = 0; i < known_count && s->holders < HOLDERS_MAX; i++) {
		if (known[i].nsid != nsid)
			continue;
		if (known[i].process == 0 || !nsid_of_process(known[i].pid, &now) || now != nsid ||
		    (known[i].young && known_ns < s->seen_ns))
			return false;
		s->alone = known[i].alone;
		s->holder[s->holders++] = known[i].process;
	}
	return true;
}

bool
namespaces_settle(struct sighting *s)
{
	const struct link	*l;

	s->owner = 0;
	s->holders = 0;
	s->alone = false;
	/* It is asked for as soon as it is known how. */
	if (links_changing(s->behind) || (s->device != s->behind && links_changing(s->device)))
		return false;
	l = link_by_index(s->behind);
	/* It was taken away meanwhile. */
	s->owner = l == NULL && links_complete() ? OWNER_UNKNOWN : OWNER_FORWARDED;
	if (l == NULL || l->nsid == LINK_NO_NSID)
		return true;
	if (known_reading < l->noticed)
		return wait_for_answer(s);
	/* Nobody was there: since then somebody may have come. */
	if (!take_known(s, l->nsid) || (s->holders == 0 && known_ns < s->seen_ns))
		return wait_for_answer(s);
	if (clock_ns() - known_ns >= AGAIN_NS)
		namespaces_ask_soon();
	if (s->holders == 0 && !known_whole)
		s->owner = OWNER_UNKNOWN;
	s->alone &= s->holders == 1 && l->pair && !s->behind_guessed;
	return true;
}
