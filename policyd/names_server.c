/*
 * The channel to resolverd; see names_server.h. resolverd is hostile: its words pass
 * their validators; which program a client is, intercept said, and what resolverd says
 * of an asker changes what is known of that process alone.
 */
#include <sys/queue.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "channel.h"
#include "current.h"
#include "names.h"
#include "names_server.h"
#include "notices.h"
#include "programs.h"
#include "sandbox.h"
#include "tell.h"

#define HELD_MOST	1024	/* questions that came before their flow's notice */
#define HELD_MS		200	/* then they are refused */

struct held {
	TAILQ_ENTRY(held) entry;
	uint32_t	 id;
	int64_t		 until_ms;
	struct names_ask ask;
};
TAILQ_HEAD(held_queue, held);

static struct event_base	*base;
static struct channel		*names_channel;
static struct event		*late;		/* the oldest held question's end */
static struct held_queue	 held = TAILQ_HEAD_INITIALIZER(held);
static unsigned			 held_count;
static struct upstreams		 upstreams;
static uint8_t			 body[CHANNEL_BODY_MAX];

static int64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What resolverd must not miss: without a channel it answers nobody. */
static void
send_surely(uint16_t type, uint32_t id, size_t len)
{
	if (names_channel == NULL)
		return;
	if (channel_send(names_channel, type, id, body, len, -1) == 0)
		return;
	log_warnx("resolverd does not read: its channel ends");
	channel_free(names_channel);
	names_channel = NULL;
}

/* --- a question --- */

static void
answer(uint32_t id, const struct names_verdict *v)
{
	send_surely(NAMES_VERDICT, id, names_verdict_pack(v, body, sizeof body));
}

static void
refuse(uint32_t id, const char *why)
{
	struct names_verdict v = { .word = NAMES_REFUSE };

	(void)snprintf(v.reason, sizeof v.reason, "%s", why);
	answer(id, &v);
}

static void
judge(uint32_t id, const struct names_ask *ask, struct notice *n)
{
	struct names_verdict v = { .word = NAMES_RESOLVE, .asker = n->process };

	(void)ask;
	if (n->process == 0 || programs_find(n->process) == NULL) {
		refuse(id, n->process == 0 ? "more than one program holds its socket" :
		    "its program could not be found");
		return;
	}
	v.grant = n->granted = true;
	answer(id, &v);
}

static void
hold(uint32_t id, const struct names_ask *ask)
{
	const struct timeval	 wait = { .tv_usec = HELD_MS * 1000 };
	struct held		*h = held_count < HELD_MOST ? calloc(1, sizeof *h) : NULL;

	if (h == NULL) {
		refuse(id, "too many questions wait");
		return;
	}
	h->id = id;
	h->ask = *ask;
	h->until_ms = now_ms() + HELD_MS;
	TAILQ_INSERT_TAIL(&held, h, entry);
	held_count++;
	if (!event_pending(late, EV_TIMEOUT, NULL))
		(void)event_add(late, &wait);
}

static void
release(struct held *h)
{
	TAILQ_REMOVE(&held, h, entry);
	held_count--;
	free(h);
}

static void
on_late(evutil_socket_t fd, short what, void *arg)
{
	struct timeval	 wait = { 0 };
	int64_t		 now = now_ms(), left;
	struct held	*h;

	(void)fd;
	(void)what;
	(void)arg;
	while ((h = TAILQ_FIRST(&held)) != NULL && h->until_ms <= now) {
		refuse(h->id, "nobody is known to ask");
		release(h);
	}
	if (h == NULL)
		return;
	left = h->until_ms - now;
	wait.tv_usec = left * 1000;
	(void)event_add(late, &wait);
}

static int
on_ask(void *ctx, struct channel *channel, struct frame *frame)
{
	static struct names_ask	 ask;
	struct notice		*n;

	(void)ctx;
	(void)channel;
	if (frame->id == 0 || names_ask_unpack(frame->body, frame->len, &ask) == -1)
		return -1;
	if ((n = notices_find(&ask.tuple)) != NULL)
		judge(frame->id, &ask, n);
	else
		hold(frame->id, &ask);
	return 0;
}

static bool
is_client(const struct tuple *a, const struct tuple *b)
{
	return a->family == b->family && a->proto == b->proto && a->sport == b->sport &&
	    memcmp(a->src, b->src, sizeof a->src) == 0;
}

void
names_server_notice(const struct decide_notice *notice)
{
	struct held	*h, *next;
	struct notice	*n;

	notices_add(notice);
	for (h = TAILQ_FIRST(&held); h != NULL; h = next) {
		next = TAILQ_NEXT(h, entry);
		if (!is_client(&h->ask.tuple, &notice->tuple) ||
		    (n = notices_find(&notice->tuple)) == NULL)
			continue;
		judge(h->id, &h->ask, n);
		release(h);
	}
}

void
names_server_flow_ended(uint64_t flow)
{
	notices_flow_ended(flow);
}

static void
on_notice_gone(const struct notice *n)
{
	struct names_forget f = { .tuple = n->client };

	if (n->granted)
		send_surely(NAMES_FORGET, 0, names_forget_pack(&f, body, sizeof body));
}

void
names_server_forget(void)
{
	notices_forget_all();
	names_server_revoke();
}

void
names_server_revoke(void)
{
	send_surely(NAMES_REVOKE, 0, 0);
}

/* --- what it learnt --- */

static int
on_learnt(void *ctx, struct channel *channel, struct frame *frame)
{
	static struct names_learnt learnt;

	(void)ctx;
	(void)channel;
	return names_learnt_unpack(frame->body, frame->len, &learnt);
}

static int
on_answers(void *ctx, struct channel *channel, struct frame *frame)
{
	static struct names_answers answers;

	(void)ctx;
	(void)channel;
	return names_answers_unpack(frame->body, frame->len, &answers);
}

void
names_server_catch_up(void)
{
	if (names_channel != NULL)
		channel_read_now(names_channel);
}

/* --- settings --- */

static void
send_settings(void)
{
	struct names_settings s = { .blocked = NAMES_AS_NXDOMAIN, .rebinding = true };

	for (unsigned i = 0; i < upstreams.count; i++)
		memcpy(s.server[s.servers++], upstreams.server[i].text, sizeof s.server[0]);
	send_surely(NAMES_SETTINGS, 0, names_settings_pack(&s, body, sizeof body));
}

void
names_server_resolvers(const struct control_resolvers *r)
{
	upstreams_read(r, &upstreams);
	send_settings();
}

const struct upstreams *
names_server_upstreams(void)
{
	return &upstreams;
}

/* --- life --- */

static const struct verb verbs[] = {
	{ NAMES_ASK,     "ask",     PHASE_RUNNING, NAMES_ASK_MAX,     false, on_ask },
	{ NAMES_LEARNT,  "learnt",  PHASE_RUNNING, NAMES_LEARNT_MAX,  false, on_learnt },
	{ NAMES_ANSWERS, "answers", PHASE_RUNNING, NAMES_ANSWERS_MAX, false, on_answers },
	{ .handle = NULL },
};

static void
leave(void)
{
	struct held *h;

	channel_free(names_channel);
	names_channel = NULL;
	while ((h = TAILQ_FIRST(&held)) != NULL)
		release(h);
}

static void
on_lost(void *ctx, struct channel *channel, const char *why)
{
	(void)ctx;
	(void)channel;
	if (strcmp(why, CHANNEL_GONE) != 0)
		tell_notice(UI_ALARM, "resolverd broke its channel's rules: %s", why);
	leave();
}

void
names_server_start(struct event_base *b)
{
	base = b;
	notices_start(on_notice_gone);
	if ((late = event_new(base, -1, 0, on_late, NULL)) == NULL)
		fatalx("no event for resolverd");
}

int
names_server_attach(int fd, uint32_t generation)
{
	leave();
	if ((names_channel = channel_new(base, fd, verbs, on_lost, NULL)) == NULL) {
		log_warn("channel to resolverd");
		(void)close(fd);
		return -1;
	}
	channel_set_generation(names_channel, generation);
	send_settings();
	return 0;
}
