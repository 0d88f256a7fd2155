/*
 * See route.h. Called by lookup.c and resolve.c, and by the front for what an answer may hold.
 * Trusts its callers; search domains are whatever a network said.
 */
#include <string.h>

#include "captive.h"
#include "route.h"

static struct network	network;
static bool		only_encrypted;

void
route_init(void)
{
	special_init();
	captive_init();
}

void
route_set_network(const struct network *n)
{
	network = *n;
}

void
route_only_encrypted(bool on)
{
	only_encrypted = on;
}

bool
route_permits(unsigned server, bool clear)
{
	return !only_encrypted || clear || servers_at(server)->transport != TRANSPORT_CLEAR;
}

static void
add(struct route *r, unsigned server)
{
	if (route_permits(server, r->clear))
		r->server[r->count++] = server;
}

/* Labels of the longest scope of this server that holds the name; 0: none does. */
static unsigned
scope_labels(const struct server *s, const struct dname *n)
{
	unsigned	labels, most = 0;

	for (unsigned i = 0; i < s->scopes; i++)
		if (dname_within(n, &s->scope[i]) && (labels = dname_labels(&s->scope[i])) > most)
			most = labels;
	return most;
}

/* True: it is in a scope, whether or not a server of it may be asked. */
static bool
by_scope(const struct dname *n, struct route *r)
{
	unsigned	labels, most = 0;

	for (unsigned i = 0; i < servers_count(); i++)
		if ((labels = scope_labels(servers_at(i), n)) > most)
			most = labels;
	if (most == 0)
		return false;
	r->inner = true;
	for (unsigned i = 0; i < servers_count(); i++) {
		if (scope_labels(servers_at(i), n) != most)
			continue;
		r->inner &= server_is_local(servers_at(i));
		r->unproved |= servers_at(i)->insecure;
		add(r, i);
	}
	r->here = r->inner;
	return true;
}

/*
 * The network's own servers; local: those of private addresses. clear: policyd said that the
 * network is heard, which beside encrypted servers it does only where bulwark.conf says so.
 */
static void
add_network(struct route *r, bool local, bool clear)
{
	r->clear = clear;
	for (unsigned i = 0; i < servers_count(); i++)
		if (servers_at(i)->of_network && (!local || server_is_local(servers_at(i))))
			add(r, i);
}

/* The network is heard only where the policy says so, or where it has all names anyway. */
static bool
network_is_heard(void)
{
	for (unsigned i = 0; i < servers_count(); i++)
		if (servers_at(i)->of_network && (network.names || !servers_at(i)->aside))
			return true;
	return false;
}

static bool
is_searched(const struct dname *n)
{
	for (unsigned i = 0; i < network.searches; i++)
		if (dname_within(n, &network.search[i]))
			return true;
	return false;
}

static void
by_search(struct route *r)
{
	add_network(r, true, network.names);
	r->inner = r->count > 0;
	if (r->count == 0 && r->special == SPECIAL_NONE)
		add_network(r, false, network.names);
}

static void
by_place(struct route *r)
{
	r->inner = true;
	for (unsigned i = 0; i < servers_count(); i++)
		if (!servers_at(i)->aside && server_is_local(servers_at(i)))
			add(r, i);
	if (r->count == 0 && network_is_heard())
		add_network(r, true, network.names);
}

void
route_find(const struct dname *n, uint16_t type, struct route *r)
{
	enum special	special = special_name(n, type);

	memset(r, 0, sizeof(*r));
	r->special = special;
	r->unproved = special != SPECIAL_NONE;
	if (special != SPECIAL_NONE && special != SPECIAL_SCOPED && special != SPECIAL_LOCAL) {
		r->inner = r->here = true;	/* localhost is */
		return;
	}
	if (by_scope(n, r))
		return;
	if (network.multicast && special_multicast(n) != NULL) {
		r->multicast = r->inner = true;
		return;
	}
	if (network_is_heard() && is_searched(n)) {
		by_search(r);
		return;
	}
	if (special == SPECIAL_LOCAL)
		by_place(r);
	for (unsigned i = 0; special == SPECIAL_NONE && i < servers_count(); i++)
		if (!servers_at(i)->aside)
			add(r, i);
}

bool
route_captive(const struct dname *n, uint16_t type, struct route *r)
{
	r->count = 0;
	r->multicast = false;
	if (!network.captive || !captive_name(n, type))
		return false;
	memset(r, 0, sizeof(*r));
	r->unproved = r->inner = true;
	add_network(r, false, true);
	return r->count > 0;
}
