/*
 * Messages of the who channel (who.h): one validator for each, which packing
 * starts with and unpacking ends with. WHO_PROCESS is in process.c, WHO_HINTED in who_hinted.c.
 */
#include "who.h"

#include <string.h>

#include "who.pb-c.h"
#include "check.h"
#include "wire.h"

/* What is of no use to a kind of question is not said there. */
static bool
sender_valid(const struct who_question *q)
{
	if (q->sender.pid == 0)
		return q->kind != WHO_SENDER;
	return q->kind != WHO_HELD && q->sender.ino != 0;
}

static bool
inode_valid(const struct who_question *q)
{
	return q->kind == WHO_SENDER || (q->inode == 0) == (q->kind == WHO_RAW);
}

static void
sender_put(Wire__WhoSender *w, const struct who_sender *s)
{
	wire__who_sender__init(w);
	w->pid = s->pid;
	w->start_ns = s->start_ns;
	w->exec = s->exec;
	w->ino = s->ino;
	w->dev = s->dev;
	w->mount = s->mount;
	w->ctime_ns = s->ctime_ns;
	w->uid = s->uid;
	w->euid = s->euid;
	w->caps = s->caps;
	w->cgroup = s->cgroup;
	w->mount_ns = s->mount_ns;
	w->user_ns = s->user_ns;
	w->traced = s->traced;
}

static void
sender_take(struct who_sender *s, const Wire__WhoSender *w)
{
	s->pid = w->pid;
	s->start_ns = w->start_ns;
	s->exec = w->exec;
	s->ino = w->ino;
	s->dev = w->dev;
	s->mount = w->mount;
	s->ctime_ns = w->ctime_ns;
	s->uid = w->uid;
	s->euid = w->euid;
	s->caps = w->caps;
	s->cgroup = w->cgroup;
	s->mount_ns = w->mount_ns;
	s->user_ns = w->user_ns;
	s->traced = w->traced != 0;
}

static bool
who_ask_valid(const struct who_ask *m)
{
	size_t i;

	if (m->count == 0 || m->count > WHO_BATCH)
		return false;
	for (i = 0; i < m->count; i++) {
		const struct who_question *q = &m->question[i];

		if (!check_enum(q->kind, WHO_KIND_MAX) || !check_address(q->family, q->src) ||
		    !inode_valid(q) || !sender_valid(q))
			return false;
	}
	return true;
}

size_t
who_ask_pack(const struct who_ask *m, uint8_t *out, size_t room)
{
	Wire__WhoAsk w = WIRE__WHO_ASK__INIT;
	Wire__WhoQuestion question[WHO_BATCH], *list[WHO_BATCH];
	Wire__WhoSender sender[WHO_BATCH];
	size_t i;

	if (!who_ask_valid(m))
		return 0;
	for (i = 0; i < m->count; i++) {
		const struct who_question *q = &m->question[i];

		wire__who_question__init(&question[i]);
		question[i].ask = q->ask;
		question[i].kind = q->kind;
		question[i].proto = q->proto;
		question[i].ident = q->ident;
		question[i].inode = q->inode;
		question[i].uid = q->uid;
		question[i].sender_uid = q->sender_uid;
		question[i].src = wire_address(q->family, q->src);
		question[i].thorough = q->thorough;
		if (q->sender.pid != 0) {
			sender_put(&sender[i], &q->sender);
			question[i].sender = &sender[i];
		}
		list[i] = &question[i];
	}
	w.n_question = m->count;
	w.question = list;
	return wire_pack(&w.base, out, room);
}

int
who_ask_unpack(const uint8_t *body, size_t len, struct who_ask *m)
{
	const Wire__WhoAsk *w = wire_unpack(&wire__who_ask__descriptor, body, len, WHO_ASK_MAX);
	size_t i;

	if (w == NULL || w->n_question > WHO_BATCH)
		return -1;
	memset(m, 0, sizeof(*m));
	m->count = (uint8_t)w->n_question;
	for (i = 0; i < w->n_question; i++) {
		const Wire__WhoQuestion *from = w->question[i];
		struct who_question *q = &m->question[i];

		q->ask = from->ask;
		q->inode = from->inode;
		q->uid = from->uid;
		q->sender_uid = from->sender_uid;
		q->thorough = from->thorough != 0;
		if (from->sender != NULL) {
			sender_take(&q->sender, from->sender);
			if (q->sender.pid == 0)
				return -1;
		}
		if (!field_u8(&q->kind, from->kind) || !field_u8(&q->proto, from->proto) ||
		    !field_u16(&q->ident, from->ident) ||
		    !field_address(&q->family, q->src, &from->src))
			return -1;
	}
	return who_ask_valid(m) ? 0 : -1;
}

static bool
who_answer_valid(const struct who_answer *a)
{
	if (!check_enum(a->status, WHO_STATUS_MAX) || a->count > HOLDERS_MAX ||
	    !check_ids(a->holder, a->count))
		return false;
	switch (a->status) {
	case WHO_FOUND:
		return a->count > 0;
	case WHO_NOBODY:
	case WHO_NOT_SEEN:
		return a->count == 0 && !a->raw_suspects;
	default:
		return true;
	}
}

static bool
who_holders_valid(const struct who_holders *m)
{
	size_t i;

	if (m->count == 0 || m->count > WHO_BATCH)
		return false;
	for (i = 0; i < m->count; i++)
		if (!who_answer_valid(&m->answer[i]))
			return false;
	return true;
}

size_t
who_holders_pack(const struct who_holders *m, uint8_t *out, size_t room)
{
	Wire__WhoHolders w = WIRE__WHO_HOLDERS__INIT;
	Wire__WhoAnswer answer[WHO_BATCH], *list[WHO_BATCH];
	size_t i;

	if (!who_holders_valid(m))
		return 0;
	for (i = 0; i < m->count; i++) {
		const struct who_answer *a = &m->answer[i];

		wire__who_answer__init(&answer[i]);
		answer[i].ask = a->ask;
		answer[i].status = a->status;
		answer[i].raw_suspects = a->raw_suspects;
		answer[i].n_holder = a->count;
		answer[i].holder = wire_ids(a->holder);
		list[i] = &answer[i];
	}
	w.n_answer = m->count;
	w.answer = list;
	return wire_pack(&w.base, out, room);
}

int
who_holders_unpack(const uint8_t *body, size_t len, struct who_holders *m)
{
	const Wire__WhoHolders *w = wire_unpack(&wire__who_holders__descriptor, body, len,
	    WHO_HOLDERS_MAX);
	size_t i;

	if (w == NULL || w->n_answer > WHO_BATCH)
		return -1;
	memset(m, 0, sizeof(*m));
	m->count = (uint8_t)w->n_answer;
	for (i = 0; i < w->n_answer; i++) {
		const Wire__WhoAnswer *from = w->answer[i];
		struct who_answer *a = &m->answer[i];

		a->ask = from->ask;
		a->raw_suspects = from->raw_suspects != 0;
		if (!field_u8(&a->status, from->status) ||
		    !field_ids(a->holder, &a->count, HOLDERS_MAX, from->holder, from->n_holder))
			return -1;
	}
	return who_holders_valid(m) ? 0 : -1;
}

static bool
who_gone_valid(const struct who_gone *m)
{
	return m->count > 0 && m->count <= WHO_BATCH && check_ids(m->id, m->count) &&
	    (m->count == WHO_BATCH || m->ended >> m->count == 0);
}

size_t
who_gone_pack(const struct who_gone *m, uint8_t *out, size_t room)
{
	Wire__WhoGone w = WIRE__WHO_GONE__INIT;

	if (!who_gone_valid(m))
		return 0;
	w.n_id = m->count;
	w.id = wire_ids(m->id);
	w.ended = m->ended;
	return wire_pack(&w.base, out, room);
}

int
who_gone_unpack(const uint8_t *body, size_t len, struct who_gone *m)
{
	const Wire__WhoGone *w = wire_unpack(&wire__who_gone__descriptor, body, len, WHO_GONE_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	if (!field_ids(m->id, &m->count, WHO_BATCH, w->id, w->n_id))
		return -1;
	m->ended = w->ended;
	return who_gone_valid(m) ? 0 : -1;
}

static bool
who_shared_valid(const struct who_shared *m)
{
	return m->inode != 0 && m->count > 0 && m->count <= HOLDERS_MAX &&
	    check_ids(m->holder, m->count);
}

size_t
who_shared_pack(const struct who_shared *m, uint8_t *out, size_t room)
{
	Wire__WhoShared w = WIRE__WHO_SHARED__INIT;

	if (!who_shared_valid(m))
		return 0;
	w.inode = m->inode;
	w.n_holder = m->count;
	w.holder = wire_ids(m->holder);
	return wire_pack(&w.base, out, room);
}

int
who_shared_unpack(const uint8_t *body, size_t len, struct who_shared *m)
{
	const Wire__WhoShared *w = wire_unpack(&wire__who_shared__descriptor, body, len,
	    WHO_SHARED_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	m->inode = w->inode;
	if (!field_ids(m->holder, &m->count, HOLDERS_MAX, w->holder, w->n_holder))
		return -1;
	return who_shared_valid(m) ? 0 : -1;
}

static bool
who_stats_valid(const struct who_stats *m)
{
	return m->queues <= WHO_QUEUES;
}

size_t
who_stats_pack(const struct who_stats *m, uint8_t *out, size_t room)
{
	Wire__WhoStats w = WIRE__WHO_STATS__INIT;
	Wire__WhoQueue queue[WHO_QUEUES], *list[WHO_QUEUES];
	size_t i;

	if (!who_stats_valid(m))
		return 0;
	for (i = 0; i < m->queues; i++) {
		const struct who_queue *q = &m->queue[i];

		wire__who_queue__init(&queue[i]);
		queue[i].number = q->number;
		queue[i].waiting = q->waiting;
		queue[i].dropped = q->dropped;
		queue[i].user_dropped = q->user_dropped;
		queue[i].total = q->total;
		list[i] = &queue[i];
	}
	w.n_queue = m->queues;
	w.queue = list;
	w.processes = m->processes;
	w.sockets = m->sockets;
	w.events = m->events;
	return wire_pack(&w.base, out, room);
}

int
who_stats_unpack(const uint8_t *body, size_t len, struct who_stats *m)
{
	const Wire__WhoStats *w = wire_unpack(&wire__who_stats__descriptor, body, len,
	    WHO_STATS_MAX);
	size_t i;

	if (w == NULL || w->n_queue > WHO_QUEUES)
		return -1;
	memset(m, 0, sizeof(*m));
	m->queues = (uint8_t)w->n_queue;
	for (i = 0; i < w->n_queue; i++) {
		const Wire__WhoQueue *from = w->queue[i];
		struct who_queue *q = &m->queue[i];

		if (!field_u16(&q->number, from->number))
			return -1;
		q->waiting = from->waiting;
		q->dropped = from->dropped;
		q->user_dropped = from->user_dropped;
		q->total = from->total;
	}
	m->processes = w->processes;
	m->sockets = w->sockets;
	m->events = w->events != 0;
	return who_stats_valid(m) ? 0 : -1;
}

static bool
who_namespaces_valid(const struct who_namespaces *m)
{
	size_t i;

	if (m->count > WHO_NAMESPACES_COUNT)
		return false;
	for (i = 0; i < m->count; i++)
		if (m->ns[i].inode == 0 || m->ns[i].pid == 0 || m->ns[i].process == 0)
			return false;
	return true;
}

size_t
who_namespaces_pack(const struct who_namespaces *m, uint8_t *out, size_t room)
{
	Wire__WhoNamespaces w = WIRE__WHO_NAMESPACES__INIT;
	Wire__WhoNamespace ns[WHO_NAMESPACES_COUNT], *list[WHO_NAMESPACES_COUNT];
	size_t i;

	if (!who_namespaces_valid(m))
		return 0;
	for (i = 0; i < m->count; i++) {
		wire__who_namespace__init(&ns[i]);
		ns[i].inode = m->ns[i].inode;
		ns[i].pid = m->ns[i].pid;
		ns[i].process = m->ns[i].process;
		ns[i].alone = m->ns[i].alone;
		ns[i].young = m->ns[i].young;
		list[i] = &ns[i];
	}
	w.whole = m->whole;
	w.count = m->count;
	w.n_ns = m->count;
	w.ns = list;
	return wire_pack(&w.base, out, room);
}

int
who_namespaces_unpack(const uint8_t *body, size_t len, struct who_namespaces *m)
{
	const Wire__WhoNamespaces *w = wire_unpack(&wire__who_namespaces__descriptor, body, len,
	    WHO_NAMESPACES_MAX);
	size_t i;

	if (w == NULL || w->n_ns > WHO_NAMESPACES_COUNT || w->count != w->n_ns)
		return -1;
	memset(m, 0, sizeof(*m));
	m->whole = w->whole != 0;
	m->count = (uint16_t)w->n_ns;
	for (i = 0; i < w->n_ns; i++) {
		m->ns[i].alone = w->ns[i]->alone != 0;
		m->ns[i].young = w->ns[i]->young != 0;
		m->ns[i].inode = w->ns[i]->inode;
		m->ns[i].pid = w->ns[i]->pid;
		m->ns[i].process = w->ns[i]->process;
	}
	return who_namespaces_valid(m) ? 0 : -1;
}
