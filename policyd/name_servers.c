/*
 * See name_servers.h. Called by names_server.c and, for what is chosen, by the judge of the
 * suite's own flows. resolv.conf and addresses are whatever a network said.
 */
#include <stdio.h>
#include <string.h>

#include "current.h"
#include "name_servers.h"

static struct upstreams		 chosen;
static struct resolv_conf	 machine;
static struct links		 nets;		/* when they were told last */
static bool			 nets_told;
static uint32_t			 network;	/* counts other ones */
static char			 silent[512];	/* "": they are not */

void
name_servers_machine(const struct control_resolvers *r)
{
	upstreams_read(r, &machine);
}

/* Bits of the host count for nothing: a temporary address that changes is no other network. */
static bool
same_net(const struct link_net *a, const struct link_net *b)
{
	return a->family == b->family && a->prefix == b->prefix && strcmp(a->device, b->device) == 0 &&
	    address_in(a->address, b->address, a->prefix);
}

static bool
has_net(const struct links *links, const struct link_net *net)
{
	for (unsigned i = 0; i < links->count; i++)
		if (same_net(&links->net[i], net))
			return true;
	return false;
}

/* Containers come and go with link-local addresses, which lead to no network of their own. */
static bool
counts(const struct link_net *net)
{
	static const struct links nowhere;

	return (place_of(&nowhere, net->family, net->address).scope & (SCOPE_SITE | SCOPE_INTERNET)) != 0;
}

static bool
has_all(const struct links *a, const struct links *b)
{
	for (unsigned i = 0; i < b->count; i++)
		if (counts(&b->net[i]) && !has_net(a, &b->net[i]))
			return false;
	return true;
}

bool
name_servers_moved(const struct links *links)
{
	bool moved = nets_told && !(has_all(links, &nets) && has_all(&nets, links));

	nets = *links;
	nets_told = true;
	network += moved;
	return moved;
}

static void
add_named(const struct conf *conf, struct names_settings *s)
{
	struct upstream_fault fault;
	struct upstream u;

	for (unsigned i = 0; conf != NULL && i < conf->resolvers_count && i < NAMES_SERVERS; i++) {
		if (!upstream_read(conf->resolver[i], strlen(conf->resolver[i]), &u, &fault))
			continue;
		memcpy(s->server[s->servers++], u.text, sizeof u.text);
		chosen.server[chosen.count++] = u;
	}
}

static bool
names_encrypted(const struct conf *conf)
{
	for (unsigned i = 0; i < chosen.count; i++)
		if (chosen.server[i].encrypted && !chosen.server[i].scoped)
			return true;
	/* Nothing that was meant for an encrypted one leaves in the clear. */
	return conf != NULL && (conf->unread || conf->resolver_unread);
}

static unsigned
value_now(enum setting setting)
{
	return current_policy()->settings.value[setting][level_now()];
}

/* Is the network heard by this setting? */
static bool
is_heard(enum setting setting, bool only_encrypted)
{
	return value_now(setting) == VALUE_PERMIT || (value_now(setting) == VALUE_UNENCRYPTED && !only_encrypted);
}

static void
add_network(struct names_settings *s)
{
	for (unsigned i = 0; i < machine.servers.count; i++) {
		memcpy(s->network_server[s->network_servers++], machine.servers.server[i].text,
		    sizeof s->network_server[0]);
		chosen.server[chosen.count++] = machine.servers.server[i];
	}
	memcpy(s->search, machine.search, sizeof s->search);
	s->searches = (uint8_t)machine.searches;
}

void
name_servers_choose(struct names_settings *s)
{
	const struct conf *conf = current_policy()->conf;

	chosen.count = 0;
	add_named(conf, s);
	s->only_encrypted = names_encrypted(conf) && value_now(SETTING_ENCRYPTED_DNS) == VALUE_ON;
	s->designated = !s->only_encrypted && value_now(SETTING_DESIGNATED) == VALUE_ON;
	chosen.offers = s->designated;
	s->network = network;
	s->network_all = !upstreams_for_all_names(&chosen);
	s->network_names = is_heard(SETTING_NETWORK_NAMES, s->only_encrypted);
	s->captive = is_heard(SETTING_CAPTIVE, s->only_encrypted);
	if (s->network_all || s->network_names || s->captive)
		add_network(s);
}

const struct upstreams *
name_servers_now(void)
{
	return &chosen;
}

void
name_servers_heard(const struct names_servers *m)
{
	silent[0] = '\0';
	for (unsigned i = 0; m != NULL && m->silent && i < m->count; i++) {
		const struct names_server *s = &m->server[i];

		if (!s->used || s->some_names)
			continue;
		(void)snprintf(silent, sizeof silent, "no server for names answers: %s: %s; 'bulwarkctl dns servers' shows all",
		    s->text, s->error);
		return;
	}
}

const char *
name_servers_silent(void)
{
	return silent[0] == '\0' ? NULL : silent;
}
