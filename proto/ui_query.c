/*
 * Queries and answers of the ui channel (ui.h). One validator for each, as in
 * ui.c. An answer's rows point into its own storage after unpacking.
 */
#include "ui.h"

#include <string.h>

#include "ui.pb-c.h"
#include "check.h"
#include "text.h"
#include "wire.h"

static bool
ui_query_valid(const struct ui_query *m)
{
	if (!check_enum(m->kind, UI_QUERY_MAX_KIND) || m->len > sizeof(m->text) ||
	    memchr(m->text, '\0', m->len) != NULL)
		return false;
	switch (m->kind) {
	case UI_EXPLAIN_FLOW:
		return check_enum(m->direction, DIRECTION_MAX) && check_tuple(&m->tuple) &&
		    (m->name[0] == '\0' || check_domain(m->name, sizeof(m->name))) &&
		    (m->pid != 0 || m->len > 0);
	case UI_EXPLAIN_NAME:
		return check_domain(m->name, sizeof(m->name)) && (m->pid != 0 || m->len > 0);
	case UI_EXPLAIN_PROGRAM:
		return m->pid != 0 || m->len > 0;
	case UI_PROFILE_SHOW:
		return m->len > 0;
	default:
		return true;
	}
}

size_t
ui_query_pack(const struct ui_query *m, uint8_t *out, size_t room)
{
	Wire__UiQuery w = WIRE__UI_QUERY__INIT;
	Wire__Tuple tuple;

	if (!ui_query_valid(m))
		return 0;
	w.kind = m->kind;
	w.uid = m->uid;
	w.pid = m->pid;
	w.as_uid = m->as_uid;
	w.text = wire_bytes(m->text, m->len);
	if (m->kind == UI_EXPLAIN_FLOW) {
		wire_tuple(&tuple, &m->tuple);
		w.direction = m->direction;
		w.tuple = &tuple;
	}
	if (m->kind == UI_EXPLAIN_NAME || (m->kind == UI_EXPLAIN_FLOW && m->name[0] != '\0')) {
		w.has_name = true;
		w.name = wire_string(m->name);
	}
	if (m->kind == UI_EXPLAIN_NAME) {
		w.has_qtype = true;
		w.qtype = m->qtype;
	}
	return wire_pack(&w.base, out, room);
}

/* A question has name and type; a flow may have a name; nothing else has either. */
static bool
unpack_name(const Wire__UiQuery *w, struct ui_query *m)
{
	if (w->has_qtype != (m->kind == UI_EXPLAIN_NAME) || !field_u16(&m->qtype, w->has_qtype ? w->qtype : 0))
		return false;
	if (!w->has_name)
		return m->kind != UI_EXPLAIN_NAME;
	return (m->kind == UI_EXPLAIN_NAME || m->kind == UI_EXPLAIN_FLOW) && w->name.len > 0 &&
	    field_string(m->name, sizeof(m->name), &w->name);
}

int
ui_query_unpack(const uint8_t *body, size_t len, struct ui_query *m)
{
	const Wire__UiQuery *w = wire_unpack(&wire__ui_query__descriptor, body, len, UI_QUERY_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	m->uid = w->uid;
	m->pid = w->pid;
	m->as_uid = w->as_uid;
	if (!field_u8(&m->kind, w->kind) || !field_u8(&m->direction, w->direction) ||
	    !field_bytes(m->text, &m->len, sizeof(m->text), &w->text))
		return -1;
	/* Flow and direction come with the question about a flow and no other. */
	if (m->kind != UI_EXPLAIN_FLOW) {
		if (w->tuple != NULL || m->direction != 0)
			return -1;
	} else if (!field_tuple(&m->tuple, w->tuple)) {
		return -1;
	}
	if (!unpack_name(w, m))
		return -1;
	return ui_query_valid(m) ? 0 : -1;
}

/* Bytes of all strings of a row with their NULs. */
static size_t
row_bytes(const struct ui_row *r)
{
	return strlen(r->name) + strlen(r->file) + strlen(r->text) + 3;
}

static bool
ui_answer_valid(const struct ui_answer *m)
{
	size_t i, bytes = 0;

	if (m->count > UI_ROWS || (m->error && m->count == 0))
		return false;
	for (i = 0; i < m->count; i++) {
		const struct ui_row *r = &m->row[i];

		if (r->action > ACTION_MAX || r->name == NULL || r->file == NULL || r->text == NULL)
			return false;
		bytes += row_bytes(r);
	}
	return bytes <= sizeof(m->storage);
}

size_t
ui_answer_pack(const struct ui_answer *m, uint8_t *out, size_t room)
{
	Wire__UiAnswer w = WIRE__UI_ANSWER__INIT;
	Wire__UiRow row[UI_ROWS], *list[UI_ROWS];
	size_t i;

	if (!ui_answer_valid(m))
		return 0;
	for (i = 0; i < m->count; i++) {
		const struct ui_row *r = &m->row[i];

		wire__ui_row__init(&row[i]);
		row[i].check = r->check;
		row[i].action = r->action;
		row[i].line = r->line;
		row[i].name = wire_string(r->name);
		row[i].file = wire_string(r->file);
		row[i].text = wire_string(r->text);
		list[i] = &row[i];
	}
	w.last = m->last;
	w.error = m->error;
	w.n_row = m->count;
	w.row = list;
	return wire_pack(&w.base, out, room);
}

/* Copies one string to the end of storage; NULL if it doesn't fit or holds a NUL. */
static const char *
storage_add(struct ui_answer *m, size_t *used, const ProtobufCBinaryData *b)
{
	char *s = m->storage + *used;
	size_t len;

	if (b->len >= sizeof(m->storage) - *used)
		return NULL;
	if (b->len > 0)
		memcpy(s, b->data, b->len);
	if (memchr(s, '\0', b->len) != NULL)
		return NULL;
	len = text_printable(s, b->len, true);
	s[len] = '\0';
	*used += len + 1;
	return s;
}

int
ui_answer_unpack(const uint8_t *body, size_t len, struct ui_answer *m)
{
	const Wire__UiAnswer *w = wire_unpack(&wire__ui_answer__descriptor, body, len,
	    UI_ANSWER_MAX);
	size_t i, used = 0;

	if (w == NULL || w->n_row > UI_ROWS)
		return -1;
	memset(m, 0, sizeof(*m));
	m->last = w->last != 0;
	m->error = w->error != 0;
	m->count = (uint16_t)w->n_row;
	for (i = 0; i < w->n_row; i++) {
		const Wire__UiRow *from = w->row[i];
		struct ui_row *r = &m->row[i];

		r->line = from->line;
		r->name = storage_add(m, &used, &from->name);
		r->file = storage_add(m, &used, &from->file);
		r->text = storage_add(m, &used, &from->text);
		if (!field_u8(&r->check, from->check) || !field_u8(&r->action, from->action) ||
		    r->name == NULL || r->file == NULL || r->text == NULL)
			return -1;
	}
	return ui_answer_valid(m) ? 0 : -1;
}
