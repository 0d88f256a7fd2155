/*
 * See settings.h. Called with policyd's words, which passed their validator; a
 * server's text may still be none that can be used, which is said.
 */
#include <string.h>

#include "cache.h"
#include "designate.h"
#include "lookup.h"
#include "resolve.h"
#include "sandbox.h"
#include "server_url.h"
#include "settings.h"

static enum names_blocked	blocked_as = NAMES_AS_NXDOMAIN;
static bool			against_rebinding = true;

enum names_blocked
settings_blocked(void)
{
	return blocked_as;
}

bool
settings_rebinding(void)
{
	return against_rebinding;
}

/* Another network's answers may differ: nothing of before is kept. */
void
settings_take(const struct names_settings *m)
{
	static struct names_settings	before;
	static bool			any;
	bool				others = !any || m->servers != before.servers ||
					    memcmp(m->server, before.server, sizeof(m->server)) != 0;
	static struct server		list[SERVERS_MAX];
	unsigned			count = 0;
	const char			*wrong;
	size_t				at;

	for (unsigned i = 0; i < m->servers && count < SERVERS_MAX; i++)
		if (server_parse(m->server[i], &list[count], &wrong, &at) == 0)
			count++;
		else
			log_warnx("server \"%s\": %s, at \"%s\"", m->server[i], wrong, m->server[i] + at);
	/* What the same ones offer stands, too. */
	if (others || m->only_encrypted != before.only_encrypted) {
		servers_set(list, count);
		designate_begin(!m->only_encrypted);
	}
	resolve_only_encrypted(m->only_encrypted);
	blocked_as = m->blocked;
	against_rebinding = m->rebinding;
	if (others) {
		cache_flush();
		resolve_anew();
	}
	/* What was found out of the same servers stands. */
	if (others || m->dnssec != before.dnssec || m->unsigned_servers != before.unsigned_servers)
		lookup_validates(m->dnssec, m->unsigned_servers);
	before = *m;
	any = true;
}
