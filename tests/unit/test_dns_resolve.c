/*
 * From a question to its answer: cache, servers, and what happens when those fail.
 */
/* links: @resolve */
#include <criterion/criterion.h>

#include <string.h>
#include <time.h>

#include "dns_server.h"
#include "multicast.h"
#include "neighbour.h"
#include "resolve.h"
#include "route.h"
#include "servers.h"

static unsigned		answered;
static struct outcome	last;
static bool		had_answer;

static struct server
server_at(uint16_t port)
{
	struct server		 s = { .addr_len = sizeof(struct sockaddr_in) };
	struct sockaddr_in	*in = (struct sockaddr_in *)&s.addr;

	*in = at;
	in->sin_port = htons(port);
	return s;
}

static void
start(void)
{
	struct server s;

	server_start();
	dname_hash_init();
	cache_init(1000, 1 << 20);
	route_init();
	resolve_init(base);
	s = server_at(ntohs(at.sin_port));
	servers_set(&s, 1);
}

TestSuite(resolve, .init = start, .timeout = 30);

static void
on_resolved(void *ctx, const struct outcome *o)
{
	(void)ctx;
	answered++;
	last = *o;
	had_answer = o->answer != NULL;
}

static uint64_t
begin(const char *text)
{
	struct dname n;

	dname_parse(text, strlen(text), &n);
	return resolve(&n, QTYPE_A, 0, on_resolved, NULL);
}

static int
wait_for_answers(unsigned n)
{
	struct timespec	b, e;

	clock_gettime(CLOCK_MONOTONIC, &b);
	while (answered < n)
		event_base_loop(base, EVLOOP_ONCE);
	clock_gettime(CLOCK_MONOTONIC, &e);
	return (int)((e.tv_sec - b.tv_sec) * 1000 + (e.tv_nsec - b.tv_nsec) / 1000000);
}

Test(resolve, asked_once_for_all)
{
	for (int i = 0; i < 5; i++)
		cr_assert_neq(begin(i % 2 ? "ok.Example.org" : "OK.example.ORG"), 0);
	cr_assert_eq(resolve_waiting(), 5);
	wait_for_answers(5);
	cr_assert_eq(udp_questions, 1, "%u", udp_questions);
	cr_assert(had_answer && !last.from_cache);
	cr_assert_eq(resolve_waiting(), 0);
	cr_assert_eq(begin("ok.example.org"), 0, "at once");
	cr_assert_eq(answered, 6);
	cr_assert(had_answer && last.from_cache);
	cr_assert_eq(udp_questions, 1);
}

/* The address in the last answer's last record. */
static const uint8_t *
last_address(void)
{
	return last.answer->message + last.answer->len - 4;
}

/* The server of one zone says what another's name is: that is asked for anew. */
Test(resolve, alias_into_another_zone)
{
	cr_assert_neq(begin("away.example.org"), 0);
	cr_assert_neq(begin("AWAY.example.org"), 0);
	wait_for_answers(2);
	cr_assert(had_answer);
	cr_assert_eq(udp_questions, 2, "%u", udp_questions);
	cr_assert_arr_eq(last_address(), "\1\1\1\1", 4);
	cr_assert_eq(last.answer->message[7], 2, "the alias and the address");
	cr_assert_eq(last.answer->kind, REPLY_DATA);
	cr_assert_eq(last.answer->until_s - last.answer->stored_s, 30, "as long as the alias holds");
	cr_assert_eq(begin("ok.victim.zz"), 0, "known now");
	cr_assert_arr_eq(last_address(), "\1\1\1\1", 4);
	cr_assert_eq(begin("away.example.org"), 0);
	(void)begin("away.example.com");	/* another one, whose target is known */
	wait_for_answers(5);
	cr_assert_arr_eq(last_address(), "\1\1\1\1", 4);
	cr_assert_eq(udp_questions, 3);
	cr_assert_eq(resolve_waiting(), 0);
}

/* What lies below the name is its own. */
Test(resolve, alias_below)
{
	cr_assert_neq(begin("below.example.org"), 0);
	wait_for_answers(1);
	cr_assert(had_answer);
	cr_assert_eq(udp_questions, 1);
}

Test(resolve, aliases_in_a_ring)
{
	cr_assert_neq(begin("ring.a.zz"), 0);
	cr_assert_lt(wait_for_answers(1), 1000, "not by time");
	cr_assert(!had_answer && last.rcode == RCODE_SERVFAIL);
	cr_assert_eq(udp_questions, 2, "%u", udp_questions);
	cr_assert_eq(resolve_waiting(), 0);
}

Test(resolve, aliases_without_end)
{
	cr_assert_neq(begin("chain.a.zz"), 0);
	cr_assert_lt(wait_for_answers(1), 1000, "not by time");
	cr_assert(!had_answer && last.rcode == RCODE_SERVFAIL);
	cr_assert_leq(udp_questions, REPLY_ALIASES + 1, "%u", udp_questions);
	cr_assert_eq(resolve_waiting(), 0);
}

Test(resolve, forgotten)
{
	uint64_t id = begin("ok.example.org"), other = begin("ok.example.org");

	resolve_forget(id);
	cr_assert_neq(other, id);
	wait_for_answers(1);
	event_base_loop(base, EVLOOP_NONBLOCK);
	cr_assert_eq(answered, 1);
}

/* Another network: answers of the one before serve who asked there, and nobody else. */
Test(resolve, on_the_way_while_servers_change)
{
	struct server	s = server_at(ntohs(at.sin_port));
	struct dname	n;

	cr_assert_eq(dname_parse("ok.example.org", 14, &n), 0);
	cr_assert_neq(begin("ok.example.org"), 0);
	servers_set(&s, 1);
	resolve_anew();
	cr_assert_neq(begin("ok.example.org"), 0);
	wait_for_answers(1);
	cr_assert(had_answer);
	wait_for_answers(2);
	cr_assert(had_answer);
	cr_assert_eq(udp_questions, 2, "nobody waits for the old one: %u", udp_questions);
	cr_assert_neq(begin("on.example.org"), 0);
	resolve_anew();
	wait_for_answers(3);
	cr_assert(had_answer);
	cr_assert_neq(begin("on.example.org"), 0, "the old one's answer is not kept");
	wait_for_answers(4);
	cr_assert_eq(begin("on.example.org"), 0);
}

Test(resolve, the_next_server_when_one_is_silent)
{
	struct server	s[2] = { server_at(0), server_at(ntohs(at.sin_port)) };
	int		silent = socket(AF_INET, SOCK_DGRAM, 0), took;
	struct sockaddr_in a = at;
	socklen_t	len = sizeof(a);

	a.sin_port = 0;
	bind(silent, (struct sockaddr *)&a, sizeof(a));
	getsockname(silent, (struct sockaddr *)&a, &len);
	s[0] = server_at(ntohs(a.sin_port));
	servers_set(s, 2);
	begin("ok.example.org");
	took = wait_for_answers(1);
	cr_assert(had_answer);
	cr_assert_geq(took, 180);
	cr_assert_lt(took, 2000);
	/* Known now: the one that answers is asked first. */
	begin("ok.example.com");
	took = wait_for_answers(2);
	cr_assert(had_answer);
	cr_assert_lt(took, 180, "without waiting for the silent one");
}

Test(resolve, nobody_answers)
{
	struct server s = server_at(1);
	int took;

	servers_set(&s, 1);
	begin("ok.example.org");
	took = wait_for_answers(1);
	cr_assert(!had_answer);
	cr_assert_eq(last.rcode, RCODE_SERVFAIL);
	cr_assert_eq(last.ede, EDE_NETWORK);
	cr_assert_lt(took, 3000);
	servers_set(NULL, 0);
	begin("ok.example.org");
	cr_assert_eq(answered, 2);
	cr_assert_eq(last.ede, EDE_NO_SERVER);
}

Test(resolve, silence_has_an_end)
{
	begin("silent.example.org");
	int took = wait_for_answers(1);

	cr_assert(!had_answer);
	cr_assert_geq(took, 3000);
	cr_assert_lt(took, 8000);
}

/* --- neighbours --- */

static void
start_neighbour(void)
{
	static const struct network	n = { .multicast = true };

	neighbour_start();
	start();
	multicast_init(base);
	multicast_set(&loopback, 1);
	route_set_network(&n);
}

TestSuite(neighbours, .init = start_neighbour, .timeout = 30);

static uint64_t
begin_of_type(const char *text, uint16_t type, uint8_t variant)
{
	struct dname n;

	dname_parse(text, strlen(text), &n);
	return resolve(&n, type, variant, on_resolved, NULL);
}

static bool
heard_nothing(void)
{
	return recv(neighbour, question, sizeof(question), MSG_DONTWAIT) == -1;
}

static unsigned
ttl(void)
{
	return (unsigned)(last.answer->until_s - last.answer->stored_s);
}

Test(neighbours, asked_once_for_all)
{
	uint8_t	m[600];

	cr_assert_neq(begin("printer.local"), 0);
	cr_assert_neq(begin("Printer.Local"), 0);
	hear();
	cr_assert(heard_nothing());
	send_from(neighbour, m, address_answer(7, m));
	wait_for_answers(2);
	cr_assert(had_answer && last.server == UPSTREAM_NEIGHBOURS);
	cr_assert_eq(last_address()[3], 7);
	cr_assert_eq(last.answer->origin.validation, VALID_INSECURE);
	cr_assert_eq(ttl(), 10);
	cr_assert_eq(begin("printer.local"), 0, "kept");
	cr_assert_eq(udp_questions, 0, "no server is asked");
	cr_assert_eq(resolve_waiting(), 0);
}

Test(neighbours, the_truth_behind_lies)
{
	uint8_t	m[600];
	size_t	len;

	cr_assert_neq(begin("printer.local"), 0);
	hear();
	len = address_answer(7, m);
	m[len - 4] = 9;		/* an address of the Internet */
	send_from(neighbour, m, len);
	send_from(neighbour, m, address_answer(8, m));
	wait_for_answers(1);
	cr_assert_eq(last_address()[3], 8);
}

Test(neighbours, silence)
{
	cr_assert_neq(begin("nobody.local"), 0);
	wait_for_answers(1);
	cr_assert(had_answer && last.answer->kind == REPLY_NXDOMAIN);
	cr_assert_eq(ttl(), 5);
	cr_assert_eq(begin("nobody.local"), 0, "kept");
	cr_assert_eq(udp_questions, 0);
}

Test(neighbours, silence_about_a_name_that_is_there)
{
	uint8_t	m[600];

	cr_assert_neq(begin("printer.local"), 0);
	hear();
	send_from(neighbour, m, address_answer(7, m));
	wait_for_answers(1);
	cr_assert_neq(begin_of_type("printer.local", QTYPE_AAAA, 0), 0);
	wait_for_answers(2);
	cr_assert(had_answer && last.answer->kind == REPLY_NODATA);
	cr_assert_eq(ttl(), 5);
}

/* Nothing on the Internet makes us ask here, and the validator does not either. */
Test(neighbours, only_for_programs)
{
	struct names_net	none = { "gone0", 4, 24, { 10 } };

	cr_assert_eq(begin_of_type("printer.local", QTYPE_A, CACHE_PASS), 0);
	cr_assert(!had_answer && last.ede == EDE_NO_SERVER);
	cr_assert_neq(begin("near.example.org"), 0);	/* an alias of printer.local */
	wait_for_answers(2);
	cr_assert(!had_answer);
	cr_assert(heard_nothing());
	multicast_set(&none, 1);
	cr_assert_neq(begin("printer.local"), 0);
	cr_assert_lt(wait_for_answers(3), MULTICAST_MS, "they can not be asked");
	cr_assert(!had_answer && last.rcode == RCODE_SERVFAIL && last.ede == EDE_NETWORK);
}

Test(neighbours, forgotten_and_another_network)
{
	uint8_t	m[600];

	resolve_forget(begin("printer.local"));
	hear();
	resolve_anew();
	send_from(neighbour, m, address_answer(7, m));
	cr_assert_neq(begin("printer.local"), 0);
	hear();
	send_from(neighbour, m, address_answer(8, m));
	wait_for_answers(1);
	cr_assert_eq(last_address()[3], 8);
}

/* What any neighbour may have said counts as long as it said, and no longer. */
Test(neighbours, never_stale)
{
	struct names_net	none = { "gone0", 4, 24, { 10 } };
	uint8_t			m[600];
	size_t			len;

	cr_assert_neq(begin("printer.local"), 0);
	hear();
	len = address_answer(7, m);
	m[len - 7] = 1;		/* second */
	send_from(neighbour, m, len);
	wait_for_answers(1);
	cr_assert_eq(ttl(), 1);
	usleep(2000000);
	multicast_set(&none, 1);
	cr_assert_neq(begin("printer.local"), 0);
	wait_for_answers(2);
	cr_assert(!had_answer && last.rcode == RCODE_SERVFAIL);
}
