/*
 * Encrypted ways that a server in clear names itself: which of them are taken, and that
 * it is asked in clear again when one does not work.
 */
/* links: @resolve resolverd/designate.c resolverd/svcb.c resolverd/server_url.c */
#include <criterion/criterion.h>

#include <string.h>

#include "designate.h"
#include "resolve.h"
#include "route.h"
#include "server_url.h"
#include "tls_asks.h"

#define TARGET	"\3dns\4test\0"
#define DOT	"\0\1\0\4\3dot"
#define H2	"\0\1\0\3\2h2"
#define BOTH	"\0\1\0\7\2h2\3dot"
#define PATH	"\0\7\0\20/dns-query{?dns}"
#define RECORD(s)	s, sizeof(s) - 1

static uint8_t		message[4096];
static size_t		message_len;
static struct outcome	outcome;

static void
begin_message(void)
{
	static const uint8_t	head[] = "\0\0\201\200\0\1\0\0\0\0\0\0\4_dns\10resolver\4arpa\0\0\100\0\1";

	message_len = sizeof(head) - 1;
	memcpy(message, head, message_len);
}

static void
add_record(const char *data, size_t len)
{
	memcpy(message + message_len, "\300\14\0\100\0\1\0\0\0\74", 10);
	message[message_len + 10] = (uint8_t)(len >> 8);
	message[message_len + 11] = (uint8_t)len;
	memcpy(message + message_len + 12, data, len);
	message_len += 12 + len;
	message[7]++;
}

static unsigned
ways(const char *clear, struct server way[static DESIGNATE_WAYS])
{
	static struct reply	 r;
	struct asked		 a = { .type = QTYPE_SVCB };
	struct server		 s;
	const char		*wrong;
	size_t			 where;

	dname_parse("_dns.resolver.arpa", 18, &a.name);
	cr_assert_eq(server_parse(clear, &s, &wrong, &where), 0);
	cr_assert(reply_fits(message, message_len, &a));
	cr_assert_eq(reply_parse(message, message_len, &a, &r), 0);
	return designate_ways(message, &r, &s, way);
}

Test(designate, the_best_first)
{
	struct server	way[DESIGNATE_WAYS];

	begin_message();
	add_record(RECORD("\0\3" TARGET BOTH PATH));
	add_record(RECORD("\0\1" TARGET DOT "\0\4\0\4\11\11\11\11"));
	add_record(RECORD("\0\2" TARGET H2 "\0\7\0\10/q{?dns}"));
	add_record(RECORD("\0\2" TARGET DOT DOT));
	cr_assert_eq(ways("9.9.9.9", way), 4);
	cr_assert_str_eq(way[0].text, "dot://9.9.9.9:853");
	cr_assert_str_eq(way[1].text, "doh://9.9.9.9:443");
	cr_assert_str_eq(way[1].path, "/q");
	cr_assert_str_eq(way[2].text, "dot://9.9.9.9:853");
	cr_assert_str_eq(way[3].path, "/dns-query");
	for (unsigned i = 0; i < 4; i++)
		cr_assert(!way[i].anyone && way[i].name[0] == '\0', "its address is to be in the certificate");
}

Test(designate, only_at_its_own_address_and_the_usual_ports)
{
	struct server	way[DESIGNATE_WAYS];

	begin_message();
	add_record(RECORD("\0\1" TARGET DOT "\0\4\0\4\11\11\11\12"));
	add_record(RECORD("\0\1" TARGET DOT "\0\6\0\20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"));
	add_record(RECORD("\0\1" TARGET DOT "\0\3\0\2\0\26"));
	add_record(RECORD("\0\1" TARGET H2));
	add_record(RECORD("\0\1" TARGET H2 "\0\7\0\11/ a{?dns}"));
	cr_assert_eq(ways("9.9.9.9", way), 0);
	add_record(RECORD("\0\1" TARGET DOT "\0\3\0\2\1\273" "\0\4\0\10\11\11\11\12\11\11\11\11"));
	cr_assert_eq(ways("udp://9.9.9.9:5353", way), 1);
	cr_assert_str_eq(way[0].text, "dot://9.9.9.9:443");
}

Test(designate, private_ones_show_no_certificate)
{
	struct server	way[DESIGNATE_WAYS];

	begin_message();
	add_record(RECORD("\0\1" TARGET BOTH PATH));
	cr_assert_eq(ways("192.168.1.1", way), 2);
	cr_assert(way[0].anyone && way[1].anyone);
	cr_assert_not(way[0].is_public);
	cr_assert_eq(ways("udp://[fd00::1]?public", way), 2);
	cr_assert(way[0].anyone && way[0].is_public);
	cr_assert_str_eq(way[0].text, "dot://[fd00::1]:853");
	cr_assert_eq(ways("2620:fe::fe", way), 2);
	cr_assert_not(way[0].anyone);
}

Test(designate, no_more_than_there_is_room_for)
{
	struct server	way[DESIGNATE_WAYS];

	begin_message();
	for (unsigned i = 0; i < 30; i++)
		add_record(RECORD("\0\1" TARGET BOTH PATH));
	cr_assert_eq(ways("9.9.9.9", way), DESIGNATE_WAYS);
}

static void
on_resolved(void *ctx, const struct outcome *o)
{
	(void)ctx;
	answered++;
	outcome = *o;
}

static void
resolve_one(const char *text)
{
	struct dname	n;

	dname_parse(text, strlen(text), &n);
	asked++;
	resolve(&n, QTYPE_A, 0, on_resolved, NULL);
	wait_for_all();
	cr_assert_eq(outcome.rcode, RCODE_NOERROR);
}

/* A server in clear, with one over TLS that it named. */
static void
set_up(struct identity who, bool anyone)
{
	struct server	clear;

	server_start();
	clear = (struct server){ .addr_len = sizeof(at), .transport = TRANSPORT_CLEAR, .text = "in clear" };
	memcpy(&clear.addr, &at, sizeof(at));
	serve_as(who, "");
	server.anyone = anyone;
	dname_hash_init();
	cache_init(100, 1 << 20);
	route_init();
	resolve_init(base);
	servers_set(&clear, 1);
	servers_designate(0, &server);
}

TestSuite(designated, .init = start, .timeout = 20);

Test(designated, asked_instead)
{
	set_up(good(), false);
	resolve_one("a.example.org");
	resolve_one("b.example.org");
	cr_assert_eq(tls_questions, 2);
	cr_assert_eq(udp_questions, 0);
	servers_undesignate(0);
	resolve_one("c.example.org");
	cr_assert_eq(udp_questions, 1);
	servers_undesignate(0);
	cr_assert_str_eq(servers_at(0)->text, "in clear");
}

Test(designated, not_if_its_certificate_is_another)
{
	set_up(make_identity("server", "IP:127.0.0.2", &authority, 10 * DAY), false);
	resolve_one("a.example.org");
	cr_assert_eq(tls_questions, 0);
	cr_assert_eq(udp_questions, 1);
	cr_assert_str_eq(servers_at(0)->text, "in clear");
	cr_assert_eq(servers_at(0)->failures, 0, "it did not fail");
}

Test(designated, whoever_it_is_in_a_private_network)
{
	set_up(make_identity("server", "IP:127.0.0.2", NULL, -DAY), true);
	resolve_one("a.example.org");
	cr_assert_eq(tls_questions, 1);
	cr_assert_eq(udp_questions, 0);
}

Test(designated, in_clear_again_when_it_is_silent)
{
	tls_does.stall = true;
	set_up(good(), false);
	resolve_one("a.example.org");
	cr_assert_eq(udp_questions, 1);
	resolve_one("b.example.org");
	cr_assert_eq(tls_questions, 1);
	cr_assert_eq(udp_questions, 2);
}

Test(designated, never_in_clear_where_all_must_be_encrypted)
{
	struct dname	n;

	tls_does.close_at = 100;
	set_up(good(), false);
	route_only_encrypted(true);
	dname_parse("a.example.org", 13, &n);
	asked++;
	resolve(&n, QTYPE_A, 0, on_resolved, NULL);
	wait_for_all();
	cr_assert_eq(outcome.rcode, RCODE_SERVFAIL);
	cr_assert_eq(udp_questions, 0);
}
