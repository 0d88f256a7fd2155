/*
 * Life and receiving half of a channel: every process of the suite uses it for
 * every peer. Trusts nothing that comes in: a packet is read whole, with its
 * descriptors, compared with the table of verbs and only then shown to one
 * handler. Whatever does not fit ends the channel.
 */
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "channel_impl.h"

#define BURST		64	/* messages handled before other events get their turn */
#define BURSTS_NOW	64	/* as many as any channel's buffer takes, at least */
#define SOCKET_BYTES	(512 * 1024)
#define LINGER_MAX_NS	3000000
#define PACKET_FDS	4	/* room to see that there are too many; more set MSG_CTRUNC */

/*
 * One buffer for all channels of a process: handlers run one after the other,
 * never inside each other, and a body is valid only within its handler.
 */
static long	cpus;		/* of this machine; asked when the first channel is made */
static uint8_t receive_body[CHANNEL_BODY_MAX];

struct packet {
	struct channel_header	 header;
	size_t			 len;		/* of the whole packet */
	int			 flags;		/* of recvmsg */
	int			 fd[PACKET_FDS];
	unsigned		 fds;
};

enum received { GOT_PACKET, GOT_NOTHING, GOT_END };

static void	on_read(evutil_socket_t, short, void *);
static void	on_write(evutil_socket_t, short, void *);
static void	on_gone(evutil_socket_t, short, void *);

static bool
verbs_valid(const struct verb *v)
{
	for (; v->handle != NULL; v++)
		if (v->max > CHANNEL_BODY_MAX || (v->when & ~(unsigned)PHASE_ANY) != 0)
			return false;
	return true;
}

int
channel_pair(int ends[2])
{
	int bytes = SOCKET_BYTES, i;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == -1)
		return -1;
	for (i = 0; i < 2; i++)
		/* Without the capability net.core.wmem_max is the limit: then messages queue sooner. */
		if (setsockopt(ends[i], SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) == -1)
			(void)setsockopt(ends[i], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	return 0;
}

static int
socket_prepare(int fd)
{
	int flags;

	if ((flags = fcntl(fd, F_GETFL)) == -1)
		return -1;
	return fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

static void
channel_destroy(struct channel *c)
{
	if (c->on_read != NULL)
		event_free(c->on_read);
	if (c->on_write != NULL)
		event_free(c->on_write);
	if (c->on_gone != NULL)
		event_free(c->on_gone);
	free(c);
}

struct channel *
channel_new(struct event_base *base, int fd, const struct verb *verbs,
    void (*lost)(void *ctx, struct channel *, const char *why), void *ctx)
{
	struct channel *c;

	if (!verbs_valid(verbs)) {
		errno = EINVAL;
		return NULL;
	}
	if (socket_prepare(fd) == -1 || (c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	c->fd = fd;
	c->verbs = verbs;
	c->lost = lost;
	c->ctx = ctx;
	c->phase = PHASE_RUNNING;
	if (cpus == 0)
		cpus = sysconf(_SC_NPROCESSORS_ONLN);
	STAILQ_INIT(&c->waiting);
	c->on_read = event_new(base, fd, EV_READ | EV_PERSIST, on_read, c);
	c->on_write = event_new(base, fd, EV_WRITE | EV_PERSIST, on_write, c);
	c->on_gone = event_new(base, -1, 0, on_gone, c);
	if (c->on_read == NULL || c->on_write == NULL || c->on_gone == NULL ||
	    event_add(c->on_read, NULL) == -1) {
		channel_destroy(c);
		errno = ENOMEM;
		return NULL;
	}
	return c;
}

/* After this the channel neither reads nor sends, and the peer sees its end. */
static void
channel_close(struct channel *c)
{
	c->ended = true;
	event_del(c->on_read);
	event_del(c->on_gone);
	channel_drop_waiting(c);
	if (c->fd != -1)
		close(c->fd);
	c->fd = -1;
}

void
channel_free(struct channel *c)
{
	if (c == NULL || c->freed)
		return;
	channel_close(c);
	c->freed = true;
	if (c->busy == 0)
		channel_destroy(c);
}

/* Around every callback from the loop: the owner may free the channel within. */
static void
channel_enter(struct channel *c)
{
	c->busy++;
}

static void
channel_leave(struct channel *c)
{
	if (--c->busy == 0 && c->freed)
		channel_destroy(c);
}

/* Called from the loop only. c->why says why. */
static void
channel_end(struct channel *c)
{
	if (c->ended)
		return;
	channel_close(c);
	if (c->lost != NULL)
		c->lost(c->ctx, c, c->why);
}

void
channel_set_phase(struct channel *c, enum phase phase)
{
	c->phase = phase;
}

void
channel_set_generation(struct channel *c, uint32_t generation)
{
	c->generation = generation;
}

void
channel_set_batch_end(struct channel *c, void (*batch_end)(void *ctx))
{
	c->batch_end = batch_end;
}

void
channel_pause(struct channel *c)
{
	if (c->paused || c->ended)
		return;
	c->paused = true;
	event_del(c->on_read);
}

void
channel_resume(struct channel *c)
{
	if (!c->paused || c->ended)
		return;
	c->paused = false;
	event_add(c->on_read, NULL);
}

static void
packet_take_fds(struct packet *p, struct msghdr *msg)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		size_t bytes;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		bytes = c->cmsg_len - CMSG_LEN(0);
		if (bytes > sizeof(p->fd))
			bytes = sizeof(p->fd);
		memcpy(p->fd, CMSG_DATA(c), bytes);
		p->fds = (unsigned)(bytes / sizeof(int));
	}
}

static void
packet_close_fds(struct packet *p)
{
	while (p->fds > 0)
		close(p->fd[--p->fds]);
}

static enum received
packet_read(struct channel *c, struct packet *p)
{
	union {
		struct cmsghdr	align;
		char		space[CMSG_SPACE(sizeof(int) * PACKET_FDS)];
	} control;
	struct iovec iov[2] = {
		{ .iov_base = &p->header, .iov_len = sizeof(p->header) },
		{ .iov_base = receive_body, .iov_len = sizeof(receive_body) },
	};
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2, .msg_control = &control,
		.msg_controllen = sizeof(control) };
	ssize_t n;

	/*
	 * ECONNRESET comes once when the peer died with our words unread; its
	 * own last words still wait behind it.
	 */
	do
		n = recvmsg(c->fd, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	while (n == -1 && (errno == EINTR || errno == ECONNRESET));
	if (n == -1) {
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			return GOT_NOTHING;
		snprintf(c->why, sizeof(c->why), "cannot receive: %s", strerror(errno));
		return GOT_END;
	}
	p->fds = 0;
	packet_take_fds(p, &msg);
	if (n == 0) {
		/* An empty packet reads the same as the end, and may carry descriptors. */
		packet_close_fds(p);
		snprintf(c->why, sizeof(c->why), CHANNEL_GONE);
		return GOT_END;
	}
	p->len = (size_t)n;
	p->flags = msg.msg_flags;
	return GOT_PACKET;
}

static const struct verb *
verb_find(const struct verb *v, uint16_t type)
{
	for (; v->handle != NULL; v++)
		if (v->type == type)
			return v;
	return NULL;
}

/* NULL, and why is set, for a packet that nobody may see. */
static const struct verb *
packet_check(struct channel *c, const struct packet *p)
{
	const struct verb *v;
	const char *fault = NULL;

	if ((p->flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 || p->len < sizeof(p->header)) {
		snprintf(c->why, sizeof(c->why), "a packet came truncated");
		return NULL;
	}
	if (p->header.flags != 0 || p->header.length != p->len - sizeof(p->header)) {
		snprintf(c->why, sizeof(c->why), "a header is wrong");
		return NULL;
	}
	if ((v = verb_find(c->verbs, p->header.type)) == NULL) {
		snprintf(c->why, sizeof(c->why), "message type %u is not for us", p->header.type);
		return NULL;
	}
	if ((v->when & c->phase) == 0)
		fault = "came out of turn";
	else if (p->header.length > v->max)
		fault = "is too long";
	else if (p->fds != (v->fd ? 1 : 0))
		fault = v->fd ? "came without its one descriptor" : "came with a descriptor";
	if (fault == NULL)
		return v;
	snprintf(c->why, sizeof(c->why), "%s %s", v->name, fault);
	return NULL;
}

/* 0, or -1: the channel must end. */
static int
packet_dispatch(struct channel *c, struct packet *p)
{
	const struct verb *v;
	struct frame frame;
	int answer;

	if ((v = packet_check(c, p)) == NULL) {
		packet_close_fds(p);
		return -1;
	}
	frame = (struct frame){
		.type = p->header.type,
		.id = p->header.id,
		.generation = p->header.generation,
		.body = receive_body,
		.len = p->header.length,
		.fd = v->fd ? p->fd[0] : -1,
	};
	answer = v->handle(c->ctx, c, &frame);
	if (frame.fd != -1)
		close(frame.fd);
	if (answer != 0 && !c->ended)
		snprintf(c->why, sizeof(c->why), "%s is invalid", v->name);
	return answer != 0 ? -1 : 0;
}

/* Reads at most max messages and returns how many there were. */
static unsigned
read_burst(struct channel *c, unsigned max)
{
	struct packet p;
	unsigned handled = 0;
	bool end = false;

	while (handled < max && !c->ended && !c->paused && !end) {
		enum received r = packet_read(c, &p);

		if (r == GOT_NOTHING)
			break;
		if (r == GOT_PACKET)
			handled++;
		end = r == GOT_END || packet_dispatch(c, &p) == -1;
	}
	if (handled > 0 && c->batch_end != NULL && !c->freed)
		c->batch_end(c->ctx);
	if (end)
		channel_end(c);
	return handled;
}

static int64_t
clock_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Reads until something came or the time is over; returns whether it came. */
static bool
read_soon(struct channel *c, unsigned us)
{
	int64_t end = clock_ns() + (int64_t)us * 1000;

	while (!c->ended && !c->paused) {
		if (read_burst(c, BURST) > 0)
			return true;
		if (clock_ns() >= end)
			break;
		(void)sched_yield();
	}
	return false;
}

void
channel_await(struct channel *c, unsigned us)
{
	channel_enter(c);
	if (cpus > 1)
		(void)read_soon(c, us);
	channel_leave(c);
}

void
channel_read_now(struct channel *c)
{
	channel_enter(c);
	for (unsigned i = 0; i < BURSTS_NOW && read_burst(c, BURST) == BURST; i++)
		continue;
	channel_leave(c);
}

void
channel_set_linger(struct channel *c, unsigned us)
{
	c->linger_us = cpus > 1 ? us : 0;
}

/*
 * Stays awake as long as each message comes soon after the one before; other
 * events get their turn in between. Who waits awake may stand in the way of the
 * very process that it waits for: if the next message was late, it sleeps once,
 * and will be woken where there is room.
 */
static void
linger(struct channel *c)
{
	int64_t most = (int64_t)c->linger_us * 1000, late = most * 4 / 5;
	int64_t begin = clock_ns(), now = begin, gap = now - c->heard_ns;
	bool asleep = c->doze;

	c->heard_ns = now;
	c->doze = false;
	if (gap > most || asleep)
		return;
	do {
		if (!read_soon(c, c->linger_us))
			return;
		now = clock_ns();
		gap = now - c->heard_ns;
		c->heard_ns = now;
		c->doze = gap > late;
	} while (!c->doze && now - begin < LINGER_MAX_NS);
}

static void
on_read(evutil_socket_t fd, short what, void *arg)
{
	struct channel *c = arg;

	(void)fd;
	(void)what;
	channel_enter(c);
	if (read_burst(c, BURST) > 0 && c->linger_us > 0)
		linger(c);
	channel_leave(c);
}

/* A send failed. What the peer said before is heard still, as far as it goes. */
static void
on_gone(evutil_socket_t fd, short what, void *arg)
{
	struct channel *c = arg;

	(void)fd;
	(void)what;
	channel_enter(c);
	(void)read_burst(c, CHANNEL_QUEUE_MAX);
	if (c->why[0] == '\0')
		snprintf(c->why, sizeof(c->why), CHANNEL_GONE);
	channel_end(c);
	channel_leave(c);
}

static void
on_write(evutil_socket_t fd, short what, void *arg)
{
	struct channel *c = arg;

	(void)fd;
	(void)what;
	channel_enter(c);
	channel_send_waiting(c);
	channel_leave(c);
}
