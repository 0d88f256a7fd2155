/*
 * See front.h. The clients are programs of this machine, hostile as any.
 */
#include <stdlib.h>
#include <time.h>

#include "front.h"
#include "lookup.h"

#define WAITING_MAX	4096

/* One question on its way. */
struct request {
	struct reply_to	*to;
	struct query	 query;
};

static unsigned	waiting;

unsigned
front_waiting(void)
{
	return waiting;
}

static int64_t
now_s(void)
{
	struct timespec	t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
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
end(struct request *r)
{
	waiting--;
	free(r);
}

static void
on_resolved(void *ctx, const struct outcome *o)
{
	static uint8_t	message[BUILD_MAX];
	struct request	*r = ctx;
	size_t		 len;

	if (o->answer == NULL) {
		deliver_error(r->to, &r->query, o->rcode, o->ede, o->why);
		end(r);
		return;
	}
	len = cache_answer(o->answer, &r->query, now_s(), message, sizeof(message));
	if (len > 0)
		len = build_edns(&r->query, o->ede, NULL, message, len, sizeof(message));
	front_deliver(r->to, &r->query, message, len);
	end(r);
}

static uint8_t
variant_of(const struct query *q)
{
	return (uint8_t)((q->dnssec_ok ? CACHE_DO : 0) | (q->checking_disabled ? CACHE_CD : 0));
}

static void
on_verdict(void *ctx, const struct verdict *v)
{
	struct request	*r = ctx;

	switch (v->word) {
	case WORD_RESOLVE:
		lookup(&r->query.name, r->query.type, variant_of(&r->query), on_resolved, r);
		return;
	case WORD_BLOCK:
		deliver_error(r->to, &r->query, RCODE_NXDOMAIN, EDE_BLOCKED, v->reason);
		break;
	default:
		deliver_error(r->to, &r->query, RCODE_REFUSED, EDE_PROHIBITED, v->reason);
		break;
	}
	end(r);
}

void
front_message(struct reply_to *to, const uint8_t *message, size_t len)
{
	struct request	*r;
	struct query	 q;
	enum rcode	 rcode;

	if (query_parse(message, len, &q, &rcode) == -1) {
		to->drop(to);
		return;
	}
	if (rcode != RCODE_NOERROR) {
		deliver_error(to, &q, rcode, EDE_NONE, NULL);
		return;
	}
	if (waiting >= WAITING_MAX || (r = calloc(1, sizeof(*r))) == NULL) {
		deliver_error(to, &q, RCODE_SERVFAIL, EDE_OTHER, "too many questions wait");
		return;
	}
	waiting++;
	r->to = to;
	r->query = q;
	asker_judge(&to->asker, &r->query.name, q.type, on_verdict, r);
}
