/*
 * What people are shown: of the cache, of the servers, of what a name would meet.
 */
/* links: resolverd/look.c resolverd/cache.c resolverd/hints.c resolverd/servers.c resolverd/route.c resolverd/special.c */
/* links: resolverd/captive.c resolverd/server_url.c resolverd/told.c resolverd/recent.c resolverd/dname.c resolverd/address.c */
/* links: resolverd/query.c resolverd/reply.c */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/event.h>
#include <sodium.h>

#include "cache.h"
#include "channel.h"
#include "lists.h"
#include "look.h"
#include "lookup.h"
#include "policy.h"
#include "route.h"
#include "server_url.h"

#define NOW_MS	100000
#define NOW_S	(NOW_MS / 1000)

static struct event_base	*base;
static struct channel		*ours, *policyd;
static struct names_kept	 kept;
static struct names_servers	 servers;
static struct names_found	 found;
static unsigned			 kepts, entries, servers_told, founds;
static bool			 proves;
static uint64_t			 counting;

enum list_word
lists_find(const struct dname *n, uint64_t counts, struct list_hit *hit)
{
	struct dname	bad;

	cr_assert_eq(dname_parse("bad.example", 11, &bad), 0);
	*hit = (struct list_hit){ .list = "ads", .line = 7 };
	return counts != 0 && dname_equal(n, &bad) ? LIST_BLOCKED : LIST_SILENT;
}

uint64_t
lists_having(const struct dname *n)
{
	(void)n;
	return 0;
}

bool
lookup_proves(void)
{
	return proves;
}

bool
policy_learnt(const struct names_learnt *m)
{
	(void)m;
	return true;
}

static int
on_kept(void *ctx, struct channel *c, struct frame *f)
{
	(void)ctx, (void)c;
	cr_expect_eq(f->id, 5);
	kepts++;
	cr_assert_eq(names_kept_unpack(f->body, f->len, &kept), 0);
	entries += kept.count;
	return 0;
}

static int
on_servers(void *ctx, struct channel *c, struct frame *f)
{
	(void)ctx, (void)c;
	servers_told++;
	return names_servers_unpack(f->body, f->len, &servers);
}

static int
on_found(void *ctx, struct channel *c, struct frame *f)
{
	(void)ctx, (void)c;
	founds++;
	return names_found_unpack(f->body, f->len, &found);
}

static const struct verb	verbs[] = {
	{ NAMES_KEPT,        "kept",    PHASE_RUNNING, NAMES_KEPT_MAX,        false, on_kept },
	{ NAMES_SERVERS_ARE, "servers", PHASE_RUNNING, NAMES_SERVERS_ARE_MAX, false, on_servers },
	{ NAMES_FOUND,       "found",   PHASE_RUNNING, NAMES_FOUND_MAX,       false, on_found },
	{ 0 }
}, none[] = { { 0 } };

static void
on_lost(void *ctx, struct channel *c, const char *why)
{
	(void)ctx, (void)c;
	cr_assert_fail("%s", why);
}

static void
start(void)
{
	int	ends[2];

	cr_assert_neq(sodium_init(), -1);
	dname_hash_init();
	cache_init(2000, 1u << 20);
	route_init();
	base = event_base_new();
	cr_assert_eq(channel_pair(ends), 0);
	ours = channel_new(base, ends[0], none, on_lost, NULL);
	policyd = channel_new(base, ends[1], verbs, on_lost, NULL);
	cr_assert(ours != NULL && policyd != NULL);
}

TestSuite(dns_look, .init = start, .timeout = 30);

static void
look(uint8_t what, const char *name, uint16_t type)
{
	struct names_look	m = { .what = what, .qtype = type, .lists = what == NAMES_LOOK_NAME ? counting : 0 };

	(void)snprintf(m.name, sizeof(m.name), "%s", name);
	look_tell(ours, 5, &m, NOW_MS);
	for (int i = 0; i < 20; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

/* The servers of bulwark.conf that these texts name. */
static void
named(const char *one, const char *other)
{
	static struct server	list[2];
	const char		*text[] = { one, other }, *wrong = NULL;
	size_t			 at;

	for (unsigned i = 0; i < 2; i++) {
		cr_assert_eq(server_parse(text[i], &list[i], &wrong, &at), 0, "%s: %s", text[i], wrong);
		list[i].aside = list[i].scopes > 0;
	}
	servers_set(list, 2);
}

/* An answer with one address of this server's, proved, for 300 s since ten seconds ago. */
static void
keep(const char *text, uint8_t variant, uint16_t upstream)
{
	static struct reply	r;
	uint8_t			m[300] = { 0, 0, 0x81, 0x80, 0, 1, 0, 1 };
	struct origin		o = { .upstream = upstream, .validation = VALID_SECURE, .took_us = 1234 };
	struct asked		a = { .type = QTYPE_A };
	size_t			len = DNS_HEADER;

	cr_assert_eq(dname_parse(text, strlen(text), &a.name), 0);
	memcpy(m + len, a.name.wire, a.name.len);
	len += a.name.len;
	memcpy(m + len, "\0\1\0\1\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\1\2\3\4", 20);
	len += 20;
	cr_assert_eq(reply_parse(m, len, &a, &r), 0);
	cr_assert_not_null(cache_store(&a.name, QTYPE_A, variant, m, len, &r, &o, NOW_S - 10));
}

Test(dns_look, an_empty_cache)
{
	look(NAMES_LOOK_CACHE, "", 0);
	cr_expect_eq(kepts, 1);
	cr_expect(kept.last && kept.count == 0 && kept.more == 0);
}

Test(dns_look, what_is_kept_of_a_name)
{
	named("udp://192.0.2.1", "udp://192.0.2.2");
	keep("a.example", 0, 1);
	look(NAMES_LOOK_CACHE, "", 0);
	cr_assert_eq(kept.count, 1);
	cr_expect_str_eq(kept.entry[0].name, "a.example");
	cr_expect_eq(kept.entry[0].qtype, QTYPE_A);
	cr_expect_eq(kept.entry[0].rcode, RCODE_NOERROR);
	cr_expect_eq(kept.entry[0].left_s, 290);
	cr_expect_eq(kept.entry[0].addresses, 1);
	cr_expect_eq(kept.entry[0].validation, NAMES_SECURE);
	cr_expect_str_eq(kept.entry[0].server, "udp://192.0.2.2");
}

Test(dns_look, from_no_server_that_stands)
{
	keep("gone.example", 0, 3);
	look(NAMES_LOOK_CACHE, "", 0);
	cr_expect_str_eq(kept.entry[0].server, "");
	keep("printer.local", 0, UPSTREAM_NEIGHBOURS);
	look(NAMES_LOOK_CACHE, "", 0);
	cr_expect_str_eq(kept.entry[0].name, "printer.local", "the last one first");
	cr_expect_str_eq(kept.entry[0].server, "multicast DNS");
}

Test(dns_look, no_more_than_a_look_tells)
{
	char	name[32];

	for (unsigned i = 0; i < NAMES_LOOK_MOST + 3; i++) {
		(void)snprintf(name, sizeof(name), "n%u.example", i);
		keep(name, 0, UPSTREAM_UNKNOWN);
	}
	look(NAMES_LOOK_CACHE, "", 0);
	cr_expect_eq(entries, NAMES_LOOK_MOST);
	cr_expect_eq(kepts, NAMES_LOOK_MOST / NAMES_BATCH);
	cr_expect(kept.last);
	cr_expect_eq(kept.more, 3);
}

Test(dns_look, how_servers_do)
{
	named("udp://192.0.2.1?search=corp.example", "dot://192.0.2.2?name=dns.example");
	servers_answered(1, 500);
	servers_failed(0, "refused", NOW_MS - 4000);
	look(NAMES_LOOK_SERVERS, "", 0);
	cr_assert_eq(servers_told, 1);
	cr_assert_eq(servers.count, 2);
	cr_expect_eq(servers.server[0].transport, NAMES_CLEAR);
	cr_expect_eq(servers.server[0].proof, NAMES_BY_NOTHING);
	cr_expect(servers.server[0].some_names && !servers.server[0].of_network);
	cr_expect_eq(servers.server[0].failures, 1);
	cr_expect_str_eq(servers.server[0].error, "refused");
	cr_expect_eq(servers.server[0].error_s, 4);
	cr_expect_eq(servers.server[1].transport, NAMES_TLS);
	cr_expect_eq(servers.server[1].proof, NAMES_BY_NAME);
	cr_expect(!servers.server[1].some_names && servers.server[1].used);
	cr_expect_eq(servers.server[1].took_us, 500);
	cr_expect_str_eq(servers.server[1].error, "");
	cr_expect_not(servers.silent);
}

Test(dns_look, that_they_are_silent)
{
	named("udp://192.0.2.1", "udp://192.0.2.2");
	servers_failed(0, "away", NOW_MS);
	servers_failed(1, "away", NOW_MS);
	look(NAMES_LOOK_SERVERS, "", 0);
	cr_expect(servers.silent);
	cr_expect_gt(servers.server[1].rests_ms, 0);
}

Test(dns_look, only_encrypted_ones_are_used)
{
	named("udp://192.0.2.1", "dot://192.0.2.2?name=dns.example");
	route_only_encrypted(true);
	look(NAMES_LOOK_SERVERS, "", 0);
	cr_expect(!servers.server[0].used && servers.server[1].used);
	look(NAMES_LOOK_NAME, "www.example", QTYPE_A);
	cr_expect_str_eq(found.server, "dot://192.0.2.2");
	cr_expect_eq(found.server_transport, NAMES_TLS);
}

Test(dns_look, what_a_name_would_meet)
{
	named("udp://192.0.2.1", "udp://192.0.2.2?search=corp.example");
	proves = true;
	keep("a.example", 0, 0);
	look(NAMES_LOOK_NAME, "a.example", QTYPE_A);
	cr_assert_eq(founds, 1);
	cr_expect_eq(found.special, NAMES_ORDINARY);
	cr_expect(found.kept && found.proves);
	cr_expect_eq(found.took_us, 1234);
	cr_expect_eq(found.transport, NAMES_CLEAR);
	cr_expect_eq(found.entry.left_s, 290);
	cr_expect_str_eq(found.server, "udp://192.0.2.1");
	cr_expect_str_eq(found.list, "");
	look(NAMES_LOOK_NAME, "a.example", QTYPE_AAAA);
	cr_expect_not(found.kept, "another type");
	look(NAMES_LOOK_NAME, "b.corp.example", QTYPE_A);
	cr_expect_str_eq(found.server, "udp://192.0.2.2");
}

Test(dns_look, which_list_blocks_it)
{
	look(NAMES_LOOK_NAME, "bad.example", QTYPE_A);
	cr_expect_str_eq(found.list, "", "none counts");
	counting = 1;
	look(NAMES_LOOK_NAME, "bad.example", QTYPE_A);
	cr_expect_str_eq(found.list, "list \"ads\", line 7");
	cr_expect_str_eq(found.server, "", "and there is no server");
}

Test(dns_look, names_of_the_network)
{
	struct network	n = { .multicast = true };

	named("udp://192.0.2.1", "udp://192.0.2.2");
	look(NAMES_LOOK_NAME, "localhost", QTYPE_A);
	cr_expect_eq(found.special, NAMES_HERE);
	look(NAMES_LOOK_NAME, "printer.local", QTYPE_A);
	cr_expect_eq(found.special, NAMES_HERE);
	cr_expect_str_eq(found.server, "");
	route_set_network(&n);
	look(NAMES_LOOK_NAME, "printer.local", QTYPE_A);
	cr_expect_eq(found.special, NAMES_LOCAL);
	cr_expect_str_eq(found.server, "multicast DNS");
	cr_expect_eq(found.server_transport, NAMES_CLEAR);
}

/* What the network's own server said of such a name is kept beside what others did, and nothing proves it. */
Test(dns_look, a_captive_portals_check)
{
	static const char	name[] = "detectportal.firefox.com";
	struct network		n = { .captive = true };

	named("udp://192.0.2.1", "udp://192.0.2.2");
	servers_at(1)->of_network = true;
	proves = true;
	keep(name, CACHE_CAPTIVE, 1);
	look(NAMES_LOOK_NAME, name, QTYPE_A);
	cr_expect(!found.kept && found.proves);
	route_set_network(&n);
	look(NAMES_LOOK_NAME, name, QTYPE_A);
	cr_expect(found.kept && !found.proves);
	cr_expect_str_eq(found.server, "udp://192.0.2.2");
}
