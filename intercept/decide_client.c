/*
 * The channel to policyd. Called by judge.c, report.c, anew.c, who_client.c and
 * main. policyd may say what it wants about flows that wait here, and about
 * nothing else; its messages pass their validators first.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "decide_client.h"
#include "sandbox.h"
#include "who.h"

static struct channel			*decide;
static const struct decide_ops	*ops;
static uint8_t			stats_body[DECIDE_STATS_MAX];	/* as told last */
static size_t			stats_len;
static bool			links_due;	/* policyd did not take the last ones */

static int
on_verdict(void *ctx, struct channel *c, struct frame *f)
{
	struct decide_verdict v;

	(void)ctx;
	(void)c;
	if (decide_verdict_unpack(f->body, f->len, &v) == -1)
		return -1;
	ops->verdict(&v);
	return 0;
}

static int
on_revoke(void *ctx, struct channel *c, struct frame *f)
{
	struct decide_revoke r;

	(void)ctx;
	(void)c;
	if (decide_revoke_unpack(f->body, f->len, &r) == -1)
		return -1;
	ops->revoke(r.generation);
	return 0;
}

static int
on_whose(void *ctx, struct channel *c, struct frame *f)
{
	struct decide_whose w;

	(void)ctx;
	(void)c;
	if (decide_whose_unpack(f->body, f->len, &w) == -1)
		return -1;
	ops->whose(&w);
	return 0;
}

static int
on_hinted(void *ctx, struct channel *c, struct frame *f)
{
	static struct who_hinted h;

	(void)ctx;
	(void)c;
	if (who_hinted_unpack(f->body, f->len, &h) == -1)
		return -1;
	ops->hinted(f->body, f->len);
	return 0;
}

static int
on_below_may(void *ctx, struct channel *c, struct frame *f)
{
	struct decide_below_may m;

	(void)ctx;
	(void)c;
	if (decide_below_may_unpack(f->body, f->len, &m) == -1)
		return -1;
	ops->below_may(&m);
	return 0;
}

static int
on_below_close(void *ctx, struct channel *c, struct frame *f)
{
	struct decide_below_close m;

	(void)ctx;
	(void)c;
	if (decide_below_close_unpack(f->body, f->len, &m) == -1)
		return -1;
	ops->below_close(&m);
	return 0;
}

static const struct verb verbs[] = {
	{ DECIDE_VERDICT, "verdict", PHASE_RUNNING, DECIDE_VERDICT_MAX, false, on_verdict },
	{ DECIDE_REVOKE,  "revoke",  PHASE_RUNNING, DECIDE_REVOKE_MAX,	false, on_revoke },
	{ DECIDE_WHOSE,   "whose",   PHASE_RUNNING, DECIDE_WHOSE_MAX,	false, on_whose },
	{ DECIDE_HINTED,  "hinted",  PHASE_RUNNING, DECIDE_HINTED_MAX,	false, on_hinted },
	{ DECIDE_BELOW_MAY, "below-may", PHASE_RUNNING, DECIDE_BELOW_MAY_MAX, false, on_below_may },
	{ DECIDE_BELOW_CLOSE, "below-close", PHASE_RUNNING, DECIDE_BELOW_CLOSE_MAX, false, on_below_close },
	{ .handle = NULL },
};

static void
on_lost(void *ctx, struct channel *c, const char *why)
{
	(void)ctx;
	(void)c;
	fatalx("policyd is gone (%s)", why);
}

static void
on_batch_end(void *ctx)
{
	(void)ctx;
	ops->burst_end();
}

int
decide_client_attach(struct event_base *base, int fd, uint32_t generation,
    const struct decide_ops *use)
{
	channel_free(decide);
	if ((decide = channel_new(base, fd, verbs, on_lost, NULL)) == NULL) {
		(void)close(fd);
		return -1;
	}
	channel_set_generation(decide, generation);
	stats_len = 0;
	channel_set_batch_end(decide, on_batch_end);
	ops = use;
	return 0;
}

bool
decide_client_ready(void)
{
	return decide != NULL;
}

/* -1 with errno: ENOBUFS, policyd is slow. */
static int
send_packed(uint16_t type, const uint8_t *body, size_t len)
{
	static struct log_rate rate;

	if (decide == NULL || len == 0) {
		errno = EINVAL;
		return -1;
	}
	if (channel_send(decide, type, 0, body, len, -1) == 0)
		return 0;
	if (errno == ENOBUFS && log_rate_ok(&rate, 1))
		log_warnx("policyd is slow: what it does not take is denied");
	return -1;
}

int
decide_client_request(const struct decide_request *r)
{
	uint8_t body[DECIDE_REQUEST_MAX];

	return send_packed(DECIDE_REQUEST, body, decide_request_pack(r, body, sizeof(body)));
}

int
decide_client_notice(const struct decide_notice *n)
{
	uint8_t body[DECIDE_NOTICE_MAX];

	return send_packed(DECIDE_NOTICE, body, decide_notice_pack(n, body, sizeof(body)));
}

/* A process that policyd does not know of is one it denies. */
void
decide_client_process(const uint8_t *body, size_t len)
{
	(void)send_packed(DECIDE_PROCESS, body, len);
}

/* whod is not read while policyd is slow, so there is room; without it grants could outlive their program. */
void
decide_client_gone(const uint8_t *body, size_t len)
{
	if (send_packed(DECIDE_GONE, body, len) == -1 && errno == ENOBUFS)
		fatalx("policyd does not hear which programs ended");
}

int
decide_client_uses(const struct decide_uses *u)
{
	static uint8_t body[DECIDE_USES_MAX];

	return send_packed(DECIDE_USES, body, decide_uses_pack(u, body, sizeof(body)));
}

int
decide_client_ends(const struct decide_ends *e)
{
	static uint8_t body[DECIDE_ENDS_MAX];

	return send_packed(DECIDE_ENDS, body, decide_ends_pack(e, body, sizeof(body)));
}

int
decide_client_stats(const struct decide_stats *s)
{
	uint8_t body[DECIDE_STATS_MAX];
	size_t	len = decide_stats_pack(s, body, sizeof(body));

	if (len == stats_len && memcmp(body, stats_body, len) == 0)
		return 0;
	if (send_packed(DECIDE_STATS, body, len) == -1)
		return -1;
	memcpy(stats_body, body, len);
	stats_len = len;
	return 0;
}

int
decide_client_judged_anew(const struct decide_judged_anew *j)
{
	uint8_t body[DECIDE_JUDGED_ANEW_MAX];

	return send_packed(DECIDE_JUDGED_ANEW, body,
	    decide_judged_anew_pack(j, body, sizeof(body)));
}

int
decide_client_below(const struct decide_below *b)
{
	uint8_t body[DECIDE_BELOW_MAX];

	return send_packed(DECIDE_BELOW, body, decide_below_pack(b, body, sizeof(body)));
}

void
decide_client_links(const struct decide_links *l)
{
	static uint8_t	body[DECIDE_LINKS_MAX];
	size_t		len = decide_links_pack(l, body, sizeof(body));

	if (len == 0)
		log_warnx("the addresses of this machine do not pack: policyd keeps those it has");
	links_due = send_packed(DECIDE_LINKS, body, len) == -1 && errno == ENOBUFS;
}

bool
decide_client_links_due(void)
{
	return links_due;
}

size_t
decide_client_waiting(void)
{
	return decide != NULL ? channel_waiting(decide) : CHANNEL_QUEUE_MAX;
}
