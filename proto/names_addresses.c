/*
 * Addresses that are answered (names.h): those that clients are about to be told, and which are out
 * of reach; as in names.c.
 */
#include "names.h"

#include <string.h>

#include "names.pb-c.h"
#include "check.h"
#include "wire.h"

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
	t->w.lists = m->lists;
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
	m->lists = w->lists;
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
