/*
 * NAMES_KEPT (names.h), what the resolver's cache holds: one validator, which packing
 * starts with and unpacking ends with. policyd passes it on to uid as UI_KEPT.
 */
#include "names.h"

#include <string.h>

#include "names.pb-c.h"
#include "check.h"
#include "wire.h"

static bool
names_kept_valid(const struct names_kept *m)
{
	if (m->count > NAMES_BATCH || (m->count == 0 && !m->last) || (m->more != 0 && !m->last))
		return false;
	for (unsigned i = 0; i < m->count; i++) {
		const struct names_entry *e = &m->entry[i];

		if (!check_domain(e->name, sizeof(e->name)) ||
		    !check_enum(e->validation, NAMES_VALIDATION_MAX) ||
		    !check_string(e->server, sizeof(e->server)))
			return false;
	}
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
