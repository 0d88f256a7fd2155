/*
 * See resolve.h. Called by the front. Servers are believed only as far as reply.c
 * takes their answers apart; the second best is asked when the best is late.
 */
#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/event.h>

#include "ask.h"
#include "keep.h"
#include "resolve.h"
#include "sandbox.h"
#include "servers.h"
#include "tls.h"

#define BUCKETS		1024
#define NEXT_MS		200	/* then the next server is asked, too */
#define ALL_MS		3500	/* then there is no answer */

struct waiter {
	TAILQ_ENTRY(waiter)	 entry;
	LIST_ENTRY(waiter)	 by_id;
	struct job		*job;
	uint64_t		 id;
	resolved_fn		*done;
	void			*ctx;
};
TAILQ_HEAD(waiters, waiter);

struct try {
	struct job	*job;
	struct ask	*ask;		/* in clear, or */
	struct tls_ask	*tls_ask;	/* over TLS; NULL both: not at the server */
	unsigned	 server;
	int64_t		 since_us;
};

/* One question at the servers. */
struct job {
	LIST_ENTRY(job)	 by_key;
	struct dname	 name;		/* lower case */
	uint16_t	 type;
	uint8_t		 variant;
	unsigned	 era;
	struct waiters	 waiters;
	unsigned	 order[SERVERS_MAX], servers, tried, open;
	struct try	 try[SERVERS_MAX];
	struct event	*next;		/* the next server's turn, or the end */
	int64_t		 since_us;
};
LIST_HEAD(job_list, job);
LIST_HEAD(waiter_list, waiter);

static struct event_base	*base;
static struct job_list		 jobs[BUCKETS];
static struct waiter_list	 by_id[BUCKETS];
static uint64_t			 last_id;
static unsigned			 waiting;
static bool			 only_encrypted;
static unsigned			 era;

static int64_t
now_us(void)
{
	struct timespec	t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void
resolve_init(struct event_base *b)
{
	base = b;
}

void
resolve_only_encrypted(bool on)
{
	only_encrypted = on;
}

unsigned
resolve_waiting(void)
{
	return waiting;
}

void
resolve_anew(void)
{
	era++;
}

unsigned
resolve_era(void)
{
	return era;
}

static struct job_list *
bucket(const struct dname *n, uint16_t type)
{
	return &jobs[dname_hash(n, type) % BUCKETS];
}

static struct job *
find(const struct dname *n, uint16_t type, uint8_t variant)
{
	struct job	*j;

	LIST_FOREACH(j, bucket(n, type), by_key)
		if (j->type == type && j->variant == variant && j->era == era && dname_equal(&j->name, n))
			return j;
	return NULL;
}

static void
waiter_free(struct waiter *w)
{
	LIST_REMOVE(w, by_id);
	TAILQ_REMOVE(&w->job->waiters, w, entry);
	free(w);
	waiting--;
}

static void
cancel(struct try *t)
{
	ask_cancel(t->ask);
	tls_ask_cancel(t->tls_ask);
}

/* Tells all who wait, and ends the job. */
static void
end_job(struct job *j, const struct outcome *o)
{
	struct waiter	*w;
	resolved_fn	*done;
	void		*ctx;

	LIST_REMOVE(j, by_key);
	for (unsigned i = 0; i < j->tried; i++)
		cancel(&j->try[i]);
	event_free(j->next);
	while ((w = TAILQ_FIRST(&j->waiters)) != NULL) {
		done = w->done;
		ctx = w->ctx;
		waiter_free(w);
		done(ctx, o);
	}
	if ((j->variant & CACHE_PASS) != 0 || j->era != era)
		cache_drop(&j->name, j->type, j->variant);
	free(j);
}

static void
end_without(struct job *j, enum ede ede)
{
	struct outcome	 o = { .ede = ede, .rcode = RCODE_SERVFAIL };

	o.answer = cache_find(&j->name, j->type, j->variant, true, now_us() / 1000000);
	if (o.answer != NULL)
		o.ede = EDE_STALE;
	o.took_us = (uint32_t)(now_us() - j->since_us);
	end_job(j, &o);
}

static bool	next_server(struct job *);

static const struct cached *
keep(const struct try *t, const uint8_t *m, size_t len, const struct asked *a, const struct reply *r)
{
	const struct job	*j = t->job;
	struct origin		 o = { .transport = (uint8_t)servers_at(t->server)->transport,
				       .upstream = (uint16_t)t->server,
				       .took_us = (uint32_t)(now_us() - t->since_us) };

	return keep_answer(&j->name, j->variant, m, len, a, r, &o, now_us() / 1000000);
}

bool
resolve_asks(unsigned server)
{
	return !only_encrypted || servers_at(server)->transport != TRANSPORT_CLEAR;
}

static bool
may_ask_any(void)
{
	for (unsigned i = 0; i < servers_count(); i++)
		if (resolve_asks(i))
			return true;
	return false;
}

/* Why an answer is of no use; NULL: none came. */
static const char *
fault_of(const struct server *s, const uint8_t *message)
{
	const char	*refused = s->transport == TRANSPORT_TLS ? tls_refused(s) : NULL;

	if (message == NULL)
		return refused != NULL ? refused : "no answer came in time, or it can't be reached";
	switch (message[3] & 0xf) {
	case RCODE_SERVFAIL:
		return "it answered SERVFAIL";
	case RCODE_REFUSED:
		return "it answered REFUSED";
	default:
		return "its answer was of no use";
	}
}

static void
failed(struct try *t, const char *why)
{
	struct job	*j = t->job;

	if (j->era == era && servers_failed(t->server, why, now_us() / 1000))
		log_warnx("no DNS server answers");
	if (!next_server(j) && j->open == 0)
		end_without(j, EDE_NETWORK);
}

static bool
is_open(const struct try *t)
{
	return t->ask != NULL || t->tls_ask != NULL;
}

/* Those that another one, asked later, was quicker than. */
static void
note_late(const struct job *j)
{
	int64_t	now = now_us();

	for (unsigned i = 0; i < j->tried; i++)
		if (is_open(&j->try[i]) && now - j->try[i].since_us >= NEXT_MS * 1000)
			(void)servers_failed(j->try[i].server, "it was slower than another one", now / 1000);
}

static void
on_answer(void *ctx, const uint8_t *m, size_t len, const struct asked *a)
{
	static struct reply	r;
	struct try		*t = ctx;
	struct job		*j = t->job;
	struct outcome		 o = { .ede = EDE_NONE };

	t->ask = NULL;
	t->tls_ask = NULL;
	j->open--;
	if (m == NULL || reply_parse(m, len, a, &r) == -1 || !reply_is_of_use(&r) ||
	    (o.answer = keep(t, m, len, a, &r)) == NULL) {
		failed(t, fault_of(servers_at(t->server), m));
		return;
	}
	o.server = (uint16_t)t->server;
	o.took_us = (uint32_t)(now_us() - j->since_us);
	if (j->era == era) {
		note_late(j);
		servers_answered(t->server, (uint32_t)(now_us() - t->since_us));
	}
	end_job(j, &o);
}

static void
ask(struct try *t, unsigned ms)
{
	const struct job		*j = t->job;
	const struct server		*s = servers_at(t->server);
	const struct question_options	 o = { .dnssec_ok = (j->variant & CACHE_DO) != 0,
					       .checking_disabled = (j->variant & CACHE_CD) != 0,
					       .padded = s->transport == TRANSPORT_TLS };

	if (s->transport == TRANSPORT_TLS)
		t->tls_ask = tls_ask_new(base, s, &j->name, j->type, &o, ms, on_answer, t);
	else if (s->transport == TRANSPORT_CLEAR)
		t->ask = ask_new(base, (const struct sockaddr *)&s->addr, s->addr_len, &j->name, j->type,
		    &o, ms, on_answer, t);
}

/* False: there is none. True: the job may be gone, if that one can't be asked. */
static bool
next_server(struct job *j)
{
	struct timeval	 soon = { .tv_usec = NEXT_MS * 1000 };
	unsigned	 left = ALL_MS - (unsigned)((now_us() - j->since_us) / 1000);
	struct try	*t;

	while (j->era == era && j->tried < j->servers && !resolve_asks(j->order[j->tried]))
		j->tried++;
	if (j->tried == j->servers || j->era != era)
		return false;
	t = &j->try[j->tried];
	t->job = j;
	t->server = j->order[j->tried++];
	t->since_us = now_us();
	ask(t, left > ALL_MS ? 1 : left);
	(void)event_add(j->next, &soon);
	if (is_open(t))
		j->open++;
	else
		failed(t, fault_of(servers_at(t->server), NULL));
	return true;
}

static void
on_next(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)next_server(arg);
}

static struct job *
job_new(const struct dname *n, uint16_t type, uint8_t variant)
{
	struct job	*j = calloc(1, sizeof(*j));

	if (j == NULL || (j->next = evtimer_new(base, on_next, j)) == NULL)
		fatal("memory for a question");
	j->name = *n;
	j->type = type;
	j->variant = variant;
	j->era = era;
	j->since_us = now_us();
	j->servers = servers_order(j->order, now_us() / 1000);
	TAILQ_INIT(&j->waiters);
	LIST_INSERT_HEAD(bucket(n, type), j, by_key);
	return j;
}

static struct waiter *
wait_for(struct job *j, resolved_fn *done, void *ctx)
{
	struct waiter	*w = calloc(1, sizeof(*w));

	if (w == NULL)
		fatal("memory for a question");
	w->job = j;
	w->id = ++last_id;
	w->done = done;
	w->ctx = ctx;
	TAILQ_INSERT_TAIL(&j->waiters, w, entry);
	LIST_INSERT_HEAD(&by_id[w->id % BUCKETS], w, by_id);
	waiting++;
	return w;
}

static struct waiter *
waiter_find(uint64_t id)
{
	struct waiter	*w;

	LIST_FOREACH(w, &by_id[id % BUCKETS], by_id)
		if (w->id == id)
			return w;
	return NULL;
}

uint64_t
resolve(const struct dname *name, uint16_t type, uint8_t variant, resolved_fn *done, void *ctx)
{
	struct outcome	 o = { .ede = EDE_NONE, .from_cache = true };
	struct dname	 n = *name;
	struct job	*j;
	uint64_t	 id;

	dname_lower(&n);
	if ((o.answer = cache_find(&n, type, variant, false, now_us() / 1000000)) != NULL) {
		done(ctx, &o);
		return 0;
	}
	if (waiting >= RESOLVE_WAITING || !may_ask_any()) {
		o = (struct outcome){ .ede = may_ask_any() ? EDE_OTHER : EDE_NO_SERVER,
				      .rcode = RCODE_SERVFAIL };
		done(ctx, &o);
		return 0;
	}
	if ((j = find(&n, type, variant)) != NULL)
		return wait_for(j, done, ctx)->id;
	j = job_new(&n, type, variant);
	id = wait_for(j, done, ctx)->id;
	(void)next_server(j);
	return waiter_find(id) != NULL ? id : 0;
}

/* The job goes on: its answer is good for others. */
void
resolve_forget(uint64_t id)
{
	struct waiter	*w = waiter_find(id);

	if (w != NULL)
		waiter_free(w);
}
