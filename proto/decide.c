/*
 * Messages of the decide channel (decide.h): one validator for each, which
 * packing starts with and unpacking ends with. DECIDE_PROCESS is in process.c,
 * DECIDE_GONE in who.c; the lists (uses, ends, links) are in decide_lists.c.
 */
#include "decide.h"

#include <netinet/in.h>
#include <string.h>

#include "decide.pb-c.h"
#include "check.h"
#include "wire.h"

/* What decide.h says of owner, holders, direction and socket together. */
static bool
owner_valid(const struct decide_request *m)
{
	switch (m->owner) {
	case OWNER_PROCESS:
		return m->holders > 0;
	case OWNER_FORWARDED:
		return !m->alone || m->holders == 1;
	case OWNER_NOBODY:
		return m->holders == 0 && m->direction == DIRECTION_IN && !m->has_socket;
	default:
		return m->holders == 0;
	}
}

static bool
listener_valid(const struct decide_request *m)
{
	if (!m->has_listener)
		return m->listeners == 0 && m->listener_uid == 0 && !m->listener_unknown;
	return m->direction == DIRECTION_OUT && m->listeners <= HOLDERS_MAX &&
	    (m->listeners == 0 || !m->listener_unknown);
}

static bool
decide_request_valid(const struct decide_request *m)
{
	return m->flow != 0 && check_tuple(&m->tuple) && check_enum(m->direction, DIRECTION_MAX) &&
	    check_enum(m->owner, OWNER_MAX) && m->holders <= HOLDERS_MAX && owner_valid(m) &&
	    (!m->alone || m->owner == OWNER_FORWARDED) && check_ids(m->holder, m->holders) &&
	    check_string(m->device, sizeof(m->device)) && listener_valid(m) && check_ids(m->listener, m->listeners) &&
	    (!m->middle || m->tuple.proto == IPPROTO_TCP);
}

size_t
decide_request_pack(const struct decide_request *m, uint8_t *out, size_t room)
{
	Wire__DecideRequest w = WIRE__DECIDE_REQUEST__INIT;
	Wire__Tuple tuple;

	if (!decide_request_valid(m))
		return 0;
	wire_tuple(&tuple, &m->tuple);
	w.flow = m->flow;
	w.tuple = &tuple;
	w.direction = m->direction;
	w.owner = m->owner;
	w.existed = m->existed;
	w.again = m->again;
	w.has_socket = m->has_socket;
	w.n_holder = m->holders;
	w.holder = wire_ids(m->holder);
	w.alone = m->alone;
	w.socket_uid = m->socket_uid;
	w.device = wire_string(m->device);
	w.since_us = m->since_us;
	w.middle = m->middle;
	w.has_listener = m->has_listener;
	w.listener_uid = m->listener_uid;
	w.listener_unknown = m->listener_unknown;
	w.n_listener = m->listeners;
	w.listener = wire_ids(m->listener);
	return wire_pack(&w.base, out, room);
}

int
decide_request_unpack(const uint8_t *body, size_t len, struct decide_request *m)
{
	const Wire__DecideRequest *w = wire_unpack(&wire__decide_request__descriptor, body, len,
	    DECIDE_REQUEST_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	m->flow = w->flow;
	m->existed = w->existed != 0;
	m->again = w->again != 0;
	m->has_socket = w->has_socket != 0;
	m->alone = w->alone != 0;
	m->socket_uid = w->socket_uid;
	m->since_us = w->since_us;
	m->middle = w->middle != 0;
	m->has_listener = w->has_listener != 0;
	m->listener_uid = w->listener_uid;
	m->listener_unknown = w->listener_unknown != 0;
	if (!field_tuple(&m->tuple, w->tuple) || !field_u8(&m->direction, w->direction) ||
	    !field_u8(&m->owner, w->owner) ||
	    !field_ids(m->holder, &m->holders, HOLDERS_MAX, w->holder, w->n_holder) ||
	    !field_ids(m->listener, &m->listeners, HOLDERS_MAX, w->listener, w->n_listener) ||
	    !field_string(m->device, sizeof(m->device), &w->device))
		return -1;
	return decide_request_valid(m) ? 0 : -1;
}

static bool
decide_verdict_valid(const struct decide_verdict *m)
{
	return m->flow != 0 && check_enum(m->action, ACTION_MAX) && m->grant <= GRANT_MAX &&
	    (m->permanent || m->grant == GRANT_NONE) &&
	    (!m->at_once || (m->action == ACTION_BLOCK && m->grant != GRANT_NONE));
}

size_t
decide_verdict_pack(const struct decide_verdict *m, uint8_t *out, size_t room)
{
	Wire__DecideVerdict w = WIRE__DECIDE_VERDICT__INIT;

	if (!decide_verdict_valid(m))
		return 0;
	w.flow = m->flow;
	w.action = m->action;
	w.permanent = m->permanent;
	w.grant = m->grant;
	w.at_once = m->at_once;
	w.generation = m->generation;
	w.reason = m->reason;
	return wire_pack(&w.base, out, room);
}

int
decide_verdict_unpack(const uint8_t *body, size_t len, struct decide_verdict *m)
{
	const Wire__DecideVerdict *w = wire_unpack(&wire__decide_verdict__descriptor, body, len,
	    DECIDE_VERDICT_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	m->flow = w->flow;
	m->permanent = w->permanent != 0;
	m->generation = w->generation;
	m->reason = w->reason;
	m->at_once = w->at_once != 0;
	if (!field_u8(&m->action, w->action) || !field_u8(&m->grant, w->grant))
		return -1;
	return decide_verdict_valid(m) ? 0 : -1;
}

static bool
decide_notice_valid(const struct decide_notice *m)
{
	return m->flow != 0 && m->cookie != 0 && m->process != 0 && check_tuple(&m->tuple);
}

size_t
decide_notice_pack(const struct decide_notice *m, uint8_t *out, size_t room)
{
	Wire__DecideNotice w = WIRE__DECIDE_NOTICE__INIT;
	Wire__Tuple tuple;

	if (!decide_notice_valid(m))
		return 0;
	wire_tuple(&tuple, &m->tuple);
	w.flow = m->flow;
	w.tuple = &tuple;
	w.cookie = m->cookie;
	w.process = m->process;
	return wire_pack(&w.base, out, room);
}

int
decide_notice_unpack(const uint8_t *body, size_t len, struct decide_notice *m)
{
	const Wire__DecideNotice *w = wire_unpack(&wire__decide_notice__descriptor, body, len,
	    DECIDE_NOTICE_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	m->flow = w->flow;
	m->cookie = w->cookie;
	m->process = w->process;
	if (!field_tuple(&m->tuple, w->tuple))
		return -1;
	return decide_notice_valid(m) ? 0 : -1;
}

/* Any count may be true. */
static bool
decide_stats_valid(const struct decide_stats *m)
{
	return check_enum(m->kernel, KERNEL_PATH_MAX);
}

size_t
decide_stats_pack(const struct decide_stats *m, uint8_t *out, size_t room)
{
	Wire__DecideStats w;

	if (!decide_stats_valid(m))
		return 0;
	wire_stats(&w, m);
	return wire_pack(&w.base, out, room);
}

int
decide_stats_unpack(const uint8_t *body, size_t len, struct decide_stats *m)
{
	const Wire__DecideStats *w = wire_unpack(&wire__decide_stats__descriptor, body, len,
	    DECIDE_STATS_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	return field_stats(m, w) && decide_stats_valid(m) ? 0 : -1;
}

static bool
decide_judged_anew_valid(const struct decide_judged_anew *m)
{
	return m->flow != 0 && check_enum(m->was, ACTION_MAX) && check_enum(m->is, ACTION_MAX);
}

size_t
decide_judged_anew_pack(const struct decide_judged_anew *m, uint8_t *out, size_t room)
{
	Wire__DecideJudgedAnew w = WIRE__DECIDE_JUDGED_ANEW__INIT;

	if (!decide_judged_anew_valid(m))
		return 0;
	w.flow = m->flow;
	w.was = m->was;
	w.is = m->is;
	w.reason = m->reason;
	return wire_pack(&w.base, out, room);
}

int
decide_judged_anew_unpack(const uint8_t *body, size_t len, struct decide_judged_anew *m)
{
	const Wire__DecideJudgedAnew *w = wire_unpack(&wire__decide_judged_anew__descriptor, body,
	    len, DECIDE_JUDGED_ANEW_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	m->flow = w->flow;
	m->reason = w->reason;
	if (!field_u8(&m->was, w->was) || !field_u8(&m->is, w->is))
		return -1;
	return decide_judged_anew_valid(m) ? 0 : -1;
}

/* Any number may be the next. */
size_t
decide_revoke_pack(const struct decide_revoke *m, uint8_t *out, size_t room)
{
	Wire__DecideRevoke w = WIRE__DECIDE_REVOKE__INIT;

	w.generation = m->generation;
	return wire_pack(&w.base, out, room);
}

int
decide_revoke_unpack(const uint8_t *body, size_t len, struct decide_revoke *m)
{
	const Wire__DecideRevoke *w = wire_unpack(&wire__decide_revoke__descriptor, body, len,
	    DECIDE_REVOKE_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	m->generation = w->generation;
	return 0;
}

size_t
decide_whose_pack(const struct decide_whose *m, uint8_t *out, size_t room)
{
	Wire__DecideWhose w = WIRE__DECIDE_WHOSE__INIT;

	if (m->caller == 0 || m->inode == 0)
		return 0;
	w.caller = m->caller;
	w.inode = m->inode;
	return wire_pack(&w.base, out, room);
}

int
decide_whose_unpack(const uint8_t *body, size_t len, struct decide_whose *m)
{
	const Wire__DecideWhose *w = wire_unpack(&wire__decide_whose__descriptor, body, len,
	    DECIDE_WHOSE_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	m->caller = w->caller;
	m->inode = w->inode;
	return m->caller != 0 && m->inode != 0 ? 0 : -1;
}

static bool
decide_below_valid(const struct decide_below *m)
{
	return check_enum(m->way, BELOW_WAY_MAX) && check_string(m->device, sizeof(m->device)) &&
	    (m->way == BELOW_WAY_SENT || (m->ethertype == 0 && m->device[0] == '\0')) && (m->refused || !m->told);
}

size_t
decide_below_pack(const struct decide_below *m, uint8_t *out, size_t room)
{
	Wire__DecideBelow w = WIRE__DECIDE_BELOW__INIT;

	if (!decide_below_valid(m))
		return 0;
	w.way = m->way;
	w.number = m->number;
	w.refused = m->refused;
	w.told = m->told;
	w.process = m->process;
	w.uid = m->uid;
	w.ethertype = m->ethertype;
	w.device = wire_string(m->device);
	return wire_pack(&w.base, out, room);
}

int
decide_below_unpack(const uint8_t *body, size_t len, struct decide_below *m)
{
	const Wire__DecideBelow *w = wire_unpack(&wire__decide_below__descriptor, body, len,
	    DECIDE_BELOW_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	m->number = w->number;
	m->refused = w->refused != 0;
	m->told = w->told != 0;
	m->process = w->process;
	m->uid = w->uid;
	if (!field_u8(&m->way, w->way) || !field_u16(&m->ethertype, w->ethertype) ||
	    !field_string(m->device, sizeof(m->device), &w->device))
		return -1;
	return decide_below_valid(m) ? 0 : -1;
}

size_t
decide_below_may_pack(const struct decide_below_may *m, uint8_t *out, size_t room)
{
	Wire__DecideBelowMay w = WIRE__DECIDE_BELOW_MAY__INIT;

	if (m->number == 0)
		return 0;
	w.number = m->number;
	return wire_pack(&w.base, out, room);
}

int
decide_below_may_unpack(const uint8_t *body, size_t len, struct decide_below_may *m)
{
	const Wire__DecideBelowMay *w = wire_unpack(&wire__decide_below_may__descriptor, body, len,
	    DECIDE_BELOW_MAY_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	m->number = w->number;
	return m->number != 0 ? 0 : -1;
}

size_t
decide_below_close_pack(const struct decide_below_close *m, uint8_t *out, size_t room)
{
	Wire__DecideBelowClose w = WIRE__DECIDE_BELOW_CLOSE__INIT;

	w.closed = m->closed;
	return wire_pack(&w.base, out, room);
}

int
decide_below_close_unpack(const uint8_t *body, size_t len, struct decide_below_close *m)
{
	const Wire__DecideBelowClose *w = wire_unpack(&wire__decide_below_close__descriptor, body, len,
	    DECIDE_BELOW_CLOSE_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	m->closed = w->closed != 0;
	return 0;
}
