/*
 * The channel to whod. Called by judge.c, whose.c and main. whod is believed on who
 * holds what, and on nothing else; each message passes its validator first.
 * What it says of processes goes on to policyd as it is.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "decide_client.h"
#include "grant.h"
#include "known.h"
#include "lent.h"
#include "namespaces.h"
#include "refusals.h"
#include "sandbox.h"
#include "uses.h"
#include "who_client.h"

#define AWAIT_US	30	/* whod answers most questions sooner */
#define QUESTIONS_WAIT	256	/* messages of up to 64 questions, then no more are put */

static struct channel		*who;
static const struct who_ops	*ops;
static struct who_ask		 pending;
static struct who_stats		 stats;
static uint8_t			 hinted[WHO_HINTED_MAX];	/* policyd's newest list, packed */
static size_t			 hinted_len;			/* 0: none came yet */
static bool			 hinted_due;			/* whod does not have it */

static int
on_holders(void *ctx, struct channel *c, struct frame *f)
{
	static struct who_holders	h;
	unsigned			i;

	(void)ctx;
	(void)c;
	if (who_holders_unpack(f->body, f->len, &h) == -1)
		return -1;
	for (i = 0; i < h.count; i++)
		ops->answer(&h.answer[i]);
	return 0;
}

static int
on_process(void *ctx, struct channel *c, struct frame *f)
{
	static struct process p;

	(void)ctx;
	(void)c;
	if (process_unpack(f->body, f->len, &p) == -1)
		return -1;
	decide_client_process(f->body, f->len);
	return 0;
}

static int
on_gone(void *ctx, struct channel *c, struct frame *f)
{
	static struct who_gone	g;
	unsigned		i;

	(void)ctx;
	(void)c;
	if (who_gone_unpack(f->body, f->len, &g) == -1)
		return -1;
	uses_read();
	for (i = 0; i < g.count; i++) {
		grant_end_process(g.id[i]);
		lent_end_process(g.id[i]);
		refusals_end_process(g.id[i]);
		known_gone(g.id[i]);
		namespaces_gone(g.id[i]);
	}
	decide_client_gone(f->body, f->len);
	return 0;
}

static int
on_shared(void *ctx, struct channel *c, struct frame *f)
{
	static struct who_shared s;

	(void)ctx;
	(void)c;
	if (who_shared_unpack(f->body, f->len, &s) == -1)
		return -1;
	ops->shared(&s);
	return 0;
}

static int
on_stats(void *ctx, struct channel *c, struct frame *f)
{
	(void)ctx;
	(void)c;
	return who_stats_unpack(f->body, f->len, &stats);
}

static int
on_namespaces(void *ctx, struct channel *c, struct frame *f)
{
	static struct who_namespaces n;

	(void)ctx;
	(void)c;
	if (who_namespaces_unpack(f->body, f->len, &n) == -1)
		return -1;
	namespaces_learn(f->id, &n);
	ops->namespaces();
	return 0;
}

static const struct verb verbs[] = {
	{ WHO_HOLDERS,	  "holders",	PHASE_RUNNING, WHO_HOLDERS_MAX,	   false, on_holders },
	{ WHO_PROCESS,	  "process",	PHASE_RUNNING, WHO_PROCESS_MAX,	   false, on_process },
	{ WHO_GONE,	  "gone",	PHASE_RUNNING, WHO_GONE_MAX,	   false, on_gone },
	{ WHO_SHARED,	  "shared",	PHASE_RUNNING, WHO_SHARED_MAX,	   false, on_shared },
	{ WHO_STATS,	  "stats",	PHASE_RUNNING, WHO_STATS_MAX,	   false, on_stats },
	{ WHO_NAMESPACES, "namespaces", PHASE_RUNNING, WHO_NAMESPACES_MAX, false, on_namespaces },
	{ .handle = NULL },
};

static void
detach(void)
{
	channel_free(who);
	who = NULL;
	pending.count = 0;
	grant_end_all();
	uses_void();
	uses_forget();
	namespaces_forget();
	ops->lost();
}

static void
on_lost(void *ctx, struct channel *c, const char *why)
{
	(void)ctx;
	(void)c;
	log_warnx("whod is gone (%s): new connections wait", why);
	detach();
}

static void
on_batch_end(void *ctx)
{
	(void)ctx;
	ops->burst_end();
}

/* Before any question: what is asked after it is answered by it. False: whod does not take it. */
static bool
send_hinted(void)
{
	if (hinted_due && who != NULL)
		hinted_due = channel_send(who, WHO_HINTED, 0, hinted, hinted_len, -1) == -1;
	return !hinted_due;
}

void
who_client_hinted(const uint8_t *body, size_t len)
{
	memcpy(hinted, body, len);
	hinted_len = len;
	hinted_due = true;
	known_forget();
	who_client_flush();
	(void)send_hinted();
}

int
who_client_attach(struct event_base *base, int fd, uint32_t generation,
    const struct who_ops *use)
{
	if (who != NULL)
		detach();
	if ((who = channel_new(base, fd, verbs, on_lost, NULL)) == NULL) {
		(void)close(fd);
		return -1;
	}
	channel_set_generation(who, generation);
	channel_set_batch_end(who, on_batch_end);
	/* Programs are named once: nothing is read before policyd is there to hear of them. */
	who_client_pause(!decide_client_ready());
	ops = use;
	hinted_due = hinted_len > 0;
	(void)send_hinted();
	namespaces_ask();
	ops->fresh();
	return 0;
}

void
who_client_flush(void)
{
	static struct log_rate	rate;
	uint8_t			body[WHO_ASK_MAX];
	size_t			len;

	if (pending.count == 0 || who == NULL)
		return;
	(void)send_hinted();
	len = who_ask_pack(&pending, body, sizeof(body));
	/* who_client_full() was asked before: this is a whod that just ended, and a fresh one is asked again. */
	if ((len == 0 || channel_send(who, WHO_ASK, 0, body, len, -1) == -1) && log_rate_ok(&rate, 1))
		log_warnx("questions to whod are lost");
	pending.count = 0;
}

void
who_client_await(void)
{
	if (who != NULL)
		channel_await(who, AWAIT_US);
}

bool
who_client_there(void)
{
	return who != NULL;
}

bool
who_client_full(void)
{
	return who != NULL && channel_waiting(who) >= QUESTIONS_WAIT;
}

void
who_client_ask(const struct who_question *q)
{
	if (who == NULL)
		return;
	pending.question[pending.count++] = *q;
	if (pending.count == WHO_BATCH)
		who_client_flush();
}

void
who_client_ask_namespaces(uint32_t number)
{
	if (who != NULL)
		(void)channel_send(who, WHO_NAMESPACES_ASK, number, NULL, 0, -1);
}

const struct who_stats *
who_client_stats(void)
{
	return &stats;
}

void
who_client_pause(bool pause)
{
	if (who == NULL)
		return;
	if (pause)
		channel_pause(who);
	else
		channel_resume(who);
}
