/*
 * The channel to intercept; see decide_server.h. intercept is hostile: its words
 * pass their validators, and what it says of a flow changes what becomes of that
 * flow alone. Programs that it did not tell of before are unknown.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "asking.h"
#include "below.h"
#include "channel.h"
#include "clock.h"
#include "current.h"
#include "decide_server.h"
#include "gather.h"
#include "hinted.h"
#include "judge.h"
#include "judged.h"
#include "known_names.h"
#include "lent.h"
#include "machine.h"
#include "marks.h"
#include "names_server.h"
#include "programs.h"
#include "queries.h"
#include "reasons.h"
#include "sandbox.h"
#include "selfcheck.h"
#include "status.h"
#include "tell.h"

#define VERDICTS_WAIT	(CHANNEL_QUEUE_MAX / 2)	/* then no more is read from intercept */
#define RESUME_MS	5

static struct event_base	*base;
static struct channel		*decide_channel;
static struct event		*resume;
static bool			 begins;
static struct decide_counts	 counts;
static struct decide_stats	 stats;
static uint8_t			 hinted[DECIDE_HINTED_MAX];	/* as this intercept was told */
static size_t			 hinted_len;
static uint32_t			 hinted_serial;		/* of the policy that it is known to hold for; 0: none */

static void
count_action(uint8_t action)
{
	switch (action) {
	case ACTION_ACCEPT:
		counts.accepted++;
		break;
	case ACTION_BLOCK:
		counts.blocked++;
		break;
	case ACTION_DROP:
		counts.dropped++;
		break;
	default:
		counts.rerouted++;
	}
}

/* --- a request --- */

/* False if one of them is not known. */
static bool
find_programs(const uint64_t *ids, unsigned count, const struct program **out)
{
	for (unsigned i = 0; i < count; i++)
		if ((out[i] = programs_find(ids[i])) == NULL)
			return false;
	return true;
}

/* Whoever uses an address was told it a moment ago, maybe: that is read before it is missed. */
static void
find_name(struct facts *f)
{
	const struct tuple *t = &f->tuple;

	if (facts_find_name(f) || t->dport == 53 || place_of(machine_links(), t->family, t->dst).scope != SCOPE_INTERNET)
		return;
	names_server_catch_up();
	(void)facts_find_name(f);
}

static void
set_name(struct ui_event *e, const char *name, uint16_t len)
{
	if (name != NULL)
		(void)snprintf(e->name, sizeof e->name, "%.*s", (int)len, name);
}

static void
facts_of(const struct decide_request *r, struct facts *f)
{
	facts_begin(f);
	f->tuple = r->tuple;
	f->direction = r->direction;
	f->owner = r->owner;
	f->existed = r->existed && begins && current_is_first();
	f->again = r->again;
	f->has_socket = r->has_socket;
	f->middle = r->middle;
	f->holders = r->holders;
	f->alone = r->alone;
	f->has_listener = r->has_listener;
	f->listener_unknown = r->listener_unknown;
	f->listener_uid = r->listener_uid;
	f->listeners = r->listeners;
	f->let_once = r->again && asking_was_let_once(r->flow);
	memcpy(f->device, r->device, sizeof f->device);
	if (find_programs(r->holder, r->holders, f->holder))
		facts_packages(f);
	else {
		f->holders = 0;
		if (f->owner == OWNER_PROCESS || f->owner == OWNER_FORWARDED)
			f->owner = OWNER_UNKNOWN;
	}
	if (f->direction == DIRECTION_OUT && f->owner == OWNER_PROCESS)
		find_name(f);
	if (!find_programs(r->listener, r->listeners, f->listener)) {
		f->listeners = 0;
		f->listener_unknown = true;
	}
	if (f->direction != DIRECTION_IN || f->tuple.proto != PROTO_UDP)
		return;
	f->sent_here = queries_sent(f->tuple.family, f->tuple.sport, clock_s(CLOCK_MONOTONIC));
	for (unsigned i = 0; i < f->holders; i++)
		f->answers_query |= queries_awaited(f->holder[i]->id, f->tuple.family, f->tuple.dport,
		    clock_s(CLOCK_MONOTONIC));
}

/* What a program asks of a group, strangers may answer. */
static void
note_query(const struct facts *f, const struct decision *d)
{
	if (f->direction != DIRECTION_OUT || f->tuple.proto != PROTO_UDP || d->action != ACTION_ACCEPT ||
	    !is_group(place_of(machine_links(), f->tuple.family, f->tuple.dst).scope))
		return;
	for (unsigned i = 0; i < f->holders; i++)
		queries_asked(f->holder[i]->id, f->tuple.family, f->tuple.sport, clock_s(CLOCK_MONOTONIC));
}

static void
tell_decision(const struct decide_request *r, const struct facts *f, const struct decision *d,
    uint32_t reason)
{
	struct ui_event e = { .time_us = clock_us(CLOCK_REALTIME), .flow = r->flow,
		.tuple = r->tuple, .direction = r->direction, .owner = f->owner, .action = d->action,
		.permanent = d->permanent, .source = UI_BY_DECISION, .reason = reason,
		.process = f->holders > 0 ? f->holder[d->holder]->id : 0 };
	uint64_t waited = (uint64_t)clock_us(CLOCK_MONOTONIC) - r->since_us;

	e.latency_us = waited > UINT32_MAX ? UINT32_MAX : (uint32_t)waited;
	memcpy(e.device, r->device, sizeof e.device);
	set_name(&e, f->name, f->name_len);
	if (r->again) {
		e.source = UI_AGAIN;
		judged_keep(&e);
		return;
	}
	counts.asked++;
	count_action(d->action);
	tell_event(&e);
}

static void
alarm_about(const struct facts *f)
{
	static struct log_rate rate;

	if (!log_rate_ok(&rate, 1) || f->holders == 0)
		return;
	tell_notice(UI_ALARM, "process %u of the suite itself tried to use the network: it may have been "
	    "taken over", f->holder[0]->pid);
}

/* Such a flow's questions are judged by name: before the verdict lets it go there, it is noted whose they are. */
static void
note_questions(const struct decide_request *r, const struct decision *d)
{
	struct decide_notice n = { .flow = r->flow, .tuple = r->tuple, .process = r->holder[0] };

	if (r->direction != DIRECTION_OUT || r->holders != 1 || !r->has_socket ||
	    (d->action != ACTION_NAMESERVER && (d->action != ACTION_ACCEPT || !is_door(&r->tuple))))
		return;
	if (r->again)
		names_server_again(&n);
	else
		names_server_notice(&n);
}

/*
 * A framework names one of the programs, and whod told of it before it knew that: how it is judged
 * hangs on more than is known. Of what is forwarded only the namespace's own profile counts.
 */
static bool
lacks_hints(const struct facts *f)
{
	bool lacks = false;

	if (f->owner == OWNER_FORWARDED)
		return false;
	for (unsigned i = 0; i < f->holders; i++)
		lacks |= f->holder[i]->found->unlooked;
	for (unsigned i = 0; i < f->listeners; i++)
		lacks |= f->listener[i]->found->unlooked;
	return lacks;
}

static void
send_verdict(const struct decide_verdict *v)
{
	uint8_t body[DECIDE_VERDICT_MAX];

	if (decide_channel != NULL)
		(void)channel_send(decide_channel, DECIDE_VERDICT, 0, body,
		    decide_verdict_pack(v, body, sizeof body), -1);
}

/* By a generation that is over: no verdict. intercept has whod look again, by the list that it got. */
static void
send_back(uint64_t flow)
{
	const struct decide_verdict v = { .flow = flow, .action = ACTION_DROP,
		.generation = current_generation() - 1 };

	send_verdict(&v);
}

static void
say_verdict(const struct decide_request *r, const struct facts *f, const struct decision *d)
{
	struct decide_verdict	 v = { .flow = r->flow, .action = d->action, .permanent = d->permanent,
		.grant = d->grant, .at_once = d->at_once, .generation = current_generation(),
		.reason = reasons_number(decision_reason(d)) };

	note_questions(r, d);
	if (d->grant != GRANT_NONE && r->direction == DIRECTION_OUT)
		lent_note(f->holder[0], r->tuple.family, r->tuple.dst);
	send_verdict(&v);
	if (d->once && d->action == ACTION_ACCEPT)
		asking_let_once(r->flow);
	if (decision_reason(d)->say == SAY_OWN_TRY && !r->again)
		selfcheck_queued();
	note_query(f, d);
	tell_decision(r, f, d, v.reason);
	if (d->alarm)
		alarm_about(f);
}

/* Unless it waits for a person's answer. */
static void
judge(const struct decide_request *r)
{
	struct decision	d;
	struct facts	f;

	facts_of(r, &f);
	if (lacks_hints(&f)) {
		send_back(r->flow);
		return;
	}
	decide(&f, current_policy(), level_now(), &d);
	if (!d.ask || !asking_flow(r, &f, &d))
		say_verdict(r, &f, &d);
}

static int
on_request(void *ctx, struct channel *channel, struct frame *frame)
{
	struct decide_request	 r;

	(void)ctx;
	if (decide_request_unpack(frame->body, frame->len, &r) == -1)
		return -1;
	judge(&r);
	if (channel_waiting(channel) >= VERDICTS_WAIT) {
		const struct timeval wait = { .tv_usec = RESUME_MS * 1000 };

		channel_pause(channel);
		(void)event_add(resume, &wait);
	}
	return 0;
}

void
decide_server_judge(const struct decide_request *r)
{
	judge(r);
}

void
decide_server_refuse(const struct decide_request *r, enum asked why)
{
	struct decision	d;
	struct facts	f;

	facts_of(r, &f);
	decide(&f, current_policy(), level_now(), &d);
	if (d.ask)
		d.step[d.steps - 1].asked = (uint8_t)why;
	say_verdict(r, &f, &d);
}

static void
on_resume(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval wait = { .tv_usec = RESUME_MS * 1000 };

	(void)fd;
	(void)what;
	(void)arg;
	if (decide_channel == NULL)
		return;
	if (channel_waiting(decide_channel) < VERDICTS_WAIT / 2)
		channel_resume(decide_channel);
	else
		(void)event_add(resume, &wait);
}

/* --- what is told afterwards --- */

static int
on_process(void *ctx, struct channel *channel, struct frame *frame)
{
	static struct process p;

	(void)ctx;
	(void)channel;
	if (process_unpack(frame->body, frame->len, &p) == -1)
		return -1;
	if (programs_add(&p))
		asking_ids_lost();
	return 0;
}

static int
on_gone(void *ctx, struct channel *channel, struct frame *frame)
{
	struct who_gone gone;

	(void)ctx;
	(void)channel;
	if (who_gone_unpack(frame->body, frame->len, &gone) == -1)
		return -1;
	programs_gone(&gone, clock_s(CLOCK_MONOTONIC));
	for (unsigned i = 0; i < gone.count; i++) {
		names_server_process_gone(gone.id[i]);
		asking_process_gone(gone.id[i], gone.ended >> i & 1);
	}
	tell_gone(&gone);
	return 0;
}

/* Of a caller that was asked about. */
static int
on_notice(void *ctx, struct channel *channel, struct frame *frame)
{
	struct decide_notice notice;

	(void)ctx;
	(void)channel;
	if (decide_notice_unpack(frame->body, frame->len, &notice) == -1)
		return -1;
	names_server_notice(&notice);
	return 0;
}

/* Nothing was looked at but the grant: which name it is, is found now. */
static void
name_use(const struct decide_use *u, struct ui_event *e)
{
	const struct program	*p = u->direction == DIRECTION_OUT ? programs_find(u->process) : NULL;
	const char		*name;
	uint16_t		 len;
	uint64_t		 lists;

	if (p != NULL && (name = names_find(p, u->tuple.family, u->tuple.dst, &len, &lists)) != NULL)
		set_name(e, name, len);
}

static int
on_uses(void *ctx, struct channel *channel, struct frame *frame)
{
	static struct decide_uses	 uses;
	int64_t				 now = clock_us(CLOCK_REALTIME);

	(void)ctx;
	(void)channel;
	if (decide_uses_unpack(frame->body, frame->len, &uses) == -1)
		return -1;
	counts.shed += uses.shed;
	for (unsigned i = 0; i < uses.count; i++) {
		const struct decide_use	*u = &uses.use[i];
		struct ui_event		 e = { .time_us = now, .flow = u->flow, .tuple = u->tuple,
			.direction = u->direction, .owner = OWNER_PROCESS, .action = u->action,
			.permanent = true, .source = UI_BY_GRANT, .process = u->process,
			.reason = u->reason, .latency_us = u->latency_us };

		name_use(u, &e);
		counts.granted++;
		count_action(u->action);
		tell_event(&e);
	}
	return 0;
}

static int
on_ends(void *ctx, struct channel *channel, struct frame *frame)
{
	static struct decide_ends ends;

	(void)ctx;
	(void)channel;
	if (decide_ends_unpack(frame->body, frame->len, &ends) == -1)
		return -1;
	for (unsigned i = 0; i < ends.count; i++) {
		names_server_flow_ended(ends.end[i].flow);
		asking_flow_ended(ends.end[i].flow);
	}
	tell_ends(&ends);
	return 0;
}

static int
on_judged_anew(void *ctx, struct channel *channel, struct frame *frame)
{
	struct decide_judged_anew	j;
	struct ui_event			e;

	(void)ctx;
	(void)channel;
	if (decide_judged_anew_unpack(frame->body, frame->len, &j) == -1)
		return -1;
	if (judged_ended(&j, &e)) {
		e.time_us = clock_us(CLOCK_REALTIME);
		tell_event(&e);
	} else
		tell_lost();
	return 0;
}

/* Not taken: it is asked again with the next try. */
static void
say_may(uint32_t number)
{
	struct decide_below_may	m = { .number = number };
	uint8_t			body[DECIDE_BELOW_MAY_MAX];

	if (decide_channel != NULL && number != 0)
		(void)channel_send(decide_channel, DECIDE_BELOW_MAY, 0, body,
		    decide_below_may_pack(&m, body, sizeof body), -1);
}

static int
on_below(void *ctx, struct channel *channel, struct frame *frame)
{
	struct decide_below below;

	(void)ctx;
	(void)channel;
	if (decide_below_unpack(frame->body, frame->len, &below) == -1)
		return -1;
	if (below.refused && below_permits(programs_find(below.process))) {
		say_may(below.number);
		below.refused = false;
	}
	if (below.told)
		return 0;
	below.number = 0;
	tell_below(&below);
	return 0;
}

static int
on_stats(void *ctx, struct channel *channel, struct frame *frame)
{
	struct decide_stats fresh;
	bool news;

	(void)ctx;
	(void)channel;
	if (decide_stats_unpack(frame->body, frame->len, &fresh) == -1)
		return -1;
	news = fresh.kernel != stats.kernel;
	stats = fresh;
	if (news)
		status_tell();
	return 0;
}

static void
warn_of_more(void)
{
	static struct log_rate rate;

	if (log_rate_ok(&rate, 1))
		tell_notice(UI_WARN, "this machine has more than %d addresses: all others count as foreign, and "
		    "nothing inside the machine reaches them", DECIDE_NETS);
}

/* Another network: what was decided by the old addresses is decided again. */
static int
on_links(void *ctx, struct channel *channel, struct frame *frame)
{
	static struct decide_links	 told;
	bool				 more = machine_links()->more != 0, others;

	(void)ctx;
	(void)channel;
	if (decide_links_unpack(frame->body, frame->len, &told) == -1)
		return -1;
	others = machine_set_links(&told);
	if (machine_links()->more && !more)
		warn_of_more();
	names_server_links(machine_links());
	if (others)
		current_judge_anew();
	return 0;
}

static const struct verb verbs[] = {
	{ DECIDE_PROCESS,     "process",     PHASE_RUNNING, DECIDE_PROCESS_MAX,     false, on_process },
	{ DECIDE_REQUEST,     "request",     PHASE_RUNNING, DECIDE_REQUEST_MAX,     false, on_request },
	{ DECIDE_NOTICE,      "notice",      PHASE_RUNNING, DECIDE_NOTICE_MAX,      false, on_notice },
	{ DECIDE_USES,        "uses",        PHASE_RUNNING, DECIDE_USES_MAX,        false, on_uses },
	{ DECIDE_ENDS,        "ends",        PHASE_RUNNING, DECIDE_ENDS_MAX,        false, on_ends },
	{ DECIDE_STATS,       "stats",       PHASE_RUNNING, DECIDE_STATS_MAX,       false, on_stats },
	{ DECIDE_GONE,        "gone",        PHASE_RUNNING, DECIDE_GONE_MAX,        false, on_gone },
	{ DECIDE_JUDGED_ANEW, "judged-anew", PHASE_RUNNING, DECIDE_JUDGED_ANEW_MAX, false, on_judged_anew },
	{ DECIDE_LINKS,       "links",       PHASE_RUNNING, DECIDE_LINKS_MAX,       false, on_links },
	{ DECIDE_BELOW,       "below",       PHASE_RUNNING, DECIDE_BELOW_MAX,       false, on_below },
	{ .handle = NULL },
};

/* --- life --- */

/* intercept ended, or lied: its channel is closed, and the parent starts it anew. */
static void
on_lost(void *ctx, struct channel *channel, const char *why)
{
	(void)ctx;
	if (strcmp(why, CHANNEL_GONE) != 0)
		tell_notice(UI_ALARM, "intercept broke its channel's rules: %s", why);
	channel_free(channel);
	decide_channel = NULL;
	asking_flows_lost();
	selfcheck_pause();
}

/* Whose hints are wanted, if that changed: before all that is judged by this policy. */
static int
tell_hinted(void)
{
	static struct who_hinted	 m;
	static uint8_t			 body[DECIDE_HINTED_MAX];
	size_t				 len;

	if (hinted_serial == current_policy()->serial)
		return 0;
	hinted_by(current_policy(), &m);
	len = who_hinted_pack(&m, body, sizeof body);
	if (len == 0)
		fatalx("the list of frameworks does not pack");
	if (len != hinted_len || memcmp(body, hinted, len) != 0) {
		if (channel_send(decide_channel, DECIDE_HINTED, 0, body, len, -1) == -1)
			return -1;
		memcpy(hinted, body, len);
		hinted_len = len;
	}
	hinted_serial = current_policy()->serial;
	return 0;
}

static int
tell_closed(void)
{
	struct decide_below_close	c = { .closed = below_is_closed() };
	uint8_t				body[DECIDE_BELOW_CLOSE_MAX];

	return channel_send(decide_channel, DECIDE_BELOW_CLOSE, 0, body,
	    decide_below_close_pack(&c, body, sizeof body), -1);
}

void
decide_server_revoke(void)
{
	struct decide_revoke	 r = { .generation = current_generation() };
	uint8_t			 body[DECIDE_REVOKE_MAX];

	lent_forget();
	if (decide_channel == NULL)
		return;
	if (tell_hinted() == 0 && tell_closed() == 0 && channel_send(decide_channel, DECIDE_REVOKE, 0, body,
	    decide_revoke_pack(&r, body, sizeof body), -1) == 0)
		return;
	/* Never left out: without a channel there are no grants. */
	log_warnx("intercept does not take a revocation: its channel ends");
	channel_free(decide_channel);
	decide_channel = NULL;
	asking_flows_lost();
}

/* Not taken: the caller stays unknown. */
void
decide_server_whose(uint64_t caller, uint32_t inode)
{
	struct decide_whose	w = { .caller = caller, .inode = inode };
	uint8_t			body[DECIDE_WHOSE_MAX];

	if (decide_channel != NULL)
		(void)channel_send(decide_channel, DECIDE_WHOSE, 0, body,
		    decide_whose_pack(&w, body, sizeof body), -1);
}

void
decide_server_start(struct event_base *b)
{
	base = b;
	if ((resume = event_new(base, -1, 0, on_resume, NULL)) == NULL)
		fatalx("no event for intercept");
}

int
decide_server_attach(int fd, uint32_t generation)
{
	channel_free(decide_channel);
	decide_channel = NULL;
	asking_flows_lost();
	programs_forget_all();
	queries_forget();
	names_server_forget();
	judged_forget();
	memset(&stats, 0, sizeof stats);
	machine_forget_links();
	hinted_len = 0;
	hinted_serial = 0;
	if ((decide_channel = channel_new(base, fd, verbs, on_lost, NULL)) == NULL) {
		log_warn("channel to intercept");
		(void)close(fd);
		return -1;
	}
	channel_set_generation(decide_channel, generation);
	decide_server_revoke();
	selfcheck_pause();
	return 0;
}

bool
decide_server_there(void)
{
	return decide_channel != NULL;
}

void
decide_server_begins(bool yes)
{
	begins = yes;
}

const struct decide_counts *
decide_server_counts(void)
{
	return &counts;
}

const struct decide_stats *
decide_server_stats(void)
{
	return &stats;
}
