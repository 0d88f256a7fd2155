/*
 * See policy.h and asker.h. policyd is believed in what it says of askers; its
 * messages pass their validators as anybody's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "asker.h"
#include "caller.h"
#include "channel.h"
#include "grants.h"
#include "lists.h"
#include "look.h"
#include "lookup.h"
#include "policy.h"
#include "sandbox.h"
#include "selfcheck.h"
#include "sift.h"
#include "told.h"

#define QUESTIONS	4096	/* that wait for a verdict */
#define BUCKETS		4096
#define CATCH_UP	64	/* bursts: more than its queue and the socket hold */
#define ANSWERS_MS	40	/* answers are told together */
#define ANSWERS_SECOND	400	/* at most so many; the rest is counted */

struct question {
	LIST_ENTRY(question)	 entry;
	uint32_t		 id;
	struct tuple		 tuple;
	verdict_fn		*done;
	void			*ctx;
};
LIST_HEAD(question_list, question);

static struct event_base	*base;
static struct channel		*channel;
static struct event		*later;
static void			(*on_settings_op)(const struct names_settings *);
static void			(*on_caller_ended)(uint64_t);
static uint32_t			 callers_of;	/* the channel's generation: upper half of its callers' numbers */
static uint32_t			 last_caller;
static struct question_list	 questions[BUCKETS];
static unsigned			 waiting;
static uint32_t			 last_id;
static struct names_answers	 answers;
static time_t			 answers_second;
static unsigned			 answers_told;	/* in that second */
static uint8_t			 body[CHANNEL_BODY_MAX];

/* --- questions --- */

static void
refuse(verdict_fn *done, void *ctx, const char *why)
{
	done(ctx, &(struct verdict){ .word = WORD_REFUSE, .reason = why });
}

static struct question *
question_new(const struct asker *a, verdict_fn *done, void *ctx)
{
	struct question	*q;

	if (waiting >= QUESTIONS || (q = calloc(1, sizeof(*q))) == NULL)
		return NULL;
	q->id = ++last_id == 0 ? ++last_id : last_id;
	q->tuple = a->tuple;
	q->done = done;
	q->ctx = ctx;
	LIST_INSERT_HEAD(&questions[q->id % BUCKETS], q, entry);
	waiting++;
	return q;
}

static void
question_free(struct question *q)
{
	LIST_REMOVE(q, entry);
	waiting--;
	free(q);
}

static struct question *
question_find(uint32_t id)
{
	struct question	*q;

	LIST_FOREACH(q, &questions[id % BUCKETS], entry)
		if (q->id == id)
			return q;
	return NULL;
}

static void
questions_refuse_all(void)
{
	struct question	*q;
	verdict_fn	*done;
	void		*ctx;

	for (unsigned i = 0; i < BUCKETS; i++)
		while ((q = LIST_FIRST(&questions[i])) != NULL) {
			done = q->done;
			ctx = q->ctx;
			question_free(q);
			refuse(done, ctx, "policyd is away");
		}
}

static bool
ask_policyd(const struct question *q, const struct dname *name, uint16_t type)
{
	static struct names_ask	ask;
	size_t			len;

	ask.tuple = q->tuple;
	ask.qtype = type;
	dname_text(name, ask.name);
	len = names_ask_pack(&ask, body, sizeof(body));
	return len > 0 && channel_send(channel, NAMES_ASK, q->id, body, len, -1) == 0;
}

void
asker_catch_up(void)
{
	for (unsigned i = 0; i < CATCH_UP && channel != NULL && channel_read_now(channel); i++)
		continue;
}

void
asker_judge(const struct asker *a, const struct dname *name, uint16_t type, verdict_fn *done, void *ctx)
{
	const struct grant	*g = grants_find(&a->tuple);
	struct question		*q;

	if (g != NULL) {
		done(ctx, &(struct verdict){ .word = WORD_RESOLVE, .who = g->who });
		return;
	}
	if (channel == NULL) {
		refuse(done, ctx, "policyd is away");
		return;
	}
	if ((q = question_new(a, done, ctx)) == NULL) {
		refuse(done, ctx, "too many questions wait");
		return;
	}
	if (!ask_policyd(q, name, type)) {
		question_free(q);
		refuse(done, ctx, "policyd is busy");
	}
}

/* --- what policyd says --- */

static int
on_verdict(void *ctx, struct channel *c, struct frame *frame)
{
	static const enum word	words[NAMES_WORD_MAX + 1] = { [NAMES_RESOLVE] = WORD_RESOLVE,
		[NAMES_REFUSE] = WORD_REFUSE, [NAMES_BLOCK] = WORD_BLOCK, [NAMES_LATER] = WORD_LATER };
	struct names_verdict	m;
	struct verdict		v;
	struct question		*q, was;

	(void)ctx;
	(void)c;
	if (names_verdict_unpack(frame->body, frame->len, &m) == -1)
		return -1;
	if ((q = question_find(frame->id)) == NULL)
		return -1;	/* one answer to a question, and only to questions */
	was = *q;
	question_free(q);
	v = (struct verdict){ .word = words[m.word], .who = { m.asker, m.program, m.user, m.sift, m.lists }, .reason = m.reason };
	if (m.grant)
		grants_keep(&was.tuple, &v.who);
	was.done(was.ctx, &v);
	return 0;
}

static int
on_grant(void *ctx, struct channel *c, struct frame *frame)
{
	struct names_grant	m;

	(void)ctx;
	(void)c;
	if (names_grant_unpack(frame->body, frame->len, &m) == -1)
		return -1;
	grants_keep(&m.tuple, &(struct who){ m.asker, m.program, m.user, m.sift, m.lists });
	return 0;
}

static int
on_sifted(void *ctx, struct channel *c, struct frame *frame)
{
	struct names_sifted	m;

	(void)ctx;
	(void)c;
	if (names_sifted_unpack(frame->body, frame->len, &m) == -1)
		return -1;
	return sift_heard(frame->id, &m);
}

static int
on_forget(void *ctx, struct channel *c, struct frame *frame)
{
	struct names_forget	m;
	uint64_t		caller;

	(void)ctx;
	(void)c;
	if (names_forget_unpack(frame->body, frame->len, &m) == -1)
		return -1;
	grants_drop(&m.tuple);
	if ((caller = caller_number(&m.tuple)) != 0)
		on_caller_ended(caller);
	return 0;
}

static int
on_revoke(void *ctx, struct channel *c, struct frame *frame)
{
	(void)ctx;
	(void)c;
	(void)frame;
	grants_drop_all();
	sift_forget();
	told_forget();	/* its askers' names may be gone, too */
	return 0;
}

static int
on_settings(void *ctx, struct channel *c, struct frame *frame)
{
	struct names_settings	m;

	(void)ctx;
	(void)c;
	if (names_settings_unpack(frame->body, frame->len, &m) == -1)
		return -1;
	on_settings_op(&m);
	return 0;
}

/* The first wrong lines, as many as there is room for. */
static void
say_wrong(const struct list_report *r, char *out, size_t room)
{
	for (unsigned i = 0; i < r->wrong && i < LIST_TOLD; i++) {
		size_t	used = strlen(out);

		(void)snprintf(out + used, room - used, "%sline %u: %s", i == 0 ? "" : "; ", r->first[i].line,
		    r->first[i].what);
	}
}

static void
tell_listed(const char *name, const struct list_report *r)
{
	struct names_listed	m = { .rules = r->rules, .skipped = r->skipped, .wrong = r->wrong };
	size_t			len;

	(void)snprintf(m.name, sizeof(m.name), "%s", name);
	if (r->refused != NULL) {
		m.rules = 0;
		(void)snprintf(m.text, sizeof(m.text), "%s%s", r->refused, r->wrong > 0 ? ": " : "");
	}
	say_wrong(r, m.text, sizeof(m.text));
	len = names_listed_pack(&m, body, sizeof(body));
	if (len > 0)
		(void)channel_send(channel, NAMES_LISTED, 0, body, len, -1);
}

static int
on_list(void *ctx, struct channel *c, struct frame *frame)
{
	struct names_list	m;
	struct list_report	report;

	(void)ctx;
	(void)c;
	if (names_list_unpack(frame->body, frame->len, &m) == -1)
		return -1;
	(void)lists_load(m.number, m.name, m.tag, frame->fd, &report);
	tell_listed(m.name, &report);
	return 0;
}

static int
on_unlist(void *ctx, struct channel *c, struct frame *frame)
{
	struct names_unlist	m;

	(void)ctx;
	(void)c;
	if (names_unlist_unpack(frame->body, frame->len, &m) == -1)
		return -1;
	(void)lists_drop(m.name);
	return 0;
}

static int64_t
now_ms(void)
{
	struct timespec	now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int
on_look(void *ctx, struct channel *c, struct frame *frame)
{
	static struct names_look	m;

	(void)ctx;
	if (frame->id == 0 || names_look_unpack(frame->body, frame->len, &m) == -1)
		return -1;
	look_tell(c, frame->id, &m, now_ms());
	return 0;
}

static void
tell_came(uint32_t id)
{
	if (channel != NULL)
		(void)channel_send(channel, NAMES_CAME, id, body, 0, -1);
}

static int
on_try(void *ctx, struct channel *c, struct frame *frame)
{
	(void)ctx;
	(void)c;
	if (frame->id == 0)
		return -1;
	selfcheck_try(frame->id, tell_came);
	return 0;
}

static int
on_flush(void *ctx, struct channel *c, struct frame *frame)
{
	(void)ctx;
	(void)c;
	(void)frame;
	lookup_flush();
	return 0;
}

static const struct verb verbs[] = {
	{ NAMES_VERDICT,  "verdict",  PHASE_RUNNING, NAMES_VERDICT_MAX,  false, on_verdict },
	{ NAMES_GRANT,    "grant",    PHASE_RUNNING, NAMES_GRANT_MAX,    false, on_grant },
	{ NAMES_SIFTED,   "sifted",   PHASE_RUNNING, NAMES_SIFTED_MAX,   false, on_sifted },
	{ NAMES_FORGET,   "forget",   PHASE_RUNNING, NAMES_FORGET_MAX,   false, on_forget },
	{ NAMES_REVOKE,   "revoke",   PHASE_RUNNING, NAMES_REVOKE_MAX,   false, on_revoke },
	{ NAMES_SETTINGS, "settings", PHASE_RUNNING, NAMES_SETTINGS_MAX, false, on_settings },
	{ NAMES_LIST,     "list",     PHASE_RUNNING, NAMES_LIST_MAX,     true,  on_list },
	{ NAMES_UNLIST,   "unlist",   PHASE_RUNNING, NAMES_UNLIST_MAX,   false, on_unlist },
	{ NAMES_LOOK,     "look",     PHASE_RUNNING, NAMES_LOOK_MAX,     false, on_look },
	{ NAMES_TRY,      "try",      PHASE_RUNNING, NAMES_TRY_MAX,      false, on_try },
	{ NAMES_FLUSH,    "flush",    PHASE_RUNNING, NAMES_FLUSH_MAX,    false, on_flush },
	{ .handle = NULL },
};

/* --- what policyd is told --- */

static void
flush_answers(void)
{
	size_t	len;

	if (answers.count == 0 && answers.shed == 0)
		return;
	len = channel == NULL ? 0 : names_answers_pack(&answers, body, sizeof(body));
	if (len > 0 && channel_send(channel, NAMES_ANSWERS, 0, body, len, -1) == 0)
		answers.shed = 0;
	else
		answers.shed += answers.count;
	answers.count = 0;
}

uint64_t
policy_caller(int fd)
{
	struct names_caller	m;
	size_t			len;

	if (channel == NULL || last_caller == UINT32_MAX)
		return 0;
	m.number = (uint64_t)callers_of << 32 | ++last_caller;
	len = names_caller_pack(&m, body, sizeof(body));
	return channel_send(channel, NAMES_CALLER, 0, body, len, fd) == 0 ? m.number : 0;
}

void
policy_caller_left(uint64_t number)
{
	struct names_caller	m = { .number = number };
	struct tuple		client;

	/* Of whom policyd knows no more, it could not tell who had asked. */
	flush_answers();
	caller_tuple(number, &client);
	grants_drop(&client);
	if (channel != NULL)
		(void)channel_send(channel, NAMES_LEFT, 0, body, names_caller_pack(&m, body, sizeof(body)), -1);
}

void
policy_servers(void)
{
	static const struct names_look	servers = { .what = NAMES_LOOK_SERVERS };

	if (channel != NULL)
		look_tell(channel, 0, &servers, now_ms());
}

bool
policy_sift(uint32_t id, const struct names_sift *m)
{
	size_t	len;

	if (channel == NULL || (len = names_sift_pack(m, body, sizeof(body))) == 0)
		return false;
	return channel_send(channel, NAMES_SIFT, id, body, len, -1) == 0;
}

bool
policy_learnt(const struct names_learnt *m)
{
	size_t	len;

	if (channel == NULL || (len = names_learnt_pack(m, body, sizeof(body))) == 0)
		return false;
	return channel_send(channel, NAMES_LEARNT, 0, body, len, -1) == 0;
}

static void
on_later(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	flush_answers();
}

bool
policy_listens(void)
{
	struct timespec	now;

	(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if (now.tv_sec != answers_second)
		answers_told = 0;
	answers_second = now.tv_sec;
	if (answers_told < ANSWERS_SECOND)
		return true;
	answers.shed++;
	return false;
}

void
policy_answered(const struct names_answer *a)
{
	const struct timeval	soon = { .tv_usec = ANSWERS_MS * 1000 };

	answers_told++;
	answers.answer[answers.count++] = *a;
	if (answers.count == NAMES_BATCH)
		flush_answers();
	else if (!event_pending(later, EV_TIMEOUT, NULL))
		(void)event_add(later, &soon);
}

/* --- life --- */

static void
leave(void)
{
	channel_free(channel);
	channel = NULL;
	grants_drop_all();
	questions_refuse_all();
	sift_lost();
}

/* Nobody gives a fresh end to one that runs: the parent starts resolverd anew, and then does. */
static void
on_lost(void *ctx, struct channel *c, const char *why)
{
	(void)ctx;
	(void)c;
	fatalx("policyd is gone (%s)", why);
}

void
policy_start(struct event_base *b, void (*settings)(const struct names_settings *),
    void (*caller_ended)(uint64_t))
{
	base = b;
	on_settings_op = settings;
	on_caller_ended = caller_ended;
	grants_init();
	sift_forget();
	told_forget();
	if ((later = evtimer_new(b, on_later, NULL)) == NULL)
		fatalx("no event for what is told");
}

int
policy_attach(int fd, uint32_t generation)
{
	leave();
	if ((channel = channel_new(base, fd, verbs, on_lost, NULL)) == NULL) {
		log_warn("channel to policyd");
		(void)close(fd);
		return -1;
	}
	channel_set_generation(channel, generation);
	callers_of = generation;
	last_caller = 0;
	return 0;
}
