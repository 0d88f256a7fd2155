/*
 * Questions over TLS, to a server of the test's own that has the right certificate
 * or a wrong one, and behaves or does not.
 */
/* links: @resolve */
#include <criterion/criterion.h>

#include <string.h>

#include "clock_ahead.h"
#include "resolve.h"
#include "route.h"
#include <fcntl.h>

#include "tls_asks.h"

#define WINDOW	256

static struct outcome	outcome;

TestSuite(tls, .init = start, .timeout = 60);

/* How many calls it took, in times. */
static enum authorities
read_whole(unsigned *times)
{
	struct tls_peer		peer = { .server = { .anyone = true, .name = SERVED_NAME } };
	enum authorities	r;

	SSL_free(tls_peer_ssl(&peer));
	for (*times = 1; (r = tls_peer_authorities()) == AUTHORITIES_MORE; (*times)++)
		;
	return r;
}

static enum authorities
init_from(const char *text)
{
	unsigned	times;

	int	fd = memfd_create("authorities", MFD_CLOEXEC);

	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	lseek(fd, 0, SEEK_SET);
	cr_assert_eq(tls_peer_init(fd), 0);
	return read_whole(&times);
}

Test(tls, authorities)
{
	char		text[8192] = "# of this machine\n";
	size_t		len = strlen(text);
	unsigned	times;
	int		fd = authority_file();

	cr_assert_eq(tls_peer_init(-1), 0, "Debian's own");
	cr_assert_eq(read_whole(&times), AUTHORITIES_READ);
	cr_assert_gt(times, 10, "the loop has its turn in between");
	cr_assert_eq(tls_peer_authorities(), AUTHORITIES_READ);
	len += (size_t)read(fd, text + len, sizeof(text) - len - 1);
	close(fd);
	cr_assert_eq(init_from(text), AUTHORITIES_READ);
	cr_assert_eq(init_from(""), AUTHORITIES_NONE);
	cr_assert_eq(init_from("nothing of the kind\n"), AUTHORITIES_NONE);
	strcpy(text + len, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
	cr_assert_eq(init_from(text), AUTHORITIES_NONE, "the others would be missing");
	cr_assert_eq(tls_peer_authorities(), AUTHORITIES_NONE);
	serve_as(good(), SERVED_NAME);
	ask_and_wait("ok");
	cr_assert_eq(lost, 1, "nor is trusted what stands before it");
}

static void
copy(int from, int to)
{
	uint8_t	part[4096];
	ssize_t	n;

	while ((n = read(from, part, sizeof(part))) > 0)
		cr_assert_eq(write(to, part, (size_t)n), n);
	close(from);
}

/* As many authorities as a machine has: the first handshakes wait for the last of them. */
Test(tls, read_while_hands_are_shaken)
{
	int	fd = memfd_create("authorities", MFD_CLOEXEC);

	copy(open("/etc/ssl/certs/ca-certificates.crt", O_RDONLY), fd);
	copy(authority_file(), fd);
	lseek(fd, 0, SEEK_SET);
	serve_as(good(), SERVED_NAME);
	cr_assert_eq(tls_peer_init(fd), 0);
	ask_and_wait("ok");
	cr_assert_eq(answered, 1);
	cr_assert_eq(tls_peer_authorities(), AUTHORITIES_READ);
	cr_assert_eq(tls_peer_init(-1), 0, "Debian's own, without the test's");
	serve_as(good(), SERVED_NAME);
	ask_and_wait("ok");
	cr_assert_eq(answered, 1);
}

Test(tls, answered_and_padded)
{
	serve_as(good(), SERVED_NAME);
	for (int i = 0; i < 5; i++)
		ask_and_wait("ok");
	cr_assert_eq(answered, 5);
	cr_assert_eq(tls_connections, 1);
	cr_assert_eq(tls_unpadded, 0);
	cr_assert_null(tls_refused(&server));
}

Test(tls, by_address)
{
	serve_as(good(), "");
	ask_and_wait("ok");
	snprintf(server.name, sizeof(server.name), "127.0.0.1");
	ask_and_wait("ok");
	cr_assert_eq(answered, 2);
	snprintf(server.name, sizeof(server.name), "127.0.0.2");
	ask_and_wait("ok");
	cr_assert_eq(lost, 1);
}

Test(tls, by_key_alone)
{
	serve_as(make_identity("server", "DNS:other.test", NULL, 10 * DAY), "");
	server.has_pin = true;
	pin_of(&served, server.pin);
	ask_and_wait("ok");
	cr_assert_eq(answered, 1);
}

Test(tls, by_key_and_name)
{
	serve_as(good(), SERVED_NAME);
	server.has_pin = true;
	pin_of(&served, server.pin);
	ask_and_wait("ok");
	cr_assert_eq(answered, 1);
	snprintf(server.name, sizeof(server.name), "other.test");
	ask_and_wait("ok");
	cr_assert_eq(lost, 1, "the key alone is not enough where a name is known");
}

/* Nothing is asked of somebody else; that is told once, and found out at once. */
static void
is_refused(const char *why)
{
	int	took;

	ask("ok", 3000);
	took = wait_for_all();
	ask_and_wait("ok");
	cr_assert_eq(lost, 2);
	cr_assert_eq(tls_questions, 0);
	cr_assert_lt(took, 2000);
	cr_assert_str_eq(tls_refused(&server), why);
	cr_assert_eq(lines, 1, "%u", lines);
}

Test(tls, wrong_name)
{
	serve_as(make_identity(SERVED_NAME, "DNS:other.test,DNS:*.dns.test", &authority, 10 * DAY), SERVED_NAME);
	is_refused("hostname mismatch");
}

Test(tls, wrong_address)
{
	serve_as(make_identity("server", "DNS:127.0.0.1,IP:127.0.0.2", &authority, 10 * DAY), "");
	is_refused("IP address mismatch");
}

Test(tls, expired)
{
	serve_as(make_identity("server", "DNS:" SERVED_NAME, &authority, -DAY), SERVED_NAME);
	is_refused("certificate has expired");
}

Test(tls, signed_by_itself)
{
	serve_as(make_identity("server", "DNS:" SERVED_NAME, NULL, 10 * DAY), SERVED_NAME);
	is_refused("self-signed certificate");
}

Test(tls, signed_by_no_authority)
{
	static struct identity	other;

	other = make_identity("authority", NULL, NULL, 100 * DAY);
	serve_as(make_identity("server", "DNS:" SERVED_NAME, &other, 10 * DAY), SERVED_NAME);
	is_refused("certificate signature failure");
}

Test(tls, wrong_key)
{
	static struct identity	other;

	other = good();
	serve_as(good(), SERVED_NAME);
	server.has_pin = true;
	pin_of(&other, server.pin);
	is_refused("its key is not the pinned one");
}

Test(tls, too_old)
{
	tls_does.newest = TLS1_1_VERSION;
	serve_as(good(), SERVED_NAME);
	ask_and_wait("ok");
	cr_assert_eq(lost, 1);
}

Test(tls, answers_in_any_order)
{
	tls_does.hold = 100;
	serve_as(good(), SERVED_NAME);
	for (int i = 0; i < 100; i++)
		ask("ok", 3000);
	wait_for_all();
	cr_assert_eq(answered, 100);
	cr_assert_eq(tls_connections, 1);
}

Test(tls, a_second_connection_if_one_is_full)
{
	tls_does.hold = 700;
	serve_as(good(), SERVED_NAME);
	for (int i = 0; i < 600; i++)
		ask("ok", 5000);
	while (tls_questions < 512)
		event_base_loop(base, EVLOOP_NONBLOCK);
	for (int i = 0; i < 100; i++)
		ask("ok", 5000);
	wait_for_all();
	cr_assert_eq(answered, 700);
	cr_assert_eq(tls_connections, 2);
}

Test(tls, lies_are_passed_over)
{
	serve_as(good(), SERVED_NAME);
	ask_and_wait("lie");
	cr_assert_eq(answered, 1);
	cr_assert_eq(tls_connections, 1);
}

Test(tls, torn_and_large)
{
	serve_as(good(), SERVED_NAME);
	for (int i = 0; i < 3; i++) {
		ask("torn", 3000);
		ask("large", 3000);
		ask("ok", 3000);
	}
	wait_for_all();
	cr_assert_eq(answered, 9);
	cr_assert_eq(tls_connections, 1);
}

static struct tls_ask	*other;

/* One who asks on when told, and gives up another. */
static void
on_done_and_on(void *ctx, const uint8_t *m, size_t len, const struct asked *a)
{
	(void)ctx, (void)m, (void)len, (void)a;
	answered++;
	if (other != NULL) {
		tls_ask_cancel(other);
		other = NULL;
		cancelled++;
	}
	if (asked < 200) {
		struct question_options	o = { .padded = true };

		asked++;
		cr_assert_not_null(tls_ask_new(base, &server, &a->name, QTYPE_A, &o, 3000, on_done_and_on, NULL));
		if (asked % 3 == 0)
			other = ask("ok", 3000);
	}
}

Test(tls, asked_when_told)
{
	struct question_options	o = { .padded = true };
	struct dname		n;

	tls_does.close_at = 2;	/* told of a loss first */
	serve_as(good(), SERVED_NAME);
	dname_parse("ok.example.org", 14, &n);
	asked = 1;
	tls_ask_new(base, &server, &n, QTYPE_A, &o, 3000, on_done_and_on, NULL);
	wait_for_all();
	cr_assert_geq(asked, 200);
	cr_assert_leq(tls_connections, 5, "%u", tls_connections);
}

Test(tls, many_servers)
{
	serve_as(good(), SERVED_NAME);
	for (unsigned i = 0; i < 40; i++) {
		snprintf(server.name, sizeof(server.name), i % 2 == 0 ? "no%u.test" : SERVED_NAME, i);
		ask_and_wait("ok");
	}
	cr_assert_eq(lost, 20);
	cr_assert_eq(answered, 20);
	for (unsigned i = 0; i < 20; i++) {	/* connections in the making at more than are kept */
		snprintf(server.name, sizeof(server.name), "no%u.test", i);
		if (ask("ok", 3000) == NULL)
			cancelled++;
	}
	cr_assert_eq(cancelled, 5, "%u", cancelled);
	wait_for_all();
	cr_assert_eq(lost, 35);
}

Test(tls, asked_anew_if_the_server_closes)
{
	tls_does.close_at = 1;
	serve_as(good(), SERVED_NAME);
	for (int i = 0; i < 20; i++)
		ask("ok", 3000);
	wait_for_all();
	cr_assert_eq(answered, 20);
	cr_assert_eq(tls_connections, 2);
}

Test(tls, asked_anew_only_once)
{
	tls_does.close_at = 100;
	serve_as(good(), SERVED_NAME);
	ask_and_wait("ok");
	cr_assert_eq(lost, 1);
	cr_assert_eq(tls_connections, 2);
}

Test(tls, asked_anew_after_nonsense)
{
	tls_does.garbage_at = 1;
	serve_as(good(), SERVED_NAME);
	ask_and_wait("ok");
	cr_assert_eq(answered, 1);
	cr_assert_eq(tls_connections, 2);
}

Test(tls, silence)
{
	int	took;

	tls_does.stall = true;
	serve_as(good(), SERVED_NAME);
	ask("ok", 300);
	took = wait_for_all();
	cr_assert_eq(lost, 1);
	cr_assert(took >= 290 && took < 2000, "%d", took);
	cr_assert_eq(tls_connections, 1);
}

Test(tls, a_dead_connection_is_left)
{
	tls_does.stall = true;
	serve_as(good(), SERVED_NAME);
	ask("ok", 300);
	wait_for_all();
	tls_does.stall = false;
	later(base, 4000);
	cr_assert_eq(tls_gone, 0);
	later(base, 1000);
	wait_until_gone(1);
	ask_and_wait("ok");
	cr_assert_eq(answered, 1);
	cr_assert_eq(tls_connections, 2);
}

Test(tls, no_greeting)
{
	int	fd = socket(AF_INET, SOCK_STREAM, 0);

	serve_as(good(), SERVED_NAME);
	((struct sockaddr_in *)&server.addr)->sin_port = 0;
	bind(fd, (struct sockaddr *)&server.addr, server.addr_len);
	listen(fd, 5);
	getsockname(fd, (struct sockaddr *)&server.addr, &server.addr_len);
	ask("ok", 10000);
	later(base, 2000);
	cr_assert_eq(lost, 0);
	later(base, 2000);
	cr_assert_eq(lost, 1);
}

Test(tls, nobody_there)
{
	int	took;

	serve_as(good(), SERVED_NAME);
	((struct sockaddr_in *)&server.addr)->sin_port = htons(1);
	ask("ok", 10000);
	took = wait_for_all();
	cr_assert_eq(lost, 1);
	cr_assert_lt(took, 2000);
	cr_assert_null(tls_refused(&server));
}

static void
is_resumed(void)
{
	tls_does.close_after = true;
	serve_as(good(), SERVED_NAME);
	for (unsigned i = 1; i <= 3; i++) {
		ask_and_wait("ok");
		wait_until_gone(i);
	}
	cr_assert_eq(answered, 3);
	cr_assert_eq(tls_connections, 3);
	cr_assert_eq(tls_resumed, 2, "%u", tls_resumed);
}

Test(tls, resumed)
{
	is_resumed();
}

Test(tls, resumed_in_1_2)
{
	tls_does.newest = TLS1_2_VERSION;
	is_resumed();
}

Test(tls, a_session_is_of_one_name)
{
	tls_does.close_after = true;
	serve_as(good(), SERVED_NAME);
	ask_and_wait("ok");
	wait_until_gone(1);
	snprintf(server.name, sizeof(server.name), "other.test");
	ask_and_wait("ok");
	cr_assert_eq(lost, 1);
	cr_assert_eq(tls_resumed, 0);
}

Test(tls, cancelled)
{
	struct tls_ask	*a;

	tls_does.hold = 2;
	serve_as(good(), SERVED_NAME);
	a = ask("ok", 3000);
	while (tls_questions < 1)
		event_base_loop(base, EVLOOP_NONBLOCK);
	tls_ask_cancel(a);
	cancelled++;
	ask("other", 3000);
	wait_for_all();
	cr_assert_eq(answered, 1);
	cr_assert_eq(tls_connections, 1);
	tls_ask_cancel(ask("ok", 3000));
	cancelled++;
	event_base_loop(base, EVLOOP_NONBLOCK);
	cr_assert_eq(answered + lost, 1);
}

Test(tls, ten_thousand_over_one_connection)
{
	serve_as(good(), SERVED_NAME);
	while (answered + lost < MANY) {
		while (asked < MANY && asked - answered - lost < WINDOW)
			ask("ok", 10000);
		event_base_loop(base, EVLOOP_ONCE);
	}
	cr_assert_eq(answered, MANY);
	cr_assert_eq(tls_questions, MANY);
	cr_assert_eq(tls_connections, 1);
}

Test(tls, closed_when_idle)
{
	serve_as(good(), SERVED_NAME);
	ask_and_wait("ok");
	later(base, 12000);
	ask_and_wait("ok");
	cr_assert_eq(tls_connections, 1);
	later(base, 12000);
	cr_assert_eq(tls_gone, 0, "the last answer counts");
	later(base, 5000);
	wait_until_gone(1);
	ask_and_wait("ok");
	cr_assert_eq(answered, 3);
	cr_assert_eq(tls_connections, 2);
	cr_assert_eq(tls_resumed, 1);
}

static void
on_resolved(void *ctx, const struct outcome *o)
{
	(void)ctx;
	answered++;
	outcome = *o;
	cr_assert_eq(o->answer != NULL, o->rcode == RCODE_NOERROR);
}

Test(tls, resolved_without_those_in_clear)
{
	struct server	both[2];
	struct dname	n;

	dname_hash_init();
	cache_init(100, 1 << 20);
	route_init();
	resolve_init(base);
	serve_as(good(), SERVED_NAME);
	both[1] = both[0] = server;
	both[0].transport = TRANSPORT_CLEAR;
	dname_parse("ok.example.org", 14, &n);
	route_only_encrypted(true);
	servers_set(both, 1);
	cr_assert_eq(resolve(&n, QTYPE_A, 0, on_resolved, NULL), 0);
	cr_assert_eq(outcome.ede, EDE_NO_SERVER);
	servers_set(both, 2);
	resolve(&n, QTYPE_A, 0, on_resolved, NULL);
	asked = 2;
	wait_for_all();
	cr_assert_eq(outcome.rcode, RCODE_NOERROR);
	cr_assert_eq(outcome.server, 1);
	cr_assert_eq(tls_unpadded, 0);
	cr_assert_eq(servers_at(0)->failures, 0);
}

Test(tls, resolved_by_another_if_one_is_not_believed)
{
	struct server	both[2];
	struct dname	n;

	dname_hash_init();
	cache_init(100, 1 << 20);
	route_init();
	resolve_init(base);
	serve_as(good(), SERVED_NAME);
	both[1] = both[0] = server;
	snprintf(both[0].name, sizeof(both[0].name), "other.test");
	servers_set(both, 2);
	dname_parse("ok.example.org", 14, &n);
	resolve(&n, QTYPE_A, 0, on_resolved, NULL);
	asked = 1;
	cr_assert_lt(wait_for_all(), 1000);
	cr_assert_eq(outcome.server, 1);
	cr_assert_eq(servers_at(0)->failures, 1);
	cr_assert_eq(lines, 1);
}
