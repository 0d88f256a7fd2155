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
#include "wire.h"

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

static void
event_pack(Wire__UiEvent *w, Wire__Tuple *tuple, const struct ui_event *e)
{
	wire__ui_event__init(w);
	wire_tuple(tuple, &e->tuple);
	w->time_us = e->time_us;
	w->flow = e->flow;
	w->tuple = tuple;
	w->direction = e->direction;
	w->owner = e->owner;
	w->action = e->action;
	w->permanent = e->permanent;
	w->source = e->source;
	w->process = e->process;
	w->reason = e->reason;
	w->latency_us = e->latency_us;
	w->device = wire_string(e->device);
	w->name = wire_string(e->name);
}

size_t
ui_events_pack(const struct ui_events *m, uint8_t *out, size_t room)
{
	Wire__UiEvents w = WIRE__UI_EVENTS__INIT;
	Wire__UiEvent event[UI_BATCH], *list[UI_BATCH];
	Wire__Tuple tuple[UI_BATCH];
	size_t i;

	if (!ui_events_valid(m))
		return 0;
	for (i = 0; i < m->count; i++) {
		event_pack(&event[i], &tuple[i], &m->event[i]);
		list[i] = &event[i];
	}
	w.shed = m->shed;
	w.n_event = m->count;
	w.event = list;
	return wire_pack(&w.base, out, room);
}

static int
event_unpack(struct ui_event *e, const Wire__UiEvent *w)
{
	e->time_us = w->time_us;
	e->flow = w->flow;
	e->permanent = w->permanent != 0;
	e->process = w->process;
	e->reason = w->reason;
	e->latency_us = w->latency_us;
	if (!field_tuple(&e->tuple, w->tuple) || !field_u8(&e->direction, w->direction) ||
	    !field_u8(&e->owner, w->owner) || !field_u8(&e->action, w->action) ||
	    !field_u8(&e->source, w->source) ||
	    !field_text_string(e->device, sizeof(e->device), &w->device) ||
	    !field_string(e->name, sizeof(e->name), &w->name))
		return -1;
	return 0;
}

int
ui_events_unpack(const uint8_t *body, size_t len, struct ui_events *m)
{
	const Wire__UiEvents *w = wire_unpack(&wire__ui_events__descriptor, body, len,
	    UI_EVENTS_MAX);
	size_t i;

	if (w == NULL || w->n_event > UI_BATCH)
		return -1;
	memset(m, 0, sizeof(*m));
	m->shed = w->shed;
	m->count = (uint8_t)w->n_event;
	for (i = 0; i < w->n_event; i++)
		if (event_unpack(&m->event[i], w->event[i]) == -1)
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
