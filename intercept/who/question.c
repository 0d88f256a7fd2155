/*
 * From a question to its answer. Called by answers.c. What cannot be named is
 * never left out silently: the answer is then "too many", which intercept
 * takes for unknown.
 */
#include <stdlib.h>
#include <string.h>

#include "events.h"
#include "identity.h"
#include "question.h"
#include "raw.h"
#include "sandbox.h"
#include "scan.h"
#include "search.h"

#define TRIES_MAX	8	/* a process that changes with each look stays unknown */

/* The program that held it before an exec; 0: it has no name, and gets none any more. */
static void
add_stale(struct question *q, uint64_t id)
{
	if (id == 0 || q->stales == STALE_MAX)
		q->lost = true;
	else
		q->stale[q->stales++] = id;
}

/*
 * Looks at one holder's identity for the first time. If the facts had to be
 * read just now, the process may have left the program that held the socket:
 * then it must still hold it, or still run the file it ran before it was seen to.
 */
static void
name_holder(struct question *q, const struct holder *h)
{
	uint64_t	stale;
	enum identity	is = identity_check(h->proc, &stale);

	if (is == IDENTITY_GONE) {
		add_stale(q, stale);
		return;
	}
	if (is == IDENTITY_WAIT || stale != 0) {
		bool	holds = scan_probe(h->proc, h->tid, h->fd, h->inode);

		if (stale != 0 && (h->indexed || !holds))
			add_stale(q, stale);
		if (!holds && stale != 0)
			return;
		if (!holds && !identity_same_file(h->proc)) {
			q->lost = true;
			return;
		}
	}
	q->fresh |= h->proc->id == 0;
	proc_pin(h->proc);
	q->proc[q->count++] = h->proc;
}

static struct question *
question_of(const struct holder_set *set, int64_t asked_us)
{
	struct question	*q = calloc(1, sizeof(*q) + set->count * sizeof(struct proc *));

	if (q == NULL)
		fatal("memory for a question");
	q->asked_us = asked_us;
	q->too_many = set->too_many;
	q->unsure = set->unsure;
	for (unsigned i = 0; i < set->count; i++)
		name_holder(q, &set->holder[i]);
	return q;
}

/* The kernel noted who sent: nothing is searched. */
static struct question *
question_sender(const struct who_question *ask, int64_t asked_us)
{
	struct question	*q = calloc(1, sizeof(*q) + sizeof(struct proc *));

	if (q == NULL || (q->sending = calloc(1, sizeof(*q->sending))) == NULL)
		fatal("memory for a question");
	q->sending->s = ask->sender;
	q->ask = ask->ask;
	q->inode = ask->inode;
	q->asked_us = asked_us;
	return q;
}

struct question *
question_new(const struct who_question *ask, int64_t asked_us)
{
	static struct holder_set	set;
	struct question			*q;
	bool				 suspects = false, nobody;

	if (ask->kind == WHO_SENDER)
		return question_sender(ask, asked_us);
	holders_clear(&set);
	search_begin(asked_us, ask->thorough);
	if (ask->kind == WHO_RAW)
		raw_holders(ask, &set);
	else {
		set.unsure = !search_socket(ask->inode, ask->uid, &set);
		nobody = set.count == 0 && !set.unsure;
		suspects = ask->kind == WHO_SOCKET && raw_suspects(ask, &set);
		/* Who sent, and holds it no longer, is not known: those with raw sockets don't stand for it. */
		set.too_many |= nobody && suspects;
	}
	q = question_of(&set, asked_us);
	q->ask = ask->ask;
	q->inode = ask->kind == WHO_RAW ? 0 : ask->inode;
	q->by = ask->sender;
	q->raw_suspects = suspects;
	return q;
}

struct question *
question_again(uint64_t inode)
{
	static struct holder_set	set;
	struct question			*q;

	holders_clear(&set);
	search_indexed(inode, &set);
	q = question_of(&set, INT64_MAX);
	q->inode = inode;
	q->recheck = true;
	return q;
}

/* A program that nobody had named sent, and then was left by exec: it has no name any more. */
static bool
left_unnamed(const struct question *q)
{
	if (!q->fresh)
		return false;
	events_drain();
	for (unsigned i = 0; i < q->count; i++)
		if (events_exec_since(q->proc[i]->pid, q->asked_us))
			return true;
	return false;
}

/* Nobody else is taken for who sent: he is still there, as he was then. */
static bool
has_sender(const struct question *q)
{
	if (q->by.pid == 0 || q->unsure)	/* then nobody is named */
		return true;
	events_drain();
	for (unsigned i = 0; i < q->count; i++)
		if (q->proc[i]->pid == q->by.pid)
			return sender_runs(&q->by, q->proc[i]);
	return false;
}

static bool
sending_known(struct question *q)
{
	if (q->count > 0)
		return true;
	if (!sender_known(q->sending))
		return false;
	if (q->sending->proc != NULL) {
		proc_pin(q->sending->proc);
		q->proc[q->count++] = q->sending->proc;
	}
	return true;
}

bool
question_known(struct question *q)
{
	uint64_t	stale;

	if (q->sending != NULL)
		return sending_known(q);
	for (unsigned i = 0; i < q->count; i++) {
		if (q->proc[i]->id != 0)
			continue;
		if (q->proc[i]->draft != NULL)
			return false;
		if (++q->tries > TRIES_MAX) {
			q->lost = true;
			return true;
		}
		if (identity_check(q->proc[i], &stale) == IDENTITY_WAIT)
			return false;
		if (q->proc[i]->id == 0)
			q->lost = true;
	}
	q->lost |= left_unnamed(q) || !has_sender(q);
	return true;
}

static bool
add_id(struct who_answer *a, uint64_t id)
{
	if (a->count == HOLDERS_MAX)
		return false;
	a->holder[a->count++] = id;
	return true;
}

bool
told_has(const struct told *t, uint64_t class)
{
	for (unsigned i = 0; i < t->count; i++)
		if (t->class[i] == class)
			return true;
	return false;
}

void
question_answer(const struct question *q, struct who_answer *a, struct told *told)
{
	bool	fits = !q->too_many && !q->lost;

	memset(a, 0, sizeof(*a));
	memset(told, 0, sizeof(*told));
	a->ask = q->ask;
	if (q->unsure && fits) {
		a->status = WHO_NOT_SEEN;
		return;
	}
	for (unsigned i = 0; i < q->count && fits; i++) {
		const struct proc	*p = q->proc[i];

		if (p->id == 0 || told_has(told, p->class))
			continue;
		fits = add_id(a, p->id);
		if (fits)
			told->class[told->count++] = p->class;
	}
	for (unsigned i = 0; i < q->stales && fits; i++)
		fits = add_id(a, q->stale[i]);
	if (!fits)
		a->status = q->sending != NULL ? WHO_NOBODY : WHO_TOO_MANY;
	else
		a->status = a->count > 0 ? WHO_FOUND : WHO_NOBODY;
	a->raw_suspects = q->raw_suspects && a->status != WHO_NOBODY;
	if (!fits)
		a->count = 0;
}

unsigned
question_ids(const struct question *q, uint64_t id[static HOLDERS_MAX])
{
	struct told	told = { 0 };

	for (unsigned i = 0; i < q->count && told.count < HOLDERS_MAX; i++)
		if (q->proc[i]->id != 0 && !told_has(&told, q->proc[i]->class)) {
			id[told.count] = q->proc[i]->id;
			told.class[told.count++] = q->proc[i]->class;
		}
	return told.count;
}

void
question_free(struct question *q)
{
	for (unsigned i = 0; i < q->count; i++)
		proc_unpin(q->proc[i]);
	if (q->sending != NULL)
		sender_end(q->sending);
	free(q->sending);
	free(q);
}
