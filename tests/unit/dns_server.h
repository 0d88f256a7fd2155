/*
 * A DNS server in the test's own loop, on a port of 127.0.0.1, that lies, cuts,
 * changes letters or is silent, as the first label says.
 */
#ifndef TESTS_DNS_SERVER_H
#define TESTS_DNS_SERVER_H

#include <criterion/criterion.h>

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "loopback.h"
#include "query.h"

static struct event_base	*base;
static int			 udp, tcp;
static struct sockaddr_in	 at;
static unsigned			 udp_questions, tcp_questions;
static struct event		*on_questions;
static int			 server_delay_ms;	/* before each true answer over UDP */

/* The answer to a question, true or with a lie. */
static size_t
answer_to(const uint8_t *m, size_t len, uint8_t *to, const char *lie)
{
	size_t	end = DNS_HEADER;

	(void)len;
	while (m[end] != 0)
		end += m[end] + (size_t)1;
	end += 5;
	memcpy(to, m, end);
	to[2] = 0x81;
	to[3] = 0x80;
	to[7] = 1;
	to[11] = 0;
	memcpy(to + end, "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\1\1\1\1", 16);
	if (m[DNS_HEADER] == 5 && strncasecmp((const char *)m + DNS_HEADER + 1, "inner", 5) == 0)
		memcpy(to + end + 12, "\12\1\1\1", 4);
	if ((m[DNS_HEADER] == 7 && strncasecmp((const char *)m + DNS_HEADER + 1, "nmcheck", 7) == 0) ||
	    (m[DNS_HEADER] == 4 && strncasecmp((const char *)m + DNS_HEADER + 1, "here", 4) == 0))
		memcpy(to + end + 12, "\177\1\1\1", 4);
	if (strcmp(lie, "id") == 0)
		to[0] ^= 1;
	if (strcmp(lie, "torn") == 0)
		return end + 14;
	if (strcmp(lie, "class") == 0)
		to[end + 5] = 3;
	if (strcmp(lie, "name") == 0)
		to[DNS_HEADER + 1] ^= 2;
	if (strcmp(lie, "cut") == 0) {
		to[2] |= 2;
		to[7] = 0;
		return end;
	}
	if (strcmp(lie, "letters") == 0)
		for (size_t i = DNS_HEADER + 1; m[i + 5] != 0 && i < end - 5; i++)
			if (to[i] >= 'A' && to[i] <= 'Z')
				to[i] |= 0x20;
	if (strcmp(lie, "id") == 0 || strcmp(lie, "name") == 0)
		memcpy(to + end + 12, "\6\6\6\6", 4);
	return end + 16;
}

/* The first label says what the server does. */
static bool
told(const uint8_t *m, const char *what)
{
	return m[DNS_HEADER] == strlen(what) && strncasecmp((const char *)m + DNS_HEADER + 1, what, strlen(what)) == 0;
}

/* An alias of the first label's choice, and a lie about where it leads. */
static size_t
alias_of(const uint8_t *m, uint8_t *to)
{
	static const uint8_t	victim[] = "\2ok\6victim\2zz", lie[] = "\0\1\0\1\0\0\0\x3c\0\4\6\6\6\6";
	uint8_t			target[32];
	size_t			end = DNS_HEADER, n = sizeof(victim);

	memcpy(target, victim, sizeof(victim));
	if (told(m, "ring") || told(m, "chain")) {	/* x.y.zz: its second label is one letter */
		n = (size_t)m[DNS_HEADER] + 7;
		memcpy(target, m + DNS_HEADER, n);
		target[n - 5] = told(m, "ring") ? m[DNS_HEADER + n - 5] ^ 1 : (uint8_t)(m[DNS_HEADER + n - 5] + 1);
	}
	if (told(m, "near")) {
		n = sizeof("\7printer\5local");
		memcpy(target, "\7printer\5local", n);
	}
	if (told(m, "below")) {
		memcpy(target, "\1x\xc0\x0c", 4);
		n = 4;
	}
	while (m[end] != 0)
		end += m[end] + (size_t)1;
	end += 5;
	memcpy(to, m, end);
	memcpy(to + 2, "\x81\x80\0\1\0\2\0\0\0", 10);
	memcpy(to + end, "\xc0\x0c\0\5\0\1\0\0\0\x1e\0", 11);
	to[end + 11] = (uint8_t)n;
	memcpy(to + end + 12, target, n);
	memcpy(to + end + 12 + n, target, n);
	memcpy(to + end + 12 + 2 * n, lie, sizeof(lie) - 1);
	return end + 12 + 2 * n + sizeof(lie) - 1;
}

struct delayed {
	struct sockaddr_in	from;
	size_t			len;
	uint8_t			message[512];
};

static void
on_delayed(evutil_socket_t fd, short what, void *arg)
{
	struct delayed *d = arg;

	(void)fd, (void)what;
	(void)!sendto(udp, d->message, d->len, 0, (struct sockaddr *)&d->from, sizeof(d->from));
	free(d);
}

static void
answer_later(const uint8_t *m, size_t n, const struct sockaddr_in *from)
{
	const struct timeval	 wait = { .tv_usec = server_delay_ms * 1000 };
	struct delayed		*d = calloc(1, sizeof(*d));

	d->from = *from;
	d->len = answer_to(m, n, d->message, "");
	event_base_once(base, -1, EV_TIMEOUT, on_delayed, d, &wait);
}

static void
on_udp(evutil_socket_t fd, short what, void *arg)
{
	uint8_t			m[2048], to[2048];
	struct sockaddr_in	from;
	socklen_t		from_len = sizeof(from);
	ssize_t			n = recvfrom(fd, m, sizeof(m), 0, (struct sockaddr *)&from, &from_len);

	(void)what, (void)arg;
	udp_questions++;
#define ANSWER(lie) (void)!sendto(fd, to, answer_to(m, (size_t)n, to, lie), 0, (struct sockaddr *)&from, from_len)
	if (told(m, "silent"))
		return;
	if (told(m, "late"))
		for (int i = 0; i < 50; i++) {
			ANSWER("id");
			ANSWER("name");
			ANSWER("torn");
			ANSWER("class");
			(void)!sendto(fd, m, 5, 0, (struct sockaddr *)&from, from_len);
			(void)!sendto(fd, m, (size_t)n, 0, (struct sockaddr *)&from, from_len);
		}
	if (told(m, "away") || told(m, "captive") || told(m, "ring") || told(m, "chain") || told(m, "below") ||
	    told(m, "near"))
		(void)!sendto(fd, to, alias_of(m, to), 0, (struct sockaddr *)&from, from_len);
	else if (told(m, "cut"))
		ANSWER("cut");
	else if (told(m, "torn"))
		ANSWER("torn");
	else if (told(m, "letters"))
		ANSWER("letters");
	else if (server_delay_ms > 0)
		answer_later(m, (size_t)n, &from);
	else
		ANSWER("");
}

static void
on_connection(evutil_socket_t fd, short what, void *arg)
{
	uint8_t	m[2048], to[2048];
	ssize_t	n = recv(fd, m, sizeof(m), 0);
	size_t	len;

	(void)what;
	tcp_questions++;
	cr_assert_gt(n, 2);
	len = answer_to(m + 2, (size_t)n - 2, to + 2, "");
	to[0] = (uint8_t)(len >> 8);
	to[1] = (uint8_t)len;
	/* In two parts, the length itself torn. */
	(void)!send(fd, to, 1, 0);
	usleep(2000);
	(void)!send(fd, to + 1, len + 1, 0);
	event_free(*(struct event **)arg);
	close(fd);
}

static void
on_tcp(evutil_socket_t fd, short what, void *arg)
{
	static struct event	*e;

	(void)what, (void)arg;
	e = event_new(base, accept(fd, NULL, NULL), EV_READ, on_connection, &e);
	event_add(e, NULL);
}

/* One port of 127.0.0.1 for both. Tests run side by side: a port that is free for one may not be for the other. */
static inline void
bind_both(int flags, int *datagrams, int *stream, struct sockaddr_in *where)
{
	socklen_t	len = sizeof(*where);
	int		bound = -1;

	for (int i = 0; i < 100 && bound != 0; i++) {
		*datagrams = socket(AF_INET, SOCK_DGRAM | flags, 0);
		*stream = socket(AF_INET, SOCK_STREAM | flags, 0);
		*where = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		cr_assert_eq(bind(*datagrams, (struct sockaddr *)where, sizeof(*where)), 0);
		getsockname(*datagrams, (struct sockaddr *)where, &len);
		bound = bind(*stream, (struct sockaddr *)where, sizeof(*where));
		if (bound != 0) {
			close(*datagrams);
			close(*stream);
		}
	}
	cr_assert_eq(bound, 0);
}

static inline void
server_start(void)
{
	loopback_up();
	base = event_base_new();
	bind_both(0, &udp, &tcp, &at);
	listen(tcp, 5);
	on_questions = event_new(base, udp, EV_READ | EV_PERSIST, on_udp, NULL);
	event_add(on_questions, NULL);
	event_add(event_new(base, tcp, EV_READ | EV_PERSIST, on_tcp, NULL), NULL);
}

#endif
