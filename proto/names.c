/*
 * Messages of the names channel (names.h): one validator for each, which packing
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
	    (m->word == NAMES_RESOLVE || (!m->grant && !m->sift)) && (m->asker == 0) == (m->program == 0) &&
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
	if (!field_u8(&m->word, w->word) ||
	    !field_text_string(m->reason, sizeof(m->reason), &w->reason))
		return -1;
	return names_verdict_valid(m) ? 0 : -1;
}

static bool
check_addresses(const struct names_address *address, unsigned count)
{
	if (count == 0 || count > NAMES_ADDRESSES)
		return false;
	for (unsigned i = 0; i < count; i++)
		if (!check_address(address[i].family, address[i].address))
			return false;
	return true;
}

/* Puts them into list, whose parts lie in room. */
static void
put_addresses(const struct names_address *address, unsigned count, Wire__NamesAddress *room,
    Wire__NamesAddress **list)
{
	for (unsigned i = 0; i < count; i++) {
		wire__names_address__init(&room[i]);
		room[i].address = wire_address(address[i].family, address[i].address);
		list[i] = &room[i];
	}
}

static bool
field_addresses(struct names_address *address, Wire__NamesAddress *const *list, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (!field_address(&address[i].family, address[i].address, &list[i]->address))
			return false;
	return true;
}

static bool
told_valid(const struct names_told *m)
{
	if (m->asker == 0 || m->names == 0 || m->names > NAMES_ALIASES)
		return false;
	for (unsigned i = 0; i < m->names; i++)
		if (!check_domain(m->name[i], NAME_BYTES))
			return false;
	return check_addresses(m->address, m->addresses);
}

static bool
names_learnt_valid(const struct names_learnt *m)
{
	if (m->count == 0 || m->count > NAMES_TOLD_MOST)
		return false;
	for (unsigned i = 0; i < m->count; i++)
		if (!told_valid(&m->told[i]))
			return false;
	return true;
}

/* What one is packed from. */
struct told_wire {
	Wire__NamesTold		 w;
	Wire__NamesAddress	 address[NAMES_ADDRESSES], *list[NAMES_ADDRESSES];
	ProtobufCBinaryData	 name[NAMES_ALIASES];
};

static void
wire_told(struct told_wire *t, const struct names_told *m)
{
	wire__names_told__init(&t->w);
	t->w.asker = m->asker;
	for (unsigned i = 0; i < m->names; i++)
		t->name[i] = wire_string(m->name[i]);
	t->w.n_name = m->names;
	t->w.name = t->name;
	put_addresses(m->address, m->addresses, t->address, t->list);
	t->w.n_address = m->addresses;
	t->w.address = t->list;
}

size_t
names_learnt_pack(const struct names_learnt *m, uint8_t *out, size_t room)
{
	static struct told_wire	told[NAMES_TOLD_MOST];
	Wire__NamesLearnt	w = WIRE__NAMES_LEARNT__INIT;
	Wire__NamesTold	       *list[NAMES_TOLD_MOST];

	if (!names_learnt_valid(m))
		return 0;
	for (unsigned i = 0; i < m->count; i++) {
		wire_told(&told[i], &m->told[i]);
		list[i] = &told[i].w;
	}
	w.n_told = m->count;
	w.told = list;
	return wire_pack(&w.base, out, room < NAMES_LEARNT_MAX ? room : NAMES_LEARNT_MAX);
}

static bool
told_fields(struct names_told *m, const Wire__NamesTold *w)
{
	if (w->n_name > NAMES_ALIASES || w->n_address > NAMES_ADDRESSES)
		return false;
	m->asker = w->asker;
	m->names = (uint8_t)w->n_name;
	m->addresses = (uint8_t)w->n_address;
	memset(m->address, 0, m->addresses * sizeof(m->address[0]));
	for (unsigned i = 0; i < m->names; i++)
		if (!field_string(m->name[i], sizeof(m->name[i]), &w->name[i]))
			return false;
	return field_addresses(m->address, w->address, m->addresses);
}

int
names_learnt_unpack(const uint8_t *body, size_t len, struct names_learnt *m)
{
	const Wire__NamesLearnt *w = wire_unpack(&wire__names_learnt__descriptor, body, len,
	    NAMES_LEARNT_MAX);

	if (w == NULL || w->n_told > NAMES_TOLD_MOST)
		return -1;
	m->count = (uint8_t)w->n_told;
	for (unsigned i = 0; i < m->count; i++)
		if (!told_fields(&m->told[i], w->told[i]))
			return -1;
	return names_learnt_valid(m) ? 0 : -1;
}

static bool
names_sift_valid(const struct names_sift *m)
{
	return m->asker != 0 && check_domain(m->name, NAME_BYTES) && check_addresses(m->address, m->addresses);
}

size_t
names_sift_pack(const struct names_sift *m, uint8_t *out, size_t room)
{
	Wire__NamesSift w = WIRE__NAMES_SIFT__INIT;
	Wire__NamesAddress address[NAMES_ADDRESSES], *list[NAMES_ADDRESSES];

	if (!names_sift_valid(m))
		return 0;
	w.asker = m->asker;
	w.name = wire_string(m->name);
	put_addresses(m->address, m->addresses, address, list);
	w.n_address = m->addresses;
	w.address = list;
	return wire_pack(&w.base, out, room);
}

int
names_sift_unpack(const uint8_t *body, size_t len, struct names_sift *m)
{
	const Wire__NamesSift *w = wire_unpack(&wire__names_sift__descriptor, body, len, NAMES_SIFT_MAX);

	if (w == NULL || w->n_address > NAMES_ADDRESSES)
		return -1;
	memset(m, 0, sizeof(*m));
	m->asker = w->asker;
	m->addresses = (uint8_t)w->n_address;
	if (!field_string(m->name, sizeof(m->name), &w->name) ||
	    !field_addresses(m->address, w->address, m->addresses))
		return -1;
	return names_sift_valid(m) ? 0 : -1;
}

static bool
names_sifted_valid(const struct names_sifted *m)
{
	return check_string(m->reason, sizeof(m->reason)) && (m->out == 0) == (m->reason[0] == '\0');
}

size_t
names_sifted_pack(const struct names_sifted *m, uint8_t *out, size_t room)
{
	Wire__NamesSifted w = WIRE__NAMES_SIFTED__INIT;

	if (!names_sifted_valid(m))
		return 0;
	w.out = m->out;
	w.reason = wire_string(m->reason);
	return wire_pack(&w.base, out, room);
}

int
names_sifted_unpack(const uint8_t *body, size_t len, struct names_sifted *m)
{
	const Wire__NamesSifted *w = wire_unpack(&wire__names_sifted__descriptor, body, len, NAMES_SIFTED_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	m->out = w->out;
	if (!field_text_string(m->reason, sizeof(m->reason), &w->reason))
		return -1;
	return names_sifted_valid(m) ? 0 : -1;
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
	w.sift = m->sift;
	w.user = m->user;
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
	m->sift = w->sift != 0;
	m->user = w->user;
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
check_filled(const char *s, size_t room)
{
	return s[0] != '\0' && check_string(s, room);
}

static bool
check_servers(const char (*server)[NAMES_SERVER_BYTES], unsigned count)
{
	if (count > NAMES_SERVERS)
		return false;
	for (unsigned i = 0; i < count; i++)
		if (!check_filled(server[i], NAMES_SERVER_BYTES))
			return false;
	return true;
}

static bool
names_settings_valid(const struct names_settings *m)
{
	if (m->searches > NAMES_SEARCHES || !check_enum(m->blocked, NAMES_BLOCKED_MAX) ||
	    (m->unsigned_servers && !m->dnssec) || (m->designated && m->only_encrypted))
		return false;
	for (unsigned i = 0; i < m->searches; i++)
		if (!check_domain(m->search[i], sizeof(m->search[i])))
			return false;
	return check_servers(m->server, m->servers) && check_servers(m->network_server, m->network_servers);
}

size_t
names_settings_pack(const struct names_settings *m, uint8_t *out, size_t room)
{
	Wire__NamesSettings w = WIRE__NAMES_SETTINGS__INIT;
	ProtobufCBinaryData server[NAMES_SERVERS], network_server[NAMES_SERVERS], search[NAMES_SEARCHES];

	if (!names_settings_valid(m))
		return 0;
	for (unsigned i = 0; i < m->servers; i++)
		server[i] = wire_string(m->server[i]);
	for (unsigned i = 0; i < m->network_servers; i++)
		network_server[i] = wire_string(m->network_server[i]);
	for (unsigned i = 0; i < m->searches; i++)
		search[i] = wire_string(m->search[i]);
	w.n_server = m->servers;
	w.server = server;
	w.n_network_server = m->network_servers;
	w.network_server = network_server;
	w.n_search = m->searches;
	w.search = search;
	w.network_all = m->network_all;
	w.network_names = m->network_names;
	w.captive = m->captive;
	w.network = m->network;
	w.only_encrypted = m->only_encrypted;
	w.designated = m->designated;
	w.rebinding = m->rebinding;
	w.blocked = m->blocked;
	w.dnssec = m->dnssec;
	w.unsigned_servers = m->unsigned_servers;
	return wire_pack(&w.base, out, room);
}

static bool
settings_texts(struct names_settings *m, const Wire__NamesSettings *w)
{
	for (unsigned i = 0; i < w->n_server; i++)
		if (!field_string(m->server[i], sizeof(m->server[i]), &w->server[i]))
			return false;
	for (unsigned i = 0; i < w->n_network_server; i++)
		if (!field_string(m->network_server[i], sizeof(m->network_server[i]), &w->network_server[i]))
			return false;
	for (unsigned i = 0; i < w->n_search; i++)
		if (!field_string(m->search[i], sizeof(m->search[i]), &w->search[i]))
			return false;
	m->servers = (uint8_t)w->n_server;
	m->network_servers = (uint8_t)w->n_network_server;
	m->searches = (uint8_t)w->n_search;
	return true;
}

int
names_settings_unpack(const uint8_t *body, size_t len, struct names_settings *m)
{
	const Wire__NamesSettings *w = wire_unpack(&wire__names_settings__descriptor, body, len,
	    NAMES_SETTINGS_MAX);

	if (w == NULL || w->n_server > NAMES_SERVERS || w->n_network_server > NAMES_SERVERS ||
	    w->n_search > NAMES_SEARCHES)
		return -1;
	memset(m, 0, sizeof(*m));
	m->network_all = w->network_all != 0;
	m->network_names = w->network_names != 0;
	m->captive = w->captive != 0;
	m->network = w->network;
	m->only_encrypted = w->only_encrypted != 0;
	m->designated = w->designated != 0;
	m->rebinding = w->rebinding != 0;
	m->dnssec = w->dnssec != 0;
	m->unsigned_servers = w->unsigned_servers != 0;
	if (!settings_texts(m, w) || !field_u8(&m->blocked, w->blocked))
		return -1;
	return names_settings_valid(m) ? 0 : -1;
}

static bool
names_list_valid(const struct names_list *m)
{
	return check_filled(m->name, sizeof(m->name)) && check_filled(m->tag, sizeof(m->tag));
}

size_t
names_list_pack(const struct names_list *m, uint8_t *out, size_t room)
{
	Wire__NamesList w = WIRE__NAMES_LIST__INIT;

	if (!names_list_valid(m))
		return 0;
	w.name = wire_string(m->name);
	w.tag = wire_string(m->tag);
	return wire_pack(&w.base, out, room);
}

int
names_list_unpack(const uint8_t *body, size_t len, struct names_list *m)
{
	const Wire__NamesList *w = wire_unpack(&wire__names_list__descriptor, body, len, NAMES_LIST_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	if (!field_string(m->name, sizeof(m->name), &w->name) ||
	    !field_string(m->tag, sizeof(m->tag), &w->tag))
		return -1;
	return names_list_valid(m) ? 0 : -1;
}

size_t
names_unlist_pack(const struct names_unlist *m, uint8_t *out, size_t room)
{
	Wire__NamesUnlist w = WIRE__NAMES_UNLIST__INIT;

	if (!check_filled(m->name, sizeof(m->name)))
		return 0;
	w.name = wire_string(m->name);
	return wire_pack(&w.base, out, room);
}

int
names_unlist_unpack(const uint8_t *body, size_t len, struct names_unlist *m)
{
	const Wire__NamesUnlist *w = wire_unpack(&wire__names_unlist__descriptor, body, len,
	    NAMES_UNLIST_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	return field_string(m->name, sizeof(m->name), &w->name) && m->name[0] != '\0' ? 0 : -1;
}

static bool
names_listed_valid(const struct names_listed *m)
{
	return check_filled(m->name, sizeof(m->name)) && check_string(m->text, sizeof(m->text));
}

size_t
names_listed_pack(const struct names_listed *m, uint8_t *out, size_t room)
{
	Wire__NamesListed w = WIRE__NAMES_LISTED__INIT;

	if (!names_listed_valid(m))
		return 0;
	w.name = wire_string(m->name);
	w.rules = m->rules;
	w.skipped = m->skipped;
	w.wrong = m->wrong;
	w.text = wire_string(m->text);
	return wire_pack(&w.base, out, room);
}

int
names_listed_unpack(const uint8_t *body, size_t len, struct names_listed *m)
{
	const Wire__NamesListed *w = wire_unpack(&wire__names_listed__descriptor, body, len,
	    NAMES_LISTED_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	m->rules = w->rules;
	m->skipped = w->skipped;
	m->wrong = w->wrong;
	if (!field_string(m->name, sizeof(m->name), &w->name) ||
	    !field_text_string(m->text, sizeof(m->text), &w->text))
		return -1;
	return names_listed_valid(m) ? 0 : -1;
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
