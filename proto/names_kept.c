/*
 * NAMES_LOOK and its answers (names.h): what the resolver's cache holds, its servers, what
 * a name would meet. One validator each, which packing starts with and unpacking ends with.
 * policyd passes NAMES_KEPT on to uid as UI_KEPT, NAMES_SERVERS_ARE as UI_SERVERS.
 */
#include "names.h"

#include <string.h>

#include "names.pb-c.h"
#include "check.h"
#include "wire.h"

static bool
entry_valid(const struct names_entry *e)
{
	return check_domain(e->name, sizeof(e->name)) && check_enum(e->validation, NAMES_VALIDATION_MAX) &&
	    check_string(e->server, sizeof(e->server));
}

static bool
names_kept_valid(const struct names_kept *m)
{
	if (m->count > NAMES_BATCH || (m->count == 0 && !m->last) || (m->more != 0 && !m->last))
		return false;
	for (unsigned i = 0; i < m->count; i++)
		if (!entry_valid(&m->entry[i]))
			return false;
	return true;
}

static void
entry_pack(Wire__NamesEntry *w, const struct names_entry *e)
{
	wire__names_entry__init(w);
	w->name = wire_string(e->name);
	w->qtype = e->qtype;
	w->rcode = e->rcode;
	w->left_s = e->left_s;
	w->validation = e->validation;
	w->server = wire_string(e->server);
	w->addresses = e->addresses;
}

size_t
names_kept_pack(const struct names_kept *m, uint8_t *out, size_t room)
{
	Wire__NamesKept w = WIRE__NAMES_KEPT__INIT;
	Wire__NamesEntry entry[NAMES_BATCH], *list[NAMES_BATCH];

	if (!names_kept_valid(m))
		return 0;
	for (unsigned i = 0; i < m->count; i++) {
		entry_pack(&entry[i], &m->entry[i]);
		list[i] = &entry[i];
	}
	w.last = m->last;
	w.more = m->more;
	w.n_entry = m->count;
	w.entry = list;
	return wire_pack(&w.base, out, room);
}

static bool
entry_fields(struct names_entry *e, const Wire__NamesEntry *from)
{
	e->left_s = from->left_s;
	return field_string(e->name, sizeof(e->name), &from->name) && field_u16(&e->qtype, from->qtype) &&
	    field_u16(&e->rcode, from->rcode) && field_u8(&e->validation, from->validation) &&
	    field_text_string(e->server, sizeof(e->server), &from->server) &&
	    field_u8(&e->addresses, from->addresses);
}

int
names_kept_unpack(const uint8_t *body, size_t len, struct names_kept *m)
{
	const Wire__NamesKept *w = wire_unpack(&wire__names_kept__descriptor, body, len, NAMES_KEPT_MAX);

	if (w == NULL || w->n_entry > NAMES_BATCH)
		return -1;
	memset(m, 0, sizeof(*m));
	m->last = w->last != 0;
	m->more = w->more;
	m->count = (uint8_t)w->n_entry;
	for (unsigned i = 0; i < m->count; i++)
		if (!entry_fields(&m->entry[i], w->entry[i]))
			return -1;
	return names_kept_valid(m) ? 0 : -1;
}

static bool
names_look_valid(const struct names_look *m)
{
	if (!check_enum(m->what, NAMES_WHAT_MAX))
		return false;
	return m->what == NAMES_LOOK_NAME ? check_domain(m->name, sizeof(m->name)) :
	    m->name[0] == '\0' && m->qtype == 0 && m->lists == 0;
}

size_t
names_look_pack(const struct names_look *m, uint8_t *out, size_t room)
{
	Wire__NamesLook w = WIRE__NAMES_LOOK__INIT;

	if (!names_look_valid(m))
		return 0;
	w.what = m->what;
	if (m->what == NAMES_LOOK_NAME) {
		w.has_name = w.has_qtype = w.has_lists = true;
		w.name = wire_string(m->name);
		w.qtype = m->qtype;
		w.lists = m->lists;
	}
	return wire_pack(&w.base, out, room);
}

int
names_look_unpack(const uint8_t *body, size_t len, struct names_look *m)
{
	const Wire__NamesLook *w = wire_unpack(&wire__names_look__descriptor, body, len, NAMES_LOOK_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	if (!field_u8(&m->what, w->what) || (w->has_name != 0) != (m->what == NAMES_LOOK_NAME) ||
	    w->has_name != w->has_qtype || w->has_name != w->has_lists)
		return -1;
	if (w->has_name && (!field_string(m->name, sizeof(m->name), &w->name) || !field_u16(&m->qtype, w->qtype)))
		return -1;
	m->lists = w->lists;
	return names_look_valid(m) ? 0 : -1;
}

static bool
names_servers_valid(const struct names_servers *m)
{
	if (m->count > 2 * NAMES_SERVERS || !check_string(m->file, sizeof(m->file)))
		return false;
	for (unsigned i = 0; i < m->count; i++) {
		const struct names_server *s = &m->server[i];

		if (s->text[0] == '\0' || !check_string(s->text, sizeof(s->text)) ||
		    !check_enum(s->transport, NAMES_TRANSPORT_MAX) || !check_enum(s->proof, NAMES_PROOF_MAX) ||
		    !check_string(s->error, sizeof(s->error)))
			return false;
	}
	return true;
}

static void
server_pack(Wire__NamesServer *w, const struct names_server *s)
{
	wire__names_server__init(w);
	w->text = wire_string(s->text);
	w->transport = s->transport;
	w->proof = s->proof;
	w->used = s->used;
	w->of_network = s->of_network;
	w->some_names = s->some_names;
	w->took_us = s->took_us;
	w->failures = s->failures;
	w->rests_ms = s->rests_ms;
	w->error = wire_string(s->error);
	w->error_s = s->error_s;
}

size_t
names_servers_pack(const struct names_servers *m, uint8_t *out, size_t room)
{
	Wire__NamesServers w = WIRE__NAMES_SERVERS__INIT;
	Wire__NamesServer server[2 * NAMES_SERVERS], *list[2 * NAMES_SERVERS];

	if (!names_servers_valid(m))
		return 0;
	for (unsigned i = 0; i < m->count; i++) {
		server_pack(&server[i], &m->server[i]);
		list[i] = &server[i];
	}
	w.file = wire_string(m->file);
	w.n_server = m->count;
	w.server = list;
	w.silent = m->silent;
	return wire_pack(&w.base, out, room);
}

static bool
server_fields(struct names_server *s, const Wire__NamesServer *from)
{
	s->used = from->used != 0;
	s->of_network = from->of_network != 0;
	s->some_names = from->some_names != 0;
	s->took_us = from->took_us;
	s->failures = from->failures;
	s->rests_ms = from->rests_ms;
	s->error_s = from->error_s;
	return field_text_string(s->text, sizeof(s->text), &from->text) &&
	    field_u8(&s->transport, from->transport) && field_u8(&s->proof, from->proof) &&
	    field_text_string(s->error, sizeof(s->error), &from->error);
}

int
names_servers_unpack(const uint8_t *body, size_t len, struct names_servers *m)
{
	const Wire__NamesServers *w = wire_unpack(&wire__names_servers__descriptor, body, len,
	    NAMES_SERVERS_ARE_MAX);

	if (w == NULL || w->n_server > 2 * NAMES_SERVERS)
		return -1;
	memset(m, 0, sizeof(*m));
	m->count = (uint8_t)w->n_server;
	m->silent = w->silent != 0;
	if (!field_text_string(m->file, sizeof(m->file), &w->file))
		return -1;
	for (unsigned i = 0; i < m->count; i++)
		if (!server_fields(&m->server[i], w->server[i]))
			return -1;
	return names_servers_valid(m) ? 0 : -1;
}

static bool
names_found_valid(const struct names_found *m)
{
	if (!check_string(m->list, sizeof(m->list)) || !check_enum(m->special, NAMES_SPECIAL_MAX) ||
	    !check_string(m->server, sizeof(m->server)) || m->transport > NAMES_TRANSPORT_MAX ||
	    m->server_transport > NAMES_TRANSPORT_MAX ||
	    (m->server[0] != '\0') != (m->server_transport != 0))
		return false;
	return m->kept ? entry_valid(&m->entry) : m->transport == 0 && m->took_us == 0;
}

size_t
names_found_pack(const struct names_found *m, uint8_t *out, size_t room)
{
	Wire__NamesFound w = WIRE__NAMES_FOUND__INIT;
	Wire__NamesEntry entry;

	if (!names_found_valid(m))
		return 0;
	w.list = wire_string(m->list);
	w.special = m->special;
	if (m->kept) {
		entry_pack(&entry, &m->entry);
		w.entry = &entry;
	}
	w.transport = m->transport;
	w.took_us = m->took_us;
	w.proves = m->proves;
	w.server = wire_string(m->server);
	w.server_transport = m->server_transport;
	return wire_pack(&w.base, out, room);
}

int
names_found_unpack(const uint8_t *body, size_t len, struct names_found *m)
{
	const Wire__NamesFound *w = wire_unpack(&wire__names_found__descriptor, body, len, NAMES_FOUND_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	m->kept = w->entry != NULL;
	m->took_us = w->took_us;
	m->proves = w->proves != 0;
	if (!field_text_string(m->list, sizeof(m->list), &w->list) || !field_u8(&m->special, w->special) ||
	    (w->entry != NULL && !entry_fields(&m->entry, w->entry)) || !field_u8(&m->transport, w->transport) ||
	    !field_text_string(m->server, sizeof(m->server), &w->server) ||
	    !field_u8(&m->server_transport, w->server_transport))
		return -1;
	return names_found_valid(m) ? 0 : -1;
}
