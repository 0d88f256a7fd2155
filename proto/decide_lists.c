/*
 * Those messages of the decide channel (decide.h) that hold a list: uses,
 * ends, links. One validator for each, as in decide.c.
 */
#include "decide.h"

#include <string.h>

#include "decide.pb-c.h"
#include "check.h"
#include "wire.h"

static bool
decide_uses_valid(const struct decide_uses *m)
{
	size_t i;

	if (m->count > DECIDE_BATCH)
		return false;
	for (i = 0; i < m->count; i++) {
		const struct decide_use *u = &m->use[i];

		if (u->flow == 0 || u->process == 0 || !check_tuple(&u->tuple) ||
		    !check_enum(u->direction, DIRECTION_MAX) || !check_enum(u->action, ACTION_MAX))
			return false;
	}
	return true;
}

size_t
decide_uses_pack(const struct decide_uses *m, uint8_t *out, size_t room)
{
	Wire__DecideUses w = WIRE__DECIDE_USES__INIT;
	Wire__DecideUse use[DECIDE_BATCH], *list[DECIDE_BATCH];
	Wire__Tuple tuple[DECIDE_BATCH];
	size_t i;

	if (!decide_uses_valid(m))
		return 0;
	for (i = 0; i < m->count; i++) {
		const struct decide_use *u = &m->use[i];

		wire__decide_use__init(&use[i]);
		wire_tuple(&tuple[i], &u->tuple);
		use[i].flow = u->flow;
		use[i].tuple = &tuple[i];
		use[i].direction = u->direction;
		use[i].action = u->action;
		use[i].process = u->process;
		use[i].reason = u->reason;
		use[i].latency_us = u->latency_us;
		list[i] = &use[i];
	}
	w.shed = m->shed;
	w.n_use = m->count;
	w.use = list;
	return wire_pack(&w.base, out, room);
}

int
decide_uses_unpack(const uint8_t *body, size_t len, struct decide_uses *m)
{
	const Wire__DecideUses *w = wire_unpack(&wire__decide_uses__descriptor, body, len,
	    DECIDE_USES_MAX);
	size_t i;

	if (w == NULL || w->n_use > DECIDE_BATCH)
		return -1;
	memset(m, 0, sizeof(*m));
	m->shed = w->shed;
	m->count = (uint8_t)w->n_use;
	for (i = 0; i < w->n_use; i++) {
		const Wire__DecideUse *from = w->use[i];
		struct decide_use *u = &m->use[i];

		u->flow = from->flow;
		u->process = from->process;
		u->reason = from->reason;
		u->latency_us = from->latency_us;
		if (!field_tuple(&u->tuple, from->tuple) ||
		    !field_u8(&u->direction, from->direction) ||
		    !field_u8(&u->action, from->action))
			return -1;
	}
	return decide_uses_valid(m) ? 0 : -1;
}

static bool
decide_ends_valid(const struct decide_ends *m)
{
	size_t i;

	if (m->count > DECIDE_BATCH)
		return false;
	for (i = 0; i < m->count; i++)
		if (m->end[i].flow == 0)
			return false;
	return true;
}

size_t
decide_ends_pack(const struct decide_ends *m, uint8_t *out, size_t room)
{
	Wire__DecideEnds w = WIRE__DECIDE_ENDS__INIT;
	Wire__DecideEnd end[DECIDE_BATCH], *list[DECIDE_BATCH];
	size_t i;

	if (!decide_ends_valid(m))
		return 0;
	for (i = 0; i < m->count; i++) {
		const struct decide_end *e = &m->end[i];

		wire__decide_end__init(&end[i]);
		end[i].flow = e->flow;
		end[i].bytes_out = e->bytes_out;
		end[i].bytes_in = e->bytes_in;
		end[i].packets_out = e->packets_out;
		end[i].packets_in = e->packets_in;
		list[i] = &end[i];
	}
	w.shed = m->shed;
	w.n_end = m->count;
	w.end = list;
	return wire_pack(&w.base, out, room);
}

int
decide_ends_unpack(const uint8_t *body, size_t len, struct decide_ends *m)
{
	const Wire__DecideEnds *w = wire_unpack(&wire__decide_ends__descriptor, body, len,
	    DECIDE_ENDS_MAX);
	size_t i;

	if (w == NULL || w->n_end > DECIDE_BATCH)
		return -1;
	memset(m, 0, sizeof(*m));
	m->shed = w->shed;
	m->count = (uint8_t)w->n_end;
	for (i = 0; i < w->n_end; i++) {
		const Wire__DecideEnd *from = w->end[i];
		struct decide_end *e = &m->end[i];

		e->flow = from->flow;
		e->bytes_out = from->bytes_out;
		e->bytes_in = from->bytes_in;
		e->packets_out = from->packets_out;
		e->packets_in = from->packets_in;
	}
	return decide_ends_valid(m) ? 0 : -1;
}

static bool
net_valid(const struct decide_net *n)
{
	if (!check_address(n->family, n->address) || !check_device(n->device))
		return false;
	if (n->family == 4)
		return n->prefix <= 32;
	return n->prefix <= 128 && check_zero(n->broadcast, sizeof(n->broadcast));
}

static bool
decide_links_valid(const struct decide_links *m)
{
	size_t i;

	if (m->count > DECIDE_NETS || (m->more && m->count < DECIDE_NETS))
		return false;
	for (i = 0; i < m->count; i++)
		if (!net_valid(&m->net[i]))
			return false;
	return true;
}

size_t
decide_links_pack(const struct decide_links *m, uint8_t *out, size_t room)
{
	Wire__DecideLinks w = WIRE__DECIDE_LINKS__INIT;
	Wire__DecideNet net[DECIDE_NETS], *list[DECIDE_NETS];
	size_t i;

	if (!decide_links_valid(m))
		return 0;
	for (i = 0; i < m->count; i++) {
		const struct decide_net *n = &m->net[i];

		wire__decide_net__init(&net[i]);
		net[i].prefix = n->prefix;
		net[i].address = wire_address(n->family, n->address);
		memcpy(&net[i].broadcast, n->broadcast, sizeof(n->broadcast));
		net[i].device = wire_string(n->device);
		list[i] = &net[i];
	}
	w.more = m->more;
	w.n_net = m->count;
	w.net = list;
	return wire_pack(&w.base, out, room);
}

int
decide_links_unpack(const uint8_t *body, size_t len, struct decide_links *m)
{
	const Wire__DecideLinks *w = wire_unpack(&wire__decide_links__descriptor, body, len,
	    DECIDE_LINKS_MAX);
	size_t i;

	if (w == NULL || w->n_net > DECIDE_NETS)
		return -1;
	memset(m, 0, sizeof(*m));
	m->more = w->more != 0;
	m->count = (uint8_t)w->n_net;
	for (i = 0; i < w->n_net; i++) {
		const Wire__DecideNet *from = w->net[i];
		struct decide_net *n = &m->net[i];

		memcpy(n->broadcast, &from->broadcast, sizeof(n->broadcast));
		if (!field_u8(&n->prefix, from->prefix) ||
		    !field_address(&n->family, n->address, &from->address) ||
		    !field_string(n->device, sizeof(n->device), &from->device))
			return -1;
	}
	return decide_links_valid(m) ? 0 : -1;
}
