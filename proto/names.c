/*
 * Messages of the names channel (names.h) about clients and their questions: one validator for each, which packing
 * starts with and unpacking ends with.
 */
#include "names.h"

#include <netinet/in.h>
#include <string.h>

#include "names.pb-c.h"
#include "caller.h"
#include "check.h"
#include "wire.h"

static bool
check_client(const struct tuple *t)
{
	return check_tuple(t) &&
	    (t->proto == IPPROTO_UDP || t->proto == IPPROTO_TCP || caller_number(t) != 0);
}

static bool
names_ask_valid(const struct names_ask *m)
{
	return check_client(&m->tuple) && check_domain(m->name, NAME_BYTES);
}

size_t
names_ask_pack(const struct names_ask *m, uint8_t *out, size_t room)
{
	Wire__NamesAsk w = WIRE__NAMES_ASK__INIT;
	Wire__Tuple tuple;

	if (!names_ask_valid(m))
		return 0;
	wire_tuple(&tuple, &m->tuple);
	w.tuple = &tuple;
	w.name = wire_string(m->name);
	w.qtype = m->qtype;
	return wire_pack(&w.base, out, room);
}

int
names_ask_unpack(const uint8_t *body, size_t len, struct names_ask *m)
{
	const Wire__NamesAsk *w = wire_unpack(&wire__names_ask__descriptor, body, len, NAMES_ASK_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	if (!field_tuple(&m->tuple, w->tuple) || !field_u16(&m->qtype, w->qtype) ||
	    !field_string(m->name, sizeof(m->name), &w->name))
		return -1;
	return names_ask_valid(m) ? 0 : -1;
}

static bool
names_verdict_valid(const struct names_verdict *m)
{
	return check_enum(m->word, NAMES_WORD_MAX) && (m->word != NAMES_RESOLVE || m->asker != 0) &&
	    (m->word == NAMES_RESOLVE || (!m->grant && !m->sift && m->lists == 0)) && (m->asker == 0) == (m->program == 0) &&
	    (m->asker == 0) == (m->user == 0) && check_string(m->reason, sizeof(m->reason));
}

size_t
names_verdict_pack(const struct names_verdict *m, uint8_t *out, size_t room)
{
	Wire__NamesVerdict w = WIRE__NAMES_VERDICT__INIT;

	if (!names_verdict_valid(m))
		return 0;
	w.word = m->word;
	w.asker = m->asker;
	w.grant = m->grant;
	w.reason = wire_string(m->reason);
	w.program = m->program;
	w.sift = m->sift;
	w.user = m->user;
	w.lists = m->lists;
	return wire_pack(&w.base, out, room);
}

int
names_verdict_unpack(const uint8_t *body, size_t len, struct names_verdict *m)
{
	const Wire__NamesVerdict *w = wire_unpack(&wire__names_verdict__descriptor, body, len,
	    NAMES_VERDICT_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	m->asker = w->asker;
	m->program = w->program;
	m->user = w->user;
	m->grant = w->grant != 0;
	m->sift = w->sift != 0;
	m->lists = w->lists;
	if (!field_u8(&m->word, w->word) ||
	    !field_text_string(m->reason, sizeof(m->reason), &w->reason))
		return -1;
	return names_verdict_valid(m) ? 0 : -1;
}

static bool
names_grant_valid(const struct names_grant *m)
{
	return check_client(&m->tuple) && m->asker != 0 && m->program != 0 && m->user != 0;
}

size_t
names_grant_pack(const struct names_grant *m, uint8_t *out, size_t room)
{
	Wire__NamesGrant w = WIRE__NAMES_GRANT__INIT;
	Wire__Tuple tuple;

	if (!names_grant_valid(m))
		return 0;
	wire_tuple(&tuple, &m->tuple);
	w.tuple = &tuple;
	w.asker = m->asker;
	w.program = m->program;
	w.user = m->user;
	w.sift = m->sift;
	w.lists = m->lists;
	return wire_pack(&w.base, out, room);
}

int
names_grant_unpack(const uint8_t *body, size_t len, struct names_grant *m)
{
	const Wire__NamesGrant *w = wire_unpack(&wire__names_grant__descriptor, body, len,
	    NAMES_GRANT_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	m->asker = w->asker;
	m->program = w->program;
	m->user = w->user;
	m->sift = w->sift != 0;
	m->lists = w->lists;
	return field_tuple(&m->tuple, w->tuple) && names_grant_valid(m) ? 0 : -1;
}

size_t
names_forget_pack(const struct names_forget *m, uint8_t *out, size_t room)
{
	Wire__NamesForget w = WIRE__NAMES_FORGET__INIT;
	Wire__Tuple tuple;

	if (!check_client(&m->tuple))
		return 0;
	wire_tuple(&tuple, &m->tuple);
	w.tuple = &tuple;
	return wire_pack(&w.base, out, room);
}

int
names_forget_unpack(const uint8_t *body, size_t len, struct names_forget *m)
{
	const Wire__NamesForget *w = wire_unpack(&wire__names_forget__descriptor, body, len,
	    NAMES_FORGET_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	return field_tuple(&m->tuple, w->tuple) && check_client(&m->tuple) ? 0 : -1;
}

size_t
names_caller_pack(const struct names_caller *m, uint8_t *out, size_t room)
{
	Wire__NamesCaller w = WIRE__NAMES_CALLER__INIT;

	if (m->number == 0)
		return 0;
	w.number = m->number;
	return wire_pack(&w.base, out, room);
}

int
names_caller_unpack(const uint8_t *body, size_t len, struct names_caller *m)
{
	const Wire__NamesCaller *w = wire_unpack(&wire__names_caller__descriptor, body, len,
	    NAMES_CALLER_MAX);

	if (w == NULL)
		return -1;
	m->number = w->number;
	return m->number != 0 ? 0 : -1;
}

static bool
names_answers_valid(const struct names_answers *m)
{
	if (m->count > NAMES_BATCH || (m->count == 0 && m->shed == 0))
		return false;
	for (unsigned i = 0; i < m->count; i++) {
		const struct names_answer *a = &m->answer[i];

		if (!check_client(&a->tuple) || !check_domain(a->name, NAME_BYTES) ||
		    !check_enum(a->word, NAMES_WORD_MAX) ||
		    !check_enum(a->validation, NAMES_VALIDATION_MAX) ||
		    !check_string(a->server, sizeof(a->server)) ||
		    !check_string(a->reason, sizeof(a->reason)) ||
		    (a->word == NAMES_RESOLVE && a->reason[0] != '\0'))
			return false;
	}
	return true;
}

size_t
names_answers_pack(const struct names_answers *m, uint8_t *out, size_t room)
{
	Wire__NamesAnswers w = WIRE__NAMES_ANSWERS__INIT;
	Wire__NamesAnswer answer[NAMES_BATCH], *list[NAMES_BATCH];
	Wire__Tuple tuple[NAMES_BATCH];

	if (!names_answers_valid(m))
		return 0;
	w.shed = m->shed;
	for (unsigned i = 0; i < m->count; i++) {
		const struct names_answer *a = &m->answer[i];

		wire__names_answer__init(&answer[i]);
		wire_tuple(&tuple[i], &a->tuple);
		answer[i].tuple = &tuple[i];
		answer[i].asker = a->asker;
		answer[i].name = wire_string(a->name);
		answer[i].qtype = a->qtype;
		answer[i].word = a->word;
		answer[i].rcode = a->rcode;
		answer[i].cached = a->cached;
		answer[i].validation = a->validation;
		answer[i].took_us = a->took_us;
		answer[i].server = wire_string(a->server);
		answer[i].addresses = a->addresses;
		answer[i].reason = wire_string(a->reason);
		list[i] = &answer[i];
	}
	w.n_answer = m->count;
	w.answer = list;
	return wire_pack(&w.base, out, room);
}

static bool
answer_fields(struct names_answer *a, const Wire__NamesAnswer *from)
{
	a->asker = from->asker;
	a->cached = from->cached != 0;
	a->took_us = from->took_us;
	return field_tuple(&a->tuple, from->tuple) && field_u16(&a->qtype, from->qtype) &&
	    field_string(a->name, sizeof(a->name), &from->name) && field_u8(&a->word, from->word) &&
	    field_u16(&a->rcode, from->rcode) && field_u8(&a->validation, from->validation) &&
	    field_text_string(a->server, sizeof(a->server), &from->server) &&
	    field_u8(&a->addresses, from->addresses) &&
	    field_text_string(a->reason, sizeof(a->reason), &from->reason);
}

int
names_answers_unpack(const uint8_t *body, size_t len, struct names_answers *m)
{
	const Wire__NamesAnswers *w = wire_unpack(&wire__names_answers__descriptor, body, len,
	    NAMES_ANSWERS_MAX);

	if (w == NULL || w->n_answer > NAMES_BATCH)
		return -1;
	memset(m, 0, sizeof(*m));
	m->count = (uint8_t)w->n_answer;
	m->shed = w->shed;
	for (unsigned i = 0; i < m->count; i++)
		if (!answer_fields(&m->answer[i], w->answer[i]))
			return -1;
	return names_answers_valid(m) ? 0 : -1;
}
