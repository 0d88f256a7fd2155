/*
 * A resolv.conf, with servers and domains that a network named: what is taken of it are
 * servers that can be read again, and domains of at least two labels in lower case.
 */
/* links: policyd/upstream.c policyd/upstreams.c */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "upstreams.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct control_resolvers	r;
	static struct resolv_conf	c;
	struct upstream_fault		fault;
	struct upstream			again;

	r.len = (uint16_t)(size < sizeof(r.text) ? size : sizeof(r.text));
	memcpy(r.text, data, r.len);
	upstreams_read(&r, &c);
	if (c.servers.count > NAMES_SERVERS || c.searches > NAMES_SEARCHES)
		abort();
	for (unsigned i = 0; i < c.servers.count; i++)
		if (!upstream_read(c.servers.server[i].text, strlen(c.servers.server[i].text), &again, &fault) ||
		    again.port != c.servers.server[i].port)
			abort();
	for (unsigned i = 0; i < c.searches; i++)
		if (!check_domain(c.search[i], sizeof(c.search[i])) || strchr(c.search[i], '.') == NULL)
			abort();
	return 0;
}
