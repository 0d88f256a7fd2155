/*
 * DNS over TLS (RFC 7858): messages, each with its length before it, answered in any
 * order. Called by tls.c (tls_impl.h). The server is known by its certificate, and yet
 * may send anything: an answer counts only if it fits a question that is open.
 */
#include <sodium.h>

#include "tls_impl.h"

#define OPEN_MOST	512	/* questions on one connection */

static struct tls_ids *
bucket(struct tls_link *l, uint16_t id)
{
	return &l->by_id[id % TLS_BUCKETS];
}

static struct tls_ask *
find(struct tls_link *l, uint16_t id)
{
	struct tls_ask	*a;

	LIST_FOREACH(a, bucket(l, id), by_id)
		if (a->asked.id == id)
			return a;
	return NULL;
}

/* By chance, and none that is open there; drawn in heaps. */
static uint16_t
draw_id(struct tls_link *l)
{
	static uint16_t	heap[256];
	static size_t	left;

	do {
		if (left == 0) {
			randombytes_buf(heap, sizeof(heap));
			left = sizeof(heap) / sizeof(heap[0]);
		}
		left--;
	} while (find(l, heap[left]) != NULL);
	return heap[left];
}

/* One question on its way, its length before it (RFC 7858, 3.3); 0: no room. */
static size_t
put_question(struct tls_link *l, struct tls_ask *a, uint8_t *to, size_t room)
{
	size_t	n;

	a->asked.id = draw_id(l);
	if (room < 2 || (n = build_question(&a->asked, &a->options, to + 2, room - 2)) == 0)
		return 0;
	to[0] = (uint8_t)(n >> 8);
	to[1] = (uint8_t)n;
	LIST_INSERT_HEAD(bucket(l, a->asked.id), a, by_id);
	tls_put(l, a);
	return 2 + n;
}

static bool
takes(const struct tls_link *l)
{
	return l->count < OPEN_MOST;
}

static size_t
next(struct tls_link *l, uint8_t *to, size_t room)
{
	struct tls_ask	*a;
	size_t		 len = 0, n;

	while (takes(l) && (a = tls_first(l)) != NULL &&
	    (n = put_question(l, a, to + len, room - len)) > 0)
		len += n;
	return len;
}

/* What fits no open question is no answer. */
static void
take(struct tls_link *l, const uint8_t *message, size_t len)
{
	struct tls_ask	*a = find(l, (uint16_t)(message[0] << 8 | message[1]));

	if (a != NULL && reply_fits(message, len, &a->asked))
		tls_finish(a, message, len);
}

static ssize_t
came(struct tls_link *l, const uint8_t *bytes, size_t len)
{
	size_t	used = 0, n;

	while (len - used >= 2) {
		n = (size_t)bytes[used] << 8 | bytes[used + 1];
		if (n < DNS_HEADER)
			return -1;
		if (n > len - used - 2)
			break;
		take(l, bytes + used + 2, n);
		used += 2 + n;
	}
	if (used > 0)
		tls_heard(l);
	return (ssize_t)used;
}

static void
leave(struct tls_link *l, struct tls_ask *a)
{
	(void)l;
	LIST_REMOVE(a, by_id);
}

static bool
open_link(struct tls_link *l)
{
	for (unsigned i = 0; i < TLS_BUCKETS; i++)
		LIST_INIT(&l->by_id[i]);
	return true;
}

static void
close_link(struct tls_link *l)
{
	(void)l;
}

const struct tls_wire	tls_wire_dot = {
	.open = open_link, .close = close_link, .takes = takes, .came = came, .next = next, .leave = leave,
};
