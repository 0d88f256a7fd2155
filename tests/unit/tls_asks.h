/*
 * Questions to the test's server over TLS, and what came of them.
 */
#ifndef TESTS_TLS_ASKS_H
#define TESTS_TLS_ASKS_H

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "shared/log.h"
#include "tls.h"
#include "tls_peer.h"
#include "tls_server.h"

#define MANY	10000

static unsigned		asked, answered, lost, cancelled, lines;
static char		names[MANY][32];
static struct server	server;

static void
on_line(enum log_level level, const char *text)
{
	(void)level;
	lines += strstr(text, "not believed") != NULL || strstr(text, "of no use") != NULL;
}

static inline void
start(void)
{
	signal(SIGPIPE, SIG_IGN);
	loopback_up();
	base = event_base_new();
	authority = make_identity("authority", NULL, NULL, 100 * DAY);
	cr_assert_eq(tls_peer_init(authority_file()), 0);
	log_set_sink(on_line);
}

static inline struct identity
good(void)
{
	return make_identity("server", "DNS:" SERVED_NAME ",IP:127.0.0.1", &authority, 10 * DAY);
}

/* Starts the server, and knows it by this name. */
static inline void
serve_as(struct identity who, const char *name)
{
	tls_server_start(who);
	server = (struct server){ .addr_len = sizeof(at), .transport = TRANSPORT_TLS, .text = "the test's" };
	memcpy(&server.addr, &at, sizeof(at));
	snprintf(server.name, sizeof(server.name), "%s", name);
}

static void
on_done(void *ctx, const uint8_t *m, size_t len, const struct asked *a)
{
	struct dname	n;

	cr_assert(dname_parse(ctx, strlen(ctx), &n) == 0 && dname_equal(&n, &a->name), "another's answer");
	if (m == NULL) {
		lost++;
		return;
	}
	answered++;
	cr_assert(reply_fits(m, len, a));
	cr_assert_arr_eq(m + len - 4, "\1\1\1\1", 4);
}

static inline struct tls_ask *
ask(const char *label, unsigned ms)
{
	struct question_options	 o = { .padded = true };
	struct dname		 n;
	char			*text = names[asked % MANY];

	snprintf(text, sizeof(names[0]), "%s.n%u.example.org", label, asked++);
	dname_parse(text, strlen(text), &n);
	return tls_ask_new(base, &server, &n, QTYPE_A, &o, ms, on_done, text);
}

/* Until all are answered or lost; milliseconds it took. */
static inline int
wait_for_all(void)
{
	struct timespec	b, e;

	clock_gettime(CLOCK_MONOTONIC, &b);
	while (answered + lost + cancelled < asked)
		event_base_loop(base, EVLOOP_ONCE);
	clock_gettime(CLOCK_MONOTONIC, &e);
	return (int)((e.tv_sec - b.tv_sec) * 1000 + (e.tv_nsec - b.tv_nsec) / 1000000);
}

static inline void
ask_and_wait(const char *label)
{
	cr_assert_not_null(ask(label, 3000));
	wait_for_all();
}

/* Reads what comes, until the server has closed so many. */
static inline void
wait_until_gone(unsigned n)
{
	while (tls_gone < n)
		event_base_loop(base, EVLOOP_NONBLOCK);
	for (int i = 0; i < 50; i++) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		usleep(1000);
	}
}

#endif
