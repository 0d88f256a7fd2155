/*
 * A channel and a peer that sends any packets. The input is a list of packets:
 * a byte of how (bits 0-1: descriptors, bit 2: a true header is put in front
 * with the next byte as type, bit 3: the loop runs before the next packet,
 * bit 4: resume), two bytes of length, the bytes.
 */
#include <sys/socket.h>
#include <sys/uio.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "channel.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

enum { PLAIN = 1, WITH_FD, BAD, FREE, PAUSE, ECHO, TAKE_FD, LATER };

struct header {
	uint16_t	type, flags;
	uint32_t	length, id, generation;
};

static struct channel *channel;
static bool ended;

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static int
on_any(void *ctx, struct channel *c, struct frame *f)
{
	uint8_t sum = 0;
	size_t i;

	must(ctx == NULL && c == channel && !ended);
	must((f->fd != -1) == (f->type == WITH_FD || f->type == TAKE_FD));
	must(f->type != LATER && f->len <= (f->type == ECHO ? CHANNEL_BODY_MAX : 64));
	for (i = 0; i < f->len; i++)
		sum ^= f->body[i];
	switch (f->type) {
	case BAD:
		return -1;
	case FREE:
		channel_free(c);
		channel = NULL;
		return sum & 1 ? -1 : 0;
	case PAUSE:
		channel_pause(c);
		return 0;
	case ECHO:
		(void)channel_send(c, ECHO, f->id, f->body, f->len, sum & 1 ? STDIN_FILENO : -1);
		return 0;
	case TAKE_FD:
		close(f->fd);
		f->fd = -1;
		return 0;
	default:
		return 0;
	}
}

static const struct verb verbs[] = {
	{ PLAIN, "plain", PHASE_ANY, 64, false, on_any },
	{ WITH_FD, "with-fd", PHASE_ANY, 64, true, on_any },
	{ BAD, "bad", PHASE_ANY, 64, false, on_any },
	{ FREE, "free", PHASE_ANY, 64, false, on_any },
	{ PAUSE, "pause", PHASE_ANY, 64, false, on_any },
	{ ECHO, "echo", PHASE_ANY, CHANNEL_BODY_MAX, false, on_any },
	{ TAKE_FD, "take-fd", PHASE_ANY, 64, true, on_any },
	{ LATER, "later", PHASE_STARTING, 64, false, on_any },
	{ 0 },
};

static void
on_lost(void *ctx, struct channel *c, const char *why)
{
	must(ctx == NULL && c == channel && !ended && why[0] != '\0');
	ended = true;
}

static void
packet_send(int fd, const struct header *h, const uint8_t *bytes, size_t len, size_t fds)
{
	union {
		struct cmsghdr	align;
		char		space[CMSG_SPACE(sizeof(int) * 3)];
	} control = { 0 };
	struct iovec iov[2] = {
		{ (void *)(uintptr_t)h, h != NULL ? sizeof(*h) : 0 },
		{ (void *)(uintptr_t)bytes, len },
	};
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	static const int sent[3] = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO };

	if (fds > 0) {
		struct cmsghdr *c;

		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * fds);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * fds);
		memcpy(CMSG_DATA(c), sent, sizeof(int) * fds);
	}
	(void)sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* The lowest free descriptor: the same before and after, or one leaked. */
static int
lowest_free(void)
{
	int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);

	close(fd);
	return fd;
}

static size_t
one_packet(int fd, const uint8_t *data, size_t len)
{
	struct header h = { .id = 1 };
	size_t n = (size_t)(data[1] | data[2] << 8), used = 3;
	bool framed = (data[0] & 4) != 0;

	if (framed && len > used)
		h.type = data[used++] % (LATER + 2);
	if (n > len - used)
		n = len - used;
	h.length = (uint32_t)n;
	packet_send(fd, framed ? &h : NULL, data + used, n, data[0] & 3);
	return used + n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct event_base *base;
	int sv[2], before;

	if (base == NULL)
		must((base = event_base_new()) != NULL);
	before = lowest_free();
	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) == 0);
	ended = false;
	must((channel = channel_new(base, sv[0], verbs, on_lost, NULL)) != NULL);
	while (len >= 3) {
		bool run = (data[0] & 8) != 0;
		size_t used;

		if ((data[0] & 16) && channel != NULL)
			channel_resume(channel);
		used = one_packet(sv[1], data, len);
		data += used;
		len -= used;
		if (run)
			event_base_loop(base, EVLOOP_NONBLOCK);
	}
	event_base_loop(base, EVLOOP_NONBLOCK);
	close(sv[1]);
	event_base_loop(base, EVLOOP_NONBLOCK);
	channel_free(channel);
	channel = NULL;
	must(lowest_free() == before);
	return 0;
}
