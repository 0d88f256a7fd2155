/*
 * Messages of the ui channel (ui.h): one validator for each, which packing
 * starts with and unpacking ends with. UI_PROCESS is in process.c, UI_ENDS in
 * decide_lists.c, UI_GONE in who.c, UI_SUITE in control.c, UI_NAMES in names.c; queries and their
 * answers are in ui_query.c.
 */
#include "ui.h"

#include <string.h>

#include "ui.pb-c.h"
#include "check.h"
#include "wire_tuples.h"

_Static_assert(UI_BATCH <= WIRE_TUPLES_MAX, "tuples of events");

static bool
ui_reason_valid(const struct ui_reason *m)
{
	return check_string(m->profile, sizeof(m->profile)) &&
	    check_string(m->file, sizeof(m->file)) && check_string(m->text, sizeof(m->text));
}

size_t
ui_reason_pack(const struct ui_reason *m, uint8_t *out, size_t room)
{
	Wire__UiReason w = WIRE__UI_REASON__INIT;

	if (!ui_reason_valid(m))
		return 0;
	w.id = m->id;
	w.check = m->check;
	w.line = m->line;
	w.profile = wire_string(m->profile);
	w.file = wire_string(m->file);
	w.text = wire_string(m->text);
	return wire_pack(&w.base, out, room);
}

int
ui_reason_unpack(const uint8_t *body, size_t len, struct ui_reason *m)
{
	const Wire__UiReason *w = wire_unpack(&wire__ui_reason__descriptor, body, len,
	    UI_REASON_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	m->id = w->id;
	m->line = w->line;
	if (!field_u8(&m->check, w->check) ||
	    !field_text_string(m->profile, sizeof(m->profile), &w->profile) ||
	    !field_text_string(m->file, sizeof(m->file), &w->file) ||
	    !field_text_string(m->text, sizeof(m->text), &w->text))
		return -1;
	return ui_reason_valid(m) ? 0 : -1;
}

static bool
ui_event_valid(const struct ui_event *e)
{
	return e->flow != 0 && check_tuple(&e->tuple) && check_enum(e->direction, DIRECTION_MAX) &&
	    check_enum(e->owner, OWNER_MAX) && check_enum(e->action, ACTION_MAX) &&
	    check_enum(e->source, UI_SOURCE_MAX) &&
	    (e->owner != OWNER_PROCESS || e->process != 0) &&
	    check_string(e->device, sizeof(e->device)) &&
	    (e->name[0] == '\0' || check_domain(e->name, sizeof(e->name)));
}

static bool
ui_events_valid(const struct ui_events *m)
{
	size_t i;

	if (m->count > UI_BATCH)
		return false;
	for (i = 0; i < m->count; i++)
		if (!ui_event_valid(&m->event[i]))
			return false;
	return true;
}

/* In columns, as those of the decide channel. */
struct event_columns {
	struct wire_tuples	tuples;
	int64_t			time_us[UI_BATCH];
	uint64_t		flow[UI_BATCH], process[UI_BATCH];
	uint32_t		reason[UI_BATCH], latency_us[UI_BATCH];
	uint8_t			direction[UI_BATCH], owner[UI_BATCH], action[UI_BATCH];
	uint8_t			permanent[UI_BATCH], source[UI_BATCH];
	ProtobufCBinaryData	device[UI_BATCH], name[UI_BATCH];
};

static void
event_put(struct event_columns *c, size_t at, const struct ui_event *e)
{
	wire_tuples_put(&c->tuples, at, &e->tuple);
	c->time_us[at] = e->time_us;
	c->flow[at] = e->flow;
	c->direction[at] = e->direction;
	c->owner[at] = e->owner;
	c->action[at] = e->action;
	c->permanent[at] = e->permanent;
	c->source[at] = e->source;
	c->process[at] = e->process;
	c->reason[at] = e->reason;
	c->latency_us[at] = e->latency_us;
	c->device[at] = wire_string(e->device);
	c->name[at] = wire_string(e->name);
}

static void
events_point(Wire__UiEvents *w, struct event_columns *c, size_t n)
{
	w->tuple = &c->tuples.w;
	w->n_time_us = w->n_flow = w->n_process = w->n_reason = w->n_latency_us = w->n_device = w->n_name = n;
	w->time_us = c->time_us;
	w->flow = c->flow;
	w->process = c->process;
	w->reason = c->reason;
	w->latency_us = c->latency_us;
	w->direction = wire_bytes(c->direction, n);
	w->owner = wire_bytes(c->owner, n);
	w->action = wire_bytes(c->action, n);
	w->permanent = wire_bytes(c->permanent, n);
	w->source = wire_bytes(c->source, n);
	w->device = c->device;
	w->name = c->name;
}

size_t
ui_events_pack(const struct ui_events *m, uint8_t *out, size_t room)
{
	Wire__UiEvents w = WIRE__UI_EVENTS__INIT;
	struct event_columns c;
	size_t i;

	if (!ui_events_valid(m))
		return 0;
	wire_tuples_init(&c.tuples, m->count);
	for (i = 0; i < m->count; i++)
		event_put(&c, i, &m->event[i]);
	w.shed = m->shed;
	events_point(&w, &c, m->count);
	return wire_pack(&w.base, out, room);
}

/* Is each column n places long? */
static bool
events_fit(const Wire__UiEvents *w, size_t n)
{
	return field_tuples(w->tuple, n) && w->n_time_us == n && w->n_process == n && w->n_reason == n &&
	    w->n_latency_us == n && w->n_device == n && w->n_name == n && field_column(&w->direction, n, 1) &&
	    field_column(&w->owner, n, 1) && field_column(&w->action, n, 1) &&
	    field_column(&w->permanent, n, 1) && field_column(&w->source, n, 1);
}

static bool
event_at(struct ui_event *e, const Wire__UiEvents *w, size_t at)
{
	field_tuple_at(&e->tuple, w->tuple, at);
	e->time_us = w->time_us[at];
	e->flow = w->flow[at];
	e->direction = w->direction.data[at];
	e->owner = w->owner.data[at];
	e->action = w->action.data[at];
	e->permanent = w->permanent.data[at] == 1;
	e->source = w->source.data[at];
	e->process = w->process[at];
	e->reason = w->reason[at];
	e->latency_us = w->latency_us[at];
	return w->permanent.data[at] <= 1 && field_text_string(e->device, sizeof(e->device), &w->device[at]) &&
	    field_string(e->name, sizeof(e->name), &w->name[at]);
}

int
ui_events_unpack(const uint8_t *body, size_t len, struct ui_events *m)
{
	const Wire__UiEvents *w = wire_unpack(&wire__ui_events__descriptor, body, len,
	    UI_EVENTS_MAX);
	size_t i, n;

	if (w == NULL || (n = w->n_flow) > UI_BATCH || !events_fit(w, n))
		return -1;
	memset(m, 0, sizeof(*m));
	m->shed = w->shed;
	m->count = (uint8_t)n;
	for (i = 0; i < n; i++)
		if (!event_at(&m->event[i], w, i))
			return -1;
	return ui_events_valid(m) ? 0 : -1;
}

static bool
ui_status_valid(const struct ui_status *m)
{
	size_t i;

	if (!check_enum(m->level, LEVEL_MAX) || m->rules > RULES_STATE_MAX || m->intercept.kernel > KERNEL_PATH_MAX ||
	    !check_string(m->level_why, sizeof(m->level_why)) || m->warnings > UI_WARNINGS)
		return false;
	for (i = 0; i < m->warnings; i++)
		if (!check_string(m->warning[i], sizeof(m->warning[i])))
			return false;
	return true;
}

size_t
ui_status_pack(const struct ui_status *m, uint8_t *out, size_t room)
{
	Wire__UiStatus w = WIRE__UI_STATUS__INIT;
	Wire__DecideStats stats;
	ProtobufCBinaryData warning[UI_WARNINGS];
	size_t i;

	if (!ui_status_valid(m))
		return 0;
	wire_stats(&stats, &m->intercept);
	for (i = 0; i < m->warnings; i++)
		warning[i] = wire_string(m->warning[i]);
	w.level = m->level;
	w.rules = m->rules;
	w.guard = m->guard;
	w.level_why = wire_string(m->level_why);
	w.profiles = m->profiles;
	w.broken_files = m->broken_files;
	w.accepted = m->accepted;
	w.blocked = m->blocked;
	w.dropped = m->dropped;
	w.rerouted = m->rerouted;
	w.asked = m->asked;
	w.granted = m->granted;
	w.events_shed = m->events_shed;
	w.intercept = &stats;
	w.agents = m->agents;
	w.waiting = m->waiting;
	w.unanswered = m->unanswered;
	w.n_warning = m->warnings;
	w.warning = warning;
	return wire_pack(&w.base, out, room);
}

int
ui_status_unpack(const uint8_t *body, size_t len, struct ui_status *m)
{
	const Wire__UiStatus *w = wire_unpack(&wire__ui_status__descriptor, body, len,
	    UI_STATUS_MAX);
	size_t i;

	if (w == NULL || w->intercept == NULL || w->n_warning > UI_WARNINGS)
		return -1;
	memset(m, 0, sizeof(*m));
	m->guard = w->guard != 0;
	m->profiles = w->profiles;
	m->broken_files = w->broken_files;
	m->accepted = w->accepted;
	m->blocked = w->blocked;
	m->dropped = w->dropped;
	m->rerouted = w->rerouted;
	m->asked = w->asked;
	m->granted = w->granted;
	m->events_shed = w->events_shed;
	m->agents = w->agents;
	m->waiting = w->waiting;
	m->unanswered = w->unanswered;
	m->warnings = (uint8_t)w->n_warning;
	if (!field_stats(&m->intercept, w->intercept) || !field_u8(&m->level, w->level) ||
	    !field_u8(&m->rules, w->rules) || !field_text_string(m->level_why, sizeof(m->level_why), &w->level_why))
		return -1;
	for (i = 0; i < w->n_warning; i++)
		if (!field_text_string(m->warning[i], sizeof(m->warning[i]), &w->warning[i]))
			return -1;
	return ui_status_valid(m) ? 0 : -1;
}

static bool
ui_notice_valid(const struct ui_notice *m)
{
	return check_enum(m->level, UI_NOTICE_LEVEL_MAX) && m->len <= sizeof(m->text);
}

size_t
ui_notice_pack(const struct ui_notice *m, uint8_t *out, size_t room)
{
	Wire__UiNotice w = WIRE__UI_NOTICE__INIT;

	if (!ui_notice_valid(m))
		return 0;
	w.time_us = m->time_us;
	w.level = m->level;
	w.text = wire_bytes(m->text, m->len);
	return wire_pack(&w.base, out, room);
}

int
ui_notice_unpack(const uint8_t *body, size_t len, struct ui_notice *m)
{
	const Wire__UiNotice *w = wire_unpack(&wire__ui_notice__descriptor, body, len,
	    UI_NOTICE_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	m->time_us = w->time_us;
	if (!field_u8(&m->level, w->level) ||
	    !field_text(m->text, &m->len, sizeof(m->text), &w->text))
		return -1;
	return ui_notice_valid(m) ? 0 : -1;
}
