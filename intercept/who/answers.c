/*
 * whod's end of the channel who. The peer, intercept, is taken for hostile:
 * it may ask anything at any rate; it gets the same work done for each
 * question, a slice at a time, and no other file of whod hears of it.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "answers.h"
#include "channel.h"
#include "events.h"
#include "identity.h"
#include "lanes.h"
#include "procfs.h"
#include "question.h"
#include "raw.h"
#include "sandbox.h"
#include "search.h"
#include "sweep.h"
#include "wanted.h"

#define ASKED_MOST	(LANES_QUESTIONS / 2)	/* questions that wait; beyond, the channel is not read */
#define PARKED_MAX	8192	/* questions whose processes are being named; beyond, the others wait */
#define PARKED_SHARE	1024	/* of one lane */
#define SLICE_US	5000	/* then other events get their turn */
#define TURN_US		500	/* then another user gets its turn */
#define LINGER_US	150	/* one connection after the other takes less than this for each */
#define REST		3	/* after a thorough search, this many times its length */
#define RETRY_US	5000
#define GONE_MAX	1024	/* ids that ended, while a question is at work that may name one */
#define RECHECKS	64	/* sockets looked at anew in one go */

static struct event_base	*base;
static struct channel		*channel;
static void			(*on_namespaces)(uint32_t);
static struct event		*again;
static struct lanes		 asked, thorough;	/* thorough: the slow ones */
static int64_t			 thorough_us;		/* when the next of those may begin */
TAILQ_HEAD(question_queue, question);

static struct question_queue	 parked = TAILQ_HEAD_INITIALIZER(parked);
static unsigned			 parked_count, doubts;
static bool			 some_ready;	/* a process became known since parked ones were looked through */
static struct lanes_work	 parked_of = { .share = PARKED_SHARE };
static struct who_holders	 answers;
static struct { uint64_t id; bool ended; } gone[GONE_MAX];
static unsigned			 gone_count, parked_stale;
static uint8_t			 body[WHO_HOLDERS_MAX];

/* What may not be left out cannot be sent: a new beginning for both is the only way. */
static void __attribute__((noreturn))
end_channel(void)
{
	fatalx("intercept does not read its answers");
}

static void
send_surely(uint16_t type, size_t len)
{
	if (len == 0)
		fatalx("message %u does not pack", type);
	if (channel != NULL && channel_send(channel, type, 0, body, len, -1) == -1)
		end_channel();
}

bool
answers_connected(void)
{
	return channel != NULL;
}

void
answers_send(uint16_t type, uint32_t id, const void *message, size_t len)
{
	if (channel != NULL && len > 0)
		(void)channel_send(channel, type, id, message, len, -1);
}

void
answers_announce(const struct process *p)
{
	send_surely(WHO_PROCESS, process_pack(p, body, sizeof(body)));
}

/* False: they could not be sent; by the rule of who.proto no question is read until they are. */
static bool
flush_answers(void)
{
	struct timeval	t = { .tv_usec = RETRY_US };
	size_t		len;

	if (answers.count == 0)
		return true;
	len = who_holders_pack(&answers, body, sizeof(body));
	if (len == 0)
		fatalx("answers do not pack");
	if (channel != NULL && channel_send(channel, WHO_HOLDERS, 0, body, len, -1) == -1) {
		channel_pause(channel);
		(void)event_add(again, &t);
		return false;
	}
	answers.count = 0;
	return true;
}

static void
flush_gone(void)
{
	struct who_gone	m;

	for (unsigned at = 0; at < gone_count; at += m.count) {
		m.count = (uint8_t)(gone_count - at < WHO_BATCH ? gone_count - at : WHO_BATCH);
		m.ended = 0;
		for (unsigned i = 0; i < m.count; i++) {
			m.id[i] = gone[at + i].id;
			m.ended |= (uint64_t)gone[at + i].ended << i;
		}
		send_surely(WHO_GONE, who_gone_pack(&m, body, sizeof(body)));
	}
	gone_count = 0;
}

/* Answers go first, those at work too: they may name an id that ended since. */
void
answers_flush(void)
{
	if (flush_answers() && parked_stale == 0)
		flush_gone();
}

/* Too many ends to wait any longer for questions that may name one: those get no name. */
static void
give_up_stale(void)
{
	struct question	*q;

	for (q = TAILQ_FIRST(&parked); q != NULL; q = TAILQ_NEXT(q, entry))
		if (q->stales > 0) {
			q->stales = 0;
			q->lost = true;
		}
	parked_stale = 0;
}

void
answers_gone(uint64_t id, bool ended)
{
	if (channel == NULL)
		return;
	if (gone_count == GONE_MAX)
		answers_flush();
	if (gone_count == GONE_MAX) {
		give_up_stale();
		answers_flush();
	}
	if (gone_count == GONE_MAX)
		end_channel();
	gone[gone_count].id = id;
	gone[gone_count++].ended = ended;
}

/* A later look: what was answered before is compared with what is true now. */
static void
finish_recheck(const struct question *q)
{
	struct who_shared	m = { .inode = q->inode };
	struct who_answer	a;
	struct told		told;
	struct sock		*s = sockets_find(q->inode);
	bool			 differs;

	question_answer(q, &a, &told);
	if (s == NULL || s->told == NULL || a.status == WHO_NOBODY)
		return;
	differs = a.status == WHO_TOO_MANY;
	for (unsigned i = 0; i < told.count; i++)
		differs |= !told_has(s->told, told.class[i]);
	if (!differs)
		return;
	for (unsigned i = 1; i < q->count; i++)
		search_partners(q->proc[0], q->proc[i]);
	sockets_tell(s, &told);
	m.count = (uint8_t)question_ids(q, m.holder);
	if (m.count > 0)	/* else whoever it was is gone */
		send_surely(WHO_SHARED, who_shared_pack(&m, body, sizeof(body)));
}

static void
finish(struct question *q)
{
	struct sock	*s;
	struct told	 told;

	if (q->recheck)
		finish_recheck(q);
	else {
		question_answer(q, &answers.answer[answers.count++], &told);
		s = q->inode == 0 || q->unsure ? NULL : q->sending != NULL && q->count > 0 ?
		    sockets_note(q->inode) : sockets_find(q->inode);
		if (s != NULL)
			sockets_tell(s, &told);
	}
	question_free(q);
}

static bool
room(void)
{
	return answers.count < WHO_BATCH || (answers_flush(), answers.count < WHO_BATCH);
}

static void
park(struct question *q)
{
	TAILQ_INSERT_TAIL(&parked, q, entry);
	parked_count++;
	if (!q->recheck)
		parked_of.lane[q->lane]++;
	parked_stale += q->stales > 0 ? 1 : 0;
}

static void
unpark(struct question *q)
{
	TAILQ_REMOVE(&parked, q, entry);
	parked_count--;
	if (!q->recheck)
		parked_of.lane[q->lane]--;
	parked_stale -= q->stales > 0 ? 1 : 0;
}

/* Only after a process became known: one user's may be many. */
static void
finish_parked(void)
{
	struct question	*q, *next;

	some_ready = false;
	for (q = TAILQ_FIRST(&parked); q != NULL; q = next) {
		if (!room()) {
			some_ready = true;
			return;
		}
		next = TAILQ_NEXT(q, entry);
		if (!question_known(q))
			continue;
		unpark(q);
		finish(q);
	}
}

static void
answer(const struct asked *asked_q)
{
	struct question	*q = question_new(&asked_q->q, asked_q->at_us);

	q->lane = lanes_of(asked_q->q.uid);
	if (asked_q->q.kind == WHO_SENDER)
		sweep_later();
	else
		sweep_soon();
	if (question_known(q))
		finish(q);
	else
		park(q);
}

/* Those whose programs are being named come back by themselves. */
static bool
may_take(const struct lanes *l)
{
	return parked_count < PARKED_MAX && lanes_ready(l, &parked_of);
}

static bool
take(struct lanes *l, struct asked *q)
{
	return may_take(l) && lanes_take(l, &parked_of, q);
}

/* Users take turns, until the slice is over. */
static void
answer_asked(void)
{
	int64_t			begin = clock_us(), turn = begin, now = begin;
	struct asked		q;

	while (now - begin < SLICE_US && room() && take(&asked, &q)) {
		answer(&q);
		now = clock_us();
		if (now - turn > TURN_US) {
			lanes_next(&asked);
			turn = now;
		}
	}
}

/* A search everywhere is long: at most a quarter of the time goes into those. */
static void
answer_thorough(void)
{
	int64_t			begin = clock_us();
	struct asked		q;

	if (begin < thorough_us || !room() || !take(&thorough, &q))
		return;
	answer(&q);
	lanes_next(&thorough);
	thorough_us = clock_us() + REST * (clock_us() - begin);
}

static void
run_again(void)
{
	bool		now = may_take(&asked);
	int64_t		rest = thorough_us - clock_us(), wait = now || rest < 0 ? 0 : rest;
	struct timeval	t = { .tv_sec = wait / 1000000, .tv_usec = wait % 1000000 };

	if (answers.count == 0 && (now || may_take(&thorough)))
		(void)event_add(again, &t);
}

static void
run(void)
{
	if (some_ready)
		finish_parked();
	if (asked.count + thorough.count > 0) {
		events_drain();
		search_refresh();
		raw_refresh();
		answer_asked();
		answer_thorough();
	}
	answers_flush();
	if (channel != NULL && answers.count == 0 && asked.count < ASKED_MOST / 2 &&
	    thorough.count < ASKED_MOST / 2)
		channel_resume(channel);
	run_again();
}

static void
on_again(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	(void)ctx;
	run();
}

void
answers_ready(struct proc *p)
{
	(void)p;
	some_ready = true;
	event_active(again, 0, 0);
}

void
answers_doubt(struct proc *p)
{
	doubts += p->doubt ? 0 : 1;
	p->doubt = true;
}

void
answers_more(struct sock *s, struct proc *p)
{
	if (p->id == 0 || !told_has(s->told, p->class))
		answers_doubt(p);
}

/* The first socket of a process that was answered without its program. */
static struct question *
recheck_one(struct proc *p)
{
	struct hold	*h;

	for (h = LIST_FIRST(&p->holds); h != NULL; h = LIST_NEXT(h, of_proc))
		if (h->sock->told != NULL && !h->sock->told->again &&
		    !told_has(h->sock->told, p->class)) {
			h->sock->told->again = true;
			return question_again(h->sock->inode);
		}
	return NULL;
}

/* True: nothing is left to look at. */
static bool
recheck_process(struct proc *p, unsigned *left)
{
	struct question	*q;
	uint64_t	 stale;

	switch (identity_check(p, &stale)) {
	case IDENTITY_WAIT:
		return false;
	case IDENTITY_GONE:
		return true;
	default:
		break;
	}
	while (*left > 0 && parked_count < PARKED_MAX && (q = recheck_one(p)) != NULL) {
		(*left)--;
		if (question_known(q))
			finish(q);
		else
			park(q);
	}
	return *left > 0 && parked_count < PARKED_MAX;
}

bool
answers_recheck(void)
{
	unsigned	 left = RECHECKS;
	struct proc	*p, *next;

	if (doubts == 0 || channel == NULL)
		return true;
	doubts = 0;
	for (p = TAILQ_FIRST(processes_all()); p != NULL; p = next) {
		next = TAILQ_NEXT(p, by_use);
		if (!p->doubt)
			continue;
		p->doubt = !recheck_process(p, &left);
		doubts += p->doubt ? 1 : 0;
	}
	answers_flush();
	return doubts == 0;
}

static int
on_ask(void *ctx, struct channel *c, struct frame *f)
{
	static struct who_ask	m;
	int64_t			now;

	(void)ctx;
	if (who_ask_unpack(f->body, f->len, &m) == -1)
		return -1;
	now = clock_us();
	for (unsigned i = 0; i < m.count; i++)
		/* The channel is paused long before no place is left. */
		if (!lanes_put(m.question[i].thorough ? &thorough : &asked, &m.question[i], now))
			return -1;
	if (asked.count > ASKED_MOST || thorough.count > ASKED_MOST)
		channel_pause(c);
	return 0;
}

/* Programs that were told without hints that are wanted now get another id when they are asked for. */
static int
on_hinted(void *ctx, struct channel *c, struct frame *f)
{
	static struct who_hinted	m;

	(void)ctx;
	(void)c;
	if (who_hinted_unpack(f->body, f->len, &m) == -1)
		return -1;
	wanted_set(&m);
	return 0;
}

static int
on_namespaces_ask(void *ctx, struct channel *c, struct frame *f)
{
	(void)ctx;
	(void)c;
	if (f->id == 0)
		return -1;
	on_namespaces(f->id);
	return 0;
}

static const struct verb	verbs[] = {
	{ WHO_ASK, "ask", PHASE_RUNNING, WHO_ASK_MAX, false, on_ask },
	{ WHO_NAMESPACES_ASK, "namespaces", PHASE_RUNNING, WHO_NAMESPACES_ASK_MAX, false,
	  on_namespaces_ask },
	{ WHO_HINTED, "hinted", PHASE_RUNNING, WHO_HINTED_MAX, false, on_hinted },
	{ .handle = NULL },
};

static void
on_batch_end(void *ctx)
{
	(void)ctx;
	run();
}

static void
drop_channel(void)
{
	struct question	*q;

	channel_free(channel);
	channel = NULL;
	answers.count = 0;
	lanes_clear(&asked);
	lanes_clear(&thorough);
	while ((q = TAILQ_FIRST(&parked)) != NULL) {
		unpark(q);
		question_free(q);
	}
	gone_count = 0;
	wanted_forget();
	sockets_forget_told();
}

static void
on_lost(void *ctx, struct channel *c, const char *why)
{
	(void)ctx;
	(void)c;
	log_info("intercept: %s", why);
	drop_channel();
}

void
answers_init(struct event_base *b, void (*namespaces)(uint32_t))
{
	base = b;
	on_namespaces = namespaces;
	again = event_new(base, -1, 0, on_again, NULL);
	if (again == NULL)
		fatalx("event");
}

int
answers_channel(uint32_t generation, int fd)
{
	drop_channel();
	channel = channel_new(base, fd, verbs, on_lost, NULL);
	if (channel == NULL) {
		(void)close(fd);
		return -1;
	}
	channel_set_generation(channel, generation);
	channel_set_batch_end(channel, on_batch_end);
	channel_set_linger(channel, LINGER_US);
	identity_generation(generation);
	return 0;
}
