/*
 * See look.h. Called with policyd's wish alone; one look is at most NAMES_LOOK_MOST
 * entries, so that it fits beside what else waits for policyd.
 */
#include <stdio.h>
#include <string.h>

#include "cache.h"
#include "channel.h"
#include "lists.h"
#include "look.h"
#include "lookup.h"
#include "route.h"
#include "servers.h"
#include "told.h"

static uint8_t	body[NAMES_KEPT_MAX];	/* the longest of all that is told here */

static uint8_t
transport_of(const struct server *s)
{
	static const uint8_t	words[] = { [TRANSPORT_CLEAR] = NAMES_CLEAR, [TRANSPORT_TLS] = NAMES_TLS,
					    [TRANSPORT_HTTPS] = NAMES_HTTPS };

	return words[s->transport];
}

static void
describe(const struct cached *c, int64_t now_s, struct names_entry *e)
{
	size_t		at = DNS_HEADER;
	struct dname	name;

	*e = (struct names_entry){ .qtype = c->type, .rcode = c->message[3] & 0xf,
		.left_s = c->until_s > now_s ? (uint32_t)(c->until_s - now_s) : 0,
		.validation = told_validation(c), .addresses = told_addresses(c) };
	if (dname_read(c->message, c->len, &at, &name) == 0)
		dname_text(&name, e->name);
	(void)snprintf(e->server, sizeof(e->server), "%s", servers_text(c->origin.upstream));
}

static int
send_kept(struct channel *channel, uint32_t id, const struct names_kept *m)
{
	size_t	len = names_kept_pack(m, body, sizeof(body));

	return len == 0 ? -1 : channel_send(channel, NAMES_KEPT, id, body, len, -1);
}

static void
tell_cache(struct channel *channel, uint32_t id, int64_t now_s)
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

static uint8_t
proof_of(const struct server *s)
{
	if (s->transport == TRANSPORT_CLEAR || s->anyone)
		return NAMES_BY_NOTHING;
	if (s->name[0] != '\0')
		return s->has_pin ? NAMES_BY_NAME_AND_KEY : NAMES_BY_NAME;
	return s->has_pin ? NAMES_BY_KEY : NAMES_BY_ADDRESS;
}

static void
tell_servers(struct channel *channel, uint32_t id, int64_t now_ms)
{
	static struct names_servers	m;
	size_t				len;

	memset(&m, 0, sizeof(m));
	m.silent = servers_silent();
	for (unsigned i = 0; i < servers_count() && i < 2 * NAMES_SERVERS; i++) {
		const struct server	*s = servers_at(i);
		struct names_server	*to = &m.server[m.count++];

		(void)snprintf(to->text, sizeof(to->text), "%s", s->text);
		to->transport = transport_of(s);
		to->proof = proof_of(s);
		to->of_network = s->of_network;
		to->some_names = s->aside;
		to->used = route_permits(i, s->of_network && s->aside);
		to->took_us = s->took_us;
		to->failures = s->failures;
		to->rests_ms = s->rests_until_ms > now_ms ? (uint32_t)(s->rests_until_ms - now_ms) : 0;
		if (s->error == NULL)
			continue;
		(void)snprintf(to->error, sizeof(to->error), "%s", s->error);
		to->error_s = (uint32_t)((now_ms - s->error_ms) / 1000);
	}
	len = names_servers_pack(&m, body, sizeof(body));
	if (len > 0)
		(void)channel_send(channel, NAMES_SERVERS_ARE, id, body, len, -1);
}

static uint8_t
special_of(const struct route *r)
{
	switch (r->special) {
	case SPECIAL_NONE:
		return NAMES_ORDINARY;
	case SPECIAL_SCOPED:
	case SPECIAL_LOCAL:
		return r->count > 0 || r->multicast ? NAMES_LOCAL : NAMES_HERE;
	default:
		return NAMES_HERE;
	}
}

static void
find_kept(const struct dname *n, uint16_t type, uint8_t variant, int64_t now_s, struct names_found *m)
{
	const struct cached	*c = cache_find(n, type, variant, false, now_s);

	if (c == NULL)
		return;
	m->kept = true;
	describe(c, now_s, &m->entry);
	m->took_us = c->origin.took_us;
	if (c->origin.upstream < servers_count())
		m->transport = transport_of(servers_at(c->origin.upstream));
}

/* The first of those that may be asked, or the neighbours. */
static void
find_server(struct route *r, int64_t now_ms, struct names_found *m)
{
	if (r->multicast) {
		(void)snprintf(m->server, sizeof(m->server), "%s", servers_text(UPSTREAM_NEIGHBOURS));
		m->server_transport = NAMES_CLEAR;
	}
	if (r->count == 0)
		return;
	servers_order(r->server, r->count, now_ms);
	(void)snprintf(m->server, sizeof(m->server), "%s", servers_text(r->server[0]));
	m->server_transport = transport_of(servers_at(r->server[0]));
}

static void
tell_name(struct channel *channel, uint32_t id, const struct names_look *look, int64_t now_ms)
{
	static struct names_found	m;
	struct list_hit			hit;
	struct route			route;
	struct dname			n;
	uint8_t				variant = CACHE_CAPTIVE;
	size_t				len;

	memset(&m, 0, sizeof(m));
	if (dname_parse(look->name, strlen(look->name), &n) == -1)
		return;
	dname_lower(&n);
	if (lists_find(&n, look->lists, &hit) == LIST_BLOCKED)
		(void)snprintf(m.list, sizeof(m.list), "list \"%s\", line %u", hit.list, hit.line);
	if (!route_captive(&n, look->qtype, &route)) {
		route_find(&n, look->qtype, &route);
		variant = 0;
	}
	m.special = special_of(&route);
	m.proves = lookup_proves() && !route.unproved;
	find_kept(&n, look->qtype, variant, now_ms / 1000, &m);
	find_server(&route, now_ms, &m);
	len = names_found_pack(&m, body, sizeof(body));
	if (len > 0)
		(void)channel_send(channel, NAMES_FOUND, id, body, len, -1);
}

void
look_tell(struct channel *channel, uint32_t id, const struct names_look *look, int64_t now_ms)
{
	if (look->what == NAMES_LOOK_CACHE)
		tell_cache(channel, id, now_ms / 1000);
	else if (look->what == NAMES_LOOK_SERVERS)
		tell_servers(channel, id, now_ms);
	else
		tell_name(channel, id, look, now_ms);
}
