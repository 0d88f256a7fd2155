/*
 * See endpoint.h. Called by front_udp.c and front_tcp.c with whatever reaches the
 * sockets: hostile, until it bears the mark.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "address.h"
#include "endpoint.h"
#include "front_tcp.h"
#include "front_udp.h"
#include "resolve.h"

/* One question of the validator's. */
struct request {
	struct reply_to	*to;
	struct query	 query;
};

#define ORIGINS_MEET	4	/* live side by side */

/* Where answers came from, by their hash: of those that meet in a row the oldest goes. */
static struct {
	uint64_t	hash;
	struct origin	origin;
} origins[ENDPOINT_ORIGINS / ORIGINS_MEET][ORIGINS_MEET];

static char	mark[ENDPOINT_MARK + 1];
static uint16_t	port;
static unsigned	waiting;

uint16_t
endpoint_port(void)
{
	return port;
}

const char *
endpoint_mark(void)
{
	return mark;
}

static int64_t
now_s(void)
{
	struct timespec	t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static void
note_origin(const struct cached *c)
{
	uint64_t	h = c->name_hash + c->type;
	size_t		row = h % (ENDPOINT_ORIGINS / ORIGINS_MEET), i = 0;

	while (i < ORIGINS_MEET - 1 && origins[row][i].hash != h)
		i++;
	memmove(&origins[row][1], &origins[row][0], i * sizeof(origins[row][0]));
	origins[row][0].hash = h;
	origins[row][0].origin = c->origin;
}

bool
endpoint_origin(const struct dname *n, uint16_t type, struct origin *o)
{
	uint64_t	h = dname_hash(n) + type;

	for (size_t row = h % (ENDPOINT_ORIGINS / ORIGINS_MEET), i = 0; i < ORIGINS_MEET; i++)
		if (origins[row][i].hash == h) {
			*o = origins[row][i].origin;
			return true;
		}
	return false;
}

/* The mark is the last option of OPT, which is the message's last record: so the validator writes it. */
static bool
bears_mark(const uint8_t *m, size_t len)
{
	static const uint8_t	option[] = { ENDPOINT_OPTION >> 8, ENDPOINT_OPTION & 0xff, 0, ENDPOINT_MARK };
	const uint8_t		*end = m + len;

	return len > DNS_HEADER + sizeof(option) + ENDPOINT_MARK &&
	    memcmp(end - ENDPOINT_MARK - sizeof(option), option, sizeof(option)) == 0 &&
	    sodium_memcmp(end - ENDPOINT_MARK, mark, ENDPOINT_MARK) == 0;
}

static void
fail(struct reply_to *to, const struct query *q)
{
	uint8_t	message[UDP_MOST];

	front_deliver(to, q, message, build_error(q, RCODE_SERVFAIL, EDE_NONE, NULL, message, sizeof(message)));
}

/* What was stale is none: its signatures may have ended, and the cache of validated ones has its own. */
static void
on_resolved(void *ctx, const struct outcome *o)
{
	static uint8_t	message[BUILD_MAX];
	struct request	*r = ctx;
	size_t		 len = 0;

	if (o->answer != NULL && o->ede == EDE_NONE) {
		note_origin(o->answer);
		len = cache_answer(o->answer, &r->query, now_s(), message, sizeof(message));
	}
	if (len > 0)
		len = build_edns(&r->query, EDE_NONE, NULL, message, len, sizeof(message));
	if (len > 0)
		front_deliver(r->to, &r->query, message, len);
	else
		fail(r->to, &r->query);
	waiting--;
	free(r);
}

static void
take(struct reply_to *to, const uint8_t *m, size_t len)
{
	struct request	*r;
	struct query	 q;
	enum rcode	 rcode;

	if (!bears_mark(m, len) || query_parse(m, len, &q, &rcode) == -1 || rcode != RCODE_NOERROR) {
		to->drop(to);
		return;
	}
	if (waiting >= ENDPOINT_WAITING || (r = calloc(1, sizeof(*r))) == NULL) {
		fail(to, &q);
		return;
	}
	waiting++;
	r->to = to;
	r->query = q;
	(void)resolve(&q.name, q.type, CACHE_DO | CACHE_CD | CACHE_PASS, on_resolved, r);
}

/* The port that it is bound to on 127.0.0.1; 0: it is not. */
static uint16_t
port_of(int fd)
{
	union address	a = { .any = { 0 } };
	socklen_t	len = sizeof(a);

	if (getsockname(fd, &a.sa, &len) == -1 || a.sa.sa_family != AF_INET ||
	    a.in.sin_addr.s_addr != htonl(INADDR_LOOPBACK))
		return 0;
	return ntohs(a.in.sin_port);
}

int
endpoint_init(struct event_base *base, int udp, int tcp)
{
	uint8_t	secret[ENDPOINT_MARK / 2];

	port = port_of(udp);
	if (port == 0 || port_of(tcp) != port)
		return -1;
	randombytes_buf(secret, sizeof(secret));
	(void)sodium_bin2hex(mark, sizeof(mark), secret, sizeof(secret));
	return front_udp_add(base, udp, take, NULL) == -1 ? -1 : front_tcp_add(base, tcp, take, NULL);
}
