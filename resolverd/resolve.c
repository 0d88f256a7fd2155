/*
 * See resolve.h. Called by lookup.c, endpoint.c and probe.c. Servers are believed only as far
 * as reply.c takes their answers apart; the second best is asked when the best is late.
 */
#include <sys/queue.h>

#include <stdlib.h>
#include <time.h>

#include <event2/event.h>

#include "alias.h"
#include "ask.h"
#include "heard.h"
#include "keep.h"
#include "multicast.h"
#include "resolve.h"
#include "route.h"
#include "sandbox.h"
#include "servers.h"
#include "special.h"
#include "tls.h"
#include "udp_port.h"

#define BUCKETS		1024
#define NEXT_MS		200	/* then the next server is asked, too */
#define ALL_MS		3500	/* then there is no answer */
#define NOBODY_TTL	5	/* seconds, that it counts that no neighbour answered */
#define DESIGNATED_MS	1500	/* then a server is asked in clear again */

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
	struct tls_ask	*tls_ask;	/* over TLS or HTTPS; NULL both: not at the server */
	unsigned	 server;
	bool		 designated;	/* asked over what that server offers */
	int64_t		 since_us;
};

/* How a question came here. */
struct way {
	unsigned	 aliases;	/* of other names, that led here */
	bool		 again;		/* what is late counts as not kept */
	bool		 insecure;	/* of a zone that is not signed */
};

/* One question at the servers. */
struct job {
	LIST_ENTRY(job)	 by_key;
	struct dname	 name;		/* lower case */
	uint16_t	 type;
	uint8_t		 variant;
	unsigned	 era;
	struct waiters	 waiters;
	struct route	 route;		/* the best server first */
	unsigned	 tried, open;
	struct try	 try[SERVERS_MAX];
	struct event	*next;		/* the next server's turn, or the end */
	struct multicast *multicast;	/* the neighbours are asked, instead of servers */
	struct alias	*alias;		/* the answer leads to another name, which is asked for */
	uint64_t	 target;	/* of that question */
	struct way	 way;
	int64_t		 since_us;
};
LIST_HEAD(job_list, job);
LIST_HEAD(waiter_list, waiter);

static struct event_base	*base;
static struct job_list		 jobs[BUCKETS];
static struct waiter_list	 by_id[BUCKETS];
static uint64_t			 last_id;
static unsigned			 waiting;
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

unsigned
resolve_waiting(void)
{
	return waiting;
}

void
resolve_anew(void)
{
	era++;
	udp_port_forget();
}

unsigned
resolve_era(void)
{
	return era;
}

static struct job_list *
bucket(const struct dname *n, uint16_t type)
{
	return &jobs[(dname_hash(n) + type) % BUCKETS];
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
	multicast_cancel(j->multicast);
	resolve_forget(j->target);
	free(j->alias);
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
	bool		 stale = (j->variant & CACHE_CAPTIVE) == 0 && !j->route.multicast;

	o.answer = cache_find(&j->name, j->type, j->variant, stale, now_us() / 1000000);
	if (o.answer != NULL)
		o.ede = EDE_STALE;
	o.took_us = (uint32_t)(now_us() - j->since_us);
	end_job(j, &o);
}

static bool	next_server(struct job *);
static uint64_t	resolve_from(const struct dname *, uint16_t, uint8_t, struct way, resolved_fn *, void *);

static struct origin
origin_of(const struct try *t)
{
	const struct job	*j = t->job;

	return (struct origin){ .transport = (uint8_t)servers_at(t->server)->transport,
				.upstream = (uint16_t)t->server,
				.validation = (j->variant & CACHE_CAPTIVE) != 0 ? VALID_CAPTIVE :
				    j->way.insecure ? VALID_INSECURE : VALID_NONE,
				.took_us = (uint32_t)(now_us() - t->since_us) };
}

/* Why an answer is of no use; NULL: none came. */
static const char *
fault_of(const struct server *s, const uint8_t *message)
{
	const char	*refused = s->transport != TRANSPORT_CLEAR ? tls_refused(s) : NULL;

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

static void	ask(struct try *, unsigned);
static bool	is_open(const struct try *);

/* For all servers. */
static unsigned
left_ms(const struct job *j)
{
	unsigned	left = ALL_MS - (unsigned)((now_us() - j->since_us) / 1000);

	return left > ALL_MS ? 1 : left;
}

/* What a server offers does not work: it is asked in clear again, with this question first. */
static bool
ask_in_clear(struct try *t)
{
	struct job	*j = t->job;

	if (!t->designated || j->era != era)
		return false;
	if (servers_at(t->server)->designated)
		log_info("DNS server %s does not answer: it is asked in clear", servers_at(t->server)->text);
	servers_undesignate(t->server);
	if (!route_permits(t->server, j->route.clear))
		return false;
	t->since_us = now_us();
	ask(t, left_ms(j));
	j->open += is_open(t);
	return is_open(t);
}

static void
failed(struct try *t, const char *why)
{
	struct job	*j = t->job;

	if (ask_in_clear(t))
		return;
	if (j->era == era)
		servers_failed(t->server, why, now_us() / 1000);
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
			servers_failed(j->try[i].server, "it was slower than another one", now / 1000);
}

/* The answer serves, from this server. */
static void
note_answer(const struct try *t)
{
	struct job	*j = t->job;

	if (j->era != era)
		return;
	note_late(j);
	servers_answered(t->server, (uint32_t)(now_us() - t->since_us));
}

static void
on_target(void *ctx, const struct outcome *target)
{
	struct job	*j = ctx;
	struct outcome	 o = { .ede = EDE_NONE };

	j->target = 0;
	if (target->answer != NULL && target->ede == EDE_NONE)
		o.answer = alias_join(j->alias, &j->name, j->variant, target->answer, now_us() / 1000000);
	if (o.answer == NULL) {
		end_without(j, EDE_NETWORK);
		return;
	}
	o.server = j->alias->origin.upstream;
	o.took_us = (uint32_t)(now_us() - j->since_us);
	end_job(j, &o);
}

/* What names of a scope lead to is not kept where validated answers are looked for. */
static uint8_t
target_variant(const struct job *j)
{
	return (uint8_t)(j->variant | (j->route.unproved ? CACHE_UNPROVED : 0));
}

/* Would it wait for itself? */
static bool
is_loop(const struct job *j)
{
	const struct job	*at = j;

	do
		at = find(&at->alias->target, j->type, target_variant(at));
	while (at != NULL && at != j && at->alias != NULL);
	return at == j;
}

/* The others are asked no more; the time that is left is the same. */
static void
ask_target(struct job *j)
{
	int64_t		left_us = j->since_us + ALL_MS * 1000 - now_us();
	struct timeval	left = { .tv_sec = left_us / 1000000, .tv_usec = left_us % 1000000 };
	struct way	way = { .aliases = j->way.aliases + 1, .again = j->way.again };
	uint64_t	id;

	for (unsigned i = 0; i < j->tried; i++) {
		cancel(&j->try[i]);
		j->try[i].ask = NULL;
		j->try[i].tls_ask = NULL;
	}
	if (left_us <= 0 || j->era != era || j->way.aliases == REPLY_ALIASES || is_loop(j)) {
		end_without(j, EDE_OTHER);
		return;
	}
	(void)event_add(j->next, &left);
	id = resolve_from(&j->alias->target, j->type, target_variant(j), way, on_target, j);
	if (id != 0)		/* else j may be gone */
		j->target = id;
}

static void
end_away(struct job *j)
{
	struct outcome	o = { .ede = EDE_OTHER, .rcode = RCODE_SERVFAIL, .leads_away = true };

	end_job(j, &o);
}

static void
on_answer(void *ctx, const uint8_t *m, size_t len, const struct asked *a)
{
	static struct reply	 r;
	struct try		*t = ctx;
	struct job		*j = t->job;
	struct outcome		 o = { .ede = EDE_NONE };
	struct origin		 origin = origin_of(t);

	t->ask = NULL;
	t->tls_ask = NULL;
	j->open--;
	if (m == NULL || reply_parse(m, len, a, &r) == -1) {
		failed(t, fault_of(servers_at(t->server), m));
		return;
	}
	if ((j->variant & (CACHE_PASS | CACHE_CAPTIVE)) == 0 && r.kind != REPLY_FAILED &&
	    (j->alias = alias_new(&j->name, j->type, j->variant, m, len, &r, &origin)) != NULL) {
		note_answer(t);
		if (j->way.insecure)
			end_away(j);
		else
			ask_target(j);
		return;
	}
	if (reply_is_of_use(&r))
		o.answer = keep_answer(&j->name, j->variant, m, len, a, &r, &origin, now_us() / 1000000);
	if (o.answer == NULL) {
		failed(t, fault_of(servers_at(t->server), m));
		return;
	}
	o.server = (uint16_t)t->server;
	o.took_us = (uint32_t)(now_us() - j->since_us);
	note_answer(t);
	end_job(j, &o);
}

static void
ask(struct try *t, unsigned ms)
{
	const struct job		*j = t->job;
	const struct server		*s = servers_at(t->server);
	const struct question_options	 o = { .dnssec_ok = (j->variant & CACHE_DO) != 0,
					       .checking_disabled = (j->variant & CACHE_CD) != 0,
					       .padded = s->transport != TRANSPORT_CLEAR };

	t->designated = s->designated;
	if (s->designated && ms > DESIGNATED_MS)
		ms = DESIGNATED_MS;
	if (s->transport != TRANSPORT_CLEAR)
		t->tls_ask = tls_ask_new(base, s, &j->name, j->type, &o, ms, on_answer, t);
	else
		t->ask = ask_new(base, (const struct sockaddr *)&s->addr, s->addr_len, &j->name, j->type,
		    &o, ms, on_answer, t);
}

/* False: there is none. True: the job may be gone, if that one can't be asked. */
static bool
next_server(struct job *j)
{
	struct timeval	 soon = { .tv_usec = NEXT_MS * 1000 };
	struct try	*t;

	while (j->era == era && j->tried < j->route.count &&
	    !route_permits(j->route.server[j->tried], j->route.clear))
		j->tried++;
	if (j->tried == j->route.count || j->era != era)
		return false;
	t = &j->try[j->tried];
	t->job = j;
	t->server = j->route.server[j->tried++];
	t->since_us = now_us();
	ask(t, left_ms(j));
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
	struct job	*j = arg;

	(void)fd;
	(void)what;
	if (j->alias != NULL || j->route.multicast)
		end_without(j, EDE_NETWORK);
	else
		(void)next_server(j);
}

/* Is another record of the name known? Then it is there. */
static bool
has_addresses(const struct job *j)
{
	static const uint16_t	types[] = { QTYPE_A, QTYPE_AAAA };
	const struct cached	*c;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		c = cache_find(&j->name, types[i], j->variant, false, now_us() / 1000000);
		if (c != NULL && c->kind == REPLY_DATA)
			return true;
	}
	return false;
}

static void
end_heard(struct job *j, const uint8_t *m, size_t len, const struct asked *a, const struct reply *r)
{
	struct origin	origin = { .upstream = UPSTREAM_NEIGHBOURS, .validation = VALID_INSECURE,
				   .took_us = (uint32_t)(now_us() - j->since_us) };
	struct outcome	o = { .ede = EDE_NONE, .server = UPSTREAM_NEIGHBOURS, .took_us = origin.took_us };

	o.answer = keep_answer(&j->name, j->variant, m, len, a, r, &origin, now_us() / 1000000);
	if (o.answer != NULL)
		end_job(j, &o);
	else
		end_without(j, EDE_OTHER);
}

/* There is no record of the type, or no such name: as a server would say it. */
static void
end_denied(struct job *j, bool exists, const struct asked *a)
{
	static struct reply	r;
	enum rcode		rcode = exists ? RCODE_NOERROR : RCODE_NXDOMAIN;
	uint8_t			m[DNS_HEADER + 2 * DNAME_MAX + 4 + 10 + 22];
	size_t			len;

	len = build_denial(a, special_multicast(&j->name), rcode, NOBODY_TTL, m, sizeof(m));
	if (len > 0 && reply_parse(m, len, a, &r) == 0)
		end_heard(j, m, len, a, &r);
	else
		end_without(j, EDE_OTHER);
}

static bool
on_heard(void *ctx, const uint8_t *m, size_t len, const struct asked *a)
{
	static struct reply	 r;
	struct job		*j = ctx;
	enum heard		 heard = m == NULL ? HEARD_EMPTY : heard_take(m, len, a, &r);

	if (heard == HEARD_NOTHING)
		return false;
	j->multicast = NULL;
	if (heard == HEARD_ANSWER)
		end_heard(j, m, len, a, &r);
	else
		end_denied(j, m != NULL || has_addresses(j), a);
	return true;
}

/* If they can't be asked, the job ends with the loop's next turn (on_next()). */
static void
ask_neighbours(struct job *j)
{
	static const struct timeval	now = { 0 };

	j->multicast = multicast_new(&j->name, j->type, on_heard, j);
	if (j->multicast == NULL)
		(void)event_add(j->next, &now);
}

static struct job *
job_new(const struct dname *n, uint16_t type, uint8_t variant, struct way way, const struct route *route)
{
	struct job	*j = calloc(1, sizeof(*j));

	if (j == NULL || (j->next = evtimer_new(base, on_next, j)) == NULL)
		fatal("memory for a question");
	j->name = *n;
	j->type = type;
	j->variant = variant;
	j->era = era;
	j->way = way;
	j->since_us = now_us();
	j->route = *route;
	servers_order(j->route.server, j->route.count, now_us() / 1000);
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

/*
 * The neighbours are asked what a program asks for: not what names of the Internet are aliases of,
 * which nobody judged, and not by the validator, which could prove nothing.
 */
static bool
may_be_asked(const struct route *r, uint8_t variant, struct way way)
{
	return r->count > 0 || (r->multicast && way.aliases == 0 && (variant & CACHE_PASS) == 0);
}

static const struct cached *
find_kept(const struct dname *n, uint16_t type, uint8_t variant, bool again)
{
	int64_t			 now_s = now_us() / 1000000;
	const struct cached	*c = cache_find(n, type, variant, false, now_s);

	return c != NULL && again && cache_is_late(c, now_s) ? NULL : c;
}

static uint64_t
resolve_from(const struct dname *name, uint16_t type, uint8_t variant, struct way way, resolved_fn *done,
    void *ctx)
{
	struct outcome	 o = { .ede = EDE_NONE, .from_cache = true };
	struct dname	 n = *name;
	struct route	 route;
	struct job	*j;
	uint64_t	 id;

	dname_lower(&n);
	if ((o.answer = find_kept(&n, type, variant, way.again)) != NULL) {
		done(ctx, &o);
		return 0;
	}
	if ((variant & CACHE_CAPTIVE) == 0)
		route_find(&n, type, &route);
	else
		(void)route_captive(&n, type, &route);
	if (waiting >= RESOLVE_WAITING || !may_be_asked(&route, variant, way)) {
		o = (struct outcome){ .ede = waiting >= RESOLVE_WAITING ? EDE_OTHER : EDE_NO_SERVER,
				      .rcode = RCODE_SERVFAIL };
		done(ctx, &o);
		return 0;
	}
	if ((j = find(&n, type, variant)) != NULL)
		return wait_for(j, done, ctx)->id;
	j = job_new(&n, type, variant, way, &route);
	id = wait_for(j, done, ctx)->id;
	if (route.multicast)
		ask_neighbours(j);
	else
		(void)next_server(j);
	return waiter_find(id) != NULL ? id : 0;
}

uint64_t
resolve(const struct dname *name, uint16_t type, uint8_t variant, resolved_fn *done, void *ctx)
{
	return resolve_from(name, type, variant, (struct way){ 0 }, done, ctx);
}

uint64_t
resolve_again(const struct dname *name, uint16_t type, uint8_t variant, resolved_fn *done, void *ctx)
{
	return resolve_from(name, type, variant, (struct way){ .again = true }, done, ctx);
}

uint64_t
resolve_insecure(const struct dname *name, uint16_t type, uint8_t variant, bool again, resolved_fn *done,
    void *ctx)
{
	return resolve_from(name, type, variant, (struct way){ .again = again, .insecure = true }, done, ctx);
}

/* The job goes on: its answer is good for others. */
void
resolve_forget(uint64_t id)
{
	struct waiter	*w = waiter_find(id);

	if (w != NULL)
		waiter_free(w);
}
