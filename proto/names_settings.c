/*
 * What resolverd is to go by (names.h): settings, and block lists; as in names.c.
 */
#include "names.h"

#include <string.h>

#include "names.pb-c.h"
#include "check.h"
#include "wire.h"

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
check_nets(const struct names_net *net, unsigned count)
{
	if (count > NAMES_NETS)
		return false;
	for (unsigned i = 0; i < count; i++)
		if (!check_device(net[i].device) || !check_address(net[i].family, net[i].address) ||
		    net[i].prefix > (net[i].family == 4 ? 32 : 128))
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
	return check_servers(m->server, m->servers) && check_servers(m->network_server, m->network_servers) &&
	    check_nets(m->multicast, m->multicasts);
}

size_t
names_settings_pack(const struct names_settings *m, uint8_t *out, size_t room)
{
	Wire__NamesSettings w = WIRE__NAMES_SETTINGS__INIT;
	ProtobufCBinaryData server[NAMES_SERVERS], network_server[NAMES_SERVERS], search[NAMES_SEARCHES];
	Wire__NamesNet net[NAMES_NETS], *nets[NAMES_NETS];

	if (!names_settings_valid(m))
		return 0;
	for (unsigned i = 0; i < m->servers; i++)
		server[i] = wire_string(m->server[i]);
	for (unsigned i = 0; i < m->network_servers; i++)
		network_server[i] = wire_string(m->network_server[i]);
	for (unsigned i = 0; i < m->searches; i++)
		search[i] = wire_string(m->search[i]);
	for (unsigned i = 0; i < m->multicasts; i++) {
		wire__names_net__init(&net[i]);
		net[i].device = wire_string(m->multicast[i].device);
		net[i].address = wire_address(m->multicast[i].family, m->multicast[i].address);
		net[i].prefix = m->multicast[i].prefix;
		nets[i] = &net[i];
	}
	w.n_multicast = m->multicasts;
	w.multicast = nets;
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
	w.list_aliases = m->list_aliases;
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

static bool
settings_nets(struct names_settings *m, const Wire__NamesSettings *w)
{
	for (unsigned i = 0; i < w->n_multicast; i++) {
		struct names_net	*net = &m->multicast[i];

		if (!field_string(net->device, sizeof(net->device), &w->multicast[i]->device) ||
		    !field_address(&net->family, net->address, &w->multicast[i]->address) ||
		    !field_u8(&net->prefix, w->multicast[i]->prefix))
			return false;
	}
	m->multicasts = (uint8_t)w->n_multicast;
	return true;
}

int
names_settings_unpack(const uint8_t *body, size_t len, struct names_settings *m)
{
	const Wire__NamesSettings *w = wire_unpack(&wire__names_settings__descriptor, body, len,
	    NAMES_SETTINGS_MAX);

	if (w == NULL || w->n_server > NAMES_SERVERS || w->n_network_server > NAMES_SERVERS ||
	    w->n_search > NAMES_SEARCHES || w->n_multicast > NAMES_NETS)
		return -1;
	memset(m, 0, sizeof(*m));
	m->network_all = w->network_all != 0;
	m->network_names = w->network_names != 0;
	m->captive = w->captive != 0;
	m->network = w->network;
	m->only_encrypted = w->only_encrypted != 0;
	m->designated = w->designated != 0;
	m->rebinding = w->rebinding != 0;
	m->list_aliases = w->list_aliases != 0;
	m->dnssec = w->dnssec != 0;
	m->unsigned_servers = w->unsigned_servers != 0;
	if (!settings_texts(m, w) || !settings_nets(m, w) || !field_u8(&m->blocked, w->blocked))
		return -1;
	return names_settings_valid(m) ? 0 : -1;
}

static bool
names_list_valid(const struct names_list *m)
{
	return m->number < NAMES_LISTS && check_filled(m->name, sizeof(m->name)) &&
	    check_filled(m->tag, sizeof(m->tag));
}

size_t
names_list_pack(const struct names_list *m, uint8_t *out, size_t room)
{
	Wire__NamesList w = WIRE__NAMES_LIST__INIT;

	if (!names_list_valid(m))
		return 0;
	w.name = wire_string(m->name);
	w.tag = wire_string(m->tag);
	w.number = m->number;
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
	    !field_string(m->tag, sizeof(m->tag), &w->tag) || !field_u8(&m->number, w->number))
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
