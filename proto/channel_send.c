/*
 * The sending half of a channel. Called from the loop's one thread by whoever
 * owns the channel. A message goes straight to the socket; only when that is
 * full it is copied into a bounded queue and follows by the write event.
 */
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "channel_impl.h"

/* 0, or -1 with sendmsg's errno. */
static int
send_packet(int sock, const struct channel_header *header, const void *body, int fd)
{
	union {
		struct cmsghdr	align;
		char		space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov[2] = {
		{ .iov_base = (void *)(uintptr_t)header, .iov_len = sizeof(*header) },
		{ .iov_base = (void *)(uintptr_t)body, .iov_len = header->length },
	};
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = header->length > 0 ? 2 : 1 };

	if (fd != -1) {
		struct cmsghdr *c;

		memset(&control, 0, sizeof(control));
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control.space);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	/* SEQPACKET: all or nothing, never a part. */
	while (sendmsg(sock, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) == -1)
		if (errno != EINTR)
			return -1;
	return 0;
}

/* The peer can't be reached: what waits is void, and the loop will call lost(). */
static void
send_gone(struct channel *c)
{
	if (c->send_failed)
		return;
	c->send_failed = true;
	if (errno == EPIPE || errno == ECONNRESET)
		snprintf(c->why, sizeof(c->why), CHANNEL_GONE);
	else
		snprintf(c->why, sizeof(c->why), "cannot send: %s", strerror(errno));
	channel_drop_waiting(c);
	event_active(c->on_gone, EV_TIMEOUT, 1);
}

static int
send_later(struct channel *c, const struct channel_header *header, const void *body, int fd)
{
	struct waiting *w;

	if (c->waiting_count >= CHANNEL_QUEUE_MAX ||
	    c->waiting_bytes + header->length > CHANNEL_QUEUE_BYTES ||
	    (w = malloc(sizeof(*w) + header->length)) == NULL) {
		errno = ENOBUFS;
		return -1;
	}
	w->header = *header;
	w->fd = -1;
	if (fd != -1 && (w->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3)) == -1) {
		free(w);
		errno = ENOBUFS;
		return -1;
	}
	if (header->length > 0)
		memcpy(w->body, body, header->length);
	if (c->waiting_count == 0 && event_add(c->on_write, NULL) == -1) {
		if (w->fd != -1)
			close(w->fd);
		free(w);
		errno = ENOBUFS;
		return -1;
	}
	STAILQ_INSERT_TAIL(&c->waiting, w, next);
	c->waiting_count++;
	c->waiting_bytes += header->length;
	return 0;
}

int
channel_send(struct channel *c, uint16_t type, uint32_t id, const void *body, size_t len, int fd)
{
	struct channel_header header = { .type = type, .id = id, .generation = c->generation };

	if (len > CHANNEL_BODY_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	if (c->ended || c->send_failed) {
		errno = EPIPE;
		return -1;
	}
	header.length = (uint32_t)len;
	if (c->waiting_count > 0)
		return send_later(c, &header, body, fd);
	if (send_packet(c->fd, &header, body, fd) == 0)
		return 0;
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return send_later(c, &header, body, fd);
	if (errno == EMSGSIZE)
		return -1;
	send_gone(c);
	errno = EPIPE;
	return -1;
}

static void
waiting_remove(struct channel *c)
{
	struct waiting *w = STAILQ_FIRST(&c->waiting);

	STAILQ_REMOVE_HEAD(&c->waiting, next);
	c->waiting_count--;
	c->waiting_bytes -= w->header.length;
	if (w->fd != -1)
		close(w->fd);
	free(w);
}

void
channel_send_waiting(struct channel *c)
{
	struct waiting *w;

	while ((w = STAILQ_FIRST(&c->waiting)) != NULL) {
		if (send_packet(c->fd, &w->header, w->body, w->fd) == -1) {
			if (errno != EAGAIN && errno != EWOULDBLOCK)
				send_gone(c);
			return;
		}
		waiting_remove(c);
	}
	event_del(c->on_write);
}

void
channel_drop_waiting(struct channel *c)
{
	while (!STAILQ_EMPTY(&c->waiting))
		waiting_remove(c);
	event_del(c->on_write);
}

size_t
channel_waiting(const struct channel *c)
{
	return c->waiting_count;
}

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void
channel_flush(struct channel *c, int ms)
{
	int64_t until = now_ms() + ms, left;

	while (!c->ended && c->waiting_count > 0) {
		struct pollfd p = { .fd = c->fd, .events = POLLOUT };

		channel_send_waiting(c);
		if (c->waiting_count == 0 || (left = until - now_ms()) <= 0)
			return;
		if (poll(&p, 1, (int)left) == -1 && errno != EINTR)
			return;
	}
}
