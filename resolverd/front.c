/*
 * See front.h. The clients are programs of this machine, hostile as any.
 */
#include <sys/queue.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <event2/event.h>

#include "asked.h"
#include "front.h"
#include "lists.h"
#include "lookup.h"
#include "policy.h"
#include "selfcheck.h"
#include "servers.h"
#include "route.h"
#include "settings.h"
#include "share.h"
#include "sift.h"
#include "told.h"

#define WAITING_MAX	4096
#define HELD_MOST_US	1000000

/* One question on its way. */
struct request {
	struct reply_to	*to;
	struct query	 query;
	struct dname	 name;		/* query's in lower case */
	struct tuple	 client;	/* to is gone when the answer is */
	struct who	 who;
	bool		 counted;	/* it has a share of what waits for servers */
	int64_t		 since_us;
	int64_t		 looked_s;	/* when the cache was looked at */
	struct request	*next;	/* free ones */

	/* What another program asked for before is held back: answers, and that there is none. */
	TAILQ_ENTRY(request) entry;
	struct event	*due;		/* NULL: it is not */
	int64_t		 due_us;
	struct outcome	 failed;	/* EDE_NONE: it is an answer */

	struct outcome	 found;		/* while it is sifted */
};
TAILQ_HEAD(requests, request);

static struct event_base *base;
static struct requests	 held = TAILQ_HEAD_INITIALIZER(held);
static struct request	*free_requests;
static unsigned		 waiting;

void
front_init(struct event_base *b)
{
	base = b;
	asked_init();
	share_init();
}

unsigned
front_waiting(void)
{
	return waiting;
}

static int64_t
now_us(void)
{
	struct timespec	t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* What is known at once is answered without an allocation. */
static struct request *
request_take(void)
{
	struct request	*r = free_requests;

	if (r != NULL)
		free_requests = r->next;
	else if ((r = malloc(sizeof(*r))) == NULL)
		return NULL;
	waiting++;
	return r;
}

static void
request_give(struct request *r)
{
	r->next = free_requests;
	free_requests = r;
	waiting--;
}

void
front_deliver(struct reply_to *to, const struct query *q, uint8_t *message, size_t len)
{
	if (to->datagram && len > q->udp_size)
		len = build_truncated(q, message);
	if (len == 0)
		to->drop(to);
	else
		to->send(to, message, len);
}

static void
deliver_error(struct reply_to *to, const struct query *q, enum rcode rcode, enum ede ede, const char *text)
{
	uint8_t	message[UDP_MOST];
	size_t	room = to->datagram ? q->udp_size : sizeof(message);

	front_deliver(to, q, message, build_error(q, rcode, ede, text, message, room));
}

static void
describe(struct names_answer *a, const struct outcome *o)
{
	a->cached = o->from_cache;
	if (o->ede == EDE_BOGUS)
		a->validation = NAMES_BOGUS;
	if (o->answer == NULL)
		return;
	a->addresses = told_addresses(o->answer);
	a->validation = told_validation(o->answer);
	(void)snprintf(a->server, sizeof(a->server), "%s", servers_text(o->answer->origin.upstream));
}

/* Tells people what was answered, and ends the question. why: not resolved; "" else. */
static void
end(struct request *r, enum names_word word, enum rcode rcode, const struct outcome *o, const char *why)
{
	static struct names_answer	a;

	if (r->counted)
		share_give(&r->who);
	if (policy_listens()) {
		a = (struct names_answer){ .tuple = r->client, .asker = r->who.asker, .qtype = r->query.type,
			.word = (uint8_t)word, .rcode = (uint16_t)rcode, .validation = NAMES_UNCHECKED,
			.took_us = (uint32_t)(now_us() - r->since_us) };
		dname_text(&r->name, a.name);
		(void)snprintf(a.reason, sizeof(a.reason), "%s", why);
		if (o != NULL)
			describe(&a, o);
		policy_answered(&a);
	}
	request_give(r);
}

/* ede: as build_blocked() says. */
static void
block(struct request *r, enum ede ede, const char *why)
{
	uint8_t		message[UDP_MOST];
	size_t		room = r->to->datagram ? r->query.udp_size : sizeof(message);
	size_t		len = build_blocked(&r->query, settings_blocked(), ede, why, message, room);
	enum rcode	rcode = len == 0 ? RCODE_NOERROR : (enum rcode)(message[3] & 15);

	front_deliver(r->to, &r->query, message, len);
	end(r, NAMES_BLOCK, rcode, NULL, why);
}

/* True: a list has the name, which is in lower case: the one asked for, or what it is an alias of. */
static bool
block_listed(struct request *r, const struct dname *name)
{
	struct list_hit	hit;
	char		why[LIST_NAME + 64];

	if (lists_find(name, r->who.lists, &hit) != LIST_BLOCKED)
		return false;
	(void)snprintf(why, sizeof(why), "list \"%s\", line %u", hit.list, hit.line);
	block(r, EDE_BLOCKED, why);
	return true;
}

/* True: its aliases, or its addresses, are not for this client. */
static bool
block_answer(struct request *r, const struct cached *c)
{
	struct dname	alias;
	struct route	route;

	for (unsigned i = 0; settings_list_aliases() && told_alias(c, &i, &alias); i++)
		if (block_listed(r, &alias))
			return true;
	if (!c->inner || !settings_rebinding() || (c->origin.validation == VALID_CAPTIVE && !c->here))
		return false;
	route_find(&r->name, r->query.type, &route);
	if (route.inner && (route.here || !c->here))
		return false;
	block(r, EDE_BLOCKED, "an address of this machine or its networks, for a name of the Internet (rebinding)");
	return true;
}

static uint8_t
variant_of(const struct query *q)
{
	return (uint8_t)((q->dnssec_ok ? CACHE_DO : 0) | (q->checking_disabled ? CACHE_CD : 0));
}

static void	on_resolved(void *, const struct outcome *);

static void
look_up(struct request *r, int64_t at_us)
{
	r->looked_s = at_us / 1000000;
	lookup(&r->name, r->query.type, variant_of(&r->query), r->looked_s, on_resolved, r);
}

static void
fail(struct request *r, const struct outcome *o)
{
	deliver_error(r->to, &r->query, o->rcode, o->ede, o->why);
	end(r, NAMES_RESOLVE, o->rcode, o, "");
}

/* Now it is as if servers had just answered, or not. Why something is bogus is known where it is kept. */
static void
on_due(evutil_socket_t fd, short what, void *arg)
{
	struct request	*r = arg;

	(void)fd;
	(void)what;
	TAILQ_REMOVE(&held, r, entry);
	event_free(r->due);
	r->due = NULL;
	if (r->failed.ede != EDE_NONE && r->failed.ede != EDE_BOGUS)
		fail(r, &r->failed);
	else
		look_up(r, now_us());
}

/* False: that is now, or before. */
static bool
hold_until(struct request *r, int64_t us)
{
	struct timeval	wait;
	int64_t		left_us = us - now_us();

	if (left_us <= 0 || (r->due = evtimer_new(base, on_due, r)) == NULL)
		return false;
	r->due_us = us;
	wait = (struct timeval){ .tv_sec = left_us / 1000000, .tv_usec = left_us % 1000000 };
	(void)event_add(r->due, &wait);
	TAILQ_INSERT_TAIL(&held, r, entry);
	return true;
}

/* When servers would have answered: all that ask the same have it at the same moment. */
static int64_t
due_us(const struct request *r, uint32_t took_us)
{
	const struct request	*h;

	TAILQ_FOREACH(h, &held, entry)
		if (h->who.program == r->who.program && h->query.type == r->query.type &&
		    dname_equal(&h->name, &r->name))
			return h->due_us;
	return r->since_us + (took_us < HELD_MOST_US ? took_us : HELD_MOST_US);
}

/*
 * An answer that this program has not had yet, and others have, comes no sooner than if it
 * were the first: the time that an answer takes says nothing of what others asked. True: held.
 */
static bool
hold_back(struct request *r, const struct cached *c)
{
	if (asked_before(r->who.program, c, now_us() / 1000000))
		return false;
	if (hold_until(r, due_us(r, c->origin.took_us)))
		return true;
	asked_note(r->who.program, c);
	return false;
}

/* The same where there is no answer, for whoever asks: nothing of it was kept, but that it is bogus. */
static bool
hold_failure(struct request *r, const struct outcome *o)
{
	r->failed = *o;
	r->failed.why = NULL;
	return hold_until(r, r->since_us + o->took_us);
}

/*
 * A kept answer that ends soon is asked for again while it is given, so that the next question need
 * not wait; not for who wants nothing asked of others (RD=0).
 */
static void
give(struct request *r, const struct outcome *o, uint8_t *message, size_t len)
{
	struct dname	name = r->name;
	uint16_t	type = r->query.type;
	uint8_t		variant = variant_of(&r->query);
	int64_t		at_s = r->looked_s;
	bool		late = o->from_cache && r->query.recursion_desired && cache_is_late(o->answer, at_s);

	if (late)
		asked_late(r->who.program, o->answer);
	front_deliver(r->to, &r->query, message, len);
	end(r, NAMES_RESOLVE, (enum rcode)(o->answer->message[3] & 15), o, "");
	if (late)
		lookup_again(&name, type, variant, at_s);
}

static void
policyd_is_busy(struct request *r)
{
	deliver_error(r->to, &r->query, RCODE_SERVFAIL, EDE_OTHER, "policyd is busy");
	end(r, NAMES_RESOLVE, RCODE_SERVFAIL, NULL, "");
}

/* ede: of the answer. */
static void
deliver(struct request *r, const struct outcome *o, enum ede ede)
{
	static uint8_t	message[BUILD_MAX];
	size_t		len;

	if (!told_policyd(r->who.asker, o->answer) || (!r->to->datagram && !told_send())) {
		policyd_is_busy(r);
		return;
	}
	len = cache_answer(o->answer, &r->query, o->from_cache ? r->looked_s : now_us() / 1000000, message,
	    sizeof(message));
	if (len > 0)
		len = build_edns(&r->query, ede, NULL, message, len, sizeof(message));
	give(r, o, message, len);
}

static void
on_sifted(void *ctx, const struct cached *left, const char *why)
{
	struct request	*r = ctx;

	r->found.answer = left;
	if (left != NULL)
		deliver(r, &r->found, why == NULL ? r->found.ede : EDE_FILTERED);
	else if (why != NULL)
		block(r, EDE_FILTERED, why);
	else
		policyd_is_busy(r);
}

static void
on_through(void *ctx)
{
	share_give(ctx);
	free(ctx);
}

/* A question that took too long is answered, and still takes a place at the validator: so it does of a share. */
static void
keep_share(const struct request *r, struct validating *goes_on)
{
	struct who	*who = malloc(sizeof(*who));

	if (who == NULL)
		return;
	*who = r->who;
	share_keep(who);
	validate_then(goes_on, on_through, who);
}

static void
on_resolved(void *ctx, const struct outcome *o)
{
	struct request	*r = ctx;

	if (o->goes_on != NULL)
		keep_share(r, o->goes_on);
	if (o->answer == NULL) {
		if (!hold_failure(r, o))
			fail(r, o);
		return;
	}
	if (hold_back(r, o->answer) || block_answer(r, o->answer))
		return;
	if (!r->who.sift) {
		deliver(r, o, o->ede);
		return;
	}
	r->found = *o;
	sift(r->who.asker, o->answer, on_sifted, r);
}

static void
resolve_for(struct request *r)
{
	const char	*full = share_take(&r->who);

	if (full != NULL) {
		deliver_error(r->to, &r->query, RCODE_SERVFAIL, EDE_OTHER, full);
		end(r, NAMES_RESOLVE, RCODE_SERVFAIL, NULL, "");
		return;
	}
	r->counted = true;
	look_up(r, r->since_us);
}

static void
on_verdict(void *ctx, const struct verdict *v)
{
	struct request	*r = ctx;

	r->who = v->who;
	switch (v->word) {
	case WORD_RESOLVE:
		if (!block_listed(r, &r->name))
			resolve_for(r);
		return;
	case WORD_BLOCK:
		block(r, EDE_BLOCKED, v->reason);
		return;
	case WORD_LATER:
		deliver_error(r->to, &r->query, RCODE_SERVFAIL, EDE_PROHIBITED, v->reason);
		end(r, NAMES_LATER, RCODE_SERVFAIL, NULL, v->reason);
		return;
	default:
		deliver_error(r->to, &r->query, RCODE_REFUSED, EDE_PROHIBITED, v->reason);
		end(r, NAMES_REFUSE, RCODE_REFUSED, NULL, v->reason);
		return;
	}
}

/* False: it was answered, or nothing is owed to it. */
static bool
take_apart(struct reply_to *to, const uint8_t *message, size_t len, struct query *q)
{
	enum rcode	rcode;

	if (query_parse(message, len, q, &rcode) == -1) {
		to->drop(to);
		return false;
	}
	if (rcode != RCODE_NOERROR) {
		deliver_error(to, q, rcode, EDE_NONE, NULL);
		return false;
	}
	if (selfcheck_heard(&q->name)) {
		to->drop(to);
		return false;
	}
	if (waiting > WAITING_MAX) {
		deliver_error(to, q, RCODE_SERVFAIL, EDE_OTHER, "too many questions wait");
		return false;
	}
	return true;
}

void
front_message(struct reply_to *to, const uint8_t *message, size_t len)
{
	struct request	*r = request_take();

	if (r == NULL) {
		to->drop(to);
		return;
	}
	if (!take_apart(to, message, len, &r->query)) {
		request_give(r);
		return;
	}
	r->to = to;
	r->name = r->query.name;
	dname_lower(&r->name);
	r->client = to->asker.tuple;
	r->who = (struct who){ 0 };
	r->counted = false;
	r->due = NULL;
	r->failed.ede = EDE_NONE;
	r->since_us = now_us();
	asker_judge(&to->asker, &r->name, r->query.type, on_verdict, r);
}
