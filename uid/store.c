/*
 * Connections, recent events, notices and the last status; see store.h.
 * Called for every message of policyd, so events cost one copy and one hash
 * entry. Fixed-size records in memory that the kernel gives when first used.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox.h"
#include "store_impl.h"

struct store *
store_new(void)
{
	struct store	*s = calloc(1, sizeof(*s));

	if (s == NULL || (s->flows = calloc(STORE_FLOWS, sizeof(*s->flows))) == NULL ||
	    (s->recent = calloc(STORE_RECENT, sizeof(*s->recent))) == NULL)
		fatalx("no memory for tables");
	TAILQ_INIT(&s->live);
	TAILQ_INIT(&s->gone);
	TAILQ_INIT(&s->reasons);
	s->free = s->newest = s->oldest = FLOW_NONE;
	memset(s->flow_bucket, 0xff, sizeof(s->flow_bucket));
	return s;
}

void
store_free(struct store *s)
{
	if (s == NULL)
		return;
	store_free_names(s);
	free(s->flows);
	free(s->recent);
	free(s->notices);
	free(s->blocked);
	free(s);
}

static uint32_t *
flow_bucket(struct store *s, uint64_t flow)
{
	return &s->flow_bucket[(flow * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - FLOW_BUCKET_BITS)];
}

static uint32_t
flow_find(const struct store *s, uint64_t flow)
{
	/* The table is only read: the cast serves one function for both. */
	uint32_t	slot = *flow_bucket((struct store *)(uintptr_t)s, flow);

	while (slot != FLOW_NONE && s->flows[slot].event.flow != flow)
		slot = s->flows[slot].next;
	return slot;
}

static void
flow_unlink(struct store *s, uint32_t slot)
{
	struct connection	*c = &s->flows[slot];
	uint32_t		*link = flow_bucket(s, c->event.flow);

	while (*link != slot)
		link = &s->flows[*link].next;
	*link = c->next;
	if (c->newer != FLOW_NONE)
		s->flows[c->newer].older = c->older;
	else
		s->newest = c->older;
	if (c->older != FLOW_NONE)
		s->flows[c->older].newer = c->newer;
	else
		s->oldest = c->newer;
	c->used = false;
	c->next = s->free;
	s->free = slot;
	s->connections--;
}

static uint32_t
flow_slot(struct store *s)
{
	uint32_t	slot;

	if (s->free == FLOW_NONE && s->untouched < STORE_FLOWS)
		return s->untouched++;
	if (s->free == FLOW_NONE) {
		flow_unlink(s, s->oldest);
		s->pushed_out++;
	}
	slot = s->free;
	s->free = s->flows[slot].next;
	return slot;
}

_Static_assert(sizeof(struct ui_event) - offsetof(struct ui_event, name) - UI_HOST_BYTES < _Alignof(struct ui_event),
    "the name is last");

/* Names are short mostly: what is behind them in their room stays untouched, where thousands of events lie in no cache. */
static void
event_copy(struct ui_event *to, const struct ui_event *from)
{
	memcpy(to, from, offsetof(struct ui_event, name) + strlen(from->name) + 1);
}

static void
flow_insert(struct store *s, const struct ui_event *event)
{
	uint32_t		 slot = flow_slot(s);
	uint32_t		*bucket = flow_bucket(s, event->flow);
	struct connection	*c = &s->flows[slot];

	event_copy(&c->event, event);
	c->bytes_out = c->bytes_in = 0;
	c->used = true;
	c->next = *bucket;
	c->older = s->newest;
	c->newer = FLOW_NONE;
	*bucket = slot;
	if (s->newest != FLOW_NONE)
		s->flows[s->newest].newer = slot;
	else
		s->oldest = slot;
	s->newest = slot;
	s->connections++;
}

/* What is denied, ended, or allowed packet by packet, has no end that anybody would tell. */
static bool
makes_connection(const struct ui_event *event)
{
	return event->permanent && event->source != UI_AGAIN && event->action != ACTION_BLOCK && event->action != ACTION_DROP;
}

void
store_add_event(struct store *s, const struct ui_event *event)
{
	uint32_t	slot = flow_find(s, event->flow);

	event_copy(&s->recent[s->events++ % STORE_RECENT], event);
	if (slot != FLOW_NONE && makes_connection(event))
		event_copy(&s->flows[slot].event, event);
	else if (slot != FLOW_NONE)
		flow_unlink(s, slot);
	else if (makes_connection(event))
		flow_insert(s, event);
}

const struct connection *
store_connection(const struct store *s, uint64_t flow)
{
	uint32_t	slot = flow_find(s, flow);

	return slot == FLOW_NONE ? NULL : &s->flows[slot];
}

void
store_remove_connection(struct store *s, uint64_t flow)
{
	uint32_t	slot = flow_find(s, flow);

	if (slot != FLOW_NONE)
		flow_unlink(s, slot);
}

const struct connection *
store_slot(const struct store *s, uint32_t slot)
{
	return slot < s->untouched && s->flows[slot].used ? &s->flows[slot] : NULL;
}

uint32_t
store_connections(const struct store *s)
{
	return s->connections;
}

uint64_t
store_pushed_out(const struct store *s)
{
	return s->pushed_out;
}

const struct ui_event *
store_event(const struct store *s, uint32_t n)
{
	return &s->recent[(s->events - store_recent(s) + n) % STORE_RECENT];
}

uint32_t
store_recent(const struct store *s)
{
	return s->events < STORE_RECENT ? (uint32_t)s->events : STORE_RECENT;
}

void
store_add_notice(struct store *s, const struct ui_notice *notice)
{
	if (s->notices == NULL &&
	    (s->notices = calloc(STORE_NOTICES, sizeof(*s->notices))) == NULL)
		fatalx("no memory for notices");
	s->notices[s->notice_count++ % STORE_NOTICES] = *notice;
}

const struct ui_notice *
store_notice(const struct store *s, uint32_t n)
{
	return &s->notices[(s->notice_count - store_notices(s) + n) % STORE_NOTICES];
}

uint32_t
store_notices(const struct store *s)
{
	return s->notice_count < STORE_NOTICES ? (uint32_t)s->notice_count : STORE_NOTICES;
}

void
store_set_status(struct store *s, const struct ui_status *status)
{
	s->status = *status;
	s->has_status = true;
}

const struct ui_status *
store_status(const struct store *s)
{
	return s->has_status ? &s->status : NULL;
}

void
store_set_suite(struct store *s, const struct control_suite *suite)
{
	s->suite = *suite;
	s->has_suite = true;
}

const struct control_suite *
store_suite(const struct store *s)
{
	return s->has_suite ? &s->suite : NULL;
}
