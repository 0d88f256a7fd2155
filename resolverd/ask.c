/*
 * See ask.h. Called by what chooses servers. Anybody on the network may answer;
 * only who saw the question, and the server itself, can answer so that it fits.
 */
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "ask.h"
#include "udp_port.h"

#define UDP_BYTES	4096	/* more than we say we take: a larger one is none */
#define BURST		64	/* datagrams read in one go */
#define DOUBT_MS	200	/* after an answer that nearly fits: then TCP, where nobody else answers */

struct ask {
	struct event_base	*base;
	struct sockaddr_storage	 server;
	socklen_t		 server_len;
	struct asked		 asked;
	struct udp_port		*udp;			/* until it is TCP's */
	int			 fd;			/* of TCP */
	struct event		*ready, *late;
	bool			 tcp, doubted, answered;
	size_t			 out_len, sent, in_len, in_want;
	uint8_t			 out[2 + DNS_HEADER + DNAME_MAX + 4 + 11 + 132];	/* a length before it */
	uint8_t			*in;			/* TCP: the answer, as far as it came */
	ask_done_fn		*done;
	void			*ctx;
};

static void	on_ready(evutil_socket_t, short, void *);

static void
close_socket(struct ask *a)
{
	udp_port_close(a->udp, a->answered);
	if (a->ready != NULL)
		event_free(a->ready);
	if (a->fd != -1)
		(void)close(a->fd);
	free(a->in);
	a->udp = NULL;
	a->ready = NULL;
	a->in = NULL;
	a->fd = -1;
}

void
ask_cancel(struct ask *a)
{
	if (a == NULL)
		return;
	close_socket(a);
	if (a->late != NULL)
		event_free(a->late);
	free(a);
}

static void
finish(struct ask *a, const uint8_t *message, size_t len)
{
	ask_done_fn	*done = a->done;
	struct asked	 asked = a->asked;
	uint8_t		*in = a->in;
	void		*ctx = a->ctx;

	a->in = NULL;	/* message may lie in it */
	ask_cancel(a);
	done(ctx, message, len, &asked);
	free(in);
}

static bool
watch(struct ask *a, short what)
{
	if (a->ready != NULL)
		event_free(a->ready);
	a->ready = event_new(a->base, a->fd, what | EV_PERSIST, on_ready, a);
	return a->ready != NULL && event_add(a->ready, NULL) == 0;
}

static bool
open_stream(struct ask *a)
{
	a->fd = socket(a->server.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (a->fd == -1)
		return false;
	return connect(a->fd, (struct sockaddr *)&a->server, a->server_len) == 0 || errno == EINPROGRESS;
}

/* Half of the letters, chosen by chance, in the other case. */
static void
mix_case(struct dname *n)
{
	uint8_t	coin[DNAME_MAX];

	randombytes_buf(coin, n->len);
	for (unsigned i = 0; i < n->len; i++) {
		uint8_t	c = n->wire[i] | 0x20;

		if (c >= 'a' && c <= 'z' && n->wire[i] >= 'A' && (coin[i] & 1) != 0)
			n->wire[i] ^= 0x20;
	}
}

static bool
write_question(struct ask *a, const struct question_options *o)
{
	a->asked.id = (uint16_t)randombytes_random();
	a->asked.exact_case = true;
	mix_case(&a->asked.name);
	a->out_len = build_question(&a->asked, o, a->out + 2, sizeof(a->out) - 2);
	a->out[0] = (uint8_t)(a->out_len >> 8);
	a->out[1] = (uint8_t)a->out_len;
	return a->out_len > 0;
}

static bool
go_tcp(struct ask *a)
{
	close_socket(a);
	a->tcp = true;
	a->sent = a->in_len = 0;
	a->in_want = 2;
	a->asked.exact_case = false;
	return open_stream(a) && watch(a, EV_WRITE);
}

static void
fall_back(struct ask *a)
{
	if (!go_tcp(a))
		finish(a, NULL, 0);
}

static void
on_late(evutil_socket_t fd, short what, void *arg)
{
	struct ask	*a = arg;

	(void)fd;
	(void)what;
	if (a->doubted && !a->tcp) {
		struct timeval	left = { .tv_sec = 1 };

		(void)event_add(a->late, &left);
		fall_back(a);
	} else {
		finish(a, NULL, 0);
	}
}

/* From a server that changes letters or writes nonsense, or a guess: the true one may follow. */
static void
doubt(struct ask *a)
{
	struct timeval	soon = { .tv_usec = DOUBT_MS * 1000 };

	if (a->doubted)
		return;
	a->doubted = true;
	(void)event_add(a->late, &soon);
}

static bool
fits_but_for_letters(const struct ask *a, const uint8_t *m, size_t len)
{
	struct asked	any = a->asked;

	any.exact_case = false;
	return reply_fits(m, len, &any);
}

/* False: the ask is gone. */
static bool
take_datagram(struct ask *a, const uint8_t *m, size_t len)
{
	if (!reply_fits(m, len, &a->asked)) {
		if (fits_but_for_letters(a, m, len))
			doubt(a);
		return true;
	}
	a->answered = true;
	if ((m[2] & 0x02) != 0) {
		fall_back(a);
	} else if (!reply_is_whole(m, len)) {
		doubt(a);
		return true;
	} else {
		finish(a, m, len);
	}
	return false;
}

static void
read_udp(void *ctx)
{
	static uint8_t	m[UDP_BYTES + 1];
	struct ask	*a = ctx;
	int		 from = udp_port_fd(a->udp);
	ssize_t		n;

	for (int i = 0; i < BURST; i++) {
		n = recv(from, m, sizeof(m), 0);
		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n == -1) {
			finish(a, NULL, 0);
			return;
		}
		if (n <= UDP_BYTES && !take_datagram(a, m, (size_t)n))
			return;
	}
}

static void
write_tcp(struct ask *a)
{
	ssize_t	n = send(a->fd, a->out + a->sent, a->out_len + 2 - a->sent, MSG_NOSIGNAL);

	if (n == -1 && errno != EAGAIN && errno != EINTR) {
		finish(a, NULL, 0);
		return;
	}
	a->sent += n > 0 ? (size_t)n : 0;
	if (a->sent == a->out_len + 2 && !watch(a, EV_READ))
		finish(a, NULL, 0);
}

/* The length first, then the message. */
static void
read_tcp(struct ask *a)
{
	ssize_t	n;

	if (a->in == NULL && (a->in = malloc(2 + BUILD_MAX)) == NULL) {
		finish(a, NULL, 0);
		return;
	}
	n = recv(a->fd, a->in + a->in_len, a->in_want - a->in_len, 0);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		finish(a, NULL, 0);
		return;
	}
	a->in_len += (size_t)n;
	if (a->in_len == 2)
		a->in_want = 2 + ((size_t)a->in[0] << 8 | a->in[1]);
	if (a->in_len < a->in_want)
		return;
	if (reply_fits(a->in + 2, a->in_len - 2, &a->asked))
		finish(a, a->in + 2, a->in_len - 2);
	else
		finish(a, NULL, 0);
}

static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct ask	*a = arg;

	(void)fd;
	if ((what & EV_WRITE) != 0)
		write_tcp(a);
	else
		read_tcp(a);
}

static bool
send_datagram(struct ask *a)
{
	a->udp = udp_port_open(a->base, (struct sockaddr *)&a->server, a->server_len, read_udp, a);
	return a->udp != NULL &&
	    send(udp_port_fd(a->udp), a->out + 2, a->out_len, 0) == (ssize_t)a->out_len;
}

struct ask *
ask_new(struct event_base *base, const struct sockaddr *server, socklen_t server_len,
    const struct dname *name, uint16_t type, const struct question_options *o, unsigned ms,
    ask_done_fn *done, void *ctx)
{
	struct timeval	 t = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
	struct ask	*a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	*a = (struct ask){ .base = base, .server_len = server_len, .fd = -1, .done = done, .ctx = ctx,
			   .asked = { .type = type, .name = *name } };
	memcpy(&a->server, server, server_len);
	a->late = evtimer_new(base, on_late, a);
	if (a->late == NULL || event_add(a->late, &t) == -1 || !write_question(a, o) || !send_datagram(a)) {
		ask_cancel(a);
		return NULL;
	}
	return a;
}
