/*
 * Questions over HTTPS, to a server of the test's own that behaves or does not.
 */
/* links: @resolve */
#include <criterion/criterion.h>

#include <string.h>
#include <sys/resource.h>

#include "h2.h"
#include "h2_server.h"
#include "resolve.h"
#include "route.h"
#include "tls_asks.h"

static struct outcome	outcome;

static void
start_h2(void)
{
	start();
	h2_server_set_up();
}

TestSuite(doh, .init = start_h2, .timeout = 60);

static void
serve_https(void)
{
	serve_as(good(), SERVED_NAME);
	server.transport = TRANSPORT_HTTPS;
	strcpy(server.path, "/dns-query");
}

Test(doh, answered)
{
	serve_https();
	for (int i = 0; i < 5; i++)
		ask_and_wait("ok");
	ask_and_wait("early");
	ask_and_wait("large");
	ask_and_wait("torn");
	cr_assert_eq(answered, 8, "%u", answered);
	cr_assert_eq(h2_questions, 8);
	cr_assert_eq(tls_connections, 1);
	cr_assert_eq(h2_odd, 0, "id, padding, or a header more or less");
	cr_assert_null(tls_refused(&server));
	cr_assert_eq(lines, 0);
}

Test(doh, by_address)
{
	serve_https();
	server.name[0] = '\0';
	ask_and_wait("ok");
	cr_assert_eq(answered, 1);
	cr_assert_eq(h2_odd, 1, "it is called by its address");
}

Test(doh, wrong_name)
{
	serve_https();
	strcpy(server.name, "other.test");
	ask_and_wait("ok");
	cr_assert_eq(lost, 1);
	cr_assert_eq(h2_questions, 0);
	cr_assert_str_eq(tls_refused(&server), "hostname mismatch");
}

static void
does_not_speak(void)
{
	serve_https();
	ask_and_wait("ok");
	ask_and_wait("ok");
	cr_assert_eq(lost, 2);
	cr_assert_eq(h2_questions, 0);
	cr_assert_str_eq(tls_refused(&server), "it does not speak HTTP/2");
	cr_assert_eq(lines, 1);
}

Test(doh, a_server_without_http2)
{
	tls_does.speaks = NULL;
	does_not_speak();
}

Test(doh, a_server_that_speaks_something_else)
{
	tls_does.speaks = (const uint8_t *)"\10http/1.1";
	does_not_speak();
}

Test(doh, resumed)
{
	serve_https();
	h2_does.goodbye = 1;
	for (unsigned i = 1; i <= 3; i++) {
		ask_and_wait("ok");
		wait_until_gone(i);
	}
	cr_assert_eq(answered, 3);
	cr_assert_eq(tls_connections, 3);
	cr_assert_eq(tls_resumed, 2);
}

Test(doh, many_over_one_connection)
{
	serve_https();
	while (answered + lost < 5000) {
		while (asked < 5000 && asked - answered - lost < 90)
			ask("ok", 10000);
		event_base_loop(base, EVLOOP_ONCE);
	}
	cr_assert_eq(answered, 5000);
	cr_assert_eq(tls_connections, 1);
	cr_assert_eq(h2_odd, 0);
}

Test(doh, more_than_a_connection_takes)
{
	serve_https();
	h2_does.hold = 100;
	for (int i = 0; i < 300; i++)
		ask("ok", 5000);
	wait_for_all();
	cr_assert_eq(answered, 300, "%u", answered);
	cr_assert_leq(h2_most, 100, "%u", h2_most);
	cr_assert_leq(tls_connections, 2);
}

Test(doh, no_more_at_a_time_than_the_server_says)
{
	serve_https();
	h2_does.streams = 3;
	ask_and_wait("ok");
	for (int i = 0; i < 100; i++)
		ask("ok", 5000);
	wait_for_all();
	cr_assert_eq(answered, 101, "%u", answered);
	cr_assert_leq(h2_most, 3, "%u", h2_most);
	cr_assert_leq(tls_connections, 2);
}

Test(doh, a_goodbye_is_honoured)
{
	serve_https();
	h2_does.goodbye = 10;
	for (int i = 0; i < 95; i++)
		ask("ok", 5000);
	wait_for_all();
	cr_assert_eq(answered + lost, 95);
	cr_assert_geq(tls_connections, 2);
	for (int i = 0; i < 30; i++)
		ask_and_wait("ok");
	cr_assert_eq(lost, 95 - 20, "what two connections did not take is not asked a third time: %u", lost);
}

Test(doh, goodbye_at_once)
{
	serve_https();
	h2_does.hang_up = 1000;
	ask("ok", 1000);
	wait_for_all();
	cr_assert_eq(lost, 1);
	cr_assert_leq(tls_connections, 2, "%u", tls_connections);
}

Test(doh, asked_anew_if_refused)
{
	serve_https();
	ask_and_wait("later");
	cr_assert_eq(answered, 1);
	cr_assert_eq(h2_questions, 2);
	ask_and_wait("refuse");
	cr_assert_eq(lost, 1);
	cr_assert_eq(h2_questions, 4, "no more than twice");
	cr_assert_eq(tls_connections, 1);
}

Test(doh, given_up)
{
	serve_https();
	ask_and_wait("ok");
	ask("silent", 100);
	cr_assert_leq(wait_for_all(), 1000);
	tls_ask_cancel(ask("ok", 1000));
	cancelled++;
	ask_and_wait("ok");
	cr_assert_eq(h2_reset, 1, "%u", h2_reset);
	cr_assert_eq(answered, 2);
	cr_assert_eq(tls_connections, 1);
}

static void
on_ended(void *ctx, const struct h2_answer *a, bool unread)
{
	(void)ctx, (void)a, (void)unread;
	lost++;
}

/* Its place is free again, whether it was sent or not. */
Test(doh, given_up_before_it_is_sent)
{
	struct h2		*h = h2_new(on_ended);
	const struct h2_post	 post = { "dns.test", "/dns-query", "application/dns-message",
					  (const uint8_t *)"abc", 3 };
	struct h2_stream	*s[100];
	uint8_t			 to[1000];

	for (int round = 0; round < 10; round++) {
		for (int i = 0; i < 100; i++)
			cr_assert_not_null(s[i] = h2_post(h, &post, h), "%d: %d", round, i);
		cr_assert_not(h2_takes(h));
		if (round % 2 == 1)
			cr_assert_gt(h2_next(h, to, sizeof(to)), 0, "some of them");
		for (int i = 0; i < 100; i++)
			h2_cancel(s[i]);
		while (h2_next(h, to, sizeof(to)) > 0)
			continue;
	}
	cr_assert(h2_takes(h));
	cr_assert_eq(lost, 0);
	h2_free(h);
}

/* Its answer is of no use, which is told once; others on the same connection are. */
static void
is_of_no_use(const char *label, const char *why)
{
	serve_https();
	ask_and_wait(label);
	ask_and_wait(label);
	cr_assert_eq(lost, 2, "%s", label);
	if (why == NULL)
		cr_assert_null(tls_refused(&server));
	else
		cr_assert_str_eq(tls_refused(&server), why);
	cr_assert_eq(lines, why != NULL);
	ask_and_wait("ok");
	cr_assert_eq(answered, 1);
	cr_assert_null(tls_refused(&server));
	cr_assert_eq(tls_connections, 1);
}

Test(doh, another_status) { is_of_no_use("status", "its HTTP status is not 200: is the path right?"); }
Test(doh, another_type) { is_of_no_use("type", "what it sends is not of type application/dns-message"); }
Test(doh, two_types) { is_of_no_use("types", "what it sends is not of type application/dns-message"); }
Test(doh, compressed) { is_of_no_use("encoded", "what it sends is not of type application/dns-message"); }
Test(doh, nothing_in_it) { is_of_no_use("empty", "what it sends is no DNS message"); }
Test(doh, another_id) { is_of_no_use("id", NULL); }
Test(doh, another_name) { is_of_no_use("name", NULL); }
Test(doh, less_than_it_says) { is_of_no_use("long", NULL); }
Test(doh, more_than_it_says) { is_of_no_use("short", NULL); }
Test(doh, reset) { is_of_no_use("reset", NULL); }

static size_t
memory(void)
{
	size_t	pages = 0;
	FILE	*f = fopen("/proc/self/statm", "r");

	cr_assert_eq(fscanf(f, "%*u %zu", &pages), 1);
	fclose(f);
	return pages * 4096;
}

/*
 * A server that breaks the rules or floods: its connection ends, soon and without much
 * memory; the next question is asked on another one.
 */
static void
is_dropped(const char *label)
{
	size_t	before;
	int	took;

	serve_https();
	ask_and_wait("ok");
	before = memory();
	ask(label, 4500);
	took = wait_for_all();
	cr_assert_eq(lost, 1, "%s", label);
	cr_assert_lt(took, 4000, "%s: %d ms", label, took);
	cr_assert_lt(memory(), before + (16u << 20), "%s", label);
	ask_and_wait("ok");
	cr_assert_eq(answered, 2);
	cr_assert_leq(tls_connections, 4, "%u", tls_connections);
	wait_until_gone(2);
}

Test(doh, settings_without_end) { is_dropped("settings"); }
Test(doh, pings_without_end) { is_dropped("pings"); }
Test(doh, priorities_without_end) { is_dropped("priorities"); }
Test(doh, windows_without_end) { is_dropped("windows"); }
Test(doh, unknown_frames_without_end) { is_dropped("unknown"); }
Test(doh, data_before_headers) { is_dropped("nothing"); }
Test(doh, data_behind_the_end) { is_dropped("late"); }
Test(doh, more_of_nothing) { is_dropped("more"); }
Test(doh, pushes) { is_dropped("push"); }
Test(doh, a_frame_too_large) { is_dropped("oversize"); }
Test(doh, garbage) { is_dropped("garbage"); }
Test(doh, headers_without_end) { is_dropped("fields"); }
Test(doh, too_many_headers) { is_dropped("headers"); }
Test(doh, a_body_beyond_its_room) { is_dropped("overrun"); }

/* It stops where there is no more room, and is given up in time; its room is free again. */
Test(doh, a_body_without_end)
{
	serve_https();
	for (int i = 0; i < 20; i++) {
		ask("endless", 150);
		cr_assert_lt(wait_for_all(), 1000);
	}
	cr_assert_eq(lost, 20);
	ask_and_wait("large");
	cr_assert_eq(answered, 1);
	cr_assert_eq(h2_reset, 20);
	cr_assert_eq(tls_connections, 1);
}

static void
on_resolved(void *ctx, const struct outcome *o)
{
	(void)ctx;
	answered++;
	outcome = *o;
}

Test(doh, resolved_where_all_must_be_encrypted)
{
	struct server	both[2];
	struct dname	n;

	dname_hash_init();
	cache_init(100, 1 << 20);
	route_init();
	resolve_init(base);
	serve_https();
	both[1] = both[0] = server;
	strcpy(both[0].path, "/");
	strcpy(both[0].name, "other.test");
	route_only_encrypted(true);
	servers_set(both, 2);
	dname_parse("ok.example.org", 14, &n);
	resolve(&n, QTYPE_A, 0, on_resolved, NULL);
	asked = 1;
	cr_assert_lt(wait_for_all(), 1000);
	cr_assert_eq(outcome.rcode, RCODE_NOERROR);
	cr_assert_eq(outcome.server, 1, "the other one is not who it should be");
	cr_assert_eq(h2_odd, 0);
}
