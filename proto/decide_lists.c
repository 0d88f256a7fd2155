/*
 * Those messages of the decide channel (decide.h) that hold a list: uses,
 * ends, links. One validator for each, as in decide.c. Each flow is in a
 * message of uses and one of ends: they are in columns, which are copied.
 */
#include "decide.h"

#include <string.h>

#include "decide.pb-c.h"
#include "check.h"
#include "wire_tuples.h"

_Static_assert(DECIDE_BATCH <= WIRE_TUPLES_MAX, "tuples of uses");

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
	struct wire_tuples tuples;
	uint64_t flow[DECIDE_BATCH], process[DECIDE_BATCH];
	uint32_t reason[DECIDE_BATCH], latency_us[DECIDE_BATCH];
	uint8_t direction[DECIDE_BATCH], action[DECIDE_BATCH];
	size_t i;

	if (!decide_uses_valid(m))
		return 0;
	wire_tuples_init(&tuples, m->count);
	for (i = 0; i < m->count; i++) {
		const struct decide_use *u = &m->use[i];

		wire_tuples_put(&tuples, i, &u->tuple);
		flow[i] = u->flow;
		direction[i] = u->direction;
		action[i] = u->action;
		process[i] = u->process;
		reason[i] = u->reason;
		latency_us[i] = u->latency_us;
	}
	w.shed = m->shed;
	w.tuple = &tuples.w;
	w.direction = wire_bytes(direction, m->count);
	w.action = wire_bytes(action, m->count);
	w.n_flow = w.n_process = w.n_reason = w.n_latency_us = m->count;
	w.flow = flow;
	w.process = process;
	w.reason = reason;
	w.latency_us = latency_us;
	return wire_pack(&w.base, out, room);
}

int
decide_uses_unpack(const uint8_t *body, size_t len, struct decide_uses *m)
{
	const Wire__DecideUses *w = wire_unpack(&wire__decide_uses__descriptor, body, len,
	    DECIDE_USES_MAX);
	size_t i, n;

	if (w == NULL || (n = w->n_flow) > DECIDE_BATCH || !field_tuples(w->tuple, n) ||
	    !field_column(&w->direction, n, 1) || !field_column(&w->action, n, 1) || w->n_process != n ||
	    w->n_reason != n || w->n_latency_us != n)
		return -1;
	memset(m, 0, sizeof(*m));
	m->shed = w->shed;
	m->count = (uint8_t)n;
	for (i = 0; i < n; i++) {
		struct decide_use *u = &m->use[i];

		field_tuple_at(&u->tuple, w->tuple, i);
		u->flow = w->flow[i];
		u->direction = w->direction.data[i];
		u->action = w->action.data[i];
		u->process = w->process[i];
		u->reason = w->reason[i];
		u->latency_us = w->latency_us[i];
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
	uint64_t flow[DECIDE_BATCH], bytes_out[DECIDE_BATCH], bytes_in[DECIDE_BATCH];
	uint32_t packets_out[DECIDE_BATCH], packets_in[DECIDE_BATCH];
	size_t i;

	if (!decide_ends_valid(m))
		return 0;
	for (i = 0; i < m->count; i++) {
		const struct decide_end *e = &m->end[i];

		flow[i] = e->flow;
		bytes_out[i] = e->bytes_out;
		bytes_in[i] = e->bytes_in;
		packets_out[i] = e->packets_out;
		packets_in[i] = e->packets_in;
	}
	w.shed = m->shed;
	w.n_flow = w.n_bytes_out = w.n_bytes_in = w.n_packets_out = w.n_packets_in = m->count;
	w.flow = flow;
	w.bytes_out = bytes_out;
	w.bytes_in = bytes_in;
	w.packets_out = packets_out;
	w.packets_in = packets_in;
	return wire_pack(&w.base, out, room);
}

int
decide_ends_unpack(const uint8_t *body, size_t len, struct decide_ends *m)
{
	const Wire__DecideEnds *w = wire_unpack(&wire__decide_ends__descriptor, body, len,
	    DECIDE_ENDS_MAX);
	size_t i, n;

	if (w == NULL || (n = w->n_flow) > DECIDE_BATCH || w->n_bytes_out != n || w->n_bytes_in != n ||
	    w->n_packets_out != n || w->n_packets_in != n)
		return -1;
	memset(m, 0, sizeof(*m));
	m->shed = w->shed;
	m->count = (uint8_t)n;
	for (i = 0; i < n; i++)
		m->end[i] = (struct decide_end){ .flow = w->flow[i], .bytes_out = w->bytes_out[i],
			.bytes_in = w->bytes_in[i], .packets_out = w->packets_out[i],
			.packets_in = w->packets_in[i] };
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
