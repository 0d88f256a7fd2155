/*
 * See look.h. Called with policyd's wish alone; one look is at most NAMES_LOOK_MOST
 * entries, so that it fits beside what else waits for policyd.
 */
#include <stdio.h>
#include <string.h>

#include "cache.h"
#include "channel.h"
#include "look.h"
#include "names.h"
#include "servers.h"
#include "told.h"

static uint8_t	body[NAMES_KEPT_MAX];

static uint8_t
validation_of(const struct cached *c)
{
	switch (c->origin.validation) {
	case VALID_SECURE:
		return NAMES_SECURE;
	case VALID_INSECURE:
		return NAMES_INSECURE;
	case VALID_CAPTIVE:
		return NAMES_CAPTIVE;
	default:
		return NAMES_UNCHECKED;
	}
}

static void
describe(const struct cached *c, int64_t now_s, struct names_entry *e)
{
	unsigned	n = told_addresses(c);
	size_t		at = DNS_HEADER;
	struct dname	name;

	*e = (struct names_entry){ .qtype = c->type, .rcode = c->message[3] & 0xf,
		.left_s = c->until_s > now_s ? (uint32_t)(c->until_s - now_s) : 0,
		.validation = validation_of(c), .addresses = n < UINT8_MAX ? (uint8_t)n : UINT8_MAX };
	if (dname_read(c->message, c->len, &at, &name) == 0)
		dname_text(&name, e->name);
	if (c->origin.upstream < servers_count())
		(void)snprintf(e->server, sizeof(e->server), "%s", servers_at(c->origin.upstream)->text);
}

static int
send_kept(struct channel *channel, uint32_t id, const struct names_kept *m)
{
	size_t	len = names_kept_pack(m, body, sizeof(body));

	return len == 0 ? -1 : channel_send(channel, NAMES_KEPT, id, body, len, -1);
}

void
look_tell(struct channel *channel, uint32_t id, int64_t now_s)
{
	static struct names_kept	m;
	const struct cached		*c = cache_first();
	unsigned			told = 0;

	memset(&m, 0, sizeof(m));
	for (; c != NULL && told < NAMES_LOOK_MOST; c = cache_next(c), told++) {
		if (m.count == NAMES_BATCH) {
			if (send_kept(channel, id, &m) == -1)
				return;
			m.count = 0;
		}
		describe(c, now_s, &m.entry[m.count++]);
	}
	m.last = true;
	m.more = cache_count() - told;
	(void)send_kept(channel, id, &m);
}
