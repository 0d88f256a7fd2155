/*
 * See notices.h. Called by names_server.c; which clients there are is the
 * choice of programs, so the hash has a key.
 */
#include <sys/queue.h>

#include <netinet/in.h>

#include <stdlib.h>
#include <string.h>

#include "caller.h"
#include "clock.h"
#include "hash.h"
#include "notices.h"

#define BUCKETS	4096u
#define PAST	256u	/* that ended last */
#define PAST_MS	1000

struct entry {
	struct notice		 notice;
	LIST_ENTRY(entry)	 by_client, by_flow, by_process;
	TAILQ_ENTRY(entry)	 by_age;
};
LIST_HEAD(entry_list, entry);
TAILQ_HEAD(entry_queue, entry);

static struct entry_list	 clients[BUCKETS], flows[BUCKETS], processes[BUCKETS];
static struct entry_queue	 by_age = TAILQ_HEAD_INITIALIZER(by_age);
static unsigned			 count;
static struct past {
	struct tuple	client;
	uint64_t	process;
	int64_t		ended_ms;	/* 0: none */
}				 past[PAST];
static unsigned			 last_past;
static void			(*on_gone)(const struct notice *);

static struct entry_list *
client_bucket(const struct tuple *t)
{
	return &clients[hash_with(hash_bytes(t->src, sizeof t->src),
	    (uint64_t)t->sport << 16 | (uint64_t)t->proto << 8 | t->family) % BUCKETS];
}

static struct entry_list *
flow_bucket(uint64_t flow)
{
	return &flows[hash_with(0, flow) % BUCKETS];
}

static struct entry_list *
process_bucket(uint64_t process)
{
	return &processes[hash_with(0, process) % BUCKETS];
}

static bool
is_of(const struct tuple *c, const struct tuple *t)
{
	return c->sport == t->sport && c->proto == t->proto && c->family == t->family &&
	    memcmp(c->src, t->src, sizeof t->src) == 0;
}

/* The newest of this client, or the next older one. */
static struct entry *
find(const struct tuple *t, struct entry *after)
{
	struct entry *e = after == NULL ? LIST_FIRST(client_bucket(t)) : LIST_NEXT(after, by_client);

	while (e != NULL && !is_of(&e->notice.client, t))
		e = LIST_NEXT(e, by_client);
	return e;
}

static void
remember(const struct notice *n)
{
	last_past = (last_past + 1) % PAST;
	past[last_past] = (struct past){ .client = n->client, .process = n->process, .ended_ms = clock_ms(CLOCK_MONOTONIC) };
}

static void
drop(struct entry *e)
{
	remember(&e->notice);
	LIST_REMOVE(e, by_client);
	LIST_REMOVE(e, by_flow);
	LIST_REMOVE(e, by_process);
	TAILQ_REMOVE(&by_age, e, by_age);
	count--;
	if (on_gone != NULL)
		on_gone(&e->notice);
	free(e);
}

void
notices_start(void (*gone)(const struct notice *))
{
	on_gone = gone;
}

/* The name server answered it without asking: no more. */
static void
ungrant(struct entry *e)
{
	if (e->notice.granted && on_gone != NULL)
		on_gone(&e->notice);
	e->notice.granted = false;
}

/*
 * Has the older flow ended, without our knowing yet? One to the same server has, and one over
 * UDP: its port had one socket. Over TCP two programs may have the same port, each to a server
 * of its own; the kernel leads one of them from there and the other from another port.
 */
static bool
has_ended(const struct notice *old, const struct tuple *t)
{
	return t->proto != IPPROTO_TCP || (old->client.dport == t->dport &&
	    memcmp(old->client.dst, t->dst, sizeof t->dst) == 0);
}

/* False: of this client so many flows are known that the newest one stands for the rest, as nobody's. */
static bool
make_room(const struct decide_notice *n)
{
	struct entry *e, *next;
	unsigned kept = 0;

	for (e = find(&n->tuple, NULL); e != NULL; e = next) {
		next = find(&n->tuple, e);
		if (has_ended(&e->notice, &n->tuple)) {
			drop(e);
			continue;
		}
		ungrant(e);
		kept++;
	}
	if (kept >= NOTICES_CLIENT) {
		find(&n->tuple, NULL)->notice.process = 0;
		return false;
	}
	if (count == NOTICES_MOST)
		drop(TAILQ_FIRST(&by_age));
	return true;
}

void
notices_add(const struct decide_notice *n)
{
	struct entry *e;

	if (!make_room(n) || (e = calloc(1, sizeof *e)) == NULL)
		return;
	e->notice = (struct notice){ .client = n->tuple, .flow = n->flow, .process = n->process };
	LIST_INSERT_HEAD(client_bucket(&n->tuple), e, by_client);
	LIST_INSERT_HEAD(flow_bucket(n->flow), e, by_flow);
	LIST_INSERT_HEAD(process_bucket(n->process), e, by_process);
	TAILQ_INSERT_TAIL(&by_age, e, by_age);
	count++;
}

struct notice *
notices_find(const struct tuple *client)
{
	static struct notice nobody;
	struct entry *e = find(client, NULL), *older;

	if (e == NULL)
		return NULL;
	for (older = find(client, e); older != NULL; older = find(client, older))
		if (older->notice.process != e->notice.process) {
			nobody = (struct notice){ .client = *client };
			return &nobody;
		}
	return &e->notice;
}

uint64_t
notices_answered(const struct tuple *client)
{
	const struct notice *n = notices_find(client);
	int64_t since_ms = clock_ms(CLOCK_MONOTONIC) - PAST_MS;
	uint64_t process = n == NULL ? 0 : n->process;

	for (unsigned i = 0; i < PAST; i++) {
		const struct past *p = &past[(last_past + PAST - i) % PAST];

		if (p->ended_ms == 0 || p->ended_ms < since_ms)
			break;
		if (!is_of(&p->client, client))
			continue;
		if (n == NULL && process == 0)
			process = p->process;
		if (process != p->process)
			return 0;
	}
	return process;
}

void
notices_flow_ended(uint64_t flow)
{
	struct entry *e;

	LIST_FOREACH(e, flow_bucket(flow), by_flow)
		if (e->notice.flow == flow) {
			drop(e);
			return;
		}
}

void
notices_left(const struct tuple *client)
{
	struct entry *e;

	while ((e = find(client, NULL)) != NULL)
		drop(e);
}

void
notices_callers_left(void)
{
	struct entry *e, *next;

	for (e = TAILQ_FIRST(&by_age); e != NULL; e = next) {
		next = TAILQ_NEXT(e, by_age);
		if (caller_number(&e->notice.client) != 0)
			drop(e);
	}
}

void
notices_process_gone(uint64_t process)
{
	struct entry *e;

	LIST_FOREACH(e, process_bucket(process), by_process)
		if (e->notice.process == process) {
			/* What holds a caller's connection now is another program: it is to be closed. */
			e->notice.granted |= caller_number(&e->notice.client) != 0;
			ungrant(e);
			e->notice.ended = true;
		}
}

void
notices_ungrant_all(void)
{
	struct entry *e;

	for (e = TAILQ_FIRST(&by_age); e != NULL; e = TAILQ_NEXT(e, by_age))
		e->notice.granted = false;
}

void
notices_forget_all(void)
{
	struct entry *e, *next;

	for (e = TAILQ_FIRST(&by_age); e != NULL; e = next) {
		next = TAILQ_NEXT(e, by_age);
		drop(e);
	}
}
