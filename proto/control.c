/*
 * Messages of the control channel (control.h): one validator for each, which
 * packing starts with and unpacking ends with.
 */
#include "control.h"

#include <string.h>

#include "control.pb-c.h"
#include "check.h"
#include "wire.h"

static bool
control_hello_valid(const struct control_hello *m)
{
	return m->version != 0 && check_name(m->name, sizeof(m->name));
}

size_t
control_hello_pack(const struct control_hello *m, uint8_t *out, size_t room)
{
	Wire__ControlHello w = WIRE__CONTROL_HELLO__INIT;

	if (!control_hello_valid(m))
		return 0;
	w.version = m->version;
	w.name = wire_string(m->name);
	return wire_pack(&w.base, out, room);
}

int
control_hello_unpack(const uint8_t *body, size_t len, struct control_hello *m)
{
	const Wire__ControlHello *w = wire_unpack(&wire__control_hello__descriptor, body, len,
	    CONTROL_HELLO_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	m->version = w->version;
	if (!field_string(m->name, sizeof(m->name), &w->name))
		return -1;
	return control_hello_valid(m) ? 0 : -1;
}

static bool
control_ready_valid(const struct control_ready *m)
{
	return m->seccomp_rules != 0;
}

size_t
control_ready_pack(const struct control_ready *m, uint8_t *out, size_t room)
{
	Wire__ControlReady w = WIRE__CONTROL_READY__INIT;

	if (!control_ready_valid(m))
		return 0;
	w.landlock_abi = m->landlock_abi;
	w.seccomp_rules = m->seccomp_rules;
	return wire_pack(&w.base, out, room);
}

int
control_ready_unpack(const uint8_t *body, size_t len, struct control_ready *m)
{
	const Wire__ControlReady *w = wire_unpack(&wire__control_ready__descriptor, body, len,
	    CONTROL_READY_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	m->landlock_abi = w->landlock_abi;
	m->seccomp_rules = w->seccomp_rules;
	return control_ready_valid(m) ? 0 : -1;
}

/* Any number is a valid ping. */
size_t
control_ping_pack(const struct control_ping *m, uint8_t *out, size_t room)
{
	Wire__ControlPing w = WIRE__CONTROL_PING__INIT;

	w.seq = m->seq;
	return wire_pack(&w.base, out, room);
}

int
control_ping_unpack(const uint8_t *body, size_t len, struct control_ping *m)
{
	const Wire__ControlPing *w = wire_unpack(&wire__control_ping__descriptor, body, len,
	    CONTROL_PING_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	m->seq = w->seq;
	return 0;
}

static bool
control_log_valid(const struct control_log *m)
{
	return check_enum(m->level, LOG_LEVEL_MAX) && m->len <= sizeof(m->text);
}

size_t
control_log_pack(const struct control_log *m, uint8_t *out, size_t room)
{
	Wire__ControlLog w = WIRE__CONTROL_LOG__INIT;

	if (!control_log_valid(m))
		return 0;
	w.level = m->level;
	w.text = wire_bytes(m->text, m->len);
	return wire_pack(&w.base, out, room);
}

int
control_log_unpack(const uint8_t *body, size_t len, struct control_log *m)
{
	const Wire__ControlLog *w = wire_unpack(&wire__control_log__descriptor, body, len,
	    CONTROL_LOG_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	if (!field_u8(&m->level, w->level) ||
	    !field_text(m->text, &m->len, sizeof(m->text), &w->text))
		return -1;
	return control_log_valid(m) ? 0 : -1;
}

/* Any number may be the kernel's. */
size_t
control_rules_changed_pack(const struct control_rules_changed *m, uint8_t *out, size_t room)
{
	Wire__ControlRulesChanged w = WIRE__CONTROL_RULES_CHANGED__INIT;

	w.generation = m->generation;
	return wire_pack(&w.base, out, room);
}

int
control_rules_changed_unpack(const uint8_t *body, size_t len, struct control_rules_changed *m)
{
	const Wire__ControlRulesChanged *w = wire_unpack(&wire__control_rules_changed__descriptor,
	    body, len, CONTROL_RULES_CHANGED_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	m->generation = w->generation;
	return 0;
}

static bool
control_peer_valid(const struct control_peer *m)
{
	return check_enum(m->channel, CHANNEL_NAME_MAX);
}

size_t
control_peer_pack(const struct control_peer *m, uint8_t *out, size_t room)
{
	Wire__ControlPeer w = WIRE__CONTROL_PEER__INIT;

	if (!control_peer_valid(m))
		return 0;
	w.channel = m->channel;
	w.generation = m->generation;
	return wire_pack(&w.base, out, room);
}

int
control_peer_unpack(const uint8_t *body, size_t len, struct control_peer *m)
{
	const Wire__ControlPeer *w = wire_unpack(&wire__control_peer__descriptor, body, len,
	    CONTROL_PEER_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	m->generation = w->generation;
	if (!field_u8(&m->channel, w->channel))
		return -1;
	return control_peer_valid(m) ? 0 : -1;
}

static bool
control_suite_valid(const struct control_suite *m)
{
	size_t i;

	if (m->count == 0 || m->count > CONTROL_SUITE_PROCESSES || !check_string(m->taken, sizeof(m->taken)) ||
	    (m->doors && m->taken[0] != '\0') || !check_string(m->no_kernel, sizeof(m->no_kernel)) ||
	    m->kernel != (m->no_kernel[0] == '\0'))
		return false;
	for (i = 0; i < m->count; i++) {
		const struct control_suite_process *p = &m->process[i];

		if (!check_name(p->name, sizeof(p->name)) || !check_enum(p->state, STATE_MAX) ||
		    (p->pid == 0) != (p->state == STATE_DOWN))
			return false;
	}
	return true;
}

size_t
control_suite_pack(const struct control_suite *m, uint8_t *out, size_t room)
{
	Wire__ControlSuite w = WIRE__CONTROL_SUITE__INIT;
	Wire__ControlSuiteProcess process[CONTROL_SUITE_PROCESSES], *list[CONTROL_SUITE_PROCESSES];
	size_t i;

	if (!control_suite_valid(m))
		return 0;
	for (i = 0; i < m->count; i++) {
		const struct control_suite_process *p = &m->process[i];

		wire__control_suite_process__init(&process[i]);
		process[i].name = wire_string(p->name);
		process[i].state = p->state;
		process[i].pid = p->pid;
		process[i].start = p->start;
		process[i].uid = p->uid;
		process[i].restarts = p->restarts;
		process[i].rss_kib = p->rss_kib;
		process[i].landlock_abi = p->landlock_abi;
		list[i] = &process[i];
	}
	w.n_process = m->count;
	w.process = list;
	w.doors = m->doors;
	w.taken = wire_string(m->taken);
	w.kernel = m->kernel;
	w.no_kernel = wire_string(m->no_kernel);
	return wire_pack(&w.base, out, room);
}

int
control_suite_unpack(const uint8_t *body, size_t len, struct control_suite *m)
{
	const Wire__ControlSuite *w = wire_unpack(&wire__control_suite__descriptor, body, len,
	    CONTROL_SUITE_MAX);
	size_t i;

	if (w == NULL || w->n_process > CONTROL_SUITE_PROCESSES)
		return -1;
	memset(m, 0, sizeof(*m));
	m->count = (uint8_t)w->n_process;
	m->doors = w->doors != 0;
	m->kernel = w->kernel != 0;
	if (!field_text_string(m->taken, sizeof(m->taken), &w->taken) ||
	    !field_text_string(m->no_kernel, sizeof(m->no_kernel), &w->no_kernel))
		return -1;
	for (i = 0; i < w->n_process; i++) {
		const Wire__ControlSuiteProcess *from = w->process[i];
		struct control_suite_process *p = &m->process[i];

		if (!field_string(p->name, sizeof(p->name), &from->name) ||
		    !field_u8(&p->state, from->state))
			return -1;
		p->pid = from->pid;
		p->start = from->start;
		p->uid = from->uid;
		p->restarts = from->restarts;
		p->rss_kib = from->rss_kib;
		p->landlock_abi = from->landlock_abi;
	}
	return control_suite_valid(m) ? 0 : -1;
}

size_t
control_resolvers_pack(const struct control_resolvers *m, uint8_t *out, size_t room)
{
	Wire__ControlResolvers w = WIRE__CONTROL_RESOLVERS__INIT;

	if (m->len > sizeof(m->text))
		return 0;
	w.text = wire_bytes(m->text, m->len);
	return wire_pack(&w.base, out, room);
}

int
control_resolvers_unpack(const uint8_t *body, size_t len, struct control_resolvers *m)
{
	const Wire__ControlResolvers *w = wire_unpack(&wire__control_resolvers__descriptor, body, len,
	    CONTROL_RESOLVERS_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	return field_bytes(m->text, &m->len, sizeof(m->text), &w->text) ? 0 : -1;
}

static bool
control_zone_valid(const struct control_zone *m)
{
	return m->len <= sizeof(m->tzif) && (m->len == 0 || (m->len >= 4 && memcmp(m->tzif, "TZif", 4) == 0));
}

size_t
control_zone_pack(const struct control_zone *m, uint8_t *out, size_t room)
{
	Wire__ControlZone w = WIRE__CONTROL_ZONE__INIT;

	if (!control_zone_valid(m))
		return 0;
	w.tzif = wire_bytes(m->tzif, m->len);
	return wire_pack(&w.base, out, room);
}

int
control_zone_unpack(const uint8_t *body, size_t len, struct control_zone *m)
{
	const Wire__ControlZone *w = wire_unpack(&wire__control_zone__descriptor, body, len, CONTROL_ZONE_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	return field_bytes(m->tzif, &m->len, sizeof(m->tzif), &w->tzif) && control_zone_valid(m) ? 0 : -1;
}

static bool
control_rules_valid(const struct control_rules *m)
{
	return check_enum(m->state, RULES_STATE_MAX) && m->len <= sizeof(m->text);
}

size_t
control_rules_pack(const struct control_rules *m, uint8_t *out, size_t room)
{
	Wire__ControlRules w = WIRE__CONTROL_RULES__INIT;

	if (!control_rules_valid(m))
		return 0;
	w.state = m->state;
	w.guard = m->guard;
	w.text = wire_bytes(m->text, m->len);
	return wire_pack(&w.base, out, room);
}

int
control_rules_unpack(const uint8_t *body, size_t len, struct control_rules *m)
{
	const Wire__ControlRules *w = wire_unpack(&wire__control_rules__descriptor, body, len,
	    CONTROL_RULES_MAX);

	if (w == NULL)
		return -1;
	memset(m, 0, sizeof(*m));
	m->guard = w->guard != 0;
	if (!field_u8(&m->state, w->state) ||
	    !field_text(m->text, &m->len, sizeof(m->text), &w->text))
		return -1;
	return control_rules_valid(m) ? 0 : -1;
}
