/*
 * What is answered to each verb, and how policyd's news reach those who
 * watch. Rights are looked at here, for every object that goes out.
 */
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "sandbox.h"
#include "words.h"

#define FORBIDDEN	"permission denied: run as root or join group bulwark"

static size_t
answer_room(const struct client *c)
{
	return c->viewer.all ? ANSWER_BYTES : STREAM_BYTES;
}

/* The line that closes an answer of several; more members may follow before jw_end(). */
static struct jw *
begin_end(uint64_t count)
{
	struct jw	*j = client_object();

	jw_open(j, NULL, '{');
	jw_string(j, "type", "end");
	jw_number(j, "count", count);
	return j;
}

static void
serve_status(struct client *c)
{
	struct hub	*hub = c->front->hub;
	struct jw	*j = client_object();

	object_status(j, hub_store(hub), &c->viewer, hub_connected(hub), hub_status_age(hub));
	if (!client_put(c, j, answer_room(c)))
		client_close_after(c);
}

/* Writes the event if this client may and wants to see it. False: no room. */
static bool
put_event(struct client *c, const struct ui_event *e,
    void (*object)(struct jw *, const struct ui_event *, const struct program *,
    const struct why *), bool *shown)
{
	struct store		*store = hub_store(c->front->hub);
	const struct program	*p = e->process == 0 ? NULL : store_process(store, e->process);
	const struct why	*w = store_reason(store, e->reason);
	struct jw		*j;

	*shown = false;
	if (!view_allows(&c->viewer, p) || !filter_passes(&c->request.filter, e->action, e, p, w))
		return true;
	j = client_object();
	object(j, e, p, w);
	*shown = client_put(c, j, STREAM_BYTES);
	return *shown;
}

static void
serve_monitor(struct client *c)
{
	struct store	*store = hub_store(c->front->hub);
	uint32_t	 count = store_recent(store), want = c->request.last;
	uint32_t	 n = want < count ? count - want : 0;
	bool		 shown;

	c->mode = CLIENT_WATCHING;
	for (; n < count; n++)
		if (!put_event(c, store_event(store, n), object_event, &shown))
			c->shed++;
}

static void
finish_list(struct client *c)
{
	struct hub	*hub = c->front->hub;
	struct jw	*j = begin_end(c->rows);

	jw_time(j, "since", hub_since(hub));
	jw_number(j, "forgotten", store_pushed_out(hub_store(hub)));
	jw_number(j, "ends_missed", hub_ends_missed(hub));
	jw_end(j);
	client_say(c, j);
	client_listen(c);
}

static void
list_more(struct client *c)
{
	const struct connection	*connection;
	bool			 shown;

	for (; c->slot < STORE_FLOWS; c->slot++) {
		connection = store_slot(hub_store(c->front->hub), c->slot);
		if (connection == NULL)
			continue;
		if (!put_event(c, &connection->event, object_connection, &shown))
			return;		/* goes on when there is room */
		c->rows += shown;
	}
	finish_list(c);
}

/* Like an answer of policyd's, but from what is remembered here. */
static void
serve_blocked(struct client *c)
{
	struct store			*store = hub_store(c->front->hub);
	const struct blocked_name	*b;
	const struct program		*p;
	struct jw			*j;

	c->rows = 0;
	for (uint32_t n = 0; (b = store_blocked(store, n)) != NULL; n++) {
		p = b->process == 0 ? NULL : store_process(store, b->process);
		if (!view_allows(&c->viewer, p) || !filter_passes(&c->request.filter, 0, NULL, p, NULL))
			continue;
		j = client_object();
		object_blocked(j, b, p);
		if (!client_put(c, j, answer_room(c))) {
			client_error(c, "unavailable", "the answer is too long to be held: read faster");
			return;
		}
		c->rows++;
	}
	j = begin_end(c->rows);
	jw_time(j, "since", hub_since(c->front->hub));
	jw_end(j);
	client_say(c, j);
}

/* The query goes out only for those who may read its answer. */
static bool
may_ask(struct client *c)
{
	struct ui_query		*q = &c->request.query;
	const struct program	*p;

	c->subject = 0;
	if (q->pid != 0) {
		p = store_process_by_pid(hub_store(c->front->hub), q->pid);
		if (c->viewer.all)
			return true;
		if (p == NULL || p->uid != c->viewer.uid)
			return false;
		c->subject = p->id;
		return true;
	}
	if (q->kind == UI_DNS_SERVERS || q->kind == UI_SETTINGS || q->kind == UI_WORDS)
		return true;
	if (q->kind == UI_PROFILE_LIST || q->kind == UI_PROFILE_SHOW || q->kind == UI_DNS_CACHE ||
	    q->kind == UI_JOURNAL || q->kind == UI_LISTS)
		return c->viewer.all;
	return c->viewer.all || !c->request.has_as_uid || q->as_uid == c->viewer.uid;
}

static void
serve_query(struct client *c)
{
	struct ui_query	*q = &c->request.query;

	if (!may_ask(c)) {
		client_error(c, "forbidden", q->pid != 0 ? FORBIDDEN
		    " (no process of yours with this number has used the network)" : FORBIDDEN);
		return;
	}
	q->uid = c->viewer.uid;
	if (!c->request.has_as_uid)
		q->as_uid = q->kind == UI_ANSWERS && c->viewer.all ? UINT32_MAX : c->viewer.uid;
	c->query = hub_query(c->front->hub, q);
	if (c->query == 0) {
		client_error(c, "unavailable", "policyd cannot be asked now: try again");
		return;
	}
	c->rows = 0;
	c->verdict = 0;
	c->mode = CLIENT_ASKING;
}

void
serve_request(struct client *c)
{
	switch (c->request.verb) {
	case REQUEST_STATUS:
		serve_status(c);
		break;
	case REQUEST_MONITOR:
		serve_monitor(c);
		break;
	case REQUEST_DNS_BLOCKED:
		serve_blocked(c);
		break;
	case REQUEST_CONNECTIONS:
		c->mode = CLIENT_LISTING;
		c->slot = 0;
		c->rows = 0;
		/* Not from here: the loop comes back for it as soon as it may write. */
		(void)event_add(c->on_write, NULL);
		break;
	default:
		serve_query(c);
	}
}

static void
tell_shed(struct client *c)
{
	struct jw	*j;

	if (c->shed == 0)
		return;
	j = client_object();
	object_shed(j, c->shed, "reader");
	if (client_put(c, j, STREAM_BYTES))
		c->shed = 0;
}

void
serve_more(struct client *c)
{
	if (evbuffer_get_length(c->out) > STREAM_BYTES / 2)
		return;
	if (c->mode == CLIENT_LISTING)
		list_more(c);
	else if (c->mode == CLIENT_WATCHING)
		tell_shed(c);
}

void
serve_unanswered(struct client *c, const char *why)
{
	client_error(c, "unavailable", why);
	client_listen(c);
}

static size_t
all_answers(const struct front *front)
{
	const struct client	*c;
	size_t			 sum = 0;

	TAILQ_FOREACH(c, &front->clients, entry)
		sum += evbuffer_get_length(c->out);
	return sum;
}

static void
finish_answer(struct client *c)
{
	struct jw	*j = begin_end(c->rows);
	unsigned	 kind = c->request.query.kind;

	if ((kind == UI_EXPLAIN_FLOW || kind == UI_EXPLAIN_NAME) && c->verdict != 0)
		jw_string(j, "verdict", word_action(c->verdict));
	if (kind == UI_EXPLAIN_FLOW && c->verdict != 0)
		jw_number(j, "mark", mark_of(c->verdict, true));
	jw_end(j);
	client_say(c, j);
	client_listen(c);
}

/* The number asked about belongs to another process by now: its rows are not this user's. */
static bool
subject_changed(const struct client *c)
{
	const struct program	*p;

	if (c->subject == 0)
		return false;
	p = store_process_by_pid(hub_store(c->front->hub), c->request.query.pid);
	return p == NULL || p->id != c->subject;
}

/* Who waits for the answer to this query, or NULL. */
static struct client *
asking(const struct front *front, uint32_t query)
{
	struct client	*c = TAILQ_FIRST(&front->clients);

	while (c != NULL && (c->mode != CLIENT_ASKING || c->query != query))
		c = TAILQ_NEXT(c, entry);
	return c;
}

/* False: it is not held, and the answer has ended. */
static bool
put_row(struct client *c, const struct jw *j)
{
	if (all_answers(c->front) > ANSWERS_BYTES || !client_put(c, j, answer_room(c))) {
		serve_unanswered(c, "the answer is too long to be held: read faster");
		return false;
	}
	c->rows++;
	return true;
}

static void
give_kept(struct client *c, const struct names_kept *m)
{
	struct jw	*j;

	for (unsigned i = 0; i < m->count; i++) {
		j = client_object();
		object_kept(j, &m->entry[i]);
		if (!put_row(c, j))
			return;
	}
	if (!m->last)
		return;
	j = begin_end(c->rows);
	jw_number(j, "more", m->more);
	jw_end(j);
	client_say(c, j);
	client_listen(c);
}

static void
on_kept(void *ctx, uint32_t query, const struct names_kept *m)
{
	struct client	*c = asking(ctx, query);

	if (c != NULL && c->request.query.kind == UI_DNS_CACHE)
		give_kept(c, m);
}

static void
on_servers(void *ctx, uint32_t query, const struct names_servers *m)
{
	struct client	*c = asking(ctx, query);
	struct jw	*j;

	if (c == NULL || c->request.query.kind != UI_DNS_SERVERS)
		return;
	for (unsigned i = 0; i < m->count; i++) {
		j = client_object();
		object_server(j, &m->server[i], m->server[i].of_network ? "resolv.conf" : m->file);
		if (!put_row(c, j))
			return;
	}
	finish_answer(c);
}

/* What is kept, and so was asked for by others, is for those who may see it. */
static bool
may_read(const struct client *c, const struct ui_row *row)
{
	return c->viewer.all || c->request.query.kind != UI_EXPLAIN_NAME || row->check != 0 ||
	    strcmp(row->name, "cache") != 0;
}

static void
give_answer(struct client *c, const struct ui_answer *answer)
{
	unsigned	kind = c->request.query.kind;
	struct jw	*j;

	if (subject_changed(c)) {
		serve_unanswered(c, "the process ended meanwhile");
		return;
	}
	if (answer->error) {
		client_error(c, "not-found", answer->count > 0 ? answer->row[0].text : "");
		client_listen(c);
		return;
	}
	if (kind == UI_DNS_CACHE || kind == UI_DNS_SERVERS) {	/* their answers have messages of their own */
		serve_unanswered(c, "policyd answers something else");
		return;
	}
	for (unsigned i = 0; i < answer->count; i++) {
		if (!may_read(c, &answer->row[i]))
			continue;
		j = client_object();
		object_row(j, kind, &answer->row[i]);
		if (!put_row(c, j))
			return;
		if (answer->row[i].action != 0)
			c->verdict = answer->row[i].action;
	}
	if (answer->last)
		finish_answer(c);
}

static void
on_answer(void *ctx, uint32_t query, const struct ui_answer *answer)
{
	struct client	*c = asking(ctx, query);

	if (c != NULL)
		give_answer(c, answer);
}

static bool
watched(const struct front *front)
{
	const struct client	*c;

	TAILQ_FOREACH(c, &front->clients, entry)
		if (c->mode == CLIENT_WATCHING)
			return true;
	return false;
}

static bool
wants(const struct client *c, const struct ui_event *e, const struct program *p,
    const struct why *w, bool ends)
{
	if (c->mode != CLIENT_WATCHING || (ends && !c->request.ends))
		return false;
	if (!view_allows(&c->viewer, p))
		return false;
	return c->request.filter.count == 0 ||
	    (e != NULL && filter_passes(&c->request.filter, e->action, e, p, w));
}

/* An event, or with end a connection's end, to all who may and want to see it. */
static void
show(struct front *front, const struct ui_event *e, const struct decide_end *end)
{
	struct store		*store = hub_store(front->hub);
	const struct program	*p = NULL;
	const struct why	*w = NULL;
	struct client		*c;
	struct jw		*j = NULL;

	if (e != NULL) {
		p = e->process == 0 ? NULL : store_process(store, e->process);
		w = store_reason(store, e->reason);
	}
	for (c = TAILQ_FIRST(&front->clients); c != NULL; c = TAILQ_NEXT(c, entry)) {
		if (!wants(c, e, p, w, end != NULL))
			continue;
		if (j == NULL) {	/* written once, and only if somebody wants it */
			j = client_object();
			if (end == NULL)
				object_event(j, e, p, w);
			else
				object_flow_end(j, end, e, p, w);
		}
		if (c->shed > 0 || !client_put(c, j, STREAM_BYTES))
			c->shed++;
	}
}

static void
on_event(void *ctx, const struct ui_event *e)
{
	if (watched(ctx))
		show(ctx, e, NULL);
}

/* Something about a program alone, of which no flow is known, and what it came to. */
static void
show_program(struct front *front, const struct jw *j, unsigned word, const struct program *p)
{
	struct client	*c;

	for (c = TAILQ_FIRST(&front->clients); c != NULL; c = TAILQ_NEXT(c, entry)) {
		if (c->mode != CLIENT_WATCHING || !view_allows(&c->viewer, p) ||
		    !filter_passes(&c->request.filter, word, NULL, p, NULL))
			continue;
		if (c->shed > 0 || !client_put(c, j, STREAM_BYTES))
			c->shed++;
	}
}

static const struct program *
program_known(struct front *front, uint64_t id)
{
	return id == 0 ? NULL : store_process(hub_store(front->hub), id);
}

static void
on_question(void *ctx, const struct names_answer *a, int64_t time_us)
{
	const struct program	*p = program_known(ctx, a->asker);
	struct jw		*j;

	if (!watched(ctx))
		return;
	j = client_object();
	object_question(j, a, time_us, p);
	show_program(ctx, j, outcome_question(a->word), p);
}

static void
on_below(void *ctx, const struct decide_below *b, int64_t time_us)
{
	const struct program	*p = program_known(ctx, b->process);
	struct jw		*j = client_object();

	object_below(j, b, time_us, p);
	show_program(ctx, j, outcome_below(b->refused), p);
}

static void
on_end(void *ctx, const struct decide_end *end, const struct ui_event *known)
{
	if (watched(ctx))
		show(ctx, known, end);
}

/* Notices and counts of what was shed come through every filter, but only to those who see all. */
static void
tell_watchers(struct front *front, const struct jw *j)
{
	struct client	*c;

	TAILQ_FOREACH(c, &front->clients, entry)
		if (c->mode == CLIENT_WATCHING && c->viewer.all &&
		    !client_put(c, j, STREAM_BYTES + OBJECT_MAX))
			c->shed++;
}

static void
on_notice(void *ctx, const struct ui_notice *notice)
{
	struct jw	*j = client_object();

	object_notice(j, notice);
	tell_watchers(ctx, j);
}

static void
on_shed(void *ctx, uint64_t count)
{
	struct jw	*j = client_object();

	object_shed(j, count, "policyd");
	tell_watchers(ctx, j);
}

static void
on_renewed(void *ctx)
{
	struct front	*front = ctx;
	struct client	*c;

	TAILQ_FOREACH(c, &front->clients, entry)
		if (c->mode == CLIENT_ASKING)
			serve_unanswered(c, "policyd was started anew: try again");
}

/* A lost policyd ends the suite; this process ends with it and is started with the next. */
static void
on_lost(void *ctx, const char *why)
{
	(void)ctx;
	fatalx("policyd is gone: %s", why);
}

const struct hub_ops front_hub_ops = {
	.event = on_event, .end = on_end, .question = on_question, .below = on_below, .notice = on_notice,
	.shed = on_shed,
	.answer = on_answer, .kept = on_kept, .servers = on_servers, .renewed = on_renewed, .lost = on_lost,
};
