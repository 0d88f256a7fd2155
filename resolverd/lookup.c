/*
 * See lookup.h. Called by the front for who may ask. What the validator hands back is
 * taken apart like any server's answer.
 */
#include <sys/queue.h>

#include <stdlib.h>
#include <time.h>

#include <event2/event.h>

#include "bogus.h"
#include "endpoint.h"
#include "insecure.h"
#include "keep.h"
#include "lookup.h"
#include "probe.h"
#include "route.h"
#include "sandbox.h"
#include "servers.h"
#include "validate.h"

/* One question at the validator. */
struct look {
	struct dname		 name;		/* lower case */
	uint16_t		 type;
	uint8_t			 variant;
	unsigned		 era;
	struct validating	*validating;
	struct event		*late;
	bool			 insecure;	/* nothing could be proved of the name itself */
	int64_t			 since_us;	/* or since the first that waits for the same */
	LIST_ENTRY(look)	 entry;
	resolved_fn		*done;
	void			*ctx;
};
LIST_HEAD(look_list, look);

static struct event_base	*base;
static struct look_list		 looks = LIST_HEAD_INITIALIZER(looks);
static bool			 can_validate, validates;
static unsigned			 again;		/* those that are asked for so */

static int64_t
now_us(void)
{
	struct timespec	t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t
now_s(void)
{
	return now_us() / 1000000;
}

void
lookup_flush(void)
{
	cache_flush();
	resolve_anew();
	bogus_forget();
	insecure_forget();
	validate_forget();
}

/* What was believed without proof is asked for again when a proof is wanted. */
static void
set_validates(bool yes)
{
	if (yes && !validates)
		lookup_flush();
	validates = yes;
}

/* Only where servers that strip signatures may be believed. */
static void
on_signatures(bool there)
{
	set_validates(there);
	if (there)
		log_info("the servers pass signatures on: answers are validated");
	else
		log_warnx("the servers strip signatures (DNSSEC): answers are not validated");
}

void
lookup_init(struct event_base *b, bool validated)
{
	base = b;
	can_validate = validates = validated;
	probe_init(b, on_signatures);
}

static uint32_t
took_us(const struct look *l)
{
	int64_t	us = now_us() - l->since_us;

	return us < LOOKUP_MS * 1000 ? (uint32_t)us : LOOKUP_MS * 1000;
}

static void
end(struct look *l, struct outcome *o)
{
	LIST_REMOVE(l, entry);
	o->took_us = took_us(l);
	o->server = o->answer == NULL ? UPSTREAM_UNKNOWN : o->answer->origin.upstream;
	l->done(l->ctx, o);
	if (l->era != resolve_era())
		cache_drop(&l->name, l->type, l->variant);
	event_free(l->late);
	free(l);
}

static void
end_without(struct look *l, enum ede ede, struct validating *goes_on)
{
	struct outcome	o = { .ede = ede, .rcode = RCODE_SERVFAIL, .goes_on = goes_on };

	o.answer = cache_find(&l->name, l->type, l->variant, true, now_s());
	if (o.answer != NULL)
		o.ede = EDE_STALE;
	end(l, &o);
}

static void
end_bogus(struct look *l, const char *why)
{
	struct outcome	o = { .ede = EDE_BOGUS, .rcode = RCODE_SERVFAIL, .why = why };

	/* Of servers before it says nothing of those that there are now. */
	if (l->era == resolve_era())
		bogus_add(&l->name, l->type, why, took_us(l), now_s());
	end(l, &o);
}

/* Of several who waited for the same the first keeps it; what was asked for again is replaced. */
static const struct cached *
keep(struct look *l, const struct validated *v)
{
	static struct reply	 r;
	struct asked		 a = { .type = l->type, .name = l->name };
	struct origin		 o = { .upstream = UPSTREAM_UNKNOWN };
	const struct cached	*c = cache_find(&l->name, l->type, l->variant, false, now_s());

	if (c != NULL && !c->anew)
		return c;
	if (!reply_fits(v->message, v->len, &a) || reply_parse(v->message, v->len, &a, &r) == -1 ||
	    !reply_is_of_use(&r))
		return NULL;
	(void)endpoint_origin(&l->name, l->type, &o);
	o.took_us = took_us(l);
	o.validation = v->finding == FOUND_SECURE ? VALID_SECURE : VALID_INSECURE;
	l->insecure = v->finding == FOUND_INSECURE && r.aliases == 0 && l->era == resolve_era();
	return keep_answer(&l->name, l->variant, v->message, v->len, &a, &r, &o, now_s());
}

/* Whether the zone is signed at all is looked for last: the validator's memory is v's. */
static void
end_proved(struct look *l, const struct validated *v)
{
	struct outcome	o = { .ede = EDE_NONE, .answer = keep(l, v) };
	struct dname	name = l->name;
	bool		insecure = l->insecure;

	if (o.answer == NULL) {
		end_without(l, EDE_NETWORK, NULL);
		return;
	}
	end(l, &o);
	if (insecure)
		insecure_saw(&name, now_s());
}

static void
on_validated(void *ctx, const struct validated *v)
{
	struct look	*l = ctx;

	if (v->finding == FOUND_BOGUS)
		end_bogus(l, v->why);
	else if (v->finding == FOUND_NOTHING)
		end_without(l, EDE_NETWORK, NULL);
	else
		end_proved(l, v);
}

static void
on_late(evutil_socket_t fd, short what, void *arg)
{
	struct look	*l = arg;

	(void)fd;
	(void)what;
	validate_cancel(l->validating);
	end_without(l, EDE_NETWORK, l->validating);
}

/*
 * The validator answers all that ask the same at once, whoever came first. How long it took
 * is told as of the first, so that a later one can't learn of it by the time.
 */
static int64_t
first_us(const struct dname *name, uint16_t type, int64_t since_us)
{
	const struct look	*l;

	LIST_FOREACH(l, &looks, entry)
		if (l->type == type && l->since_us < since_us && dname_equal(&l->name, name))
			since_us = l->since_us;
	return since_us;
}

static void
begin(const struct dname *name, uint16_t type, uint8_t variant, int64_t since_us, resolved_fn *done, void *ctx)
{
	struct look		*l = calloc(1, sizeof(*l));
	int64_t			 left_us = since_us + LOOKUP_MS * 1000 - now_us();
	struct timeval		 late = { 0 };
	struct validating	*v;

	if (l == NULL || (l->late = evtimer_new(base, on_late, l)) == NULL)
		fatal("memory for a question");
	l->name = *name;
	l->type = type;
	l->variant = variant;
	l->era = resolve_era();
	l->since_us = first_us(name, type, since_us);
	LIST_INSERT_HEAD(&looks, l, entry);
	l->done = done;
	l->ctx = ctx;
	if (left_us > 0)
		late = (struct timeval){ .tv_sec = left_us / 1000000, .tv_usec = left_us % 1000000 };
	(void)event_add(l->late, &late);
	v = validate(name, type, on_validated, l);
	if (v != NULL)		/* else l is gone */
		l->validating = v;
}

/* One question to a zone that is not signed. */
struct direct {
	struct dname	 name;
	uint16_t	 type;
	uint8_t		 variant;
	int64_t		 since_us;
	resolved_fn	*done;
	void		*ctx;
};

static void
on_direct(void *ctx, const struct outcome *o)
{
	struct direct	*d = ctx;

	if (o->leads_away)
		begin(&d->name, d->type, d->variant, d->since_us, d->done, d->ctx);
	else
		d->done(d->ctx, o);
	free(d);
}

/* From the servers at once where nothing can be proved, unless the answer leads to where it could. */
static void
begin_checked(const struct dname *name, uint16_t type, uint8_t variant, bool anew, resolved_fn *done,
    void *ctx)
{
	struct direct	*d;

	if (!insecure_covers(name, type, now_s())) {
		begin(name, type, variant, now_us(), done, ctx);
		return;
	}
	if ((d = malloc(sizeof(*d))) == NULL)
		fatal("memory for a question");
	*d = (struct direct){ .name = *name, .type = type, .variant = variant, .since_us = now_us(),
		.done = done, .ctx = ctx };
	(void)resolve_insecure(name, type, variant, anew, on_direct, d);
}

/* localhost: made here, and kept like any answer. */
static const struct cached *
localhost(const struct dname *n, uint16_t type, uint8_t variant)
{
	static struct reply	 r;
	struct asked		 a = { .type = type, .name = *n };
	struct origin		 o = { .upstream = UPSTREAM_UNKNOWN };
	uint8_t			 m[DNS_HEADER + DNAME_MAX + 4 + 12 + 16];
	size_t			 len = build_localhost(&a, m, sizeof(m));

	if (len == 0 || reply_parse(m, len, &a, &r) == -1)
		return NULL;
	return keep_answer(n, variant, m, len, &a, &r, &o, now_s());
}

/* True: it is answered. */
static bool
answer_special(const struct dname *n, uint16_t type, uint8_t variant, const struct route *route,
    resolved_fn *done, void *ctx)
{
	struct outcome	o = { .ede = EDE_NONE, .rcode = RCODE_NXDOMAIN, .server = UPSTREAM_UNKNOWN };

	switch (route->special) {
	case SPECIAL_NONE:
		return false;
	case SPECIAL_LOCALHOST:
		o.rcode = RCODE_NOERROR;
		o.answer = type == QTYPE_A || type == QTYPE_AAAA ? localhost(n, type, variant) : NULL;
		break;
	case SPECIAL_EMPTY:
		o.rcode = RCODE_NOERROR;
		break;
	case SPECIAL_SCOPED:
	case SPECIAL_LOCAL:
		if (route->count > 0 || route->multicast)
			return false;
		break;
	case SPECIAL_NOTHING:
		break;
	}
	done(ctx, &o);
	return true;
}

void
lookup_validates(bool yes, bool if_signed)
{
	probe_end();
	set_validates(yes && can_validate && !if_signed);
	if (yes && can_validate && if_signed)
		probe_begin();
}

bool
lookup_proves(void)
{
	return validates;
}

/* Is it asked of the validator? */
static bool
is_checked(uint8_t variant, const struct route *route)
{
	return validates && (variant & CACHE_CD) == 0 && !route->unproved && servers_count() > 0;
}

void
lookup(const struct dname *n, uint16_t type, uint8_t variant, int64_t at_s, resolved_fn *done, void *ctx)
{
	struct outcome	o = { .ede = EDE_NONE, .from_cache = true };
	struct route	route;
	bool		checked;

	if (route_captive(n, type, &route)) {
		(void)resolve(n, type, (uint8_t)(variant | CACHE_CAPTIVE), done, ctx);
		return;
	}
	if ((o.answer = cache_find(n, type, variant, false, at_s)) != NULL) {
		done(ctx, &o);
		return;
	}
	route_find(n, type, &route);
	if (answer_special(n, type, variant, &route, done, ctx))
		return;
	checked = is_checked(variant, &route);
	if (checked && (o.why = bogus_why(n, type, at_s, &o.took_us)) != NULL) {
		o = (struct outcome){ .ede = EDE_BOGUS, .rcode = RCODE_SERVFAIL, .why = o.why,
				      .took_us = o.took_us };
		done(ctx, &o);
	} else if (!checked) {
		(void)resolve(n, type, variant, done, ctx);
	} else {
		begin_checked(n, type, variant, false, done, ctx);
	}
}

static void
on_again_through(void *ctx)
{
	(void)ctx;
	again--;
}

static void
on_again(void *ctx, const struct outcome *o)
{
	if (o->goes_on != NULL)
		validate_then(o->goes_on, on_again_through, NULL);
	else
		on_again_through(ctx);
}

void
lookup_again(const struct dname *n, uint16_t type, uint8_t variant, int64_t at_s)
{
	struct route	route;

	if (again == LOOKUP_AGAIN || route_captive(n, type, &route))
		return;
	route_find(n, type, &route);
	if (route.count == 0 || !cache_take_late(n, type, variant, at_s))
		return;
	again++;
	if (is_checked(variant, &route))
		begin_checked(n, type, variant, true, on_again, NULL);
	else
		(void)resolve_again(n, type, variant, on_again, NULL);
}
