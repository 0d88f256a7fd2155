/*
 * See hub.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "channel.h"
#include "hub.h"
#include "sandbox.h"

struct hub {
	struct event_base	*base;
	const struct hub_ops	*ops;
	void			*ctx;
	struct channel		*channel;
	struct store		*store;
	int64_t			 status_ms;
	int64_t			 since_us;
	uint64_t		 ends_missed;
	uint32_t		 last_query;
};

/* Unpacked messages are large, and handlers run one after the other: they share room. */
static union {
	struct process		process;
	struct ui_reason	reason;
	struct ui_events	events;
	struct decide_ends	ends;
	struct ui_status	status;
	struct ui_notice	notice;
	struct ui_answer	answer;
	struct who_gone		gone;
	struct control_suite	suite;
	struct names_answers	names;
	struct decide_below	below;
	struct names_kept	kept;
	struct names_servers	servers;
} in;

static int64_t
epoch_us(void)
{
	struct timespec	ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
hub_now_ms(void)
{
	struct timespec	ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Of hints it has none but the parent that it counts as a part of (who.h). */
static bool
hints_fit(const struct process_hints *h)
{
	return h->cwd_len == 0 && h->arguments_len == 0 && h->scripts == 0 &&
	    (h->parents == 0 || (h->parents == 1 && (h->parent[0].flags & PROCESS_PROVEN) != 0));
}

static int
on_process(void *ctx, struct channel *channel, struct frame *frame)
{
	struct hub	*hub = ctx;

	(void)channel;
	if (process_unpack(frame->body, frame->len, &in.process) == -1 || !hints_fit(&in.process.hints))
		return -1;
	if (store_add_process(hub->store, &in.process) == -1)
		log_warnx("no memory for a process");
	return 0;
}

static int
on_reason(void *ctx, struct channel *channel, struct frame *frame)
{
	struct hub	*hub = ctx;

	(void)channel;
	if (ui_reason_unpack(frame->body, frame->len, &in.reason) == -1)
		return -1;
	if (store_add_reason(hub->store, &in.reason) == -1)
		log_warnx("no memory for a reason");
	return 0;
}

static int
on_events(void *ctx, struct channel *channel, struct frame *frame)
{
	struct hub	*hub = ctx;

	(void)channel;
	if (ui_events_unpack(frame->body, frame->len, &in.events) == -1)
		return -1;
	if (in.events.shed > 0)
		hub->ops->shed(hub->ctx, in.events.shed);
	for (unsigned i = 0; i < in.events.count; i++) {
		store_add_event(hub->store, &in.events.event[i]);
		hub->ops->event(hub->ctx, &in.events.event[i]);
	}
	return 0;
}

static int
on_ends(void *ctx, struct channel *channel, struct frame *frame)
{
	struct hub	*hub = ctx;

	(void)channel;
	if (decide_ends_unpack(frame->body, frame->len, &in.ends) == -1)
		return -1;
	hub->ends_missed += in.ends.shed;
	for (unsigned i = 0; i < in.ends.count; i++) {
		const struct decide_end	*end = &in.ends.end[i];
		const struct connection	*c = store_connection(hub->store, end->flow);

		hub->ops->end(hub->ctx, end, c == NULL ? NULL : &c->event);
		store_remove_connection(hub->store, end->flow);
	}
	return 0;
}

/* Shown to those who watch; of them only what a program was not told is kept. */
static int
on_names(void *ctx, struct channel *channel, struct frame *frame)
{
	struct hub	*hub = ctx;
	int64_t		 now = epoch_us();

	(void)channel;
	if (names_answers_unpack(frame->body, frame->len, &in.names) == -1)
		return -1;
	if (in.names.shed > 0)
		hub->ops->shed(hub->ctx, in.names.shed);
	for (unsigned i = 0; i < in.names.count; i++) {
		if (in.names.answer[i].word != NAMES_RESOLVE)
			store_add_blocked(hub->store, &in.names.answer[i], now);
		hub->ops->question(hub->ctx, &in.names.answer[i], now);
	}
	return 0;
}

static int
on_below(void *ctx, struct channel *channel, struct frame *frame)
{
	struct hub	*hub = ctx;

	(void)channel;
	if (decide_below_unpack(frame->body, frame->len, &in.below) == -1)
		return -1;
	hub->ops->below(hub->ctx, &in.below, epoch_us());
	return 0;
}

static int
on_status(void *ctx, struct channel *channel, struct frame *frame)
{
	struct hub	*hub = ctx;

	(void)channel;
	if (ui_status_unpack(frame->body, frame->len, &in.status) == -1)
		return -1;
	store_set_status(hub->store, &in.status);
	hub->status_ms = hub_now_ms();
	return 0;
}

static int
on_notice(void *ctx, struct channel *channel, struct frame *frame)
{
	struct hub	*hub = ctx;

	(void)channel;
	if (ui_notice_unpack(frame->body, frame->len, &in.notice) == -1)
		return -1;
	store_add_notice(hub->store, &in.notice);
	hub->ops->notice(hub->ctx, &in.notice);
	return 0;
}

/* Late answers are normal; one to a question never asked is not. */
static bool
was_asked(const struct hub *hub, const struct frame *frame)
{
	return frame->id != 0 && frame->id <= hub->last_query;
}

static int
on_answer(void *ctx, struct channel *channel, struct frame *frame)
{
	struct hub	*hub = ctx;

	(void)channel;
	if (ui_answer_unpack(frame->body, frame->len, &in.answer) == -1)
		return -1;
	if (!was_asked(hub, frame))
		return -1;
	hub->ops->answer(hub->ctx, frame->id, &in.answer);
	return 0;
}

static int
on_kept(void *ctx, struct channel *channel, struct frame *frame)
{
	struct hub	*hub = ctx;

	(void)channel;
	if (names_kept_unpack(frame->body, frame->len, &in.kept) == -1 || !was_asked(hub, frame))
		return -1;
	hub->ops->kept(hub->ctx, frame->id, &in.kept);
	return 0;
}

static int
on_servers(void *ctx, struct channel *channel, struct frame *frame)
{
	struct hub	*hub = ctx;

	(void)channel;
	if (names_servers_unpack(frame->body, frame->len, &in.servers) == -1 || !was_asked(hub, frame))
		return -1;
	hub->ops->servers(hub->ctx, frame->id, &in.servers);
	return 0;
}

static int
on_gone(void *ctx, struct channel *channel, struct frame *frame)
{
	struct hub	*hub = ctx;

	(void)channel;
	if (who_gone_unpack(frame->body, frame->len, &in.gone) == -1)
		return -1;
	for (unsigned i = 0; i < in.gone.count; i++)
		store_process_gone(hub->store, in.gone.id[i]);
	return 0;
}

static int
on_suite(void *ctx, struct channel *channel, struct frame *frame)
{
	struct hub	*hub = ctx;

	(void)channel;
	if (control_suite_unpack(frame->body, frame->len, &in.suite) == -1)
		return -1;
	store_set_suite(hub->store, &in.suite);
	return 0;
}

static const struct verb hub_verbs[] = {
	{ UI_PROCESS, "process", PHASE_RUNNING, UI_PROCESS_MAX, false, on_process },
	{ UI_REASON,  "reason",  PHASE_RUNNING, UI_REASON_MAX,  false, on_reason },
	{ UI_EVENTS,  "events",  PHASE_RUNNING, UI_EVENTS_MAX,  false, on_events },
	{ UI_ENDS,    "ends",    PHASE_RUNNING, UI_ENDS_MAX,    false, on_ends },
	{ UI_STATUS,  "status",  PHASE_RUNNING, UI_STATUS_MAX,  false, on_status },
	{ UI_NOTICE,  "notice",  PHASE_RUNNING, UI_NOTICE_MAX,  false, on_notice },
	{ UI_ANSWER,  "answer",  PHASE_RUNNING, UI_ANSWER_MAX,  false, on_answer },
	{ UI_GONE,    "gone",    PHASE_RUNNING, UI_GONE_MAX,    false, on_gone },
	{ UI_SUITE,   "suite",   PHASE_RUNNING, UI_SUITE_MAX,   false, on_suite },
	{ UI_NAMES,   "names",   PHASE_RUNNING, UI_NAMES_MAX,   false, on_names },
	{ UI_KEPT,    "kept",    PHASE_RUNNING, UI_KEPT_MAX,    false, on_kept },
	{ UI_SERVERS, "servers", PHASE_RUNNING, UI_SERVERS_MAX, false, on_servers },
	{ UI_BELOW,   "below",   PHASE_RUNNING, UI_BELOW_MAX,   false, on_below },
	{ .handle = NULL },
};

static void
on_lost(void *ctx, struct channel *channel, const char *why)
{
	struct hub	*hub = ctx;

	hub->ops->lost(hub->ctx, why);
	channel_free(channel);
	hub->channel = NULL;
}

struct hub *
hub_new(struct event_base *base, const struct hub_ops *ops, void *ctx)
{
	struct hub	*hub = calloc(1, sizeof(*hub));

	if (hub == NULL)
		fatalx("no memory");
	hub->base = base;
	hub->ops = ops;
	hub->ctx = ctx;
	hub->store = store_new();
	return hub;
}

void
hub_free(struct hub *hub)
{
	if (hub == NULL)
		return;
	channel_free(hub->channel);
	store_free(hub->store);
	free(hub);
}

int
hub_attach(struct hub *hub, int fd, uint32_t generation)
{
	channel_free(hub->channel);
	store_free(hub->store);
	hub->store = store_new();
	hub->status_ms = 0;
	hub->ends_missed = 0;
	hub->last_query = 0;
	hub->since_us = epoch_us();
	hub->channel = channel_new(hub->base, fd, hub_verbs, on_lost, hub);
	if (hub->channel == NULL) {
		log_warn("channel to policyd");
		(void)close(fd);
		return -1;
	}
	channel_set_generation(hub->channel, generation);
	hub->ops->renewed(hub->ctx);
	return 0;
}

bool
hub_connected(const struct hub *hub)
{
	return hub->channel != NULL;
}

struct store *
hub_store(struct hub *hub)
{
	return hub->store;
}

int64_t
hub_status_age(const struct hub *hub)
{
	return hub->status_ms == 0 ? 0 : hub_now_ms() - hub->status_ms;
}

int64_t
hub_since(const struct hub *hub)
{
	return hub->since_us;
}

uint64_t
hub_ends_missed(const struct hub *hub)
{
	return hub->ends_missed;
}

uint32_t
hub_query(struct hub *hub, const struct ui_query *query)
{
	uint8_t	body[UI_QUERY_MAX];
	size_t	len;

	if (hub->channel == NULL || hub->last_query == UINT32_MAX)
		return 0;
	len = ui_query_pack(query, body, sizeof(body));
	if (len == 0 || channel_send(hub->channel, UI_QUERY, hub->last_query + 1, body, len,
	    -1) == -1)
		return 0;
	return ++hub->last_query;
}
