/*
 * See front_udp.h. Reads and answers many datagrams at a time. What no answer is
 * owed to is dropped; what comes faster than it is answered the kernel drops.
 */
#include <stdlib.h>

#include <event2/event.h>

#include "address.h"
#include "front_udp.h"
#include "udp_out.h"

#define BATCH		32
#define QUESTION_BYTES	2048	/* larger than any question may be */
#define BURST		8	/* batches in one go, then other events get their turn */
#define PLACES		8192	/* questions of datagrams that wait */

struct front_udp {
	struct event	*readable;
	struct event	*sends;		/* made active: what waits to leave does, after the other events of now */
	take_fn		*take;
	void		(*catch_up)(void);
	int		 fd;
	union address	 door;
};

/* One question's way back. */
struct place {
	struct reply_to		 to;
	const struct front_udp	*front;
	union address		 client;
	socklen_t		 client_len;
	struct place		*next;	/* free ones */
};

static struct place	*free_places;
static unsigned		 places;

/* Questions that are read together. */
static struct {
	struct mmsghdr		 header[BATCH];
	struct iovec		 iov[BATCH];
	union address		 client[BATCH];
	uint8_t			 bytes[BATCH][QUESTION_BYTES];
} in;

static bool	in_burst;

static struct place *
place_take(void)
{
	struct place	*p = free_places;

	if (p != NULL) {
		free_places = p->next;
		return p;
	}
	if (places == PLACES || (p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	places++;
	return p;
}

static void
place_give(struct reply_to *to)
{
	struct place	*p = (struct place *)to;

	p->next = free_places;
	free_places = p;
}

static void
answer(struct reply_to *to, const uint8_t *message, size_t len)
{
	struct place	*p = (struct place *)to;

	if (udp_out_add(p->front->fd, &p->client, p->client_len, message, len) && !in_burst)
		event_active(p->front->sends, EV_WRITE, 0);
	place_give(to);
}

static void
take(const struct front_udp *u, const union address *client, socklen_t client_len,
    const uint8_t *message, size_t len)
{
	struct place	*p = place_take();

	if (p == NULL)
		return;
	p->to = (struct reply_to){ .send = answer, .drop = place_give, .datagram = true };
	p->front = u;
	p->client = *client;
	p->client_len = client_len;
	address_tuple(IPPROTO_UDP, client, &u->door, &p->to.asker.tuple);
	u->take(&p->to, message, len);
}

static void
prepare_batch(void)
{
	for (unsigned i = 0; i < BATCH; i++) {
		in.iov[i] = (struct iovec){ in.bytes[i], QUESTION_BYTES };
		in.header[i].msg_hdr = (struct msghdr){ .msg_name = &in.client[i],
							.msg_namelen = sizeof(in.client[i]),
							.msg_iov = &in.iov[i], .msg_iovlen = 1 };
	}
}

/* False: there is no more. */
static bool
read_batch(const struct front_udp *u)
{
	int	n = recvmmsg(u->fd, in.header, BATCH, MSG_DONTWAIT, NULL);

	if (n > 0 && u->catch_up != NULL)
		u->catch_up();
	for (int i = 0; i < n; i++) {
		struct msghdr	*h = &in.header[i].msg_hdr;

		if ((h->msg_flags & MSG_TRUNC) == 0)
			take(u, &in.client[i], h->msg_namelen, in.bytes[i], in.header[i].msg_len);
		h->msg_namelen = sizeof(in.client[i]);	/* what else the kernel wrote it does not read */
	}
	return n == BATCH;
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	in_burst = true;
	for (int i = 0; i < BURST && read_batch(arg); i++)
		continue;
	in_burst = false;
	udp_out_flush();
}

static void
on_sends(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	udp_out_flush();
}

int
front_udp_add(struct event_base *base, int fd, take_fn *take_message, void (*catch_up)(void))
{
	struct front_udp	*u = calloc(1, sizeof(*u));
	socklen_t		 len = sizeof(u->door);

	if (u == NULL || getsockname(fd, &u->door.sa, &len) == -1)
		goto fail;
	prepare_batch();
	u->fd = fd;
	u->take = take_message;
	u->catch_up = catch_up;
	u->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, u);
	u->sends = event_new(base, -1, 0, on_sends, NULL);
	if (u->readable == NULL || u->sends == NULL || event_add(u->readable, NULL) == -1)
		goto fail;
	return 0;
fail:
	if (u != NULL && u->readable != NULL)
		event_free(u->readable);
	if (u != NULL && u->sends != NULL)
		event_free(u->sends);
	free(u);
	return -1;
}
