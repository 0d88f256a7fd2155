/*
 * See settings.h. Called with policyd's words, which passed their validator; a
 * server's text may still be none that can be used, which is said.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "cache.h"
#include "sandbox.h"
#include "servers.h"
#include "settings.h"

#define DNS_PORT	53

/* An address, in clear. */
static bool
read_server(const char *text, struct server *s)
{
	union address	a = { .any = { 0 } };

	*s = (struct server){ .transport = TRANSPORT_CLEAR };
	if (inet_pton(AF_INET, text, &a.in.sin_addr) == 1) {
		a.in.sin_family = AF_INET;
		a.in.sin_port = htons(DNS_PORT);
		s->addr_len = sizeof(a.in);
	} else if (inet_pton(AF_INET6, text, &a.in6.sin6_addr) == 1) {
		a.in6.sin6_family = AF_INET6;
		a.in6.sin6_port = htons(DNS_PORT);
		s->addr_len = sizeof(a.in6);
	} else {
		return false;
	}
	s->addr = a.any;
	(void)snprintf(s->text, sizeof(s->text), "%s", text);
	return true;
}

/* Another network's answers may differ: nothing of before is kept. */
void
settings_take(const struct names_settings *m)
{
	static struct names_settings	before;
	struct server			list[SERVERS_MAX];
	unsigned			count = 0;

	for (unsigned i = 0; i < m->servers && count < SERVERS_MAX; i++)
		if (read_server(m->server[i], &list[count]))
			count++;
		else
			log_warnx("server \"%s\" is not understood", m->server[i]);
	servers_set(list, count);
	if (m->servers != before.servers || memcmp(m->server, before.server, sizeof(m->server)) != 0)
		cache_flush();
	before = *m;
}
