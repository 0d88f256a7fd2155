/*
 * See tls.h. Called by resolve.c and designate.c. Connections and what waits for them; what goes over
 * them is tls_dot.c's and tls_doh.c's (tls_impl.h). A server is asked nothing before it
 * has shown who it is.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include <event2/event.h>

#include "tls_impl.h"

#define POOLS		(2 * SERVERS_NAMED)	/* of servers now and before */
#define GREET_MS	2500			/* for a handshake */
#define SILENT_MS	5000			/* without a word, while answers are due: it is dead */
#define IDLE_MS		15000

static struct tls_pool	pools[POOLS];
static struct tls_asks	lost = TAILQ_HEAD_INITIALIZER(lost);	/* within ended(): told next */

static ssize_t	came(void *, const uint8_t *, size_t);
static size_t	next(void *, uint8_t *, size_t);
static void	up(void *);
static void	ended(void *);
static bool	push(struct tls_pool *);

static const struct tls_user	dns_user = { .up = up, .came = came, .next = next, .ended = ended };

static int64_t
now_ms(void)
{
	struct timespec	t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
set_timer(struct event *e, int64_t ms)
{
	struct timeval	t = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	(void)event_add(e, &t);
}

static void
move(struct tls_ask *a, struct tls_asks *to)
{
	TAILQ_REMOVE(a->in, a, entry);
	TAILQ_INSERT_TAIL(to, a, entry);
	a->in = to;
}

/* Its answer is no longer looked for; in no other list yet. */
static void
leave(struct tls_link *l, struct tls_ask *a)
{
	l->wire->leave(l, a);
	l->count--;
	a->link = NULL;
}

void
tls_ask_cancel(struct tls_ask *a)
{
	struct tls_link	*l;

	if (a == NULL)
		return;
	if ((l = a->link) != NULL) {
		leave(l, a);
		if (!TAILQ_EMPTY(&l->pool->waiting))
			tls_stream_wake(l->stream);
	}
	TAILQ_REMOVE(a->in, a, entry);
	event_free(a->late);
	free(a);
}

void
tls_finish(struct tls_ask *a, const uint8_t *message, size_t len)
{
	ask_done_fn	*done = a->done;
	struct asked	 asked = a->asked;
	void		*ctx = a->ctx;

	tls_ask_cancel(a);
	done(ctx, message, len, &asked);
}

static void
on_late(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	tls_finish(arg, NULL, 0);
}

/* The server owes a word from now on, or no longer. */
static void
set_due(struct tls_link *l, bool due, int64_t ms)
{
	l->due = due;
	l->since_ms = now_ms();
	set_timer(l->clock, ms);
}

static void
up(void *ctx)
{
	struct tls_link	*l = ctx;

	l->up = true;
	set_due(l, false, IDLE_MS);
}

struct tls_ask *
tls_first(const struct tls_link *l)
{
	return TAILQ_FIRST(&l->pool->waiting);
}

void
tls_put(struct tls_link *l, struct tls_ask *a)
{
	move(a, &l->open);
	a->link = l;
	l->count++;
	l->used = true;
}

/* The clock itself goes on: it looks when it strikes. */
void
tls_heard(struct tls_link *l)
{
	l->since_ms = now_ms();
	l->due = l->count > 0;
}

void
tls_again(struct tls_ask *a)
{
	struct tls_link	*l = a->link;

	if (a->again) {
		tls_finish(a, NULL, 0);
		return;
	}
	leave(l, a);
	move(a, &l->pool->waiting);
	a->again = true;
	(void)push(l->pool);
}

static ssize_t
came(void *ctx, const uint8_t *bytes, size_t len)
{
	struct tls_link	*l = ctx;

	return l->wire->came(l, bytes, len);
}

static size_t
next(void *ctx, uint8_t *to, size_t room)
{
	struct tls_link	*l = ctx;
	size_t		 len = l->wire->next(l, to, room);

	if (l->count > 0 && !l->due)
		set_due(l, true, SILENT_MS);
	return len;
}

static bool
open_link(struct tls_link *l)
{
	if (!l->wire->open(l))
		return false;
	if ((l->stream = tls_stream_new(l->pool->base, &l->pool->peer, &dns_user, l)) == NULL) {
		l->wire->close(l);
		return false;
	}
	l->up = l->used = false;
	set_due(l, true, GREET_MS);
	return true;
}

static bool
has_link(const struct tls_pool *p)
{
	for (unsigned i = 0; i < TLS_LINKS; i++)
		if (p->link[i].stream != NULL)
			return true;
	return false;
}

static bool
has_taker(const struct tls_pool *p)
{
	for (unsigned i = 0; i < TLS_LINKS; i++)
		if (p->link[i].stream != NULL && p->link[i].wire->takes(&p->link[i]))
			return true;
	return false;
}

/* Questions of a link that broke: once more, or lost. */
static void
take_back(struct tls_link *l)
{
	struct tls_ask	*a;

	while ((a = TAILQ_FIRST(&l->open)) != NULL) {
		leave(l, a);
		move(a, a->again ? &lost : &l->pool->waiting);
		a->again = true;
	}
}

/*
 * The stream is gone. One over which nothing went is not tried again: nobody is there, or
 * somebody else, or one who hangs up at once.
 */
static void
ended(void *ctx)
{
	struct tls_link	*l = ctx;
	struct tls_pool	*p = l->pool;
	struct tls_ask	*a;

	l->stream = NULL;
	(void)event_del(l->clock);
	l->wire->close(l);
	take_back(l);
	if (!TAILQ_EMPTY(&p->waiting) && !has_taker(p) && (!l->used || !open_link(l)) && !has_link(p))
		while ((a = TAILQ_FIRST(&p->waiting)) != NULL)
			move(a, &lost);
	for (unsigned i = 0; i < TLS_LINKS; i++)
		if (p->link[i].stream != NULL)
			tls_stream_wake(p->link[i].stream);
	while ((a = TAILQ_FIRST(&lost)) != NULL)
		tls_finish(a, NULL, 0);
}

static void
on_clock(evutil_socket_t fd, short what, void *arg)
{
	struct tls_link	*l = arg;
	int64_t		 most = !l->up ? GREET_MS : l->due ? SILENT_MS : IDLE_MS;
	int64_t		 left = most - (now_ms() - l->since_ms);

	(void)fd;
	(void)what;
	if (left <= 0 && !l->up && tls_stream_reads(l->stream)) {	/* that is no fault of the server's */
		l->since_ms = now_ms();
		left = GREET_MS;
	}
	if (left > 0) {
		set_timer(l->clock, left);
		return;
	}
	tls_stream_free(l->stream);
	ended(l);
}

static struct tls_pool *
pool_find(const struct server *s)
{
	for (unsigned i = 0; i < POOLS; i++)
		if (pools[i].base != NULL && server_same(&pools[i].peer.server, s))
			return &pools[i];
	return NULL;
}

static bool
pool_init(struct tls_pool *p, struct event_base *base, const struct server *s)
{
	tls_peer_forget_session(&p->peer);
	p->peer = (struct tls_peer){ .server = *s };
	p->base = base;
	TAILQ_INIT(&p->waiting);
	for (unsigned i = 0; i < TLS_LINKS; i++) {
		struct tls_link	*l = &p->link[i];

		l->pool = p;
		l->wire = s->transport == TRANSPORT_HTTPS ? &tls_wire_doh : &tls_wire_dot;
		TAILQ_INIT(&l->open);
		if (l->clock == NULL && (l->clock = evtimer_new(base, on_clock, l)) == NULL)
			return false;
	}
	return true;
}

/* A place that was never used, else one of a server that nobody is connected to. */
static struct tls_pool *
pool_of(struct event_base *base, const struct server *s)
{
	struct tls_pool	*p = pool_find(s);

	for (unsigned i = 0; i < POOLS && p == NULL; i++)
		if (pools[i].base == NULL && pool_init(&pools[i], base, s))
			p = &pools[i];
	for (unsigned i = 0; i < POOLS && p == NULL; i++)
		if (!has_link(&pools[i]) && pool_init(&pools[i], base, s))
			p = &pools[i];
	if (p == NULL)
		errno = ENOBUFS;
	return p;
}

/* A link that takes a question more is woken; a further one is opened if none does. */
static bool
push(struct tls_pool *p)
{
	struct tls_link	*none = NULL;

	for (unsigned i = 0; i < TLS_LINKS; i++) {
		struct tls_link	*l = &p->link[i];

		if (l->stream == NULL) {
			none = none == NULL ? l : none;
		} else if (l->wire->takes(l)) {
			tls_stream_wake(l->stream);
			return true;
		}
	}
	return (none != NULL && open_link(none)) || has_link(p);
}

struct tls_ask *
tls_ask_new(struct event_base *base, const struct server *s, const struct dname *name, uint16_t type,
    const struct question_options *o, unsigned ms, ask_done_fn *done, void *ctx)
{
	struct tls_pool	*p = pool_of(base, s);
	struct tls_ask	*a = p == NULL ? NULL : malloc(sizeof(*a));

	if (a == NULL)
		return NULL;
	*a = (struct tls_ask){ .in = &p->waiting, .options = *o, .done = done, .ctx = ctx,
			       .asked = { .type = type, .name = *name } };
	if ((a->late = evtimer_new(base, on_late, a)) == NULL) {
		free(a);
		return NULL;
	}
	set_timer(a->late, ms);
	TAILQ_INSERT_TAIL(&p->waiting, a, entry);
	if (!push(p)) {
		tls_ask_cancel(a);
		return NULL;
	}
	return a;
}

const char *
tls_refused(const struct server *s)
{
	const struct tls_pool	*p = pool_find(s);

	if (p == NULL)
		return NULL;
	return p->peer.refused != NULL ? p->peer.refused : p->peer.useless;
}
