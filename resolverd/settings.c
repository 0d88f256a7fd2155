/*
 * See settings.h. Called with policyd's words, which passed their validator; a
 * server's text may still be none that can be used, which is said.
 */
#include <string.h>

#include "designate.h"
#include "lookup.h"
#include "multicast.h"
#include "route.h"
#include "sandbox.h"
#include "server_url.h"
#include "settings.h"

static enum names_blocked	blocked_as = NAMES_AS_NXDOMAIN;
static bool			against_rebinding = true;
static bool			list_aliases = true;

enum names_blocked
settings_blocked(void)
{
	return blocked_as;
}

bool
settings_list_aliases(void)
{
	return list_aliases;
}

bool
settings_rebinding(void)
{
	return against_rebinding;
}

static void
add_servers(const char (*text)[NAMES_SERVER_BYTES], unsigned n, struct server *list, unsigned *count)
{
	const char	*wrong;
	size_t		 at;

	for (unsigned i = 0; i < n && *count < SERVERS_MAX; i++)
		if (server_parse(text[i], &list[*count], &wrong, &at) == 0)
			(*count)++;
		else
			log_warnx("server \"%s\": %s, at \"%s\"", text[i], wrong, text[i] + at);
}

/* Those of bulwark.conf, then the network's. */
static void
set_servers(const struct names_settings *m)
{
	static struct server	list[SERVERS_MAX];
	unsigned		count = 0, named;

	add_servers(m->server, m->servers, list, &count);
	for (unsigned i = 0; i < count; i++)
		list[i].aside = list[i].scopes > 0;
	named = count;
	add_servers(m->network_server, m->network_servers, list, &count);
	for (unsigned i = named; i < count; i++) {
		list[i].of_network = true;
		list[i].aside = !m->network_all;
	}
	servers_set(list, count);
}

static void
set_network(const struct names_settings *m)
{
	struct network	n = { .names = m->network_names, .captive = m->captive,
			      .multicast = m->multicasts > 0 };

	for (unsigned i = 0; i < m->searches && n.searches < ROUTE_SEARCH; i++) {
		if (dname_parse(m->search[i], strlen(m->search[i]), &n.search[n.searches]) == -1)
			continue;
		dname_lower(&n.search[n.searches++]);
	}
	route_set_network(&n);
	multicast_set(m->multicast, m->multicasts);
}

/* Do they lead to other servers than before, or are these another network's? */
static bool
differ(const struct names_settings *a, const struct names_settings *b)
{
	return a->servers != b->servers || a->network_servers != b->network_servers || a->searches != b->searches ||
	    memcmp(a->server, b->server, sizeof(a->server)) != 0 ||
	    memcmp(a->network_server, b->network_server, sizeof(a->network_server)) != 0 ||
	    memcmp(a->search, b->search, sizeof(a->search)) != 0 || a->network_all != b->network_all ||
	    a->network_names != b->network_names || a->captive != b->captive || a->network != b->network ||
	    (a->multicasts == 0) != (b->multicasts == 0);
}

/* Another network's answers may differ: nothing of before is kept. */
void
settings_take(const struct names_settings *m)
{
	static struct names_settings	before;
	static bool			any;
	bool				others = !any || differ(m, &before);

	/* What the same ones offer stands, too. */
	if (others || m->designated != before.designated) {
		set_servers(m);
		designate_begin(m->designated);
	}
	set_network(m);
	route_only_encrypted(m->only_encrypted);
	blocked_as = m->blocked;
	against_rebinding = m->rebinding;
	list_aliases = m->list_aliases;
	if (others)
		lookup_flush();
	/* What was found out of the same servers stands. */
	if (others || m->dnssec != before.dnssec || m->unsigned_servers != before.unsigned_servers)
		lookup_validates(m->dnssec, m->unsigned_servers);
	before = *m;
	any = true;
}
