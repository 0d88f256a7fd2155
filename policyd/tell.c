/*
 * The channel to uid; see tell.h. uid is hostile: its only verb is a query,
 * which passes its validator, and it gets turns only while it reads.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "away.h"
#include "channel.h"
#include "clock.h"
#include "programs.h"
#include "reasons.h"
#include "sandbox.h"
#include "tell.h"

#define LATER_MS	40
#define QUIET_S		3	/* status is told each so many seconds even so: policyd lives */
#define NOTICES		16	/* kept for a uid that comes later */

static struct event_base	*base;
static struct channel		*ui;
static struct event		*later;		/* sends the events collected, lets uid speak again */
static void			(*on_query_op)(uint32_t, const struct ui_query *);
static uint32_t			 fresh;		/* counts the channels: who was told what */
static uint64_t			 shed;
static struct ui_events		 events;
static struct who_gone		 gone;
static struct ui_notice		 notices[NOTICES];
static unsigned			 notices_count;
static uint8_t			 body[CHANNEL_BODY_MAX];
static uint8_t			 status_body[UI_STATUS_MAX];	/* as told last */
static size_t			 status_len;
static unsigned			 status_quiet;	/* times that nothing had changed */

/* 0, or -1: uid is away or slow. */
static int
send_body(uint16_t type, uint32_t id, size_t len)
{
	if (ui == NULL)
		return -1;
	if (len == 0) {
		log_warnx("a message of type %u for uid could not be packed", type);
		return -1;
	}
	return channel_send(ui, type, id, body, len, -1);
}

static void
wake_later(void)
{
	const struct timeval wait = { .tv_usec = LATER_MS * 1000 };

	if (!event_pending(later, EV_TIMEOUT, NULL))
		(void)event_add(later, &wait);
}

/* --- events --- */

static void
flush_events(void)
{
	if (events.count == 0 && events.shed == 0)
		return;
	if (send_body(UI_EVENTS, 0, ui_events_pack(&events, body, sizeof body)) == 0)
		events.shed = 0;
	else {
		shed += events.count;
		events.shed += events.count;
	}
	events.count = 0;
}

/* An event precedes the end of its process. */
static void
flush(void)
{
	flush_events();
	if (gone.count > 0)
		(void)send_body(UI_GONE, 0, who_gone_pack(&gone, body, sizeof body));
	gone = (struct who_gone){ .count = 0 };
}

static int
tell_process(uint64_t id)
{
	static struct process	 p;
	const struct program	*program = id == 0 ? NULL : programs_find(id);

	/* One that is known no more is shown by its number alone. */
	if (program == NULL || program_told(program) == fresh)
		return 0;
	program_process(program, &p);
	if (send_body(UI_PROCESS, 0, process_pack(&p, body, sizeof body)) == -1)
		return -1;
	program_set_told(program, fresh);
	return 0;
}

static int
tell_reason(uint32_t number)
{
	const struct ui_reason *r;

	if (reason_told(number) == fresh || (r = reasons_find(number)) == NULL)
		return 0;
	if (send_body(UI_REASON, 0, ui_reason_pack(r, body, sizeof body)) == -1)
		return -1;
	reason_set_told(number, fresh);
	return 0;
}

void
tell_lost(void)
{
	shed++;
	if (ui == NULL)
		return;
	events.shed++;
	wake_later();
}

void
tell_event(const struct ui_event *e)
{
	if (ui == NULL) {
		away_keep(e);
		return;
	}
	if (tell_process(e->process) == -1 || tell_reason(e->reason) == -1) {
		shed++;
		events.shed++;
	} else
		events.event[events.count++] = *e;
	if (events.count == UI_BATCH)
		flush();
	else
		wake_later();
}

/* --- what passes through --- */

void
tell_ends(const struct decide_ends *e)
{
	static uint32_t left_out;	/* of earlier messages */
	struct decide_ends sum;

	for (unsigned i = 0; ui == NULL && i < e->count; i++)
		away_end(e->end[i].flow);
	flush();		/* an event precedes its end */
	sum = *e;
	sum.shed += left_out;
	if (send_body(UI_ENDS, 0, decide_ends_pack(&sum, body, sizeof body)) == 0)
		left_out = 0;
	else if (ui != NULL)
		left_out += e->count + e->shed;
}

/* False if one of the askers could not be told. */
static bool
tell_askers(const struct names_answers *n)
{
	for (unsigned i = 0; i < n->count; i++)
		if (tell_process(n->answer[i].asker) == -1)
			return false;
	return true;
}

void
tell_names(const struct names_answers *n)
{
	static uint32_t			left_out;	/* of earlier messages */
	static struct names_answers	sum;

	if (ui == NULL)
		return;
	flush_events();		/* decisions and questions in order */
	sum = *n;
	sum.shed += left_out;
	if (tell_askers(&sum) &&
	    send_body(UI_NAMES, 0, names_answers_pack(&sum, body, sizeof body)) == 0)
		left_out = 0;
	else
		left_out += n->count + n->shed;
}

void
tell_below(const struct decide_below *b)
{
	static const char *const	what[] = {
		[BELOW_WAY_OPEN] = "can send and listen below the rules: it has a packet socket",
		[BELOW_WAY_SENT] = "sends below the rules, by a packet socket",
		[BELOW_WAY_PAST_QUEUES] = "sends below the rules, by a packet socket and past the queues",
		[BELOW_WAY_FRAMES] = "can send below the rules: it has an AF_XDP socket",
	};
	static struct log_rate		 rate;
	const struct program		*p = programs_find(b->process);

	if (log_rate_ok(&rate, 4))
		log_info("%s (process %u) %s%s", p != NULL ? p->path : "a program that could not be named",
		    p != NULL ? p->pid : 0, what[b->way], b->refused ? ": refused" : "");
	flush_events();
	if (tell_process(b->process) == -1 ||
	    send_body(UI_BELOW, 0, decide_below_pack(b, body, sizeof body)) == -1)
		shed++;
}

void
tell_gone(const struct who_gone *g)
{
	if (gone.count + g->count > WHO_BATCH)
		flush();
	gone.ended |= g->ended << gone.count;
	memcpy(gone.id + gone.count, g->id, g->count * sizeof g->id[0]);
	gone.count = (uint8_t)(gone.count + g->count);
	wake_later();
}

void
tell_suite(const struct control_suite *s)
{
	(void)send_body(UI_SUITE, 0, control_suite_pack(s, body, sizeof body));
}

void
tell_status(const struct ui_status *s)
{
	size_t len = ui_status_pack(s, body, sizeof body);

	if (++status_quiet < QUIET_S && len == status_len && memcmp(body, status_body, len) == 0)
		return;
	if (send_body(UI_STATUS, 0, len) == -1)
		return;
	memcpy(status_body, body, len);
	status_len = len;
	status_quiet = 0;
}

uint64_t
tell_shed(void)
{
	return shed;
}

/* --- notices --- */

static void
send_notice(const struct ui_notice *n)
{
	(void)send_body(UI_NOTICE, 0, ui_notice_pack(n, body, sizeof body));
}

void
tell_notice(enum ui_notice_level level, const char *format, ...)
{
	struct ui_notice	*n;
	va_list			 ap;

	if (notices_count == NOTICES)
		memmove(notices, notices + 1, --notices_count * sizeof notices[0]);
	n = &notices[notices_count++];
	*n = (struct ui_notice){ .level = (uint8_t)level };
	n->time_us = clock_us(CLOCK_REALTIME);
	va_start(ap, format);
	(void)vsnprintf(n->text, sizeof n->text, format, ap);
	va_end(ap);
	n->len = (uint16_t)strlen(n->text);
	if (level == UI_INFO)
		log_info("%s", n->text);
	else
		log_warnx("%s", n->text);
	send_notice(n);
}

/* --- queries --- */

/* One question at a time: the next is read when the answer has gone out. */
static int
on_query(void *ctx, struct channel *channel, struct frame *frame)
{
	static struct ui_query query;

	(void)ctx;
	if (frame->id == 0 || ui_query_unpack(frame->body, frame->len, &query) == -1)
		return -1;
	on_query_op(frame->id, &query);
	if (channel_waiting(channel) > 0) {
		channel_pause(channel);
		wake_later();
	}
	return 0;
}

bool
tell_answer(uint32_t id, const struct ui_answer *answer)
{
	return send_body(UI_ANSWER, id, ui_answer_pack(answer, body, sizeof body)) == 0;
}

bool
tell_kept(uint32_t id, const struct names_kept *m)
{
	return send_body(UI_KEPT, id, names_kept_pack(m, body, sizeof body)) == 0;
}

bool
tell_servers(uint32_t id, const struct names_servers *m)
{
	return send_body(UI_SERVERS, id, names_servers_pack(m, body, sizeof body)) == 0;
}

static void
on_later(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	flush();
	if (ui == NULL)
		return;
	if (channel_waiting(ui) == 0)
		channel_resume(ui);
	else
		wake_later();
}

/* --- life --- */

static const struct verb verbs[] = {
	{ UI_QUERY, "query", PHASE_RUNNING, UI_QUERY_MAX, false, on_query },
	{ .handle = NULL },
};

/* What was not sent yet waits for the next uid. */
static void
leave(void)
{
	channel_free(ui);
	ui = NULL;
	for (unsigned i = 0; i < events.count; i++)
		away_keep(&events.event[i]);
	events.count = 0;
	gone = (struct who_gone){ .count = 0 };
}

static void
on_lost(void *ctx, struct channel *channel, const char *why)
{
	(void)ctx;
	(void)channel;
	if (strcmp(why, CHANNEL_GONE) != 0)
		log_warnx("channel to uid: %s", why);
	leave();
}

void
tell_start(struct event_base *b)
{
	base = b;
	if ((later = event_new(base, -1, 0, on_later, NULL)) == NULL)
		fatalx("no event for what is told");
}

int
tell_attach(int fd, uint32_t generation, void (*query)(uint32_t, const struct ui_query *))
{
	uint32_t lost;

	leave();
	on_query_op = query;
	if ((ui = channel_new(base, fd, verbs, on_lost, NULL)) == NULL) {
		log_warn("channel to uid");
		(void)close(fd);
		return -1;
	}
	channel_set_generation(ui, generation);
	fresh++;
	status_len = 0;
	for (unsigned i = 0; i < notices_count; i++)
		send_notice(&notices[i]);
	lost = away_tell(tell_event);
	events.shed += lost;
	wake_later();
	return 0;
}
