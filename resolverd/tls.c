/*
 * See tls.h. Called by resolve.c. The server is known by its certificate, and yet
 * may send anything: an answer counts only if it fits a question that is open.
 */
#include <sys/queue.h>

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <time.h>

#include <event2/event.h>

#include "tls.h"
#include "tls_stream.h"

#define POOLS		(2 * SERVERS_NAMED)	/* of servers now and before; a network offers none */
#define LINKS		2			/* connections to one server */
#define OPEN_MOST	512			/* questions on one connection */
#define BUCKETS		256
#define GREET_MS	2500			/* for a handshake */
#define SILENT_MS	5000			/* without a word, while answers are due: it is dead */
#define IDLE_MS		15000

TAILQ_HEAD(tls_asks, tls_ask);
LIST_HEAD(tls_ids, tls_ask);

struct tls_ask {
	TAILQ_ENTRY(tls_ask)	 entry;
	LIST_ENTRY(tls_ask)	 by_id;		/* while on a link */
	struct tls_asks		*in;		/* the list that holds it */
	struct link		*link;		/* NULL: it waits for one */
	bool			 again;		/* it was on one that broke */
	struct asked		 asked;
	struct question_options	 options;
	struct event		*late;
	ask_done_fn		*done;
	void			*ctx;
};

/* One connection, or the place for it. */
struct link {
	struct pool		*pool;
	struct tls_stream	*stream;	/* NULL: none */
	bool			 up, due;	/* due: a word from the server, since then */
	int64_t			 since_ms;
	struct event		*clock;
	unsigned		 count;
	struct tls_asks		 open;
	struct tls_ids		 by_id[BUCKETS];
};

/* All that is at one server. */
struct pool {
	struct event_base	*base;		/* NULL: not in use */
	struct tls_peer		 peer;
	struct tls_asks		 waiting;	/* for room on a link */
	struct link		 link[LINKS];
};

static struct pool	pools[POOLS];
static struct tls_asks	lost = TAILQ_HEAD_INITIALIZER(lost);	/* within ended(): told next */

static ssize_t	came(void *, const uint8_t *, size_t);
static size_t	next(void *, uint8_t *, size_t);
static void	up(void *);
static void	ended(void *);

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

static struct tls_ids *
bucket(struct link *l, uint16_t id)
{
	return &l->by_id[id % BUCKETS];
}

static struct tls_ask *
find(struct link *l, uint16_t id)
{
	struct tls_ask	*a;

	LIST_FOREACH(a, bucket(l, id), by_id)
		if (a->asked.id == id)
			return a;
	return NULL;
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
leave(struct link *l, struct tls_ask *a)
{
	LIST_REMOVE(a, by_id);
	l->count--;
	a->link = NULL;
}

void
tls_ask_cancel(struct tls_ask *a)
{
	struct link	*l;

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

static void
finish(struct tls_ask *a, const uint8_t *message, size_t len)
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
	finish(arg, NULL, 0);
}

/* The server owes a word from now on, or no longer. */
static void
set_due(struct link *l, bool due, int64_t ms)
{
	l->due = due;
	l->since_ms = now_ms();
	set_timer(l->clock, ms);
}

static void
up(void *ctx)
{
	struct link	*l = ctx;

	l->up = true;
	set_due(l, false, IDLE_MS);
}

/* By chance, and none that is open there; drawn in heaps. */
static uint16_t
draw_id(struct link *l)
{
	static uint16_t	heap[256];
	static size_t	left;

	do {
		if (left == 0) {
			randombytes_buf(heap, sizeof(heap));
			left = sizeof(heap) / sizeof(heap[0]);
		}
		left--;
	} while (find(l, heap[left]) != NULL);
	return heap[left];
}

/* One question on its way, its length before it (RFC 7858, 3.3); 0: no room. */
static size_t
put_question(struct link *l, struct tls_ask *a, uint8_t *to, size_t room)
{
	size_t	n;

	a->asked.id = draw_id(l);
	if (room < 2 || (n = build_question(&a->asked, &a->options, to + 2, room - 2)) == 0)
		return 0;
	to[0] = (uint8_t)(n >> 8);
	to[1] = (uint8_t)n;
	move(a, &l->open);
	a->link = l;
	LIST_INSERT_HEAD(bucket(l, a->asked.id), a, by_id);
	l->count++;
	return 2 + n;
}

static size_t
next(void *ctx, uint8_t *to, size_t room)
{
	struct link	*l = ctx;
	struct tls_ask	*a;
	size_t		 len = 0, n;

	while (l->count < OPEN_MOST && (a = TAILQ_FIRST(&l->pool->waiting)) != NULL &&
	    (n = put_question(l, a, to + len, room - len)) > 0)
		len += n;
	if (len > 0 && !l->due)
		set_due(l, true, SILENT_MS);
	return len;
}

/* What fits no open question is no answer. */
static void
take(struct link *l, const uint8_t *message, size_t len)
{
	struct tls_ask	*a = find(l, (uint16_t)(message[0] << 8 | message[1]));

	if (a != NULL && reply_fits(message, len, &a->asked))
		finish(a, message, len);
}

static ssize_t
came(void *ctx, const uint8_t *bytes, size_t len)
{
	struct link	*l = ctx;
	size_t		 used = 0, n;

	while (len - used >= 2) {
		n = (size_t)bytes[used] << 8 | bytes[used + 1];
		if (n < DNS_HEADER)
			return -1;
		if (n > len - used - 2)
			break;
		take(l, bytes + used + 2, n);
		used += 2 + n;
	}
	/* The clock itself goes on: it looks when it strikes. */
	l->since_ms = used > 0 ? now_ms() : l->since_ms;
	l->due = used > 0 ? l->count > 0 : l->due;
	return (ssize_t)used;
}

static bool
open_link(struct link *l)
{
	if ((l->stream = tls_stream_new(l->pool->base, &l->pool->peer, &dns_user, l)) == NULL)
		return false;
	l->up = false;
	set_due(l, true, GREET_MS);
	return true;
}

static bool
has_link(const struct pool *p)
{
	for (unsigned i = 0; i < LINKS; i++)
		if (p->link[i].stream != NULL)
			return true;
	return false;
}

/* Questions of a link that broke: once more, or lost. */
static void
take_back(struct link *l)
{
	struct tls_ask	*a;

	while ((a = TAILQ_FIRST(&l->open)) != NULL) {
		leave(l, a);
		move(a, a->again ? &lost : &l->pool->waiting);
		a->again = true;
	}
}

/*
 * The stream is gone. One that never came up is not tried again: nobody is there, or
 * somebody else.
 */
static void
ended(void *ctx)
{
	struct link	*l = ctx;
	struct pool	*p = l->pool;
	struct tls_ask	*a;

	l->stream = NULL;
	(void)event_del(l->clock);
	take_back(l);
	if (!TAILQ_EMPTY(&p->waiting) && !has_link(p) && (!l->up || !open_link(l)))
		while ((a = TAILQ_FIRST(&p->waiting)) != NULL)
			move(a, &lost);
	for (unsigned i = 0; i < LINKS; i++)
		if (p->link[i].stream != NULL)
			tls_stream_wake(p->link[i].stream);
	while ((a = TAILQ_FIRST(&lost)) != NULL)
		finish(a, NULL, 0);
}

static void
on_clock(evutil_socket_t fd, short what, void *arg)
{
	struct link	*l = arg;
	int64_t		 most = !l->up ? GREET_MS : l->due ? SILENT_MS : IDLE_MS;
	int64_t		 left = most - (now_ms() - l->since_ms);

	(void)fd;
	(void)what;
	if (left > 0) {
		set_timer(l->clock, left);
		return;
	}
	tls_stream_free(l->stream);
	ended(l);
}

static struct pool *
pool_find(const struct server *s)
{
	for (unsigned i = 0; i < POOLS; i++)
		if (pools[i].base != NULL && server_same(&pools[i].peer.server, s))
			return &pools[i];
	return NULL;
}

static bool
pool_init(struct pool *p, struct event_base *base, const struct server *s)
{
	tls_peer_forget_session(&p->peer);
	p->peer = (struct tls_peer){ .server = *s };
	p->base = base;
	TAILQ_INIT(&p->waiting);
	for (unsigned i = 0; i < LINKS; i++) {
		struct link	*l = &p->link[i];

		l->pool = p;
		TAILQ_INIT(&l->open);
		if (l->clock == NULL && (l->clock = evtimer_new(base, on_clock, l)) == NULL)
			return false;
	}
	return true;
}

/* A place that was never used, else one of a server that nobody is connected to. */
static struct pool *
pool_of(struct event_base *base, const struct server *s)
{
	struct pool	*p = pool_find(s);

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
push(struct pool *p)
{
	struct link	*none = NULL;

	for (unsigned i = 0; i < LINKS; i++) {
		struct link	*l = &p->link[i];

		if (l->stream == NULL) {
			none = none == NULL ? l : none;
		} else if (l->count < OPEN_MOST) {
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
	struct pool	*p = pool_of(base, s);
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
	const struct pool	*p = pool_find(s);

	return p == NULL ? NULL : p->peer.refused;
}
